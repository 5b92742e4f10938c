/** Two readings of samples that the field's baselines record: buckets of kernel classes, and the engine's busy-wait on the CPU. */
import type { SampledFrame } from '#model/shares.ts'

/** First match wins; the field's own buckets, which are open: what none names is the remainder, not "other work". */
const kernelClasses: readonly (readonly [string, RegExp])[] = [
  ['fp8_bmm', /^bmm_(E4m3|Bfloat16)_E4m3E4m3|sm100_fp8_gemm|deep_gemm::sm100_fp8/],
  ['tp_all_reduce', /multimem_all_reduce_kernel|trtllm_allreduce|oneshot_lamport/],
  // Host synchronisation: a sign of gaps in graph coverage.
  ['cuda_event_sync', /cudaEventSynchronize|cuda-sync/],
  ['mla_attention', /fmhaSm100fKernel|cute_flash_fwd_sm100|mla_attention/],
  ['moe_routing_finalize', /moe::dev::(routing|finalize|activation)/],
  ['per_token_group_quant', /per_token_group_quant_8bit/],
]

/** Samples per bucket; a bucket without a matching frame is absent, because lists of frames are cut. */
export function samplesByKernelClass(frames: readonly SampledFrame[]): ReadonlyMap<string, number> {
  const samples = new Map<string, number>()
  for (const frame of frames) {
    const bucket = kernelClasses.find(([, pattern]) => pattern.test(frame.name))?.[0]
    if (bucket !== undefined) samples.set(bucket, (samples.get(bucket) ?? 0) + frame.samples)
  }
  return samples
}

const broadcastFile = /(?:^|\/)shm_broadcast\.py/
const yieldCall = /(?:^|\/)utils\.py.*\bsched_yield\b/

/**
 * Samples in vLLM's shared-memory broadcast busy-wait (`shm_broadcast.py`, and `sched_yield` of `utils.py`). `frames` are those of the CPU
 * view: frames under GPU samples say nothing about where the CPU spends its time.
 */
export function spinPollSamples(frames: readonly SampledFrame[]): number {
  let samples = 0
  for (const frame of frames) {
    const place = `${frame.file ?? ''}::${frame.name}`
    if (broadcastFile.test(frame.file ?? frame.name) || yieldCall.test(place) || yieldCall.test(frame.name)) samples += frame.samples
  }
  return samples
}
