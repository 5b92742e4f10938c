/**
 * Results of `vllm bench serve` (one JSON line per run) of a deployment whose truth is a formula: a step lasts `stepMs` plus `perStreamMs` for
 * every stream, a prefill `prefillMs` per stream before it. No machine was measured. Trials scatter by one percent.
 */
import { Random } from '#base/random.ts'

export interface ArmTruth {
  readonly stepMs: number
  readonly perStreamMs: number
  readonly prefillMs: number
  /** Tokens that leave a step per stream: above 1 with speculation. */
  readonly tokensPerStep: number
}

export interface RunAsked {
  readonly concurrency: number
  readonly trial: number
  readonly seed: number
  /** Older servers' results have no TPOT. */
  readonly withTpot: boolean
  readonly tensorParallel: number
}

const INPUT_TOKENS = 1000
const OUTPUT_TOKENS = 500
const round = (value: number): number => Number(value.toPrecision(6))

export function tpotMs({ stepMs, perStreamMs, tokensPerStep }: ArmTruth, concurrency: number): number {
  return (stepMs + perStreamMs * concurrency) / tokensPerStep
}

/** One line as the tool writes it; its `date` has no zone, as the tool's has none. */
export function benchLine(truth: ArmTruth, { concurrency, trial, seed, withTpot, tensorParallel }: RunAsked): string {
  const random = new Random(seed + 1000 * trial + concurrency)
  const noise = 1 + 0.02 * (random.uniform() - 0.5)
  const tpot = tpotMs(truth, concurrency) * noise
  const ttft = truth.prefillMs * (1 + 0.5 * (concurrency - 1)) * noise
  const requests = Math.max(400, 12 * concurrency)
  const perRequestS = (ttft + (OUTPUT_TOKENS - 1) * tpot) / 1000
  const duration = (perRequestS * requests) / concurrency
  const spread = (value: number) => ({ mean: value * 1.01, median: value, std: value * 0.05, p99: value * 1.2 })
  const stat = (name: string, value: number) =>
    Object.fromEntries(Object.entries(spread(value)).map(([statistic, each]) => [`${statistic}_${name}_ms`, round(each)]))
  const line = {
    date: `20261101-09${String(10 + trial).padStart(2, '0')}00`,
    endpoint_type: 'vllm',
    backend: 'vllm',
    model_id: 'example/glm-moe-fp8',
    tokenizer_id: 'example/glm-moe-fp8',
    tensor_parallel_size: String(tensorParallel),
    num_prompts: requests,
    request_rate: 'inf',
    completed: requests,
    failed: 0,
    max_concurrency: concurrency,
    duration: round(duration),
    total_input_tokens: INPUT_TOKENS * requests,
    total_output_tokens: OUTPUT_TOKENS * requests,
    request_throughput: round(requests / duration),
    output_throughput: round((OUTPUT_TOKENS * requests) / duration),
    total_token_throughput: round(((INPUT_TOKENS + OUTPUT_TOKENS) * requests) / duration),
    ...stat('ttft', ttft),
    ...(withTpot ? { ...stat('tpot', tpot), ...stat('itl', tpot) } : {}),
  }
  return `${JSON.stringify(line)}\n`
}

/** A line of a roofline sweep: the bench of one point, and what DCGM saw meanwhile. */
export function sweepLine(
  truth: ArmTruth,
  phase: 'decode' | 'prefill',
  at: { concurrency: number; isl: number; osl: number; prompts: number },
): string {
  const tpot = tpotMs(truth, at.concurrency)
  const ttft = (truth.prefillMs * at.isl) / INPUT_TOKENS
  const output = (1000 * at.concurrency) / tpot
  const busy = Math.min(0.95, 0.4 + 0.005 * at.concurrency + (phase === 'prefill' ? 0.3 : 0))
  const line = {
    bench: {
      concurrency: at.concurrency,
      num_prompts: at.prompts,
      random_input_len: at.isl,
      random_output_len: at.osl,
      median_tpot_ms: round(tpot),
      median_ttft_ms: round(ttft),
      ...(phase === 'decode' ? { output_throughput: round(output) } : { input_throughput: round((1000 * at.isl * at.concurrency) / ttft) }),
    },
    dcgm_steady: {
      sm_active_mean: round(busy),
      tensor_active_mean: round(phase === 'prefill' ? 0.55 : 0.02 + 0.004 * at.concurrency),
      dram_active_mean: round(phase === 'prefill' ? 0.35 : 0.45 + 0.003 * at.concurrency),
      nvlink_tx_Bps_mean: round(2e9 * at.concurrency),
    },
  }
  return `${JSON.stringify(line)}\n`
}
