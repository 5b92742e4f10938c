/**
 * Whether a run measured the server or its own client. CPU use is no sign of it, lateness is (facts/bench-results.md section 10). Each
 * limit is a part of the very figure that it would distort, taken from the tolerances of the field's gate (facts/baselines.md section 3):
 * a client that is late by more than a gate tolerates decides the gate.
 */
import { formatDuration, formatRatio } from '#base/units.ts'
import type { ClientDelays } from '#model/client-delays.ts'
import { type LoadStatistics, latencyOf } from './load-statistics.ts'

export type ValidityCode =
  | 'timestamp-lag'
  | 'gap-lag'
  | 'behind-schedule'
  | 'slots-idle'
  | 'not-self-measured'
  | 'no-successful-requests'
  | 'too-many-errors'
  | 'interrupted'

export interface ValidityReason {
  readonly code: ValidityCode
  readonly text: string
  /** What was measured and what it was held against, in ns or as a ratio. */
  readonly observed?: number
  readonly limit?: number
}

export interface Validity {
  /** `unknown`: the client could not measure itself well enough to say. */
  readonly state: 'valid' | 'invalid' | 'unknown'
  readonly reasons: readonly ValidityReason[]
}

export interface ValidityInput {
  readonly statistics: LoadStatistics
  readonly delays: ClientDelays
  readonly loop: 'open' | 'closed'
  /** Ratio of failed attempts above which the survivors no longer stand for the load. */
  readonly maxErrorRatio: number
  readonly interrupted: boolean
}

/** Tolerances of TTFT p50, p95, p99 in the gate. */
const TTFT_TOLERANCES = [
  ['p50', 0.05],
  ['p95', 0.1],
  ['p99', 0.15],
] as const
/** Nearer to the neighbour's true moment than to its own: beyond half a gap the distribution of gaps is the client's. */
const GAP_RATIO = 0.5
/** Tolerance of the throughput: slots that stand empty for this part of a request's time lower the load by as much. */
const IDLE_RATIO = 0.03
/** Above it the requests that survive are a selected sample, and one of a hundred alone decides their p99: for a run, a trial and a diff. */
export const DEFAULT_MAX_ERROR_RATIO = 0.01
/** Probes needed to say anything: a p95 needs 72 (facts/baselines.md section 6). */
const MIN_PROBES = 72

type Percent = 'p50' | 'p95' | 'p99'

/** The worse of the two instruments: each is blind to what the other sees. */
export function lagOf({ loopWait, probe }: ClientDelays, percent: Percent): number | undefined {
  const key = `${percent}Ns` as const
  const values = [loopWait?.[key], probe?.[key]].filter((value) => value !== undefined)
  return values.length === 0 ? undefined : Math.max(...values)
}

function lagReasons({ statistics, delays }: ValidityInput): ValidityReason[] {
  const reasons: ValidityReason[] = []
  for (const [percent, tolerance] of TTFT_TOLERANCES) {
    const lag = lagOf(delays, percent)
    const ttft = latencyOf(statistics, 'ttft', 'first-content', percent)
    if (lag === undefined || ttft === undefined || lag <= tolerance * ttft) continue
    reasons.push({
      code: 'timestamp-lag',
      observed: lag,
      limit: tolerance * ttft,
      text: `stamps were ${formatDuration(lag)} late at ${percent}, above ${formatRatio(tolerance)} of the TTFT ${percent} of ${formatDuration(ttft)}, which a gate on it tolerates`,
    })
  }
  const lag = lagOf(delays, 'p99')
  const gap = latencyOf(statistics, 'itl', 'content-gap', 'p50')
  if (lag !== undefined && gap !== undefined && gap > 0 && lag > GAP_RATIO * gap) {
    reasons.push({
      code: 'gap-lag',
      observed: lag,
      limit: GAP_RATIO * gap,
      text: `stamps were ${formatDuration(lag)} late at p99, above half the median gap between chunks with text of ${formatDuration(gap)}: the gaps are the client's`,
    })
  }
  return reasons
}

function loadReasons({ statistics, loop }: ValidityInput): ValidityReason[] {
  if (loop === 'closed') {
    const idle = latencyOf(statistics, 'schedule-delay', 'behind-schedule', 'mean')
    const latency = latencyOf(statistics, 'e2el', 'until-stream-close', 'mean')
    if (idle === undefined || latency === undefined || idle <= IDLE_RATIO * (idle + latency)) return []
    return [
      {
        code: 'slots-idle',
        observed: idle,
        limit: IDLE_RATIO * (idle + latency),
        text: `slots stood empty for ${formatDuration(idle)} on average between requests of ${formatDuration(latency)}: the load was lower than its concurrency says`,
      },
    ]
  }
  return TTFT_TOLERANCES.flatMap(([percent, tolerance]): ValidityReason[] => {
    const delay = latencyOf(statistics, 'schedule-delay', 'behind-schedule', percent)
    const ttft = latencyOf(statistics, 'ttft', 'first-content', percent)
    if (delay === undefined || ttft === undefined || delay <= tolerance * ttft) return []
    return [
      {
        code: 'behind-schedule',
        observed: delay,
        limit: tolerance * ttft,
        text: `requests were sent ${formatDuration(delay)} behind their schedule at ${percent}, above ${formatRatio(tolerance)} of the TTFT ${percent}: the load was another than the one asked for`,
      },
    ]
  })
}

function outcomeReasons({ statistics, maxErrorRatio, interrupted }: ValidityInput): ValidityReason[] {
  const { completed, failed, attempts } = statistics
  const ratio = attempts === 0 ? 0 : failed / attempts
  return [
    ...(interrupted ? [{ code: 'interrupted', text: 'the run was stopped before its end' } as const] : []),
    ...(completed === 0 ? [{ code: 'no-successful-requests', text: `none of ${attempts} attempts succeeded` } as const] : []),
    ...(completed > 0 && ratio > maxErrorRatio
      ? [
          {
            code: 'too-many-errors',
            observed: ratio,
            limit: maxErrorRatio,
            text: `${failed} of ${attempts} attempts failed (${formatRatio(ratio)}, above ${formatRatio(maxErrorRatio)}): those that succeeded do not stand for the load`,
          } as const,
        ]
      : []),
  ]
}

export function judgeRun(input: ValidityInput): Validity {
  const reasons = [...outcomeReasons(input), ...(input.statistics.completed === 0 ? [] : [...lagReasons(input), ...loadReasons(input)])]
  if (reasons.length > 0) return { state: 'invalid', reasons }
  const probes = input.delays.probe?.count ?? 0
  if (probes >= MIN_PROBES && input.delays.loopWait !== undefined) return { state: 'valid', reasons: [] }
  const text = `the client could measure its own lag only ${probes} times (${MIN_PROBES} are needed): too short a run to say whether it was distorted`
  return { state: 'unknown', reasons: [{ code: 'not-self-measured', observed: probes, limit: MIN_PROBES, text }] }
}
