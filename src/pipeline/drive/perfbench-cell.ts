/** The run as the field exchanges it: `inference_perfbench_v1`, one cell for each concurrency. Open loops have no key there. */
import type { DriveCell, DriveResult } from '#formats/drive-result.ts'
import { type InferencePerfbench, PERFBENCH_SCHEMA, type PerfbenchCell } from '#formats/inference-perfbench.ts'

function milliseconds(cell: DriveCell, quantity: string, definition: string, statistic: 'p50Ns' | 'p95Ns' | 'p99Ns'): number | null {
  const found = cell.latencies.find((each) => each.quantity === quantity && each.definition === definition)
  return found === undefined || found.notEstimable.includes(statistic.slice(0, -2)) ? null : found[statistic] / 1e6
}

function perfbenchCell(cell: DriveCell): PerfbenchCell {
  const output = cell.rates.find(({ quantity, per }) => quantity === 'output-tokens' && per === 'deployment')
  const user = cell.rates.find(({ quantity, per }) => quantity === 'output-tokens' && per === 'user')
  return {
    throughput_toks_per_s: output?.perSecond ?? null,
    ttft_p50_ms: milliseconds(cell, 'ttft', 'first-content', 'p50Ns'),
    ttft_p95_ms: milliseconds(cell, 'ttft', 'first-content', 'p95Ns'),
    ttft_p99_ms: milliseconds(cell, 'ttft', 'first-content', 'p99Ns'),
    itl_p50_ms: milliseconds(cell, 'tpot', 'request-mean-without-first', 'p50Ns'),
    tps_per_user: user?.perSecond ?? null,
    request_latency_p50_ms: milliseconds(cell, 'e2el', 'until-last-content', 'p50Ns'),
    errors: cell.failed,
    requests: cell.completed,
    validity: cell.validity.state,
    captured_at: cell.captured_at,
    duration_effective_s: cell.duration_effective_s ?? null,
  }
}

/** Prefix-cache hits by queries over a span; null where the engine counts neither, or no query fell into it. */
function hitRatio(cells: readonly DriveCell[], pick: 'before' | 'delta'): number | null {
  const sum = (quantity: string): number | undefined => {
    const readings = (pick === 'before' ? cells.slice(0, 1) : cells).map(
      (cell) => cell.server?.readings.find((each) => each.quantity === quantity)?.[pick],
    )
    return readings.some((value) => value === undefined) ? undefined : readings.reduce<number>((total, value) => total + (value ?? 0), 0)
  }
  const hits = sum('prefix-cache-hit-tokens')
  const queries = sum('prefix-cache-query-tokens')
  return hits === undefined || queries === undefined || queries === 0 ? null : hits / queries
}

function peakOf(cells: readonly DriveCell[], quantity: string): number | null {
  const peaks = cells.flatMap((cell) => cell.server?.readings.find((each) => each.quantity === quantity)?.peak ?? [])
  return peaks.length === 0 ? null : Math.max(...peaks)
}

function generationRate(cells: readonly DriveCell[]): number | null {
  const rates = cells.map((cell) => {
    const delta = cell.server?.readings.find(({ quantity }) => quantity === 'generated-tokens')?.delta
    return delta === undefined || cell.duration_effective_s === undefined ? undefined : { delta, seconds: cell.duration_effective_s }
  })
  if (rates.length === 0 || rates.some((each) => each === undefined)) return null
  const seconds = rates.reduce((sum, each) => sum + (each?.seconds ?? 0), 0)
  return seconds > 0 ? rates.reduce((sum, each) => sum + (each?.delta ?? 0), 0) / seconds : null
}

/** Undefined where no cell is a closed loop. */
export function perfbenchOf(result: DriveResult): InferencePerfbench | undefined {
  const cells = result.cells.filter(({ arrivals }) => arrivals.kind === 'closed')
  if (cells.length === 0) return undefined
  const said = (name: string) => result.context.find((field) => field.name === name)?.value
  const value = (name: string) => said(name) ?? null
  const text = (name: string) => {
    const known = said(name)
    return known === undefined ? null : String(known)
  }
  const { prompts } = result.plan
  return {
    schema: PERFBENCH_SCHEMA,
    model: text('model'),
    model_path: text('modelPath'),
    deployment: {
      namespace: text('namespace'),
      cluster: text('cluster'),
      service: text('service'),
      vllm_version: value('engineVersion'),
      tensor_parallel_size: value('tensorParallel'),
      quantization: value('quantization'),
      kv_cache_dtype: value('kvCacheDtype'),
      speculative_decoding: value('speculativeDecoding'),
    },
    workload: {
      dataset: value('dataset'),
      split: value('split'),
      conversation_num: prompts.conversationNum ?? null,
      concurrency_sweep: cells.flatMap(({ arrivals }) => arrivals.concurrency ?? []),
      input_token_band: value('inputTokenBand'),
      output_token_band: value('outputTokenBand'),
      input_tokens_mean: cells[0]?.tokens.inputMean ?? null,
      output_tokens_mean: cells[0]?.tokens.outputMean ?? null,
    },
    metrics: Object.fromEntries(cells.map((cell) => [String(cell.arrivals.concurrency), perfbenchCell(cell)])),
    server_metrics_delta: {
      prefix_cache_hit_rate_pre: hitRatio(cells, 'before'),
      prefix_cache_hit_rate_post: hitRatio(cells, 'delta'),
      prefix_cache_hit_rate_unit: 'ratio',
      gpu_cache_usage_perc_peak: peakOf(cells, 'kv-cache-used'),
      gpu_cache_usage_perc_unit: 'ratio',
      num_requests_running_peak: peakOf(cells, 'requests-running'),
      avg_generation_throughput_toks_per_s: generationRate(cells),
    },
    kernel_class_gpu_pct: null,
    cpu_spinpoll_pct: null,
    bench: {
      captured_at: result.bench.captured_at,
      duration_effective_s: result.bench.duration_effective_s ?? null,
      client: 'sextant drive',
    },
  }
}
