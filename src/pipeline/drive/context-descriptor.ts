/**
 * The context descriptor of a run (facts/methodology.md rule 41): what was given, what the server says, what the plan implies. Nothing
 * is filled in; what nobody said is listed, because a number without it cannot set a default.
 */
import { SextantError } from '#base/errors.ts'
import type { DrivePlan, DriveResult } from '#formats/drive-result.ts'
import { parseLabels } from '#model/metric-samples.ts'
import type { ServerFacts } from '#sources/driver/server-facts.ts'

/** Names as the readers of other tools' results use them. */
export const contextFields = [
  'model',
  'modelPath',
  'hardware',
  'gpus',
  'node',
  'quantization',
  'kvCacheDtype',
  'tensorParallel',
  'dataParallel',
  'pipelineParallel',
  'expertParallel',
  'maxNumSeqs',
  'maxNumBatchedTokens',
  'gpuMemoryUtilization',
  'maxModelLen',
  'cudagraphMode',
  'asyncScheduling',
  'prefixCaching',
  'speculativeDecoding',
  'dataset',
  'cacheMode',
  'tier',
  'engine',
  'engineVersion',
  'image',
  'commit',
  'delivery',
  'ceilingKey',
  'baseline',
] as const

type Field = DriveResult['context'][number]

/** `NAME=VALUE`; numbers and true/false are taken as such. */
export function givenContext(pairs: readonly string[]): Field[] {
  return pairs.map((pair) => {
    const at = pair.indexOf('=')
    const name = pair.slice(0, at).trim()
    if (at <= 0 || name === '')
      throw new SextantError(
        'usage',
        `--context wants NAME=VALUE, not "${pair}"`,
        `Names: ${contextFields.join(', ')}; others are kept too.`,
      )
    const text = pair.slice(at + 1)
    const value =
      text === 'true' ? true : text === 'false' ? false : text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text
    return { name, value, from: 'given' }
  })
}

/** Labels of vLLM's `vllm:cache_config_info`, whose value is always 1. */
const cacheLabels: Readonly<Record<string, string>> = {
  gpu_memory_utilization: 'gpuMemoryUtilization',
  cache_dtype: 'kvCacheDtype',
  enable_prefix_caching: 'prefixCaching',
}

export function serverContext(facts: ServerFacts, model: string, metricsPage: string | undefined): Field[] {
  const said: Field[] = []
  const add = (name: string, value: string | number | undefined) => {
    // `auto` and `None` say that nobody chose, not what was chosen.
    if (value !== undefined && value !== 'None' && value !== 'auto') said.push({ name, value, from: 'server' })
  }
  const served = facts.models.find(({ id }) => id === model)
  add('modelPath', served?.root)
  add('maxModelLen', served?.maxModelLen)
  add('engineVersion', facts.version)
  const line = metricsPage?.split('\n').find((each) => each.startsWith('vllm:cache_config_info{'))
  const labels = line === undefined ? undefined : parseLabels(line.slice(line.indexOf('{') + 1, line.lastIndexOf('}')))
  for (const [label, name] of Object.entries(cacheLabels)) add(name, labels?.[label])
  if (metricsPage?.includes('\nvllm:')) add('engine', 'vllm')
  else if (metricsPage?.includes('\nsglang:')) add('engine', 'sglang')
  return said
}

function plannedContext(plan: DrivePlan, model: string): Field[] {
  const { prompts } = plan
  return [
    { name: 'model', value: model, from: 'plan' },
    { name: 'dataset', value: prompts.dataset ?? (prompts.kind === 'random' ? 'random words' : 'conversations'), from: 'plan' },
    { name: 'cacheMode', value: plan.salt === '' ? 'unsalted' : 'salted: cold between runs', from: 'plan' },
  ]
}

/** Given beats server beats plan: one value for each name, but a contradiction between the first two is kept and seen. */
export function contextOf(
  given: readonly Field[],
  server: readonly Field[],
  plan: DrivePlan,
  model: string,
): Pick<DriveResult, 'context' | 'missingContext'> {
  const fields = [...given]
  for (const field of server)
    if (!given.some(({ name, value }) => name === field.name && String(value) === String(field.value))) fields.push(field)
  for (const field of plannedContext(plan, model)) if (!fields.some(({ name }) => name === field.name)) fields.push(field)
  const names = new Set(fields.map(({ name }) => name))
  return { context: fields, missingContext: contextFields.filter((name) => !names.has(name)) }
}
