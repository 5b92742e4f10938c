/**
 * What a lever would change in a replay graph, as new durations and delays. Uncertain sizes come as ranges: each draw of a what-if takes
 * one value of each.
 *
 * `as number` on typed-array reads: every index comes from loops bounded by `length` or by the edge offsets.
 */
import { edgeReasons, kindIndex, type NodeKind, type ReplayGraph } from './replay-graph.ts'

/** Uniform between both ends, which may be equal. */
export type Range = readonly [low: number, high: number]

export type Change =
  /** Kernels whose token is 1 in `tokens` keep this part of their duration: 0.6 = 40 % faster. */
  | { readonly kind: 'scale-kernels'; readonly tokens: Uint8Array; readonly factor: Range }
  | { readonly kind: 'scale-communication'; readonly factor: Range }
  | { readonly kind: 'scale-copies'; readonly factor: Range }
  /** The host's own work between calls keeps this part, in stretches of at least `atLeastNs` (shorter ones prepare a launch each). */
  | { readonly kind: 'scale-host'; readonly factor: Range; readonly atLeastNs: number }
  /** Launch calls keep this part of their duration (cheaper launches, same number). */
  | { readonly kind: 'scale-launches'; readonly factor: Range }
  /** Waits on the host that nothing in the capture explains keep this part. */
  | { readonly kind: 'scale-waits'; readonly factor: Range }
  /**
   * Kernels launched one by one in a step become nodes of one graph: their calls vanish but for one graph launch of `launchNs`, and
   * neighbours on a stream follow after `nodeGapNs`.
   */
  | { readonly kind: 'merge-launches'; readonly launchNs: Range; readonly nodeGapNs: Range }

export interface Changed {
  readonly durationNs: Float64Array
  readonly delayNs: Float64Array
}

/** Draws one value of a range. `share` is uniform in [0, 1). */
const drawn = ([low, high]: Range, share: number): number => low + (high - low) * share

/**
 * @param share one uniform number per change.
 * @param caution 0..1: the part of work beside other streams that cannot be gained, because the other stream then takes its place.
 */
export function applyChanges(graph: ReplayGraph, changes: readonly Change[], share: readonly number[], caution: number): Changed {
  const durationNs = graph.durationNs.slice()
  const delayNs = graph.delayNs.slice()
  for (const [index, change] of changes.entries()) {
    const at = share[index] ?? 0
    if (change.kind === 'merge-launches') mergeLaunches(graph, durationNs, delayNs, drawn(change.launchNs, at), drawn(change.nodeGapNs, at))
    else scale(graph, durationNs, change, drawn(change.factor, at), caution)
  }
  return { durationNs, delayNs }
}

const scaledKind: Readonly<Record<Exclude<Change['kind'], 'merge-launches'>, NodeKind>> = {
  'scale-kernels': 'compute',
  'scale-communication': 'communication',
  'scale-copies': 'copy',
  'scale-host': 'host-busy',
  'scale-launches': 'host-launch',
  'scale-waits': 'host-wait',
}

function scale(
  graph: ReplayGraph,
  durationNs: Float64Array,
  change: Exclude<Change, { kind: 'merge-launches' }>,
  factor: number,
  caution: number,
): void {
  const kind = kindIndex(scaledKind[change.kind])
  const isHost = kind >= kindIndex('host-busy')
  for (let node = 0; node < graph.length; node += 1) {
    if (graph.kind[node] !== kind) continue
    if (change.kind === 'scale-kernels' && change.tokens[graph.token[node] as number] !== 1) continue
    if (change.kind === 'scale-host' && (graph.durationNs[node] as number) < change.atLeastNs) continue
    const whole = durationNs[node] as number
    const held = isHost || factor > 1 ? 0 : caution * Math.min(whole, graph.overlappedNs[node] as number)
    durationNs[node] = held + (whole - held) * factor
  }
}

/** The graph launch itself, 5 to 20 us, costs what the first call of the step cost or more; the rest of the launching vanishes. */
function mergeLaunches(graph: ReplayGraph, durationNs: Float64Array, delayNs: Float64Array, launchNs: number, nodeGapNs: number): void {
  const launches = launchesOfSteps(graph)
  const lane = edgeReasons.indexOf('lane')
  const launch = edgeReasons.indexOf('launch')
  for (let node = 0; node < graph.length; node += 1) {
    if (graph.kind[node] !== kindIndex('compute') && graph.kind[node] !== kindIndex('communication')) continue
    for (let edge = graph.edgeOffsets[node] as number; edge < (graph.edgeOffsets[node + 1] as number); edge += 1) {
      if (graph.reason[edge] === lane) delayNs[edge] = Math.min(delayNs[edge] as number, nodeGapNs)
      // Where the launch bound, its latency stays; where it did not, it is no limit any more.
      else if (graph.reason[edge] === launch) delayNs[edge] = Math.min(delayNs[edge] as number, launchNs)
    }
  }
  for (const nodes of launches) {
    for (const [index, node] of nodes.entries()) {
      durationNs[node] = index === 0 ? launchNs : 0
      if (index > 0) removeHostWorkBefore(graph, durationNs, node)
    }
  }
}

/** Calls that launched the kernels of each step, in order. */
function launchesOfSteps(graph: ReplayGraph): number[][] {
  const launch = edgeReasons.indexOf('launch')
  const steps: number[][] = []
  const seen = new Set<number>()
  for (let node = 0; node < graph.length; node += 1) {
    const step = graph.step[node] as number
    if (step < 0 || graph.kind[node] === kindIndex('copy')) continue
    for (let edge = graph.edgeOffsets[node] as number; edge < (graph.edgeOffsets[node + 1] as number); edge += 1) {
      const from = graph.edgeFrom[edge] as number
      if (graph.reason[edge] !== launch || from < 0 || seen.has(from)) continue
      seen.add(from)
      const calls = steps[step] ?? []
      steps[step] = calls
      calls.push(from)
    }
  }
  return steps.filter((calls) => calls !== undefined && calls.length > 1).map((calls) => calls.sort((a, b) => a - b))
}

/** Preparing one launch more is a few microseconds of host time; longer work before a launch is something else, and stays. */
const LAUNCH_PREPARATION_NS = 20_000

function removeHostWorkBefore(graph: ReplayGraph, durationNs: Float64Array, node: number): void {
  const thread = edgeReasons.indexOf('thread')
  for (let edge = graph.edgeOffsets[node] as number; edge < (graph.edgeOffsets[node + 1] as number); edge += 1) {
    const from = graph.edgeFrom[edge] as number
    if (graph.reason[edge] !== thread || from < 0 || graph.kind[from] !== kindIndex('host-busy')) continue
    if ((graph.durationNs[from] as number) <= LAUNCH_PREPARATION_NS) durationNs[from] = 0
  }
}
