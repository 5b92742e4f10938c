/** The context descriptors of two documents, field by field (facts/methodology.md rules 41 and 42). */
import type { BaselineDiff } from '#formats/baseline-diff.ts'
import type { InferencePerfbench } from '#formats/inference-perfbench.ts'

export type ContextDifference = BaselineDiff['context']['differences'][number]
type Flat = ReadonlyMap<string, string>

/** Where something ran or what it was called, not what was measured. */
const labels: ReadonlySet<string> = new Set(['deployment.namespace', 'deployment.service', 'workload.concurrency_sweep'])

/** What a number needs beside it before it can set a default; each under the names that files use. */
const wanted: readonly (readonly [field: string, ...names: string[]])[] = [
  ['model', 'model', 'model_path'],
  ['hardware', 'hardware', 'hw', 'hw_key', 'gpu', 'gpu_name', 'gpu_type'],
  ['number of GPUs', 'n_gpus', 'num_gpus', 'gpus'],
  ['tensor parallelism', 'tensor_parallel_size', 'tensor_parallel', 'tp'],
  ['quantisation', 'quantization', 'quant', 'precision'],
  ['KV cache data type', 'kv_cache_dtype', 'kv_dtype'],
  ['engine version', 'vllm_version', 'engine_version', 'image', 'commit'],
  ['graph mode', 'cudagraph_mode', 'enforce_eager'],
  ['max_num_seqs', 'max_num_seqs'],
  ['max_num_batched_tokens', 'max_num_batched_tokens'],
  ['gpu_memory_utilization', 'gpu_memory_utilization'],
  ['prefix caching', 'enable_prefix_caching', 'prefix_caching', 'cache_mode'],
  ['dataset', 'dataset'],
  ['input length', 'input_token_band', 'isl', 'input_tokens_mean', 'mean_input_tokens'],
  ['output length', 'output_token_band', 'osl', 'output_tokens_mean', 'mean_output_tokens'],
  ['number of prompts', 'num_prompts', 'conversation_num', 'requests'],
]

function said(value: unknown): string | undefined {
  if (typeof value === 'boolean' || typeof value === 'number') return String(value)
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined
}

function flat(document: InferencePerfbench): Flat {
  const fields = new Map<string, string>()
  const walk = (prefix: string, value: unknown): void => {
    if (Array.isArray(value)) fields.set(prefix, value.map(String).join(', '))
    else if (typeof value === 'object' && value !== null) for (const [key, each] of Object.entries(value)) walk(`${prefix}.${key}`, each)
    else {
      const text = said(value)
      if (text !== undefined) fields.set(prefix, text)
    }
  }
  walk('model', document.model)
  walk('model_path', document.model_path)
  walk('deployment', document.deployment ?? {})
  walk('workload', document.workload ?? {})
  return fields
}

/** `8` and `8.0`, `FP8` and `fp8` are the same; versions are texts. */
function isSame(a: string, b: string): boolean {
  if (a.toLowerCase() === b.toLowerCase()) return true
  const plain = /^[+-]?\d+(\.\d+)?$/
  return plain.test(a) && plain.test(b) && Number(a) === Number(b)
}

/** A factor is named by its whole key or by its last part. */
function isFactor(key: string, factors: readonly string[]): boolean {
  return factors.some((factor) => factor === key || key.endsWith(`.${factor}`) || key.startsWith(`${factor}.`))
}

export function compareDescriptors(
  baseline: InferencePerfbench,
  current: InferencePerfbench,
  factors: readonly string[],
): BaselineDiff['context'] {
  const [theirs, ours] = [flat(baseline), flat(current)]
  const keys = [...new Set([...theirs.keys(), ...ours.keys()])].sort()
  const differences = keys.flatMap((key): ContextDifference[] => {
    const [from, to] = [theirs.get(key), ours.get(key)]
    if (from !== undefined && to !== undefined && isSame(from, to)) return []
    const missing = from === undefined || to === undefined
    const standing = isFactor(key, factors) ? 'factor' : labels.has(key) ? 'label' : missing ? 'missing' : 'undeclared'
    return [{ key, baseline: from ?? null, current: to ?? null, standing }]
  })
  const named = new Set(keys.map((key) => key.split('.').at(-1) ?? ''))
  const missing = wanted.filter(([, ...names]) => !names.some((name) => named.has(name))).map(([field]) => field)
  return { factors: [...factors], differences, missing }
}
