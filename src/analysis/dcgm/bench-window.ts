/**
 * The window of a benchmark: from the times that its result carries. A stamp that may be the start or the end (trap E13: `captured_at` of
 * older bundles is the end) is decided by what the GPUs did in each, or not at all.
 */
import { SextantError } from '#base/errors.ts'
import type { DcgmFinding, DcgmMeasurement, DcgmWindow } from '#formats/dcgm-measurement.ts'
import { type BenchCell, type BenchResult, countOf, type Instant } from '#model/bench-result.ts'
import { utcText } from './utc.ts'
import type { TimeWindow } from './window-mean.ts'

export interface ChosenWindow {
  readonly window: TimeWindow
  readonly text: DcgmWindow
  readonly workload?: NonNullable<DcgmMeasurement['workload']>
  readonly findings: readonly DcgmFinding[]
}

export type StampMeaning = 'start' | 'end'

/** Mean activity of the GPUs over (from, to], in any unit that grows with load; undefined where there are no samples. */
export type ActivityIn = (fromMs: number, toMs: number) => Promise<number | undefined>

/** One hypothesis must show this much more activity than the other: idle boards draw a fifth of their power, busy ones vary by a tenth. */
const CLEARLY_MORE = 1.25
/** Fewer prompts than this per slot and most of the run is ramp and drain (facts/methodology.md, row 33). */
const STEADY_PROMPTS = 2

export function givenWindow(startMs: number, endMs: number, chosenBy = 'given'): ChosenWindow {
  if (!(endMs > startMs)) throw new SextantError('usage', 'the window ends before it begins', 'Give --start before --end.')
  const text = { start_utc: utcText(startMs), end_utc: utcText(endMs), duration_s: (endMs - startMs) / 1000, chosen_by: chosenBy }
  return { window: { startMs, endMs }, text, findings: [] }
}

/** The cell asked for by id or concurrency; the only one where nobody asks. Throws `ambiguous` or `missing_data` with the ids. */
export function cellOf({ cells }: BenchResult, asked?: string): BenchCell {
  const ids = cells.map(({ id }) => id)
  const found =
    asked === undefined
      ? cells
      : cells.filter(({ id, concurrency }) => id === asked || `c${concurrency}` === asked || String(concurrency) === asked)
  const [cell] = found
  if (cell === undefined)
    throw new SextantError(
      'missing_data',
      asked === undefined ? 'the result holds no cell' : `the result holds no cell ${asked}`,
      `Choose one with --bench-cell: ${ids.join(', ') || 'there is none'}.`,
      { cells: ids },
    )
  // Cells of one bundle that share their stamps are one window.
  const windows = new Set(found.map(({ startedAt, endedAt, durationNs }) => `${startedAt?.epochNs} ${endedAt?.epochNs} ${durationNs}`))
  if (found.length > 1 && windows.size > 1)
    throw new SextantError(
      'ambiguous',
      `the result holds ${found.length} cells with windows of their own`,
      `Choose one with --bench-cell: ${ids.join(', ')}.`,
      { cells: ids },
    )
  return cell
}

export interface BenchWindowOptions {
  readonly asked?: string
  /** What the caller knows of a stamp that may be either. */
  readonly capturedAt?: StampMeaning
  /** Name of the file, for the record. */
  readonly source: string
}

export async function benchWindow(result: BenchResult, options: BenchWindowOptions, activityIn: ActivityIn): Promise<ChosenWindow> {
  const cell = cellOf(result, options.asked)
  const isShared = options.asked === undefined && result.cells.length > 1
  const chosen = await windowOf(result, cell, options, activityIn)
  const workload = isShared ? undefined : workloadOf(cell, chosen.text.duration_s, options.source)
  const steady = isShared ? [] : steadyFindings(cell)
  return { ...chosen, ...(workload === undefined ? {} : { workload }), findings: [...chosen.findings, ...steady] }
}

async function windowOf(result: BenchResult, cell: BenchCell, options: BenchWindowOptions, activityIn: ActivityIn): Promise<ChosenWindow> {
  const { source } = options
  const steady = cell.steady
  if (steady !== undefined)
    return givenWindow(
      msOf(steady.startedAt, source),
      msOf(steady.endedAt, source),
      `${source} ${cell.id}: requests in flight at 90 % of their most or more, ramp and drain trimmed`,
    )
  const { startedAt, endedAt, durationNs } = cell
  if (startedAt !== undefined && endedAt !== undefined)
    return givenWindow(msOf(startedAt, source), msOf(endedAt, source), `${source} ${cell.id}: first request to last response`)
  const stamp = startedAt ?? endedAt
  if (stamp === undefined) throw noTimes(source, 'it carries no time')
  if (durationNs === undefined) throw noTimes(source, `it carries one time (${stamp.text}) and no duration`)
  const stampMs = msOf(stamp, source)
  const lengthMs = durationNs / 1e6
  if (result.tool !== 'inference-perfbench') {
    const startMs = startedAt === undefined ? stampMs - lengthMs : stampMs
    return givenWindow(startMs, startMs + lengthMs, `${source} ${cell.id}: ${startedAt === undefined ? 'end' : 'start'} and duration`)
  }
  return decided(stampMs, lengthMs, options, activityIn)
}

async function decided(
  stampMs: number,
  lengthMs: number,
  { source, capturedAt }: BenchWindowOptions,
  activityIn: ActivityIn,
): Promise<ChosenWindow> {
  const asStart = (): ChosenWindow => givenWindow(stampMs, stampMs + lengthMs, `${source}: captured_at as start, and duration`)
  const asEnd = (): ChosenWindow => givenWindow(stampMs - lengthMs, stampMs, `${source}: captured_at as end, and duration`)
  if (capturedAt !== undefined) return withReason(capturedAt === 'start' ? asStart() : asEnd(), `--captured-at ${capturedAt}`)
  const before = await activityIn(stampMs - lengthMs, stampMs)
  const after = await activityIn(stampMs, stampMs + lengthMs)
  const said = `mean activity ${printed(before)} in the ${lengthMs / 1000} s before captured_at, ${printed(after)} in those after it`
  if (before === undefined && after === undefined)
    throw new SextantError(
      'missing_data',
      'the GPUs have no samples on either side of captured_at',
      'Check --url and the selection, or say --captured-at start or end.',
    )
  if ((after ?? 0) > CLEARLY_MORE * (before ?? 0)) return withReason(asStart(), `${said}: captured_at is the start`)
  if ((before ?? 0) > CLEARLY_MORE * (after ?? 0)) return withReason(asEnd(), `${said}: captured_at is the end, as older bundles write it`)
  throw new SextantError(
    'ambiguous',
    `captured_at may be the start or the end of the window, and the GPUs do not tell: ${said}`,
    'Say which it is with --captured-at start or end, or give the window with --start and --end.',
  )
}

function withReason(chosen: ChosenWindow, reason: string): ChosenWindow {
  return { ...chosen, text: { ...chosen.text, reason } }
}

const printed = (value: number | undefined): string => (value === undefined ? 'unknown' : value.toPrecision(3))

function msOf(instant: Instant, source: string): number {
  if (instant.epochNs === undefined) throw noTimes(source, `its time ${instant.text} names no zone`)
  return Number(BigInt(instant.epochNs) / 1_000_000n)
}

function noTimes(source: string, why: string): SextantError {
  return new SextantError(
    'missing_data',
    `${source} cannot be joined with a server’s time: ${why}`,
    'Give the window with --start and --end (ISO 8601 with zone, or seconds since 1970).',
  )
}

/** Rates of the benchmark over this window: a trimmed one has the steady part's rate, which is not below the whole's. */
function workloadOf(cell: BenchCell, durationS: number, source: string): NonNullable<DcgmMeasurement['workload']> | undefined {
  const rate = (quantity: 'output-tokens' | 'total-tokens'): number | undefined => {
    const rates = cell.rates.filter(
      (each) => each.quantity === quantity && each.per === 'deployment' && (each.statistic === 'mean' || each.statistic === 'single'),
    )
    return (rates.find(({ origin }) => origin === 'recomputed') ?? rates[0])?.perSecond
  }
  const output = rate('output-tokens')
  const total = rate('total-tokens')
  if (output === undefined && total === undefined) return undefined
  return {
    ...(output === undefined ? {} : { output_tokens_per_s: output, output_tokens: output * durationS }),
    ...(total === undefined ? {} : { total_tokens_per_s: total }),
    from: `${source} ${cell.id}: mean token rates of the whole run`,
  }
}

function steadyFindings(cell: BenchCell): DcgmFinding[] {
  const prompts = countOf(cell, 'requested') ?? countOf(cell, 'completed')
  const { concurrency } = cell
  if (prompts === undefined || concurrency === undefined)
    return [
      {
        code: 'steady-not-checked',
        severity: 'info',
        text: `${cell.id}: the result does not say both prompts and concurrency, so ramp and drain are not judged`,
      },
    ]
  if (prompts >= STEADY_PROMPTS * concurrency) return []
  const text = `${cell.id}: ${prompts} prompts at concurrency ${concurrency} are fewer than ${STEADY_PROMPTS} per slot: the window is mostly ramp and drain, means are too low`
  return [{ code: 'ramp-dominated', severity: 'warning', text }]
}
