/**
 * The steps of one device: from engine annotations where there are any, else from what repeats (algorithms.md, 3).
 * Abstains with a reason where the evidence is thin: an `unknown` costs less than a wrong step.
 */
import { COPY, type DeviceSequence, mainLane, sequenceTables } from '#analysis/device-sequence.ts'
import { deviceSharing } from '#analysis/device-sharing.ts'
import type { LaunchJoin, NoLaunchJoin } from '#analysis/launch-join.ts'
import { mainRows } from '#analysis/main-rows.ts'
import { MIN_LIKE_STEPS, type NoSteps, type Step, type StepPhase, type StepSet } from '#analysis/step.ts'
import { findAnchor } from '#analysis/step-anchor.ts'
import { busySignalVerdict } from '#analysis/step-autocorrelation.ts'
import { alignBoundaries } from '#analysis/step-boundaries.ts'
import { inferPhases } from '#analysis/step-phases.ts'
import { type AnnotatedRanges, type AnnotatedStarts, annotatedStarts } from '#analysis/step-ranges.ts'
import { closeSteps, markCutSteps, markTransients, type OpenedStep, settleTail } from '#analysis/step-transients.ts'
import { median, medianAbsoluteDeviation } from '#base/statistics.ts'
import { copyKinds, type Timeline } from '#model/timeline.ts'

/** Above this MAD / median there is no typical step (algorithms.md, 3.6). */
const MAX_RELATIVE_DEVIATION = 0.5
/** Below this share of steps with a like, the cut does not describe the capture (algorithms.md, 3.6). */
const MIN_PURITY = 0.8

export function detectSteps(
  timeline: Timeline,
  sequence: DeviceSequence,
  ranges: AnnotatedRanges,
  join: LaunchJoin | NoLaunchJoin,
): StepSet | NoSteps {
  if (sequence.length === 0) return { state: 'unknown', code: 'no-activity', reason: 'no activity of this device is in the capture' }
  const sharing = deviceSharing(timeline, sequence)
  if (sharing.state === 'shared') return { state: 'unknown', code: 'shared-device', reason: sharing.reason }
  const annotated = annotatedStarts(timeline, sequence, ranges, join)
  const found = annotated === undefined ? fromPeriodicity(timeline, sequence) : fromAnnotations(sequence, annotated)
  if (found.state === 'unknown' || sharing.note === undefined) return found
  return { ...found, notes: [...found.notes, sharing.note] }
}

function fromAnnotations(sequence: DeviceSequence, { starts, by, unannotatedFrom }: AnnotatedStarts): StepSet | NoSteps {
  const notes: string[] = []
  if (by === 'host-time')
    notes.push('no launch links steps to device work: each step begins at the first activity after its range began on the host')
  const unnamed = starts.filter(({ annotation }) => annotation === undefined).length
  if (unnamed > 0) notes.push(`${unnamed} stretches of work the size of a step lie between annotated steps without a range of their own`)
  const opened = starts.map(({ at, annotation }): OpenedStep => {
    if (annotation === undefined) return { at, phase: 'unknown', inferred: true }
    const phase: StepPhase = annotation.phase === 'other' ? 'unknown' : annotation.phase
    return { at, phase, inferred: false, annotation }
  })
  const isTail = unannotatedFrom !== undefined && unannotatedFrom > (opened[opened.length - 1]?.at ?? 0)
  const tail: OpenedStep[] = isTail ? [{ at: unannotatedFrom, phase: 'unknown', inferred: true }] : []
  const closed = closeSteps(sequence, [...opened, ...tail], sequence.length)
  const steps = markTransients(sequence, isTail ? settleTail(sequence, closed) : markCutSteps(sequence, closed))
  return judged({ state: 'found', source: 'annotations', assignedBy: by, purity: 1, steps, notes })
}

function fromPeriodicity(timeline: Timeline, sequence: DeviceSequence): StepSet | NoSteps {
  const rows = mainRows(timeline, sequence, mainLane(sequence))
  const anchor = findAnchor(rows, sequence.tokenCount, sequence.firstCopyToken)
  if (anchor === undefined) {
    return {
      state: 'unknown',
      code: 'no-repeating-motif',
      reason: 'no activity repeats at least 6 times on the main stream, and no engine annotations are in the capture',
    }
  }
  if (anchor.regularity < 1 - MAX_RELATIVE_DEVIATION) {
    const reason = `what repeats most does so irregularly: its median absolute deviation is ${(1 - anchor.regularity).toFixed(2)} of the median interval (at most ${MAX_RELATIVE_DEVIATION})`
    return { state: 'unknown', code: 'irregular', reason }
  }
  const boundaries = alignBoundaries(timeline, sequence, rows, anchor)
  const opened = Array.from(boundaries.at, (at) => ({ at, phase: 'unknown' as const, inferred: true }))
  const closed = closeSteps(sequence, opened, boundaries.end)
  if (isLoading(timeline, sequence, closed)) {
    return {
      state: 'unknown',
      code: 'no-repeating-motif',
      reason: 'what repeats is copying to the device, and nothing comes back: loading, not steps',
    }
  }
  const { steps: phased, purity, notes } = inferPhases(timeline, sequence, closed, boundaries)
  const steps = markTransients(sequence, phased)
  const { kind, token, agreement, regularity, coverage } = anchor
  const found: StepSet = {
    state: 'found',
    source: 'periodicity',
    anchor: { kind, token, agreement, regularity, coverage },
    purity,
    steps,
    notes,
  }
  const judgement = judged(found)
  if (judgement.state === 'unknown') return judgement
  const steady = steadySteps(judgement)
  const sizes = steady.map((step) => step.to - step.from)
  if (medianAbsoluteDeviation(sizes) > MAX_SIZE_DEVIATION * median(sizes)) {
    const smallest = sizes.reduce((least, size) => Math.min(least, size))
    const largest = sizes.reduce((most, size) => Math.max(most, size))
    const reason = `like segments hold ${smallest} to ${largest} activities: parts of something longer, not steps`
    return { state: 'unknown', code: 'impure', reason }
  }
  const cadence = median(cadences(steady))
  const verdict = busySignalVerdict(sequence, steady, cadence)
  if (verdict.state === 'disagrees') return { state: 'unknown', code: 'autocorrelation-disagrees', reason: verdict.reason }
  return judgement
}

/** Decode steps of one model run the same kernels: half of them within 2 % of the usual number leaves room for optional small ones. */
const MAX_SIZE_DEVIATION = 0.02
const COPY_TABLE = sequenceTables.indexOf('memcpys')
/** Weights load at a multiple of the time of the kernels between them; a step that moves this much also returns tokens to the host. */
const LOADING_COPY_RATIO = 10

function isLoading(timeline: Timeline, sequence: DeviceSequence, steps: readonly Step[]): boolean {
  let copyNs = 0
  let otherNs = 0
  let returning = 0
  for (const { from, to } of steps) {
    let returns = false
    for (let p = from; p < to; p += 1) {
      const lengthNs = (sequence.endNs[p] ?? 0) - (sequence.startNs[p] ?? 0)
      if (sequence.kind[p] !== COPY) otherNs += lengthNs
      else if (sequence.table[p] === COPY_TABLE) {
        if (copyKinds[timeline.memcpys.copyKind[sequence.row[p] ?? 0] ?? 0] === 'device-to-host') returns = true
        else copyNs += lengthNs
      }
    }
    if (returns) returning += 1
  }
  return returning < steps.length / 2 && copyNs > LOADING_COPY_RATIO * otherNs
}

/** Like steps that count: not dropped, of the phase that the budget is about, followed by another step. */
export function steadySteps(set: StepSet): readonly Step[] {
  const kept = set.steps.filter((step) => step.dropped === undefined && !Number.isNaN(step.nextNs))
  const decode = kept.filter((step) => step.phase === 'decode')
  if (decode.length > 0) return decode
  return kept.filter((step) => step.isLike && (step.phase === 'unknown' || step.phase === 'mixed'))
}

export function cadences(steps: readonly Step[]): Float64Array {
  return Float64Array.from(steps, (step) => step.nextNs - step.startNs)
}

function judged(set: StepSet): StepSet | NoSteps {
  const steady = steadySteps(set)
  const where = set.source === 'annotations' ? 'annotated' : 'repeating'
  if (steady.length < MIN_LIKE_STEPS) {
    const reason = `${set.steps.length} ${where} steps, of which ${steady.length} are like, complete and followed by another: at least ${MIN_LIKE_STEPS} are needed`
    return { state: 'unknown', code: 'too-few-steps', reason }
  }
  if (set.purity < MIN_PURITY) {
    return {
      state: 'unknown',
      code: 'impure',
      reason: `only ${set.purity.toFixed(2)} of the segments have a like (at least ${MIN_PURITY} is needed)`,
    }
  }
  const values = cadences(steady)
  const relative = medianAbsoluteDeviation(values) / median(values)
  if (relative > MAX_RELATIVE_DEVIATION) {
    const reason = `step cadence varies too much for a typical step: median absolute deviation is ${relative.toFixed(2)} of the median (at most ${MAX_RELATIVE_DEVIATION})`
    return { state: 'unknown', code: 'irregular', reason }
  }
  return set
}
