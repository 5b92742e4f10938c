/** One cell: warm-up, the measured phase with the server's metrics beside it, statistics, verdict. */
import { type GoodputLimits, loadStatistics } from '#analysis/load/load-statistics.ts'
import { judgeRun } from '#analysis/load/validity.ts'
import type { DriveCell } from '#formats/drive-result.ts'
import { MEASURED, type RequestBatch, WARM_UP } from '#model/load-requests.ts'
import type { LoadDriver } from '#sources/driver/load-driver.ts'
import { type ServerSamples, ServerScrape } from '#sources/driver/server-scrape.ts'
import { buildCell, marksOf } from './cell-result.ts'
import type { DriveHost, DriveOptions } from './drive-options.ts'
import { LiveProgress } from './live-progress.ts'
import type { Prepared } from './make-plan.ts'
import { type DrivePoint, warmUpOf } from './points.ts'

export interface CellRun {
  readonly cell: DriveCell
  readonly server?: ServerSamples
  /** Requests sent so far, so that the next cell begins with prompts of its own. */
  readonly nextIndex: number
}

export interface CellTask {
  readonly driver: LoadDriver
  readonly options: DriveOptions
  readonly prepared: Prepared
  readonly host: DriveHost
  readonly point: DrivePoint
  readonly firstIndex: number
  /** Called with the requests of each phase; they are not kept. */
  readonly keep: (batches: readonly RequestBatch[], cell: string) => void
}

function limitsOf({ goodputTtftMs, goodputTpotMs, goodputE2elMs }: DriveOptions): GoodputLimits {
  return {
    ...(goodputTtftMs === undefined ? {} : { ttftNs: goodputTtftMs * 1e6 }),
    ...(goodputTpotMs === undefined ? {} : { tpotNs: goodputTpotMs * 1e6 }),
    ...(goodputE2elMs === undefined ? {} : { e2elNs: goodputE2elMs * 1e6 }),
  }
}

const countOf = (batches: readonly RequestBatch[]): number => batches.reduce((sum, { count }) => sum + count, 0)

async function warmUp(task: CellTask): Promise<{ readonly attempts: number; readonly failed: number; readonly count: number }> {
  const { driver, options, point, firstIndex } = task
  const { count, concurrency } = warmUpOf(point, options.warmUpRequests)
  if (count === 0 || task.host.signal?.aborted === true) return { attempts: 0, failed: 0, count: 0 }
  task.host.progress?.({ done: 0, total: 1, note: `${point.id}: warming up with ${count} requests` })
  const { batches } = await driver.phase({
    phase: WARM_UP,
    arrivals: { kind: 'closed', concurrency },
    seed: options.seed,
    count,
    firstIndex,
  })
  task.keep(batches, point.id)
  const { attempts, failed } = loadStatistics(batches, false)
  return { attempts, failed, count }
}

async function beginScrape(task: CellTask): Promise<{ readonly scrape?: ServerScrape; readonly reason?: string }> {
  if (!task.options.metrics) return {}
  const scrape = new ServerScrape(task.prepared.endpoint.metricsUrl)
  try {
    await scrape.begin()
    return { scrape }
  } catch (error) {
    return { reason: `the server's metrics could not be read: ${error instanceof Error ? error.message : String(error)}` }
  }
}

export async function runCell(task: CellTask): Promise<CellRun> {
  const { driver, options, host, point, prepared } = task
  const { arrivals } = point
  const warmed = await warmUp(task)
  const { scrape, reason } = await beginScrape(task)
  const progress = new LiveProgress(host, point.id, options.requests, options.durationS)
  const firstIndex = task.firstIndex + warmed.count
  const phase = {
    phase: MEASURED,
    arrivals,
    seed: options.seed,
    firstIndex,
    ...(options.requests === undefined ? {} : { count: options.requests }),
    ...(options.durationS === undefined ? {} : { durationNs: options.durationS * 1e9 }),
  }
  const result = await driver.phase(phase, options.rampS * 1e9, (batch, live) => progress.take(batch, live))
  const server = await scrape?.end()
  task.keep(result.batches, point.id)
  const loop = arrivals.kind === 'closed' ? 'closed' : 'open'
  const statistics = loadStatistics(result.batches, loop === 'open', limitsOf(options))
  const interrupted = host.signal?.aborted === true
  const validity = judgeRun({ statistics, delays: result.delays, loop, maxErrorRatio: options.maxErrorRatio, interrupted })
  const marks = marksOf({
    point,
    statistics,
    delays: result.delays,
    forced: options.force,
    salted: prepared.salt !== '',
    warmUpCount: warmed.count,
    ...(reason === undefined ? {} : { serverReason: reason }),
    ...(server === undefined ? {} : { server }),
  })
  const cell = buildCell({
    point,
    startEpochNs: driver.originEpochNs + BigInt(Math.round(result.startNs)),
    statistics,
    warmUp: { attempts: warmed.attempts, failed: warmed.failed },
    delays: result.delays,
    threads: prepared.threads,
    failures: result.failures,
    validity,
    marks,
    ...(server === undefined ? {} : { server }),
  })
  return { cell, nextIndex: firstIndex + countOf(result.batches), ...(server === undefined ? {} : { server }) }
}
