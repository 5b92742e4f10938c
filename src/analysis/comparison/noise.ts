/** What is known of the noise of a figure before two runs are compared: from runs of one thing against themselves (A/A), or given. */

import { studentCritical } from '#base/distributions.ts'
import { pooled, type Spread, spreadOf } from '#base/mean-intervals.ts'
import type { RunFigure } from './pairing.ts'

export interface Noise {
  /** Of the logarithm of one run. */
  readonly perRun: Spread
  /** A pair of runs of the same thing differs by less than this 9 times of 10 (upper bound), as a ratio: 0.037 is 3.7 %. */
  readonly floorRatio: number
  readonly origin: 'history' | 'given'
}

/** Row id of a figure → its noise. */
export type NoiseTable = ReadonlyMap<string, Noise>

/** Two-sided 10 %: the bound that 9 of 10 A/A pairs stay below. */
const BEYOND_FLOOR = 0.1
/** A floor that somebody states is taken for as much as five A/A pairs: few enough that the runs at hand outweigh it soon. */
const GIVEN_WORTH = 5
/** 90 % of a normal distribution lies within this many deviations. */
const NORMAL_90 = 1.6448536269514722

/** Logarithms of one group of runs about their own mean, per node: what varies between runs of the same thing. */
function spreadWithinNodes(runs: readonly RunFigure[]): Spread {
  const byNode = new Map<string, number[]>()
  for (const { node = '', value } of runs) if (value > 0) byNode.set(node, [...(byNode.get(node) ?? []), Math.log(value)])
  return pooled([...byNode.values()].map(spreadOf))
}

/**
 * Noise from groups of runs, each group of one and the same thing. The floor is the 90 % bound of a further pair's difference, with the
 * deviation's own uncertainty in it: t(df, 0.1) × sqrt(2) × deviation. Undefined where no group has two runs on a node.
 */
export function noiseOf(groups: readonly (readonly RunFigure[])[]): Noise | undefined {
  const perRun = pooled(groups.map(spreadWithinNodes))
  if (perRun.df === 0) return undefined
  const floor = studentCritical(BEYOND_FLOOR, perRun.df) * Math.sqrt(2 * perRun.variance)
  return { perRun, floorRatio: Math.expm1(floor), origin: 'history' }
}

/** A floor that was measured elsewhere, as a ratio. */
export function givenNoise(floorRatio: number): Noise {
  const pairDeviation = Math.log1p(floorRatio) / NORMAL_90
  return { perRun: { variance: pairDeviation ** 2 / 2, df: GIVEN_WORTH }, floorRatio, origin: 'given' }
}
