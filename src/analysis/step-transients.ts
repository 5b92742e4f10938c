/**
 * Steps that are not steady state: cut off by the capture's edges, warming up, waiting for a late profiler, or followed by a pause.
 *
 * `as number` on typed-array reads: every index comes from loops bounded by the length of the sequence.
 */
import { COMMUNICATION, COPY, type DeviceSequence } from '#analysis/device-sequence.ts'
import type { DropReason, Step, StepPhase } from '#analysis/step.ts'
import { LIKE, StepPattern } from '#analysis/step-likeness.ts'
import { median, medianAbsoluteDeviation } from '#base/statistics.ts'
import type { StepAnnotation } from '#model/step-annotation.ts'

export interface OpenedStep {
  readonly at: number
  readonly phase: StepPhase
  readonly inferred: boolean
  readonly annotation?: StepAnnotation
}

/** Steps from their first positions; the last one ends at `end`. */
export function closeSteps(sequence: DeviceSequence, opened: readonly OpenedStep[], end: number): Step[] {
  return opened.map(({ at, ...known }, index) => {
    const next = opened[index + 1]?.at
    const to = next ?? end
    let endNs = sequence.startNs[at] as number
    let workNs = 0
    for (let p = at; p < to; p += 1) {
      const activityEnd = sequence.endNs[p] as number
      if (activityEnd > endNs) endNs = activityEnd
      const kind = sequence.kind[p]
      if (kind !== COMMUNICATION && kind !== COPY) workNs += activityEnd - (sequence.startNs[p] as number)
    }
    const nextNs = next === undefined ? Number.NaN : (sequence.startNs[next] as number)
    return { from: at, to, startNs: sequence.startNs[at] as number, endNs, nextNs, workNs, isLike: true, ...known }
  })
}

/** Marks a last annotated step that holds fewer activities than its like (a crash, or the end of the window; trap A12). */
export function markCutSteps(sequence: DeviceSequence, steps: readonly Step[]): Step[] {
  const last = steps[steps.length - 1]
  if (last === undefined) return []
  const like = steps.filter((step) => step !== last && step.phase === last.phase && sameBatch(step, last))
  const typical = [...like].sort((a, b) => a.to - a.from - (b.to - b.from))[like.length >> 1]
  if (typical === undefined) return [...steps]
  const isShort = last.to - last.from < LIKE * (typical.to - typical.from)
  const isPart = isShort && new StepPattern(sequence, typical.from, typical.to).contained(last.from, last.to) >= LIKE
  return isPart ? [...steps.slice(0, -1), { ...last, dropped: 'truncated-end' }] : [...steps]
}

/** Among the steps with the commonest number of activities, the one with the median work. */
export function typicalStep(steps: readonly Step[]): Step | undefined {
  const bySize = new Map<number, Step[]>()
  for (const step of steps) {
    const size = step.to - step.from
    const held = bySize.get(size)
    if (held === undefined) bySize.set(size, [step])
    else held.push(step)
  }
  let best: Step[] = []
  for (const held of bySize.values()) if (held.length > best.length) best = held
  return [...best].sort((a, b) => a.workNs - b.workNs || a.from - b.from)[best.length >> 1]
}

/** The last step is a tail without its end: part of the motif, so a step cut short (trap A12), or no step at all (teardown). */
export function settleTail(sequence: DeviceSequence, steps: readonly Step[]): Step[] {
  const settled = [...steps]
  const last = settled.pop()
  const typical = typicalStep(settled)
  if (last === undefined || typical === undefined) return [...steps]
  if (new StepPattern(sequence, typical.from, typical.to).contained(last.from, last.to) >= LIKE)
    return [...settled, drop(last, 'truncated-end')]
  const before = settled.pop()
  return before === undefined ? [] : [...settled, { ...before, nextNs: Number.NaN }]
}

function sameBatch(a: Step, b: Step): boolean {
  const size = (step: Step): number | undefined => step.annotation?.batchPadded ?? step.annotation?.batchReal
  return size(a) === size(b)
}

/** A collective this many medians long at the start of a capture waits for a rank whose profiler started late (trap C3). */
const SKEW_MEDIANS = 20
/** A skewed collective stands in one of the first steps: later ones wait for work, not for a profiler. */
const SKEW_STEPS = 3
/** Leading steps differ from steady state beyond five robust deviations (1.4826 MAD estimates one; CUSUM on log duration)... */
const WARM_UP_DEVIATIONS = 5 * 1.4826
/** ...and by at least a fifth: below that, dropping them changes no verdict. */
const WARM_UP_RATIO = 1.2
/** A step this many medians long holds a pause of the load, not decoding. The same factor as for collectives. */
const PAUSE_MEDIANS = 20

/** Marks warm-up, profiler-start skew and pauses among steps that are not dropped yet. */
export function markTransients(sequence: DeviceSequence, steps: readonly Step[]): Step[] {
  const marked = markSkew(sequence, steps)
  const counted = (step: Step): boolean => step.dropped === undefined && !Number.isNaN(step.nextNs)
  const phase: StepPhase = marked.some((step) => step.phase === 'decode') ? 'decode' : 'unknown'
  const like = marked.filter((step) => counted(step) && step.isLike && step.phase === phase)
  const durations = logs(like.map((step) => step.nextNs - step.startNs))
  const works = logs(like.map((step) => step.workNs))
  let leading = true
  return marked.map((step) => {
    if (!counted(step) || !step.isLike || step.phase !== phase) return step
    const duration = Math.log(step.nextNs - step.startNs)
    const isFar = durations.isFar(duration) || (step.workNs > 0 && works.isFar(Math.log(step.workNs)))
    if (leading && isFar) return drop(step, 'warm-up')
    leading = false
    return duration - durations.center > Math.log(PAUSE_MEDIANS) ? drop(step, 'pause') : step
  })
}

function drop(step: Step, dropped: DropReason): Step {
  return { ...step, dropped }
}

function logs(values: readonly number[]): { center: number; isFar(value: number): boolean } {
  const all = Float64Array.from(
    values.filter((value) => value > 0),
    Math.log,
  )
  const center = median(all)
  const reach = Math.max(WARM_UP_DEVIATIONS * medianAbsoluteDeviation(all), Math.log(WARM_UP_RATIO))
  return { center, isFar: (value) => Math.abs(value - center) > reach }
}

function markSkew(sequence: DeviceSequence, steps: readonly Step[]): Step[] {
  const limit = SKEW_MEDIANS * medianCollective(sequence)
  let collectives = 0
  return steps.map((step, index) => {
    if (index >= SKEW_STEPS || !(limit > 0)) return step
    for (let p = step.from; p < step.to; p += 1) {
      if (sequence.kind[p] !== COMMUNICATION) continue
      collectives += 1
      const isLong = (sequence.endNs[p] as number) - (sequence.startNs[p] as number) > limit
      if (isLong && collectives <= FIRST_COLLECTIVES && step.dropped === undefined) return drop(step, 'profiler-start-skew')
    }
    return step
  })
}

/** Only collectives before ranks have met once can wait for a late profiler: the first of each communicator; eight covers TP, EP, DP and PP groups twice. */
const FIRST_COLLECTIVES = 8

function medianCollective(sequence: DeviceSequence): number {
  let count = 0
  for (let p = 0; p < sequence.length; p += 1) if (sequence.kind[p] === COMMUNICATION) count += 1
  const durations = new Float64Array(count)
  let next = 0
  for (let p = 0; p < sequence.length; p += 1) {
    if (sequence.kind[p] === COMMUNICATION) durations[next++] = (sequence.endNs[p] as number) - (sequence.startNs[p] as number)
  }
  return median(durations)
}
