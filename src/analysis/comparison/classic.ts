/** The field's gate, exactly (facts/baselines.md sections 3 and 4): a tolerance per metric, and how many are exceeded where. */
import type { BaselineDiff, DiffRow } from '#formats/baseline-diff.ts'
import type { PairedFigure } from './pairing.ts'
import type { Tolerance, Tolerances } from './tolerances.ts'

/** 3 % of 4100 is not 123 in binary: equal to the tolerance is within it, up to this part of it. */
const ROUNDING = 1e-9

type Unjudged = Omit<DiffRow, 'statistical'>

/** One row: the difference, and whether it is beyond its tolerance. */
export function classicRow(pair: PairedFigure, tolerances: Tolerances): Unjudged {
  const { id, metric, concurrency, state, note, baseline, current } = pair
  const tolerance = state === 'SHOWN' ? undefined : tolerances.of(metric)
  const { headline } = tolerances
  const row = {
    id,
    metric,
    ...(concurrency === undefined ? {} : { concurrency }),
    headline: metric === headline.metric && concurrency === headline.concurrency && state !== 'MISSING_CELL',
    state,
    ...(note === undefined ? {} : { note }),
    baseline,
    current,
    kind: tolerance?.kind ?? ('none' as const),
    ...(tolerance === undefined ? {} : { worse: tolerance.worse, tolerance: tolerance.tolerance }),
    classic: 'not-compared' as const,
  }
  const apart = state === 'DEFINITIONS_DIFFER' || state === 'UNIT_UNKNOWN'
  if (baseline === null || current === null || apart) return row
  const delta = current - baseline
  if (tolerance?.kind === 'points') return { ...row, delta, classic: judged(delta, tolerance.tolerance, tolerance.worse) }
  if (baseline === 0) {
    const undefinedChange = `the baseline is 0: a change in percent is not defined`
    return state === 'SHOWN' ? { ...row, delta } : { ...row, state: 'ZERO_BASELINE', note: undefinedChange, delta }
  }
  const deltaPct = (100 * delta) / baseline
  const classic = tolerance === undefined ? ('not-compared' as const) : judged(deltaPct, tolerance.tolerance, tolerance.worse)
  return { ...row, delta, deltaPct, classic }
}

function judged(change: number, tolerance: number, worse: Tolerance['worse']): 'within' | 'exceeds' | 'improved' {
  if (Math.abs(change) <= tolerance * (1 + ROUNDING) + ROUNDING) return 'within'
  if (worse === 'either') return 'exceeds'
  return change < 0 === (worse === 'lower') ? 'exceeds' : 'improved'
}

export const readings: readonly string[] = [
  'pairs of metric and concurrency are counted, not distinct metric names',
  'a single concurrency with three or more regressions is RED: RED wins over YELLOW',
  'the headline is throughput at concurrency 16 only; another concurrency never takes its place',
  'exactly the tolerance is within it; a baseline of 0 is reported, not divided; a cell on one side only is listed',
]

/** facts/baselines.md section 4: simulated with 7 metrics at 5 concurrencies, one run against one. `npm run -s prove -- baselines` repeats it. */
export const falseAlarms =
  'with one run per side and nothing changed this rule says RED in 6-9 % of diffs where noise is quiet, 68-70 % where it is typical, 95 % where it is noisy; with the mean of 5 runs per side and typical noise in 2-3 %'

export interface ClassicOutcome {
  readonly verdict: BaselineDiff['classic']['verdict']
  readonly reason: string
  readonly exceeding: number
  readonly headlineExceeds: boolean | null
}

/** GREEN: nothing exceeds. YELLOW: one or two pairs. RED: three or more, or the headline. */
export function classicVerdict(rows: readonly Pick<DiffRow, 'id' | 'headline' | 'classic' | 'concurrency'>[]): ClassicOutcome {
  const exceeding = rows.filter(({ classic }) => classic === 'exceeds')
  const headline = rows.find((row) => row.headline)
  const headlineExceeds = headline === undefined || headline.classic === 'not-compared' ? null : headline.classic === 'exceeds'
  const names = exceeding
    .slice(0, 3)
    .map(({ id }) => id)
    .join(', ')
  const listed = exceeding.length > 3 ? `${names} and ${exceeding.length - 3} more` : names
  const isSweep = rows.some(({ concurrency }) => concurrency !== undefined)
  const gap = headlineExceeds === null && isSweep ? '; the headline, throughput at concurrency 16, is not in both sweeps' : ''
  const base = { exceeding: exceeding.length, headlineExceeds }
  if (headlineExceeds === true)
    return { ...base, verdict: 'RED', reason: `the headline exceeds its tolerance (${exceeding.length} in all: ${listed})` }
  if (exceeding.length >= 3)
    return { ...base, verdict: 'RED', reason: `${exceeding.length} metrics exceed their tolerance: ${listed}${gap}` }
  if (exceeding.length > 0) return { ...base, verdict: 'YELLOW', reason: `${exceeding.length} beyond tolerance: ${listed}${gap}` }
  return { ...base, verdict: 'GREEN', reason: `everything that both measured is within its tolerance${gap}` }
}
