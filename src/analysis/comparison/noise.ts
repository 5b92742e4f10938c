/** What is known of the noise of a figure before two runs are compared: from runs of one thing against themselves (A/A), or given. */

import { floorLog, givenPairSpread } from '#analysis/noise-floor.ts'
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
  // A pair is the difference of two runs: twice the variance of one.
  const floor = floorLog({ variance: 2 * perRun.variance, df: perRun.df })
  return { perRun, floorRatio: Math.expm1(floor), origin: 'history' }
}

/** A floor that was measured elsewhere, as a ratio. */
export function givenNoise(floorRatio: number): Noise {
  const pairs = givenPairSpread(floorRatio)
  return { perRun: { variance: pairs.variance / 2, df: pairs.df }, floorRatio, origin: 'given' }
}
