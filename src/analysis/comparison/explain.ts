/** Rows and verdicts in figures and sentences. */
import { intervalOf, type Spread } from '#base/mean-intervals.ts'
import { detectionPower, equivalencePower, leastCount } from '#base/sample-size.ts'
import { formatRatio } from '#base/units.ts'
import type { RowStatistics } from '#formats/baseline-diff.ts'
import { ALPHA, type MeasuredRow } from './row-statistics.ts'
import type { JudgedRow } from './whole-verdict.ts'

const WANTED_POWER = 0.8

/** Runs per side that would see a change of the tolerance, and, where nothing changed, put the change within it; each with 80 %. */
export function runsNeeded(row: MeasuredRow): number | undefined {
  const deviation = Math.sqrt((row.estimate as Spread).variance)
  if (!(deviation > 0)) return undefined
  const detect = leastCount((n) => detectionPower(row.toleranceLog, deviation, n, ALPHA, 2), WANTED_POWER)
  const equal = leastCount((n) => equivalencePower(row.toleranceLog, 0, deviation, n, ALPHA, 2), WANTED_POWER)
  return detect === undefined || equal === undefined ? undefined : Math.max(detect, equal)
}

const signed = (ratio: number): string => `${ratio >= 0 ? '+' : '-'}${formatRatio(Math.abs(ratio))}`

export function rowStatistics({ row, verdict, adjustedP }: JudgedRow): RowStatistics {
  if (row.state !== 'measured') return { verdict, reason: row.reason, runs: row.runs }
  const { estimate, noise } = row
  const interval = intervalOf(estimate, ALPHA)
  const needed = verdict === 'NOISY' ? runsNeeded(row) : undefined
  const change = Math.expm1(estimate.estimate)
  return {
    verdict,
    reason: reasonOf(row, verdict, adjustedP, needed),
    runs: row.runs,
    changeRatio: change,
    ...(interval === undefined ? {} : { lowRatio: Math.expm1(interval.low), highRatio: Math.expm1(interval.high) }),
    robustRatio: Math.expm1(row.robust),
    p: row.p,
    adjustedP,
    df: estimate.df,
    prior: estimate.prior,
    deviationRatio: Math.sqrt(estimate.variance),
    ...(noise === undefined ? {} : { floorRatio: noise.floorRatio }),
    marginRatio: Math.expm1(row.marginLog),
    ...(needed === undefined ? {} : { runsNeeded: needed }),
  }
}

function reasonOf(row: MeasuredRow, verdict: JudgedRow['verdict'], adjustedP: number, needed: number | undefined): string {
  const { estimate } = row
  const interval = intervalOf(estimate, ALPHA)
  const change = signed(Math.expm1(estimate.estimate))
  const span = interval === undefined ? '' : ` (95 %: ${signed(Math.expm1(interval.low))} to ${signed(Math.expm1(interval.high))})`
  const [tolerance, margin] = [Math.expm1(row.toleranceLog), Math.expm1(row.marginLog)].map(formatRatio)
  const beyond = row.marginLog > row.toleranceLog ? `the noise floor of ${margin}` : `the tolerance of ${tolerance}`
  if (verdict === 'REGRESSED' || verdict === 'IMPROVED') return `${change}${span}, beyond ${beyond}; p ${pText(adjustedP)}`
  if (verdict === 'WITHIN') return `${change}${span}: shown to be within the tolerance of ${tolerance}`
  const floor = row.marginLog > row.toleranceLog ? `; the noise floor is ${margin}` : ''
  const more = needed === undefined ? '; no feasible number of runs can' : neededText(needed, row.runs)
  return `${change}${span} cannot tell a change of ${tolerance}${floor}${more}`
}

function neededText(needed: number, runs: MeasuredRow['runs']): string {
  const [baseline, current] = [needed - runs.baseline, needed - runs.current]
  if (baseline <= 0 && current <= 0) return `; ${needed} runs per side usually can, so a few more should settle it`
  return `; ${needed} runs per side would (${Math.max(0, baseline)} more of the baseline, ${Math.max(0, current)} of the current)`
}

const pText = (p: number): string => (p < 0.001 ? 'below 0.001' : p.toFixed(3))
