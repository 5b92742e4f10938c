/**
 * Phases of steps that nothing names: steps with like activities form clusters, and the shape of a cluster says what it may be.
 */
import { type DeviceSequence, OPAQUE_GRAPH } from '#analysis/device-sequence.ts'
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

/** Kernels of language-model inference, any vendor: matrix products, attention, norms, rotary embedding, cache writes, sampling, experts. */
const MODEL =
  /gemm|gemv|matmul|nvjet|cutlass|Cijk_|splitk|bmm_|attention|attn|fmha|\bmha|flash_|norm|rotary|rope|kv_?cache|cache_kernel|sampl|softmax|topk|top_k|embedding|moe|expert|token|allreduce|all_reduce|AllReduce/i

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
  const { phase: mainPhase, note } = motifPhase(timeline, sequence, main)
  if (note !== undefined) notes.push(note)
  const mainWork = median(main.map((step) => step.workNs))
  const phases = new Map<Step, { phase: StepPhase; isLike: boolean }>()
  let liked = 0
  for (const cluster of clusters) {
    const work = median(cluster.map((step) => step.workNs))
    const role = cluster === main ? 'like' : roleOf(cluster, work / mainWork)
    const phase = role === 'like' ? mainPhase : role === 'more-work' && mainPhase === 'decode' ? 'prefill' : 'unknown'
    if (role !== 'odd') liked += cluster.length
    for (const step of cluster) phases.set(step, { phase, isLike: role === 'like' })
  }
  const named = edges.map((step): Step => {
    const known =
      phases.get(step) ?? (step.dropped === undefined ? { phase: 'unknown', isLike: false } : { phase: mainPhase, isLike: true })
    return { ...step, ...known, inferred: true }
  })
  const { kept, trimmed } = trimEdges(named)
  if (trimmed > 0)
    notes.push(`${trimmed} segments before the first or after the last step are like no step: loading, teardown or other work`)
  const judged = whole.length - trimmed
  return { steps: kept, purity: judged === 0 ? 0 : liked / judged, notes }
}

/** Segments of no phase before the first and after the last named step are not steps, and nothing follows the last step directly. */
function trimEdges(steps: readonly Step[]): { kept: readonly Step[]; trimmed: number } {
  const isNamed = (step: Step): boolean => step.isLike || step.phase !== 'unknown' || step.dropped !== undefined
  const first = steps.findIndex(isNamed)
  const last = steps.findLastIndex(isNamed)
  if (first < 0 || (first === 0 && last === steps.length - 1)) return { kept: steps, trimmed: 0 }
  const kept = steps.slice(first, last + 1)
  const end = kept.pop()
  if (end !== undefined) kept.push(last === steps.length - 1 ? end : { ...end, nextNs: Number.NaN })
  return { kept, trimmed: steps.length - kept.length }
}

function roleOf(cluster: readonly Step[], workRatio: number): 'like' | 'more-work' | 'odd' {
  if (workRatio >= MORE_WORK) return 'more-work'
  // Another batch bucket: other graphs or kernels, about the same work, and again many of them.
  return cluster.length >= MIN_LIKE_STEPS && workRatio > 1 / MORE_WORK ? 'like' : 'odd'
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

/** What the repeating motif may be called, by the kernels in it; graphs that hide their kernels get the benefit of the doubt. */
function motifPhase(timeline: Timeline, sequence: DeviceSequence, main: readonly Step[]): { phase: StepPhase; note?: string } {
  const [step] = main
  if (step === undefined || main.length < MIN_LIKE_STEPS) return { phase: 'unknown' }
  let isModel = false
  for (let p = step.from; p < step.to; p += 1) {
    if (sequence.kind[p] === OPAQUE_GRAPH) isModel = true
    const token = sequence.token[p] ?? -1
    if (token >= sequence.kernelTokenCount) continue
    const name = timeline.kernelNames[token]?.name ?? ''
    if (TRAINING.test(name))
      return { phase: 'unknown', note: 'the repeating motif holds backward or optimiser kernels: training, not decode' }
    if (MODEL.test(name)) isModel = true
  }
  if (isModel) return { phase: 'decode' }
  return {
    phase: 'unknown',
    note: 'no kernel of the repeating motif is one that language models run: it repeats, but is not called decode',
  }
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
