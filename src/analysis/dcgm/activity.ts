/** How busy the selected GPUs were over any stretch of time, from the first field that they have: what decides between two windows. */
import { dcgmQuantity } from '#model/dcgm-fields.ts'
import { type Matcher, selectorText } from '#model/promql.ts'
import type { SeriesSource } from '#model/series-source.ts'
import type { ActivityIn } from './bench-window.ts'
import { gpuSamples } from './gpu-samples.ts'

/** Best first: power is there on every exporter, and lifted by idle draw. */
const fields = ['graphics-engine-active', 'gpu-busy', 'dram-active', 'board-power'] as const

export function activityOf(source: SeriesSource, matchers: readonly Matcher[]): ActivityIn {
  let chosen: (typeof fields)[number] | undefined
  return async (fromMs, toMs) => {
    // One field for every stretch: two fields cannot be compared.
    for (const quantity of chosen === undefined ? fields : [chosen]) {
      const mean = await meanOf(source, matchers, quantity, fromMs, toMs)
      if (mean === undefined) continue
      chosen = quantity
      return mean
    }
    return undefined
  }
}

async function meanOf(
  source: SeriesSource,
  matchers: readonly Matcher[],
  quantity: string,
  fromMs: number,
  toMs: number,
): Promise<number | undefined> {
  const field = dcgmQuantity(quantity)
  if (field === undefined) throw new Error(`no DCGM field for ${quantity}`)
  const answers = []
  for (const name of field.names)
    answers.push({ name, series: (await source.rawSamples(selectorText(name.name, matchers), fromMs, toMs)).series })
  const means = gpuSamples(field, answers).gpus.map(({ values }) => values.reduce((sum, value) => sum + value, 0) / values.length)
  const known = means.filter(Number.isFinite)
  return known.length === 0 ? undefined : known.reduce((sum, value) => sum + value, 0) / known.length
}
