/** How often the metrics were scraped and collected: raw samples of a few GPUs over a part of the window. */
import { type Cadence, cadenceOf, scrapeInterval, type TimedValues } from '#analysis/dcgm/cadence.ts'
import { restlessQuantities } from '#analysis/dcgm/query-plan.ts'
import type { FoundSeries } from '#analysis/dcgm-probe/inventory.ts'
import { hostKeyOf, uuidKeyOf } from '#analysis/dcgm-probe/label-roles.ts'
import { dcgmFieldOf } from '#model/dcgm-fields.ts'
import { oneOf, selectorText } from '#model/promql.ts'
import type { SeriesSource } from '#model/series-source.ts'
import type { ProbeWindow } from './find-series.ts'
import { inParallel } from './in-parallel.ts'

/** Sixty collections at the exporter's default of 30 s: enough for a median. */
const LOOKED_AT_MS = 30 * 60_000
/** Of as many hosts: exporters are configured per node. */
const GPUS = 4

export interface ProbedCadence {
  readonly spacingS: ReadonlyMap<string, number>
  readonly cadence: Cadence | undefined
}

interface Chosen {
  readonly uuidKey: string
  readonly uuids: readonly string[]
}

function chosenGpus(series: readonly FoundSeries[]): Chosen | undefined {
  const byHost = new Map<string, string>()
  let chosenKey: string | undefined
  for (const { labels } of series) {
    const [hostKey, uuidKey] = [hostKeyOf(labels), uuidKeyOf(labels)]
    if (uuidKey === undefined || (chosenKey !== undefined && uuidKey !== chosenKey)) continue
    chosenKey = uuidKey
    const host = hostKey === undefined ? '' : (labels[hostKey] ?? '')
    const uuid = labels[uuidKey] ?? ''
    const known = byHost.get(host)
    if (known === undefined || uuid < known) byHost.set(host, uuid)
  }
  const uuids = [...byHost].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, uuid]) => uuid)
  return chosenKey === undefined ? undefined : { uuidKey: chosenKey, uuids: uuids.slice(0, GPUS) }
}

export async function probeCadence(source: SeriesSource, series: readonly FoundSeries[], window: ProbeWindow): Promise<ProbedCadence> {
  const spacingS = new Map<string, number>()
  const chosen = chosenGpus(series)
  if (chosen === undefined) return { spacingS, cadence: undefined }
  const names = [...new Set(series.map(({ name }) => name))]
  const startMs = Math.max(window.startMs, window.endMs - LOOKED_AT_MS)
  const samples = await inParallel(names, async (name): Promise<readonly TimedValues[]> => {
    const selector = selectorText(name, [oneOf(chosen.uuidKey, chosen.uuids)])
    return (await source.rawSamples(selector, startMs, window.endMs)).series
  })
  const restless: (readonly TimedValues[])[] = []
  for (const [at, name] of names.entries()) {
    const own = samples[at] ?? []
    const spacingMs = scrapeInterval(own)
    if (spacingMs !== undefined) spacingS.set(name, spacingMs / 1000)
    if (restlessQuantities.some((quantity) => quantity === dcgmFieldOf(name)?.field.quantity)) restless.push(own)
  }
  return { spacingS, cadence: cadenceOf(restless) }
}
