/** The example of `sextant baseline`: two sweeps of known truth. The slower one lost 6 % of throughput and its time to first token rose by 25 %. */
import { Random } from '#base/random.ts'
import { type InferencePerfbench, perfbenchText } from '#formats/inference-perfbench.ts'
import { drawPerfbench, noises } from './draw.ts'

const concurrencies = [1, 16, 64]
const deployment = {
  namespace: 'serving',
  cluster: 'example',
  service: 'glm-moe-fp8',
  tensor_parallel_size: 8,
  quantization: 'FP8',
  kv_cache_dtype: 'fp8_e4m3',
  speculative_decoding: 'none',
  hardware: 'B200',
  n_gpus: 8,
  cudagraph_mode: 'FULL_AND_PIECEWISE',
  max_num_seqs: 256,
  max_num_batched_tokens: 8192,
  gpu_memory_utilization: 0.9,
  enable_prefix_caching: true,
}
const workload = { dataset: 'example/replay', split: 'all', conversation_num: 400, input_token_band: '10k', output_token_band: '1k' }

/** Figures as a tool prints them: six digits. */
function rounded<T>(value: T): T {
  return JSON.parse(JSON.stringify(value), (_, each: unknown) => (typeof each === 'number' ? Number(each.toPrecision(6)) : each)) as T
}

function sweep(
  stream: string,
  version: string,
  capturedAt: string,
  factors: Parameters<typeof drawPerfbench>[1]['factors'] = {},
): InferencePerfbench {
  const drawn = drawPerfbench(new Random(20_260_101, stream), { concurrencies, runs: 4, cv: noises.quiet, factors, requests: 400 })
  const metrics = Object.fromEntries(
    Object.entries(drawn.metrics).map(([concurrency, cell]) => [
      concurrency,
      { ...cell, errors: 0, runs: (cell.runs ?? []).map((run) => ({ ...run, node: 'node-1', errors: 0 })) },
    ]),
  )
  return {
    schema: 'inference_perfbench_v1',
    model: 'glm-moe-fp8',
    model_path: 'example/glm-moe-fp8',
    deployment: { ...deployment, vllm_version: version },
    workload: { ...workload, concurrency_sweep: concurrencies },
    metrics: rounded(metrics),
    server_metrics_delta: {
      prefix_cache_hit_rate_pre: 0.71,
      prefix_cache_hit_rate_post: stream === 'trusted' ? 0.72 : 0.715,
      prefix_cache_hit_rate_unit: 'ratio',
      gpu_cache_usage_perc_peak: 0.64,
      gpu_cache_usage_perc_unit: 'ratio',
      num_requests_running_peak: 64,
      avg_generation_throughput_toks_per_s: null,
    },
    kernel_class_gpu_pct:
      stream === 'trusted'
        ? { fp8_bmm: 41.2, mla_attention: 14.2, tp_all_reduce: 10.1 }
        : { fp8_bmm: 38.9, mla_attention: 13.8, tp_all_reduce: 15.4 },
    cpu_spinpoll_pct: stream === 'trusted' ? null : 4.2,
    bench: { tool: 'aiperf', captured_at: capturedAt, duration_effective_s: 1810 },
  }
}

/** File below examples/baselines → text. */
export function baselineExample(): ReadonlyMap<string, string> {
  const slower = { throughput_toks_per_s: 0.94, ttft_p50_ms: 1.25, itl_p50_ms: 1.06, tps_per_user: 0.94, request_latency_p50_ms: 1.06 }
  return new Map([
    ['trusted.json', perfbenchText(sweep('trusted', 'v0.14.0', '2026-05-19T20:00:00Z'))],
    ['slower.json', perfbenchText(sweep('slower', 'v0.14.0', '2026-05-26T20:00:00Z', slower))],
  ])
}
