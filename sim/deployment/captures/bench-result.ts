/** The result file of `vllm bench serve --save-result` (facts: bench-results, section 1); SGLang's tool writes the same names. */
import type { Deployment } from '#sim/deployment/deployment.ts'
import type { Load, Spread } from './load.ts'
import { measured } from './window.ts'

const ms = (ns: number): number => Number((ns / 1e6).toFixed(4))

function statistics(name: string, { mean, p50, p99 }: Spread): Record<string, number> {
  return {
    [`mean_${name}_ms`]: ms(mean),
    [`median_${name}_ms`]: ms(p50),
    [`std_${name}_ms`]: ms(Math.abs(p99 - p50) / 3),
    [`p99_${name}_ms`]: ms(p99),
  }
}

export function benchText({ engine, serving, file }: Deployment, load: Load): string {
  const completed = Math.round(load.requestsPerS * measured.durationS)
  const model = file.model?.name ?? 'example/model'
  const result = {
    date: measured.stamp,
    endpoint_type: engine,
    backend: engine,
    label: null,
    model_id: model,
    tokenizer_id: model,
    num_prompts: completed,
    request_rate: 'inf',
    burstiness: 1,
    max_concurrency: serving.concurrency,
    duration: measured.durationS,
    completed,
    failed: 0,
    total_input_tokens: completed * serving.inputTokens,
    total_output_tokens: completed * serving.outputTokens,
    request_throughput: Number((completed / measured.durationS).toFixed(5)),
    output_throughput: Number(((completed * serving.outputTokens) / measured.durationS).toFixed(3)),
    total_token_throughput: Number(((completed * (serving.inputTokens + serving.outputTokens)) / measured.durationS).toFixed(3)),
    ...statistics('ttft', load.ttft),
    ...statistics('tpot', load.tpot),
    ...statistics('itl', load.itl),
  }
  return `${JSON.stringify(result)}\n`
}
