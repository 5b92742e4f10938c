/** What a row is of: config.yaml says what was meant, the result what ran. Where they contradict each other in a count of GPUs, nothing is divided. */
import { SextantError } from '#base/errors.ts'
import type { AtlasRow, CampaignCellConfig } from '#formats/campaign.ts'
import { type ContextField, contextValue } from '#model/bench-result.ts'

type Value = string | number | boolean

/** Row's key ← key of config.yaml's cell, name of the context field. */
const facts: readonly (readonly [row: keyof AtlasRow & string, config: keyof CampaignCellConfig & string, context: string | undefined])[] =
  [
    ['model', 'model', 'model'],
    ['hardware', 'hardware', 'hardware'],
    ['quant', 'quant', 'quantization'],
    ['tensor_parallel', 'tensor_parallel', 'tensorParallel'],
    ['pipeline_parallel', 'pipeline_parallel', 'pipelineParallel'],
    ['data_parallel', 'data_parallel', 'dataParallel'],
    ['parallel_strategy', 'parallel_strategy', undefined],
    ['max_num_batched_tokens', 'max_num_batched_tokens', 'maxNumBatchedTokens'],
    ['max_num_seqs', 'max_num_seqs', 'maxNumSeqs'],
    ['serving_engine', 'serving_engine', 'engine'],
    ['image', 'image', 'image'],
    ['kv_cache_dtype', 'kv_cache_dtype', 'kvCacheDtype'],
    ['cudagraph_mode', 'cudagraph_mode', 'cudagraphMode'],
    ['gpu_memory_utilization', 'gpu_memory_utilization', 'gpuMemoryUtilization'],
    ['enable_prefix_caching', 'enable_prefix_caching', 'prefixCaching'],
    ['async_scheduling', 'async_scheduling', 'asyncScheduling'],
    ['num_speculative_tokens', 'num_speculative_tokens', undefined],
    ['mtp', 'mtp', undefined],
    ['cache_mode', 'cache_mode', 'cacheMode'],
    ['dataset', 'dataset', 'dataset'],
    ['variant_key', 'variant_key', undefined],
  ]
const numeric: ReadonlySet<string> = new Set([
  'tensor_parallel',
  'pipeline_parallel',
  'data_parallel',
  'max_num_batched_tokens',
  'max_num_seqs',
  'gpu_memory_utilization',
])
const flags: ReadonlySet<string> = new Set(['enable_prefix_caching', 'async_scheduling'])
/** A wrong one makes every figure per GPU wrong by their ratio. */
const dividing: ReadonlySet<string> = new Set(['tensor_parallel', 'pipeline_parallel', 'data_parallel'])

/** Undefined where the text is no such value: then the file says nothing. */
function asKind(key: string, value: Value | undefined): Value | undefined {
  if (value === undefined) return undefined
  if (numeric.has(key)) {
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
    return typeof number === 'number' && Number.isFinite(number) && number > 0 ? number : undefined
  }
  if (flags.has(key)) return typeof value === 'boolean' ? value : value === 'true' ? true : value === 'false' ? false : undefined
  return String(value)
}

const same = (a: Value, b: Value): boolean => String(a).toLowerCase() === String(b).toLowerCase()

export interface RowFacts {
  readonly facts: Partial<AtlasRow>
  readonly gpus?: number
  readonly notes: readonly string[]
}

function gpusOf(values: Record<string, Value>, fields: readonly ContextField[], source: string): number | undefined {
  const said = Number(contextValue(fields, 'gpus') ?? Number.NaN)
  const tensor = values['tensor_parallel']
  if (typeof tensor !== 'number') return Number.isInteger(said) && said > 0 ? said : undefined
  const product = tensor * Number(values['pipeline_parallel'] ?? 1) * Number(values['data_parallel'] ?? 1)
  if (Number.isInteger(said) && said > 0 && said !== product)
    throw new SextantError(
      'ambiguous',
      `${source} says ${said} GPUs, and tensor × pipeline × data parallel are ${product}: per-GPU figures would be wrong by their ratio`,
      'Correct tensor_parallel, pipeline_parallel and data_parallel of the cell in config.yaml.',
      { gpus: said, product },
    )
  return product
}

/** @param source as messages name it. Throws `ambiguous` where GPUs are counted in two ways. */
export function rowFacts(config: CampaignCellConfig | undefined, fields: readonly ContextField[], source: string): RowFacts {
  const values: Record<string, Value> = {}
  const notes: string[] = []
  for (const [key, configKey, contextName] of facts) {
    const meant = config?.[configKey] as Value | undefined // the schema of each of these keys
    const ran = contextName === undefined ? undefined : asKind(key, contextValue(fields, contextName))
    if (meant !== undefined && ran !== undefined && !same(meant, ran)) {
      if (dividing.has(key))
        throw new SextantError(
          'ambiguous',
          `${key}: config.yaml says ${meant} and ${source} says ${ran}: per-GPU figures would be wrong by their ratio`,
          'Correct whichever is wrong, and import again.',
          { key },
        )
      notes.push(`${key}: config.yaml says ${meant}, ${source} says ${ran}, which is kept`)
    }
    // A name that people gave stays; of everything else what ran counts.
    const value = key === 'model' || key === 'hardware' ? (meant ?? ran) : (ran ?? meant)
    if (value !== undefined) values[key] = value
  }
  const gpus = gpusOf(values, fields, source)
  return { facts: values as Partial<AtlasRow>, ...(gpus === undefined ? {} : { gpus }), notes }
}
