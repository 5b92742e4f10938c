/** One document against another: every row, the field's verdict, the statistical one beside it, and what to do. */
import type { BaselineDiff, DiffRow, StatisticalVerdict } from '#formats/baseline-diff.ts'
import type { InferencePerfbench } from '#formats/inference-perfbench.ts'
import { classicRow, classicVerdict, falseAlarms, readings } from './classic.ts'
import { compareDescriptors } from './descriptor.ts'
import { rowStatistics } from './explain.ts'
import { failedGuards } from './guards.ts'
import type { Noise } from './noise.ts'
import { type PairedFigure, pairFigures } from './pairing.ts'
import { nextLeverOf, recommendationsOf } from './recommend.ts'
import { standingOf } from './standing.ts'
import type { Tolerances } from './tolerances.ts'
import { judgeRows, type WholeVerdict } from './whole-verdict.ts'

export interface DiffSide {
  readonly document: InferencePerfbench
  readonly source: string
  readonly notes?: string
}

export interface DiffOptions {
  readonly family: string
  readonly measurement: string
  readonly tolerances: Tolerances
  readonly umbrellaTolerancePercent: number
  readonly factors: readonly string[]
  /** `c16 throughput_toks_per_s` unless another row is named. */
  readonly primary?: string
  readonly noise: (row: { readonly id: string; readonly metric: string }) => Noise | undefined
  readonly gate: BaselineDiff['gate']['rule']
  /** Instead of the figures of the documents, for families that this project has no schema of. */
  readonly pairs?: readonly PairedFigure[]
}

export function buildDiff(baseline: DiffSide, current: DiffSide, options: DiffOptions): Omit<BaselineDiff, 'sources'> {
  const { tolerances, factors } = options
  const pairs = options.pairs ?? pairFigures(baseline.document, current.document)
  const primary =
    options.primary ??
    (options.pairs === undefined ? `c${tolerances.headline.concurrency} ${tolerances.headline.metric}` : (pairs[0]?.id ?? 'value'))
  const context = compareDescriptors(baseline.document, current.document, factors)
  const guards = failedGuards(baseline.document, current.document, context)
  const judged = judgePairs(pairs, options, primary)
  const rows = pairs.map((pair): DiffRow => {
    const found = judged.rows.get(pair.id)
    return { ...classicRow(pair, tolerances), ...(found === undefined ? {} : { statistical: rowStatistics(found) }) }
  })
  const field = classicVerdict(rows)
  const classic = { ...field, readings: [...readings], umbrellaTolerancePercent: options.umbrellaTolerancePercent, falseAlarms }
  const statistical = statisticalOf(judged, guards, rows, primary)
  const standing = standingOf(statistical, context, rows, primary)
  return {
    schema: 'baseline-diff/1',
    family: options.family,
    measurement: options.measurement,
    baseline: sideOf(baseline, tolerances),
    current: sideOf(current, tolerances),
    classic,
    statistical,
    gate: gateOf(options.gate, field.verdict, statistical.verdict),
    context,
    rows,
    ...speedOfLight(baseline.document, current.document),
    recommendations: recommendationsOf({ rows, classic, statistical, guards }),
    next: nextLeverOf(rows),
    ...standing,
  }
}

/** Only rows that were measured on both sides and have a tolerance are tested. */
export function judgePairs(
  pairs: readonly PairedFigure[],
  options: Pick<DiffOptions, 'tolerances' | 'noise'>,
  primary: string,
): WholeVerdict {
  const inputs = pairs.flatMap((pair) => {
    const tolerance = options.tolerances.of(pair.metric)
    return pair.state === 'compared' && tolerance !== undefined ? [{ ...pair, tolerance, noise: options.noise(pair) }] : []
  })
  return judgeRows(inputs, primary)
}

function statisticalOf(
  judged: WholeVerdict,
  guards: BaselineDiff['statistical']['guards'],
  rows: readonly DiffRow[],
  primary: string,
): BaselineDiff['statistical'] {
  const verdict = guards.length > 0 ? 'INVALID' : judged.verdict
  const counts = { REGRESSED: 0, IMPROVED: 0, WITHIN: 0, NOISY: 0, INVALID: 0, NOT_ESTIMABLE: 0 }
  for (const [id, row] of judged.rows) if (id !== primary) counts[row.verdict] += 1
  return {
    verdict,
    reason: reasonOf(verdict, guards, rows, primary),
    primary,
    tests: judged.tests,
    counts,
    method:
      'unit: the run, differences of logarithms within a node; Welch t interval (pooled with earlier runs where there are any); primary at 5 %, Holm at 5 % over the rest; WITHIN: two one-sided tests at 5 % inside the tolerance',
    guards,
  }
}

function reasonOf(
  verdict: StatisticalVerdict,
  guards: BaselineDiff['statistical']['guards'],
  rows: readonly DiffRow[],
  primary: string,
): string {
  const [guard] = guards
  if (guard !== undefined) return guards.length === 1 ? guard.text : `${guard.text}; and ${guards.length - 1} more`
  const lead = rows.find(({ id }) => id === primary)
  const others = rows.filter((row) => row.id !== primary && row.statistical?.verdict === verdict)
  if (lead?.statistical !== undefined && (lead.statistical.verdict === verdict || others.length === 0))
    return `${primary}: ${lead.statistical.reason}`
  const [first] = others
  if (first?.statistical !== undefined)
    return `${first.id}: ${first.statistical.reason}${others.length > 1 ? `; and ${others.length - 1} more` : ''}`
  return `${primary} was not measured on both sides: name another with --primary`
}

function sideOf({ document, source, notes }: DiffSide, { headline }: Tolerances): BaselineDiff['baseline'] {
  const quality = notes === undefined ? [] : (notes.match(/[A-Za-z][\w.-]*\s*=\s*-?\d+(?:\.\d+)?\s*%?/g) ?? [])
  const cell = headline.concurrency === undefined ? undefined : document.metrics[String(headline.concurrency)]
  const { bench } = document
  return {
    source,
    ...(typeof document.model === 'string' ? { model: document.model } : {}),
    ...(typeof bench?.captured_at === 'string' ? { capturedAt: bench.captured_at } : {}),
    ...(typeof bench?.duration_effective_s === 'number' ? { durationEffectiveS: bench.duration_effective_s } : {}),
    ...(notes === undefined || notes === '' ? {} : { notes }),
    ...(quality.length === 0 ? {} : { quality: quality.map((each) => each.trim()).join(' ') }),
    headline: cell?.throughput_toks_per_s ?? null,
  }
}

/** A claim stands where the statistics can make one; where they cannot, the field's rule decides, as it always did. */
function gateOf(
  rule: BaselineDiff['gate']['rule'],
  classic: BaselineDiff['classic']['verdict'],
  statistical: StatisticalVerdict,
): BaselineDiff['gate'] {
  const says = statistical !== 'NOISY' && statistical !== 'NOT_ESTIMABLE'
  const decidedBy = rule === 'auto' ? (says ? 'statistical' : 'classic') : rule
  const passed = decidedBy === 'classic' ? classic !== 'RED' : statistical !== 'REGRESSED' && statistical !== 'INVALID'
  const why = rule === 'auto' && !says ? ` (the statistics are ${statistical})` : ''
  return {
    rule,
    decidedBy,
    passed,
    text: `${passed ? 'passed' : 'failed'} by the ${decidedBy} verdict ${decidedBy === 'classic' ? classic : statistical}${why}`,
  }
}

/** Percent of speed of light beside the absolute numbers, only against the same ceiling. */
function speedOfLight(baseline: InferencePerfbench, current: InferencePerfbench): Pick<BaselineDiff, 'speedOfLight'> {
  const [from, to] = [baseline.sol_pct ?? null, current.sol_pct ?? null]
  if (from === null && to === null) return {}
  const [theirs, ours] = [baseline.sol_ceiling_key ?? null, current.sol_ceiling_key ?? null]
  const base = { ceilingKey: ours ?? theirs, baselinePct: from, currentPct: to }
  if (from === null || to === null) return { speedOfLight: { ...base, note: 'known on one side only' } }
  if (theirs === null || ours === null) return { speedOfLight: { ...base, note: 'a ceiling is not named: the two may not be compared' } }
  if (theirs !== ours) return { speedOfLight: { ...base, note: `against different ceilings (${theirs}, ${ours}): not comparable` } }
  if (
    baseline.sol_ceiling_value !== undefined &&
    current.sol_ceiling_value !== undefined &&
    baseline.sol_ceiling_value !== current.sol_ceiling_value
  )
    return { speedOfLight: { ...base, note: 'the value of the ceiling changed: not comparable' } }
  return { speedOfLight: { ...base, deltaPoints: to - from } }
}
