/** One measured cell as it is written down. */
import { type LoadStatistics, latencyOf } from '#analysis/load/load-statistics.ts'
import type { Validity } from '#analysis/load/validity.ts'
import { formatDuration } from '#base/units.ts'
import type { DriveCell } from '#formats/drive-result.ts'
import type { Statistic } from '#model/bench-result.ts'
import type { ClientDelays } from '#model/client-delays.ts'
import { requestsNeeded } from '#model/requests-needed.ts'
import type { ServerSamples } from '#sources/driver/server-scrape.ts'
import { SCRAPE_INTERVAL_MS } from '#sources/driver/server-scrape.ts'
import type { FailureSample } from '#sources/driver/thread-messages.ts'
import type { DrivePoint } from './points.ts'

export interface CellInput {
  readonly point: DrivePoint
  readonly startEpochNs: bigint
  readonly statistics: LoadStatistics
  readonly warmUp: { readonly attempts: number; readonly failed: number }
  readonly delays: ClientDelays
  readonly threads: number
  readonly failures: readonly FailureSample[]
  readonly server?: ServerSamples
  readonly validity: Validity
  readonly marks: DriveCell['marks']
}

/** `2026-11-29T00:39:55.123456789Z` */
export function utcText(epochNs: bigint): string {
  const seconds = epochNs / 1_000_000_000n
  const rest = String(epochNs % 1_000_000_000n).padStart(9, '0')
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}.${rest}Z`
}

const percentiles = ['p50', 'p90', 'p95', 'p99'] as const

function latency({
  quantity,
  definition,
  requests,
  samples,
  statistics,
}: LoadStatistics['latencies'][number]): DriveCell['latencies'][number][] {
  const value = (statistic: Statistic) => statistics.find(([name]) => name === statistic)?.[1] ?? Number.NaN
  if (statistics.length === 0) return []
  const std = value('std')
  return [
    {
      quantity,
      definition,
      requests,
      samples,
      meanNs: value('mean'),
      ...(Number.isNaN(std) ? {} : { stdNs: std }),
      minNs: value('min'),
      p50Ns: value('p50'),
      p90Ns: value('p90'),
      p95Ns: value('p95'),
      p99Ns: value('p99'),
      maxNs: value('max'),
      notEstimable: percentiles.filter((each) => requests < requestsNeeded(each)),
    },
  ]
}

export function clientOf(delays: ClientDelays, threads: number, newConnections: number): DriveCell['client'] {
  const { cpuNs, events } = delays
  return { threads, ...delays, ...(events === 0 ? {} : { cpuNsPerEvent: cpuNs / events }), newConnections }
}

/** What a reader must know before using a cell, beyond its validity. */
export function marksOf(input: {
  readonly point: DrivePoint
  readonly statistics: LoadStatistics
  readonly delays: ClientDelays
  readonly forced: boolean
  readonly salted: boolean
  readonly warmUpCount: number
  readonly serverReason?: string
  readonly server?: ServerSamples
}): DriveCell['marks'] {
  const { point, statistics, delays } = input
  const marks: DriveCell['marks'] = []
  const mark = (code: string, text: string) => void marks.push({ code, text })
  const { arrivals } = point
  if (arrivals.kind === 'closed' && statistics.attempts < 2 * arrivals.concurrency)
    mark(
      'too-few-requests',
      `${statistics.attempts} requests at concurrency ${arrivals.concurrency}: fewer than two for each slot, so ramp and drain decide the figures`,
    )
  if (delays.maxQueued > 0)
    mark(
      'gated-open-loop',
      `up to ${delays.maxQueued} requests waited in the client for a connection: only the figures from the scheduled time show it`,
    )
  if (!input.salted) mark('no-salt', 'prompts have no salt: caches of an earlier run may be warm')
  if (input.warmUpCount === 0) mark('no-warm-up', 'nothing warmed the server up: the first requests are among the measured ones')
  const { requestsWithoutUsage, shorterThanAsked } = statistics.tokens
  if (requestsWithoutUsage > 0)
    mark('no-usage', `${requestsWithoutUsage} completed requests came without usage: token counts and rates are unknown`)
  if (shorterThanAsked > 0)
    mark('short-outputs', `${shorterThanAsked} of ${statistics.completed} outputs ended before the length that was asked for`)
  if (statistics.completedAfterRetry > 0)
    mark(
      'completed-after-retry',
      `${statistics.completedAfterRetry} requests completed only at a later attempt; their latency counts from the first`,
    )
  if (statistics.newConnections > 0 && statistics.newConnections > statistics.attempts / 10) {
    const ttft = latencyOf(statistics, 'ttft', 'first-content', 'p50')
    mark(
      'new-connections',
      `${statistics.newConnections} of ${statistics.attempts} requests opened a connection, which their TTFT (median ${formatDuration(ttft)}) holds`,
    )
  }
  if (input.serverReason !== undefined) mark('no-server-metrics', input.serverReason)
  const wentBack = input.server?.wentBack ?? []
  if (wentBack.length > 0)
    mark(
      'server-counters-reset',
      `the server's counters went back during the cell (${wentBack.join(', ')}): it restarted, or several servers answer at this address; how much they counted is unknown`,
    )
  return marks
}

export function buildCell(input: CellInput): DriveCell {
  const { point, statistics, server } = input
  const { arrivals } = point
  const { firstSentNs, lastContentNs } = statistics
  const seconds = firstSentNs === undefined || lastContentNs === undefined ? undefined : (lastContentNs - firstSentNs) / 1e9
  return {
    id: point.id,
    arrivals:
      arrivals.kind === 'closed'
        ? { kind: 'closed', concurrency: arrivals.concurrency }
        : { kind: arrivals.kind, ratePerS: arrivals.ratePerS },
    captured_at: utcText(input.startEpochNs),
    startEpochNs: String(input.startEpochNs),
    ...(seconds === undefined ? {} : { duration_effective_s: seconds }),
    attempts: statistics.attempts,
    completed: statistics.completed,
    completedAfterRetry: statistics.completedAfterRetry,
    failed: statistics.failed,
    outcomes: { ...statistics.outcomes },
    failures: [...input.failures],
    warmUp: input.warmUp,
    latencies: statistics.latencies.flatMap(latency),
    rates: statistics.rates.map((rate) => ({ ...rate, statistic: 'mean' as const })),
    tokens: { ...statistics.tokens },
    ...(statistics.good === undefined ? {} : { good: { ...statistics.good } }),
    ...(server === undefined
      ? {}
      : {
          server: {
            scrapes: server.scrapes,
            failedScrapes: server.failedScrapes,
            intervalS: SCRAPE_INTERVAL_MS / 1000,
            readings: [...server.readings],
          },
        }),
    client: clientOf(input.delays, input.threads, statistics.newConnections),
    validity: { state: input.validity.state, reasons: [...input.validity.reasons] },
    marks: input.marks,
  }
}
