/**
 * What a change would do to the step: an interval from a few hundred replays with uncertain sizes drawn from their ranges
 * (algorithms.md, 5). Offered only where the unchanged replay gives back the measured step.
 */
import { Random } from '#base/random.ts'
import { median } from '#base/statistics.ts'
import type { Replays } from './build-replay.ts'
import { applyChanges, type Change } from './changes.ts'
import { cadenceNs, type ReplayGraph, replay } from './replay-graph.ts'

/** The unchanged replay must give the measured step within this (algorithms.md, 5). */
export const MAX_REPLAY_ERROR = 0.02
/** 5 and 95 % of 200 draws stand on ten values each. */
const DRAWS = 200

export interface WhatIf {
  readonly state: 'computed'
  readonly measuredStepNs: number
  /** The unchanged replay against the measured step, 0 = equal. */
  readonly replayErrorRatio: number
  /** Share of the step that no dependency explains: no lever may remove it. */
  readonly residualRatio: number
  readonly stepNs: { readonly low: number; readonly median: number; readonly high: number }
  /** Measured ÷ new: above 1 is faster. */
  readonly speedup: { readonly low: number; readonly median: number; readonly high: number }
  readonly draws: number
}

export interface NoWhatIf {
  readonly state: 'unknown'
  readonly reason: string
}

/** @param seed of the draws: the same seed gives the same interval. */
export function whatIf(replays: Replays, changes: readonly Change[], seed = 1): WhatIf | NoWhatIf {
  const measured = replays.graphs.map((graph) => cadenceNs(graph, graph.startNs, replays.readFrom))
  const unchanged = replays.graphs.map((graph) => cadenceNs(graph, replay(graph), replays.readFrom))
  const measuredStepNs = median(measured)
  const replayErrorRatio = Math.max(...unchanged.map((value, index) => Math.abs(value / (measured[index] as number) - 1)))
  if (!(replayErrorRatio <= MAX_REPLAY_ERROR)) {
    const percent = (100 * replayErrorRatio).toFixed(1)
    return {
      state: 'unknown',
      reason: `the unchanged replay differs from the measured step by ${percent} % (at most ${100 * MAX_REPLAY_ERROR} %)`,
    }
  }
  const random = new Random(seed, 'what-if')
  const ratios = Array.from({ length: DRAWS }, (_, draw) => {
    const index = draw % replays.graphs.length
    const graph = replays.graphs[index] as ReplayGraph
    const share = changes.map(() => random.uniform())
    const { durationNs, delayNs } = applyChanges(graph, changes, share, random.uniform())
    return cadenceNs(graph, replay(graph, durationNs, delayNs), replays.readFrom) / (measured[index] as number)
  }).sort((a, b) => a - b)
  const at = (share: number): number => ratios[Math.round(share * (ratios.length - 1))] as number
  const [low, middle, high] = [at(0.05), at(0.5), at(0.95)]
  const residual = replays.graphs.map((graph, index) => graph.residualNs / (graph.stepNodes.length - 1) / (measured[index] as number))
  return {
    state: 'computed',
    measuredStepNs,
    replayErrorRatio,
    residualRatio: median(residual),
    stepNs: { low: low * measuredStepNs, median: middle * measuredStepNs, high: high * measuredStepNs },
    speedup: { low: 1 / high, median: 1 / middle, high: 1 / low },
    draws: DRAWS,
  }
}
