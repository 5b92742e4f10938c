/**
 * Where AIPerf keeps what was asked of it: `input_config.loadgen` and the like in older files (read by their names), lists of phases,
 * models and datasets since schema 1.4 of 2026. Only what every entry states alike belongs to the run.
 */
import { isObject, type JsonObject, objectAt } from '#readers/json/leaves.ts'
import type { CellBuilder } from './cell-builder.ts'

const list = (value: unknown): readonly JsonObject[] => (Array.isArray(value) ? value.filter(isObject) : [])

/** Lists read here: they are no unknown keys. */
export const configLists: readonly string[] = ['input_config.phases', 'input_config.models.items', 'input_config.datasets']

export function addConfig(cell: CellBuilder, document: JsonObject): void {
  const config = objectAt(document, 'input_config')
  if (config === undefined) return
  addPhases(
    cell,
    list(config['phases']).filter(({ kind, exclude_from_results }) => kind === 'profiling' && exclude_from_results !== true),
  )
  const models = list(objectAt(config, 'models')?.['items'])
  const model = models[0]?.['name']
  if (models.length === 1 && typeof model === 'string')
    cell.add('input_config.models.items[0].name', model, { as: 'context', name: 'model' })
  const datasets = list(config['datasets'])
  const [dataset] = datasets
  if (datasets.length !== 1 || dataset === undefined) return
  const prompts = objectAt(dataset, 'prompts')
  for (const [key, name] of [
    ['isl', 'inputTokensLabel'],
    ['osl', 'outputTokensLabel'],
  ] as const) {
    const mean = objectAt(prompts, key)?.['mean']
    if (typeof mean === 'number') cell.add(`input_config.datasets[0].prompts.${key}.mean`, mean, { as: 'context', name })
  }
}

/** A run of several phases of other loads is no point of a sweep: then neither concurrency nor rate is said. */
function addPhases(cell: CellBuilder, phases: readonly JsonObject[]): void {
  for (const [key, as] of [
    ['concurrency', 'concurrency'],
    ['rate', 'request-rate'],
    ['request_rate', 'request-rate'],
  ] as const) {
    const values = new Set(phases.map((phase) => phase[key]))
    const [value] = values
    if (values.size === 1 && typeof value === 'number') cell.add(`input_config.phases[].${key}`, value, { as })
  }
  const [only] = phases
  const requests = only?.['requests']
  if (phases.length === 1 && typeof requests === 'number')
    cell.add('input_config.phases[0].requests', requests, { as: 'count', name: 'requested' })
}
