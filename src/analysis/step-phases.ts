/**
 * Phases of steps that nothing names: steps with like activities form clusters, and the shape of a cluster says what it may be.
 */
import type { DeviceSequence } from '#analysis/device-sequence.ts'
import { MIN_LIKE_STEPS, type Step, type StepPhase } from '#analysis/step.ts'
import type { Boundaries } from '#analysis/step-boundaries.ts'
import { LIKE, StepPattern } from '#analysis/step-likeness.ts'
import { settleTail, typicalStep } from '#analysis/step-transients.ts'
import { median } from '#base/statistics.ts'
import type { Timeline } from '#model/timeline.ts'

/** Steps of one kind whose work differs more than this are two kinds (a prefill that runs the decode's kernels on more tokens). */
const LIKE_WORK = 3
/** A prefill or mixed step does more work than a decode step of the same model. */
const MORE_WORK = 1.5
/** Clusters beyond this many are counted as steps without a like. */
const MAX_CLUSTERS = 8
/** Kernels of training: such a motif repeats too, and is not decode. */
const TRAINING = /backward|_bwd|bwd_|dgrad|wgrad|adam|sgd_|multi_tensor_apply|optimizer/i

export interface PhasedSteps {
  readonly steps: readonly Step[]
  readonly purity: number
  readonly notes: readonly string[]
}

export function inferPhases(timeline: Timeline, sequence: DeviceSequence, steps: readonly Step[], boundaries: Boundaries): PhasedSteps {
  const notes: string[] = []
  const edges = edgeDrops(sequence, steps, boundaries)
  const whole = edges.filter((step) => step.dropped === undefined)
  const clusters = clusterSteps(sequence, whole)
  const [main] = clusters
  if (main === undefined) return { steps: edges, purity: 0, notes }
  const isTraining = main.length > 0 && holdsTraining(timeline, sequence, main[0])
  if (isTraining) notes.push('the repeating motif holds backward or optimiser kernels: training, not decode')
  const mainPhase: StepPhase = !isTraining && main.length >= MIN_LIKE_STEPS ? 'decode' : 'unknown'
  const mainWork = median(main.map((step) => step.workNs))
  const phases = new Map<Step, StepPhase>()
  let liked = 0
  for (const cluster of clusters) {
    const work = median(cluster.map((step) => step.workNs))
    const phase = cluster === main ? mainPhase : otherPhase(cluster, work / mainWork, mainPhase)
    if (cluster === main || phase !== 'unknown') liked += cluster.length
    for (const step of cluster) phases.set(step, phase)
  }
  const named = edges.map((step) => ({
    ...step,
    phase: phases.get(step) ?? (step.dropped === undefined ? 'unknown' : mainPhase),
    inferred: true,
  }))
  const { kept, trimmed } = trimEdges(named)
  if (trimmed > 0)
    notes.push(`${trimmed} segments before the first or after the last step are like no step: loading, teardown or other work`)
  const judged = whole.length - trimmed
  return { steps: kept, purity: judged === 0 ? 0 : liked / judged, notes }
}

/** Segments of no phase before the first and after the last named step are not steps, and nothing follows the last step directly. */
function trimEdges(steps: readonly Step[]): { kept: readonly Step[]; trimmed: number } {
  const isNamed = (step: Step): boolean => step.phase !== 'unknown' || step.dropped !== undefined
  const first = steps.findIndex(isNamed)
  const last = steps.findLastIndex(isNamed)
  if (first < 0 || (first === 0 && last === steps.length - 1)) return { kept: steps, trimmed: 0 }
  const kept = steps.slice(first, last + 1)
  const end = kept.pop()
  if (end !== undefined) kept.push(last === steps.length - 1 ? end : { ...end, nextNs: Number.NaN })
  return { kept, trimmed: steps.length - kept.length }
}

function otherPhase(cluster: readonly Step[], workRatio: number, mainPhase: StepPhase): StepPhase {
  if (mainPhase !== 'decode') return 'unknown'
  if (workRatio >= MORE_WORK) return 'prefill'
  // Another batch bucket: other graphs or kernels, about the same work, and again many of them.
  return cluster.length >= MIN_LIKE_STEPS && workRatio > 1 / MORE_WORK ? 'decode' : 'unknown'
}

/** Clusters by descending size; every step is in one. */
function clusterSteps(sequence: DeviceSequence, steps: readonly Step[]): Step[][] {
  const clusters: Step[][] = []
  let rest = [...steps]
  while (rest.length > 0 && clusters.length < MAX_CLUSTERS) {
    const typical = typicalStep(rest)
    if (typical === undefined) break
    const pattern = new StepPattern(sequence, typical.from, typical.to)
    const like = rest.filter((step) => step === typical || pattern.likeness(step.from, step.to) >= LIKE)
    const work = median(like.map((step) => step.workNs))
    const members = new Set(like.filter((step) => step === typical || (step.workNs <= LIKE_WORK * work && step.workNs * LIKE_WORK >= work)))
    clusters.push([...members])
    rest = rest.filter((step) => !members.has(step))
  }
  for (const step of rest) clusters.push([step])
  return clusters.sort((a, b) => b.length - a.length || (a[0]?.from ?? 0) - (b[0]?.from ?? 0))
}

function holdsTraining(timeline: Timeline, sequence: DeviceSequence, step: Step | undefined): boolean {
  if (step === undefined) return false
  for (let p = step.from; p < step.to; p += 1) {
    const token = sequence.token[p] ?? -1
    if (token < sequence.kernelTokenCount && TRAINING.test(timeline.kernelNames[token]?.name ?? '')) return true
  }
  return false
}

/** First and last steps that the capture's edges cut (trap A12); a tail that is no part of the motif is teardown, not a step. */
function edgeDrops(sequence: DeviceSequence, steps: readonly Step[], boundaries: Boundaries): Step[] {
  const marked = [...steps]
  const first = marked[0]
  const typical = typicalStep(marked)
  const isPart = (step: Step): boolean =>
    typical !== undefined && new StepPattern(sequence, typical.from, typical.to).contained(step.from, step.to) >= LIKE
  if (boundaries.firstCut && first !== undefined && isPart(first)) marked[0] = { ...first, dropped: 'truncated-start' }
  return boundaries.lastCut ? settleTail(sequence, marked) : marked
}
