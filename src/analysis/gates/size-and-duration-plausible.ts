/** A report far too small for the load declared is an idle or failed capture (facts/nsys.md section 12, point 4: « 10 MB). */
import { cannotTell, fail, type Gate, type GateContext, pass } from './gate.ts'
import { deviceExtent, deviceRows, seconds } from './observed.ts'

const FIX =
  'Check that the driver’s round ran without errors, that the profiler was attached to the serving process (--trace-fork-before-exec=true), ' +
  'and that --duration covers the load; then capture again.'

/** A window that saw less than half of the declared load missed its start or its end. */
const MIN_DURATION_RATIO = 0.5
/** 10 MB of nsys SQLite hold about 100,000 rows (96 bytes a kernel row, measured at 5M rows); "far below" is a tenth of that. */
const MIN_ROWS_UNDER_LOAD = 10_000
/** From this concurrency on facts/nsys.md section 12 expects tens of megabytes; a single stream for seconds can be smaller. */
const THROUGHPUT_CONCURRENCY = 64

function check(context: GateContext) {
  const { declared, capture } = context
  if (declared?.durationS === undefined && declared?.requests === undefined && declared?.concurrency === undefined) {
    return cannotTell('no load was declared, so no size is implausible')
  }
  if (capture.timeline === undefined) return cannotTell('the capture holds no timeline')
  const rows = deviceRows(context)
  const extent = deviceExtent(context)
  const spanNs = extent === undefined ? 0 : extent.endNs - extent.startNs
  const problems: string[] = []
  if (declared.durationS !== undefined && spanNs < declared.durationS * 1e9 * MIN_DURATION_RATIO) {
    problems.push(`device rows span ${seconds(spanNs)} of a declared load of ${declared.durationS} s`)
  }
  if (declared.requests !== undefined && rows < declared.requests) {
    problems.push(`${rows} device rows for ${declared.requests} requests: less than one a request`)
  }
  if ((declared.concurrency ?? 0) >= THROUGHPUT_CONCURRENCY && rows < MIN_ROWS_UNDER_LOAD) {
    problems.push(`${rows} device rows at concurrency ${declared.concurrency}: far below what serving leaves`)
  }
  return problems.length === 0 ? pass() : fail(problems.join('; '), FIX)
}

export const sizeAndDurationPlausible: Gate = {
  id: 'size-and-duration-plausible',
  title: 'Size and duration fit the declared load',
  needs: [],
  asks: 'any',
  check,
}
