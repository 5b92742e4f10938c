/**
 * The statistical side of one row. The unit is the run; differences of logarithms are taken within a node. Signs are the regression's:
 * positive is worse, so that one set of rules serves both directions (facts/baselines.md sections 6 to 8).
 */
import {
  differenceOfMeans,
  type Estimate,
  isEquivalent,
  pooled,
  pValueOf,
  type SpreadWithPrior,
  spreadOf,
  withPrior,
} from '#base/mean-intervals.ts'
import { hodgesLehmannShift } from '#base/rank-tests.ts'
import { mean } from '#base/statistics.ts'
import type { Noise } from './noise.ts'
import type { PairedFigure, RunFigure } from './pairing.ts'
import type { Tolerance } from './tolerances.ts'

/** Two-sided level of every claim of a difference; half of it falls on the side of a regression. */
export const ALPHA = 0.05

export type RowInput = Pick<PairedFigure, 'id' | 'metric' | 'runs'> & { readonly tolerance: Tolerance; readonly noise: Noise | undefined }

export interface MeasuredRow {
  readonly state: 'measured'
  readonly id: string
  readonly estimate: Estimate & SpreadWithPrior
  readonly robust: number
  readonly p: number
  /** +1 where larger values are worse. */
  readonly sign: 1 | -1
  readonly marginLog: number
  readonly toleranceLog: number
  readonly runs: { readonly baseline: number; readonly current: number }
  readonly noise: Noise | undefined
}

export interface UnmeasuredRow {
  readonly state: 'not-estimable' | 'nodes-differ'
  readonly id: string
  readonly reason: string
  readonly runs: { readonly baseline: number; readonly current: number }
}

/** Requests for a finite 95 % interval of a percentile (facts/baselines.md section 6). */
const requestsFor: readonly (readonly [pattern: RegExp, requests: number])[] = [
  [/_p99_/, 368],
  [/_p95_/, 72],
  [/_p50_/, 6],
]

function tooFewRequests(metric: string, runs: readonly RunFigure[]): string | undefined {
  const needed = requestsFor.find(([pattern]) => pattern.test(metric))?.[1] ?? 0
  const short = runs.find(({ requests }) => requests !== undefined && requests < needed)
  return short === undefined ? undefined : `a run of ${short.requests} requests cannot carry this percentile: it needs ${needed}`
}

interface Block {
  readonly from: readonly number[]
  readonly to: readonly number[]
}

const logs = (runs: readonly RunFigure[]): number[] => runs.map(({ value }) => Math.log(value))

/** Runs by node where every run says its node; one block of all where any does not. Undefined where no node ran both. */
function blocksOf(baseline: readonly RunFigure[], current: readonly RunFigure[]): Block[] | undefined {
  if ([...baseline, ...current].some(({ node }) => node === undefined)) return [{ from: logs(baseline), to: logs(current) }]
  const nodes = [...new Set(baseline.map(({ node }) => node))].sort()
  const blocks = nodes.map((node) => ({
    from: logs(baseline.filter((run) => run.node === node)),
    to: logs(current.filter((run) => run.node === node)),
  }))
  const shared = blocks.filter(({ to }) => to.length > 0)
  return shared.length === 0 ? undefined : shared
}

/** Differences within blocks, weighted by what each block knows, with one deviation for all: between nodes nothing is compared. */
function differenceWithinBlocks(blocks: readonly Block[], prior: Noise | undefined): Estimate & SpreadWithPrior {
  const [only] = blocks
  if (blocks.length === 1 && only !== undefined) return differenceOfMeans(only.from, only.to, prior?.perRun)
  const spread = withPrior(pooled(blocks.flatMap(({ from, to }) => [spreadOf(from), spreadOf(to)])), prior?.perRun)
  const weights = blocks.map(({ from, to }) => (from.length * to.length) / (from.length + to.length))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const estimate = blocks.reduce((sum, { from, to }, index) => sum + ((weights[index] ?? 0) / total) * (mean(to) - mean(from)), 0)
  return { ...spread, estimate, standardError: Math.sqrt(spread.variance / total) }
}

/** Everything about a row but its verdict, which needs the others' p values. */
export function measureRow({ id, metric, runs, tolerance, noise }: RowInput): MeasuredRow | UnmeasuredRow {
  const { baseline, current } = runs
  const counts = { baseline: baseline.length, current: current.length }
  const refuse = (reason: string, state: UnmeasuredRow['state'] = 'not-estimable'): UnmeasuredRow => ({ state, id, reason, runs: counts })
  if (tolerance.kind === 'points' || baseline.length === 0 || current.length === 0)
    return refuse('one value per side: its noise is not known')
  if ([...baseline, ...current].some(({ value }) => !(value > 0))) return refuse('a run measured 0, which has no ratio')
  const few = tooFewRequests(metric, [...baseline, ...current])
  if (few !== undefined) return refuse(few)
  const blocks = blocksOf(baseline, current)
  if (blocks === undefined) return refuse('no node ran both sides: the nodes’ difference is in the change', 'nodes-differ')
  const difference = differenceWithinBlocks(blocks, noise)
  if (difference.df === 0) return refuse('one run per side and no earlier runs: noise and change cannot be told apart')
  const sign = tolerance.worse === 'higher' ? 1 : -1
  const toleranceLog = Math.log1p(tolerance.tolerance / 100)
  return {
    state: 'measured',
    id,
    estimate: difference,
    robust: hodgesLehmannShift(
      blocks.flatMap(({ from }) => [...from]),
      blocks.flatMap(({ to }) => [...to]),
    ),
    p: pValueOf(difference),
    sign,
    toleranceLog,
    marginLog: Math.max(toleranceLog, Math.log1p(noise?.floorRatio ?? 0)),
    runs: counts,
    noise,
  }
}

export type RowVerdict = 'REGRESSED' | 'IMPROVED' | 'WITHIN' | 'NOISY'

/**
 * REGRESSED and IMPROVED: significant, and beyond max(tolerance, floor). WITHIN: two one-sided tests at 5 % each put the change inside the
 * tolerance itself; a floor above the tolerance cannot make it so. Everything else is NOISY: the data cannot tell.
 */
export function verdictOf(row: MeasuredRow, adjustedP: number): RowVerdict {
  const worse = row.estimate.estimate * row.sign
  if (adjustedP <= ALPHA && Math.abs(worse) > row.marginLog) return worse > 0 ? 'REGRESSED' : 'IMPROVED'
  return isEquivalent(row.estimate, row.toleranceLog, ALPHA) ? 'WITHIN' : 'NOISY'
}
