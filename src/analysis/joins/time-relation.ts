/** Where two captures lie in time to one another, how well that is known, and which questions that can carry. */
import { formatDuration } from '#base/units.ts'
import type { Capture } from '#model/capture.ts'
import type { ActivityTable, Timeline } from '#model/timeline.ts'
import type { MeasuredOffset } from './clock-offset.ts'

/** First start and last end of device work, in ns from the capture's origin. */
export interface TimeSpan {
  readonly firstNs: number
  readonly lastNs: number
}

export interface TimeRelation {
  readonly state: 'overlapping' | 'apart' | 'unknown'
  /** Of the device work of both; 0 where they lie apart, absent where unknown. */
  readonly overlapNs?: number
  /** Between them where they lie apart. */
  readonly gapNs?: number
  /** Right origin minus left origin, corrected by what was measured; absent where unknown. */
  readonly shiftNs?: number
  /** How wrong the shift may be. */
  readonly errorNs?: number
  readonly errorFrom?: 'one-session' | 'collectives' | 'stated' | 'assumed'
  readonly reason: string
}

/**
 * Hosts kept by NTP are usually within tens of milliseconds of UTC (RFC 5905 expects that over the Internet, less in a LAN), and nobody
 * wrote down whether these were kept at all: ten times that is taken, and said to be assumed.
 */
export const ASSUMED_ERROR_NS = 100e6

/** Undefined where the capture holds no device work. */
export function deviceSpan(timeline: Timeline | undefined): TimeSpan | undefined {
  if (timeline === undefined) return undefined
  let [firstNs, lastNs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const table of [timeline.kernels, timeline.graphs, timeline.memcpys, timeline.memsets] as readonly ActivityTable[]) {
    for (let row = 0; row < table.length; row += 1) {
      // In bounds: columns are as long as the table.
      const start = table.startNs[row] as number
      if (start < firstNs) firstNs = start
      const end = start + (table.durationNs[row] as number)
      if (end > lastNs) lastNs = end
    }
  }
  return Number.isFinite(firstNs) ? { firstNs, lastNs } : undefined
}

export interface TimedCapture {
  readonly capture: Pick<Capture, 'clock'>
  readonly span: TimeSpan | undefined
}

/** `sameSession`: one recording, seen twice: then both count from one origin. */
export function relateTimes(
  left: TimedCapture,
  right: TimedCapture,
  sameSession: boolean,
  measured: MeasuredOffset | undefined,
): TimeRelation {
  if (left.span === undefined || right.span === undefined) return { state: 'unknown', reason: 'one of them holds no times of device work' }
  const [a, b] = [left.capture.clock, right.capture.clock]
  const resolutionNs = Math.max(a.resolutionNs, b.resolutionNs)
  if (sameSession) {
    return placed(
      left.span,
      right.span,
      Number(BigInt(b.originNs) - BigInt(a.originNs)),
      resolutionNs,
      'one-session',
      'one recording: one clock',
    )
  }
  if (measured !== undefined) {
    const reason = `clocks compared at ${measured.collectives} collectives, which end together on all ranks`
    // Times of the left plus the offset are times of the right: the right origin lies offset before the left one.
    return placed(left.span, right.span, -measured.offsetNs, Math.max(measured.errorNs, resolutionNs), 'collectives', reason)
  }
  const unstated = [left, right].filter(({ capture }) => capture.clock.epoch !== 'utc').length
  if (unstated > 0)
    return { state: 'unknown', reason: `${unstated === 2 ? 'neither capture says' : 'one capture does not say'} when its time 0 was` }
  const shiftNs = Number(BigInt(b.originNs) - BigInt(a.originNs))
  const given = Math.max(a.errorNs ?? 0, b.errorNs ?? 0)
  const isGiven = a.errorNs !== undefined && b.errorNs !== undefined
  const reason = isGiven ? 'both state their clock’s error' : 'both count from UTC by their host’s clock, whose error nobody wrote down'
  return placed(left.span, right.span, shiftNs, isGiven ? given : ASSUMED_ERROR_NS + resolutionNs, isGiven ? 'stated' : 'assumed', reason)
}

function placed(
  left: TimeSpan,
  right: TimeSpan,
  shiftNs: number,
  errorNs: number,
  errorFrom: NonNullable<TimeRelation['errorFrom']>,
  reason: string,
): TimeRelation {
  const from = Math.max(left.firstNs, right.firstNs + shiftNs)
  const to = Math.min(left.lastNs, right.lastNs + shiftNs)
  const base = { shiftNs, errorNs, errorFrom, reason }
  return to > from ? { state: 'overlapping', overlapNs: to - from, ...base } : { state: 'apart', overlapNs: 0, gapNs: from - to, ...base }
}

export type Carried = { readonly state: 'yes' } | { readonly state: 'no'; readonly reason: string }

/** A question about stretches of `questionNs` needs a clock that is wrong by less than half of that. */
export function clockCarries(relation: TimeRelation, questionNs: number, what: string): Carried {
  if (relation.state === 'unknown' || relation.errorNs === undefined) return { state: 'no', reason: relation.reason }
  if (relation.errorNs < questionNs / 2) return { state: 'yes' }
  const from = relation.errorFrom === 'assumed' ? ' (assumed: nobody wrote it down)' : ''
  return {
    state: 'no',
    reason: `the clocks may differ by ${formatDuration(relation.errorNs)}${from}, and ${what} takes ${formatDuration(questionNs)}`,
  }
}

/** Seconds are no measure of runs that lie days apart. */
export function formatSpan(ns: number): string {
  const hours = ns / 3.6e12
  if (hours < 2) return formatDuration(ns)
  return hours < 48 ? `${hours.toFixed(1)} hours` : `${(hours / 24).toFixed(1)} days`
}
