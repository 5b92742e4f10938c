/**
 * The truth of one device's rows, by arithmetic of its own: boundaries sorted, one pass, counters of what is active.
 * Definitions: a step covers [b_i, b_i+1), b_i being the start of its first device row; its parts sum to its cadence.
 */

import { decodeTruth } from './decode-truth.ts'
import { type IdleGap, idleByCause } from './idle-truth.ts'
import type { Activity, RankPlan, StepLabel } from './plan.ts'
import type { ActivityClass } from './step-item.ts'
import type { CountSum, DeviceTruth, OverlapName, StepTruth } from './truth-types.ts'

interface StepSums {
  computeNs: number
  opaqueGraphNs: number
  communicationExposedNs: number
  copyExposedNs: number
  hostGapWithinNs: number
  hostGapBetweenNs: number
  communicationUnionNs: number
}

interface StepSpan {
  startNs: number
  lastEndNs: number
}

function stepSpans(rows: readonly Activity[], count: number): StepSpan[] {
  const spans = Array.from({ length: count }, () => ({ startNs: Number.POSITIVE_INFINITY, lastEndNs: Number.NEGATIVE_INFINITY }))
  for (const row of rows) {
    const span = spans[row.step]
    if (span === undefined) continue
    span.startNs = Math.min(span.startNs, row.startNs)
    span.lastEndNs = Math.max(span.lastEndNs, row.endNs)
  }
  return spans
}

const overlapZero = (): Record<OverlapName, number> => ({
  computeAloneNs: 0,
  opaqueGraphAloneNs: 0,
  communicationExposedNs: 0,
  communicationHiddenNs: 0,
  copyExposedNs: 0,
  copyHiddenNs: 0,
  bothHiddenNs: 0,
  idleNs: 0,
})

/** Which overlap class an instant belongs to, given what is active. */
function overlapOf(active: Readonly<Record<ActivityClass, number>>): OverlapName {
  const copies = active.memcpy + active.memset > 0
  if (active.compute + active.graph > 0) {
    if (active.communication > 0) return copies ? 'bothHiddenNs' : 'communicationHiddenNs'
    if (copies) return 'copyHiddenNs'
    return active.compute > 0 ? 'computeAloneNs' : 'opaqueGraphAloneNs'
  }
  if (active.communication > 0) return 'communicationExposedNs'
  return copies ? 'copyExposedNs' : 'idleNs'
}

/** Adds one elementary interval to its step. */
function addToStep(sums: StepSums, active: Readonly<Record<ActivityClass, number>>, durationNs: number, afterLast: boolean): void {
  if (active.communication > 0) sums.communicationUnionNs += durationNs
  if (active.compute > 0) sums.computeNs += durationNs
  else if (active.graph > 0) sums.opaqueGraphNs += durationNs
  else if (active.communication > 0) sums.communicationExposedNs += durationNs
  else if (active.memcpy + active.memset > 0) sums.copyExposedNs += durationNs
  else if (afterLast) sums.hostGapBetweenNs += durationNs
  else sums.hostGapWithinNs += durationNs
}

interface Sweep {
  readonly overlap: Record<OverlapName, number>
  readonly steps: StepSums[]
  readonly gaps: IdleGap[]
}

function sweep(rows: readonly Activity[], spans: readonly StepSpan[]): Sweep {
  const edges: { atNs: number; change: 1 | -1; row: Activity }[] = []
  for (const row of rows) edges.push({ atNs: row.startNs, change: 1, row }, { atNs: row.endNs, change: -1, row })
  edges.sort((a, b) => a.atNs - b.atNs)
  const active: Record<ActivityClass, number> = { compute: 0, communication: 0, memcpy: 0, memset: 0, graph: 0 }
  const overlap = overlapZero()
  const zero = { computeNs: 0, opaqueGraphNs: 0, communicationExposedNs: 0, copyExposedNs: 0 }
  const steps = spans.map(() => ({ ...zero, hostGapWithinNs: 0, hostGapBetweenNs: 0, communicationUnionNs: 0 }))
  const gaps: IdleGap[] = []
  // Steps of which no row was recorded have no span.
  const present = [...spans.keys()].filter((index) => Number.isFinite((spans[index] as StepSpan).startNs))
  let reachedStep = -1
  let reachedNs = edges[0]?.atNs ?? 0
  for (const { atNs, change, row } of edges) {
    if (atNs > reachedNs) {
      const name = overlapOf(active)
      overlap[name] += atNs - reachedNs
      if (name === 'idleNs') gaps.push({ startNs: reachedNs, endNs: atNs, before: row })
      const step = present[reachedStep] ?? -1
      const sums = steps[step]
      if (sums !== undefined) addToStep(sums, active, atNs - reachedNs, reachedNs >= (spans[step] as StepSpan).lastEndNs)
      reachedNs = atNs
    }
    active[row.class] += change
    while (atNs >= (spans[present[reachedStep + 1] ?? -1]?.startNs ?? Number.POSITIVE_INFINITY)) reachedStep += 1
  }
  return { overlap, steps, gaps }
}

function countSum(rows: readonly Activity[], classes: readonly ActivityClass[]): CountSum {
  const chosen = rows.filter((row) => classes.includes(row.class))
  return { count: chosen.length, sumNs: chosen.reduce((sum, row) => sum + row.endNs - row.startNs, 0) }
}

/** The truth of one rank's device. `offsetNs` is added to every time (the file's clock against the session's). */
export function deviceTruth(plan: RankPlan, labels: readonly StepLabel[], offsetNs: number, hostRows: boolean): DeviceTruth {
  const rows = plan.activities
  const spans = stepSpans(rows, labels.length + 1)
  // The step after the last complete one exists only in a truncated recording: its start ends a cadence.
  const partial = spans[labels.length] as StepSpan
  const used = Number.isFinite(partial.startNs) ? spans : spans.slice(0, labels.length)
  const { overlap, steps, gaps } = sweep(rows, used)
  const stepTruths = labels.flatMap((label, index): StepTruth[] => {
    const span = used[index] as StepSpan
    if (!Number.isFinite(span.startNs)) return []
    const base = { ...label, startNs: span.startNs + offsetNs }
    const next = used[index + 1]
    if (next === undefined || !Number.isFinite(next.startNs)) return [base]
    const sums = steps[index] as StepSums
    const hostGapNs = sums.hostGapWithinNs + sums.hostGapBetweenNs
    const cadenceNs = next.startNs - span.startNs
    return [{ ...base, ...sums, hostGapNs, cadenceNs, busyNs: cadenceNs - hostGapNs }]
  })
  const decode = decodeTruth(stepTruths)
  const byPhase: Partial<Record<StepTruth['phase'], number>> = {}
  for (const { phase } of stepTruths) byPhase[phase] = (byPhase[phase] ?? 0) + 1
  const firstStartNs = rows.reduce((least, row) => Math.min(least, row.startNs), Number.POSITIVE_INFINITY)
  const lastEndNs = rows.reduce((most, row) => Math.max(most, row.endNs), Number.NEGATIVE_INFINITY)
  return {
    rank: plan.rank,
    pid: plan.pid,
    ordinal: plan.ordinal,
    uuid: plan.uuid,
    kernels: countSum(rows, ['compute', 'communication']),
    graphTraces: countSum(rows, ['graph']),
    memcpy: { ...countSum(rows, ['memcpy']), bytes: rows.reduce((sum, row) => sum + (row.class === 'memcpy' ? row.bytes : 0), 0) },
    memset: countSum(rows, ['memset']),
    busyNs: rows.length === 0 ? 0 : lastEndNs - firstStartNs - overlap.idleNs,
    firstStartNs: firstStartNs + offsetNs,
    lastEndNs: lastEndNs + offsetNs,
    overlap,
    ...(hostRows ? { idleByCause: idleByCause(plan, gaps) } : {}),
    steps: stepTruths,
    stepsByPhase: byPhase,
    ...(decode === undefined ? {} : { decode }),
  }
}
