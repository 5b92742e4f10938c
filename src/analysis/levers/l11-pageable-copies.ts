import { formatRatio } from '#base/units.ts'
import { type Lever, nothing } from './lever.ts'
import { vllmSource } from './sources.ts'
import { belowTrial, factor, NO_STEP } from './step-time.ts'

/** Pinned copies stay, but nobody waits for their staging. A prior of this tool until trials replace it. */
const STAYS = { low: 0.05, high: 0.25 } as const

/** L11: copies through pageable memory, which the host waits for. */
export const pageableCopies: Lever = {
  id: 'L11',
  name: 'pageable-copies',
  title: 'Pin the buffers of per-step copies',
  type: 'vllm-src',
  class: 'copy',
  engines: ['vllm'],
  cost: { hours: 8, why: 'a run with VLLM_GPU_SYNC_CHECK=warn finds the call, then a small change of source and three pairs' },
  changesAccuracy: false,
  reference: vllmSource('v1/worker/gpu_model_runner.py'),
  check({ step, host }) {
    if (step === undefined) return nothing(NO_STEP)
    const pageable = host?.copiesPerStep?.pageable
    if (pageable === undefined)
      return nothing('whether copies go through pageable memory is not known: capture nsys, which records the kind of memory')
    // Less than one in two steps is no part of the step.
    if (pageable.value < 0.5) return nothing('no copy of a step goes through pageable memory')
    const { copyShare } = step
    const ceilingRatio = copyShare.value * (1 - STAYS.low)
    const small = belowTrial('exposed copies', ceilingRatio)
    if (small !== undefined) return small
    return {
      part: 'copies',
      ceilingRatio,
      effect: {
        by: 'replay',
        changes: [`copies=${factor(STAYS.low, STAYS.high)}`],
        assumptions: ['5 to 25 % of the exposed copies stay when they run beside kernels: a prior of this tool'],
      },
      source: {
        file: 'vllm/v1/worker/gpu_model_runner.py',
        symbol: 'CpuGpuBuffer',
        sketch:
          'Allocate the host side of the copied tensor with pin_memory (CpuGpuBuffer does), copy with non_blocking=True, and read results on async_output_copy_stream behind an event instead of calling .cpu() or .item() on the step thread.',
      },
      summary: `${pageable.value.toFixed(1)} copies a step go through pageable memory, and ${formatRatio(copyShare.value)} of the step is copies that nothing hides`,
      because: [
        `${pageable.value.toFixed(1)} copies a step go through pageable memory, which the calling thread waits for`,
        `copies alone run in ${formatRatio(copyShare.value)} of the step`,
      ],
      cites: [pageable, copyShare],
      restsOn: ['step-time', 'host'],
      preconditions: [],
      risks: ['a buffer that is written again before its copy has ended gives wrong tokens: compare answers'],
      falsifier: 'synchronising calls per step do not fall to none, or TPOT does not fall',
    }
  },
}
