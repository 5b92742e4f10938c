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

/** Kernels of image models: their batches repeat too. Not the causal one-dimensional convolutions of state-space language models. */
const VISION =
  /implicit_gemm|implicit_convolve|xmma_fprop|xmma_dgrad|conv2d|winograd|im2col|cudnn.*conv|bn_fw|batch_?norm|max_?pool|avg_?pool/i

/**
 * Kernels that language models run and few others do: attention, root-mean-square and layer norms, rotary embedding, cache writes,
 * sampling, experts, tensor-parallel sums, matrix by vector. A matrix product or an elementwise kernel alone says nothing.
 */
const MODEL =
  /attention|attn|fmha|\bmha|mla_|flash_|paged|(?<!batch_?)norm|rotary|rope|kv_?cache|cache_kernel|gemv|mul_mat_vec|sampl|topk|top_k|argmax|embedding|moe|expert|token|decode|lm_?head|all_?reduce/i

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
  const roles = new Map<Step, Role>()
  for (const cluster of clusters) {
    const role = cluster === main ? 'like' : roleOf(timeline, sequence, cluster, main)
    for (const step of cluster) roles.set(step, role)
  }
  const phaseOf = (role: Role): StepPhase => {
    if (role === 'like') return mainPhase
    return role === 'more-work' && mainPhase === 'decode' ? 'prefill' : 'unknown'
  }
  const named = edges.map((step): Step => {
    const role = roles.get(step) ?? (step.dropped === undefined ? 'odd' : 'like')
    return { ...step, phase: phaseOf(role), isLike: role === 'like', inferred: true }
  })
  const first = edges.findIndex((step) => roles.get(step) !== 'odd')
  const last = edges.findLastIndex((step) => roles.get(step) !== 'odd')
  const kept = between(named, first, last)
  const trimmed = named.length - kept.length
  if (trimmed > 0)
    notes.push(`${trimmed} segments before the first or after the last step are like no step: loading, teardown or other work`)
  const judged = kept.filter((step) => step.dropped === undefined).length
  const liked = whole.filter((step) => roles.get(step) !== 'odd').length
  return { steps: kept, purity: judged === 0 ? 0 : liked / judged, notes }
}

/** Like the commonest steps; like each other and longer at work; or like nothing. */
type Role = 'like' | 'more-work' | 'odd'

/** Steps `first` to `last`: what stands before and after is no step, so nothing follows the last one directly. */
function between(steps: readonly Step[], first: number, last: number): readonly Step[] {
  if (first < 0 || (first === 0 && last === steps.length - 1)) return steps
  return steps.slice(first, last + 1).map((step, index) => {
    return index === last - first && last < steps.length - 1 ? { ...step, nextNs: Number.NaN } : step
  })
}

/** Steps of one model at two batch sizes run about as many kernels: as in the Jaccard index of like steps. */
const LIKE_ROWS = 0.2

function roleOf(timeline: Timeline, sequence: DeviceSequence, cluster: readonly Step[], main: readonly Step[]): Role {
  const workRatio = median(cluster.map((step) => step.workNs)) / median(main.map((step) => step.workNs))
  const rows = (steps: readonly Step[]): number => median(steps.map((step) => step.to - step.from))
  const isMany = cluster.length >= MIN_LIKE_STEPS
  const isSameShape = Math.abs(rows(cluster) / rows(main) - 1) <= LIKE_ROWS
  if (workRatio >= MORE_WORK) {
    // Engines replay graphs for decode, of every batch bucket, and launch long prefills kernel by kernel: more work alone is no prefill.
    return isMany && isSameShape && runsInGraphs(timeline, sequence, cluster) && runsInGraphs(timeline, sequence, main)
      ? 'like'
      : 'more-work'
  }
  // Another batch bucket, and again many of its steps: other graphs or kernels for about the same work, or as many kernels for less.
  return isMany && (isSameShape || workRatio > 1 / MORE_WORK) ? 'like' : 'odd'
}

/** Most kernels of the typical step are nodes of graphs, or a graph hides them. */
function runsInGraphs(timeline: Timeline, sequence: DeviceSequence, steps: readonly Step[]): boolean {
  const step = typicalStep(steps)
  if (step === undefined) return false
  const { graphNode } = timeline.kernels
  let kernels = 0
  let inGraphs = 0
  for (let p = step.from; p < step.to; p += 1) {
    if (sequence.kind[p] === OPAQUE_GRAPH) return true
    if ((sequence.token[p] ?? 0) >= sequence.kernelTokenCount) continue
    kernels += 1
    if ((graphNode?.[sequence.row[p] ?? 0] ?? 0) !== 0) inGraphs += 1
  }
  return inGraphs > kernels / 2
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
    if (VISION.test(name))
      return { phase: 'unknown', note: 'the repeating motif holds convolutions of image models: it is not called decode' }
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
