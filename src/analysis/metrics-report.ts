/** Everything that `sextant metrics` says of one dump, or of two around a run. */
import type { MetricsReport } from '#formats/metrics.ts'
import type { Loss } from '#model/capture.ts'
import { knownMetric } from '#model/metric-names.ts'
import type { MetricSamples } from '#model/metric-samples.ts'
import { deltasOf, type MetricDelta } from './metric-deltas.ts'
import { histogramsOf } from './metric-histograms.ts'
import { acceptedByPosition, promptTokensBySource } from './metric-labels.ts'
import { type Reading, readingsOf } from './metric-readings.ts'
import { type SeriesSet, seriesOf } from './metric-series.ts'
import type { MetricEntity } from './metrics/entities.ts'

export interface MetricsInput {
  readonly samples: MetricSamples
  readonly losses: readonly Loss[]
}

type Unsourced = Omit<MetricsReport, 'sources'>
type Derived = MetricsReport['derived'][number]

/** Without them no speed-of-light judgement of a GPU is possible; an exporter that lacks one lacks it, and does not mean zero (trap E8). */
const judged = ['tensor-active', 'dram-active', 'sm-active', 'nvlink-transmit', 'nvlink-receive', 'pcie-transmit', 'pcie-receive'] as const

export function buildMetricsReport(first: MetricsInput, post: MetricsInput | undefined, windowS: number | undefined): Unsourced {
  const before = seriesOf(first.samples)
  const after = post === undefined ? undefined : seriesOf(post.samples)
  const last = after ?? before
  const restarted = post === undefined ? undefined : restartOf(first.samples, post.samples)
  const deltas =
    after === undefined
      ? undefined
      : deltasOf(before, after, {
          ...(windowS === undefined ? {} : { windowS }),
          ...(restarted === undefined ? {} : { restarted }),
        })
  const readings = readingsOf(last)
  const histograms = after === undefined ? histogramsOf(undefined, before) : restarted === undefined ? histogramsOf(before, after) : []
  return {
    schema: 'metrics/1',
    dialect: first.samples.dialect,
    samples: (post ?? first).samples.length,
    entities: entitiesOf(last),
    readings,
    ...(deltas === undefined ? {} : { deltas }),
    histograms,
    derived: [...derive(deltas, last), ...byLabel(before, restarted === undefined ? after : undefined, deltas)],
    unavailable: unavailableOf(last, readings),
    findings: findingsOf(first, post, last, deltas, restarted),
    unknownNames: [...last.unknownNames].sort(),
    losses: [...first.losses, ...(post?.losses ?? [])],
  }
}

function entitiesOf(set: SeriesSet): MetricEntity[] {
  const entities = new Map<string, MetricEntity>()
  for (const entity of set.entities()) {
    const known = entities.get(entity.id)
    // A series without a pod may come first: the fuller description wins.
    if (known === undefined || Object.keys(entity).length > Object.keys(known).length) entities.set(entity.id, entity)
  }
  return [...entities.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** prometheus_client writes when its process began: another time is another process, and every counter of it began again. */
function restartOf(before: MetricSamples, after: MetricSamples): string | undefined {
  const start = (samples: MetricSamples) => {
    const name = samples.names.indexOf('process_start_time_seconds')
    const row = samples.name.indexOf(name)
    return name < 0 || row < 0 ? undefined : samples.value[row]
  }
  const [earlier, later] = [start(before), start(after)]
  return earlier === undefined || later === undefined || earlier === later
    ? undefined
    : 'the process was restarted between the dumps (process_start_time_seconds differs)'
}

function gained(deltas: readonly MetricDelta[] | undefined, quantity: string): number | string {
  if (deltas === undefined) return 'one dump holds counts since the start: give the dump after the run with --post'
  const rows = deltas.filter((delta) => delta.quantity === quantity)
  const invalid = rows.find(({ state }) => state === 'invalid')
  if (invalid?.reason !== undefined) return invalid.reason
  return rows.length === 0 ? `${quantity} is not exported` : rows.reduce((sum, { delta }) => sum + (delta ?? 0), 0)
}

function ratio(name: string, unit: Derived['unit'], formula: string, top: number | string, bottom: number | string, add = 0): Derived {
  const reason = typeof top === 'string' ? top : typeof bottom === 'string' ? bottom : bottom === 0 ? 'nothing was counted' : undefined
  if (reason !== undefined || typeof top === 'string' || typeof bottom === 'string') return { name, unit, formula, reason: reason ?? '' }
  return { name, unit, formula, value: add + top / bottom }
}

/** From counters only: V1 of vLLM has no hit-rate gauge, and a gauge of an engine has a window of its own (trap F16). */
function derive(deltas: readonly MetricDelta[] | undefined, set: SeriesSet): Derived[] {
  const has = (quantity: string) => set.some((of) => of.quantity === quantity)
  const of = (quantity: string) => gained(deltas, quantity)
  const derived: Derived[] = []
  if (set.some(({ level }) => level === 'engine')) {
    derived.push(
      ratio(
        'prefix-cache-hit-ratio',
        'ratio',
        'hit tokens / query tokens, gained between the dumps',
        of('prefix-cache-hit-tokens'),
        of('prefix-cache-query-tokens'),
      ),
      { name: 'kv-cache-used-peak', unit: 'ratio', formula: 'maximum during the run', reason: peakReason(set) },
    )
  }
  if (has('drafts')) {
    derived.push(
      ratio(
        'acceptance-length',
        'tokens',
        '1 + accepted tokens / drafts, gained between the dumps',
        of('accepted-tokens'),
        of('drafts'),
        1,
      ),
      ratio(
        'acceptance-ratio',
        'ratio',
        'accepted tokens / draft tokens, gained between the dumps',
        of('accepted-tokens'),
        of('draft-tokens'),
      ),
    )
  }
  return derived
}

/** Needs both dumps of one process. */
function byLabel(before: SeriesSet, after: SeriesSet | undefined, deltas: readonly MetricDelta[] | undefined): Derived[] {
  if (after === undefined) return []
  const drafts = gained(deltas, 'drafts')
  return [...(typeof drafts === 'number' ? acceptedByPosition(before, after, drafts) : []), ...promptTokensBySource(before, after)]
}

/** A gauge read before and after a run is no peak (trap F18). */
function peakReason(set: SeriesSet): string {
  return set.some(({ quantity }) => quantity === 'kv-cache-used')
    ? 'a dump is one moment: sample the gauge at least every second during the run'
    : 'no gauge of cache usage is exported'
}

function unavailableOf(set: SeriesSet, readings: readonly Reading[]): MetricsReport['unavailable'] {
  if (!set.some(({ level }) => level !== 'engine')) return []
  const present = new Set(readings.map(({ quantity }) => quantity))
  return judged
    .filter((quantity) => !present.has(quantity))
    .map((quantity) => ({ quantity, reason: 'not exported: enable its field in the exporter’s CSV (profiling fields need CAP_SYS_ADMIN)' }))
}

function findingsOf(
  first: MetricsInput,
  post: MetricsInput | undefined,
  last: SeriesSet,
  deltas: readonly MetricDelta[] | undefined,
  restarted: string | undefined,
): MetricsReport['findings'] {
  const findings: MetricsReport['findings'] = []
  if (restarted !== undefined) findings.push({ code: 'restarted', text: restarted })
  const invalid = deltas?.filter(({ state }) => state === 'invalid') ?? []
  if (invalid.length > 0 && restarted === undefined)
    findings.push({ code: 'counter-reset', text: `${invalid.length} quantities have no delta: ${invalid[0]?.reason ?? ''}` })
  const mistyped = [...first.samples.families, ...(post?.samples.families ?? [])].filter(
    ({ name, type }) => type === 'counter' && knownMetric(name)?.of.semantics === 'rate',
  )
  for (const name of new Set(mistyped.map((family) => family.name)))
    findings.push({ code: 'rate-declared-counter', text: `${name} is declared a counter and is a rate per second: never difference it` })
  if (last.blanks > 0)
    findings.push({
      code: 'blank-values',
      text: `${last.blanks} values are blanks of DCGM, ratios above 1 or not finite: missing, not zero`,
    })
  if (last.badLabels > 0) findings.push({ code: 'unreadable-labels', text: `${last.badLabels} series have labels that cannot be read` })
  const isUnnamed = last.filter(({ level }) => level !== 'engine').some((series) => last.entity(series).uuid === undefined)
  if (isUnnamed) findings.push({ code: 'no-uuid', text: 'GPUs are told apart by host and index: the dump carries no UUID' })
  return findings
}
