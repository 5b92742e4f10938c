/** Loading weights, capturing graphs and tearing down give a plausible wrong budget (methodology rule 19; trap A18). */

import { parseStepAnnotation } from '#model/step-annotation.ts'
import type { ActivityTable, Timeline } from '#model/timeline.ts'
import { cannotTell, fail, type Gate, type GateContext, pass } from './gate.ts'
import { deviceExtent, type Extent, hostExtent, percent } from './observed.ts'

const FIX =
  'Capture after the server answers its health check and has warmed up: --capture-range=cudaProfilerApi with POST /start_profile, ' +
  'or --delay past start-up.'

/** More than half of the time spent otherwise: then start-up, not work, is what averages describe. */
const MOSTLY = 0.5

/** One part in a hundred of the time in which the device worked. */
const PARTS = 100

/** Share of the device's working parts in which it copied and ran nothing: 0 where copies only accompany work. */
function copyOnlyRatio({ kernels, graphs, memcpys, memsets }: Timeline, { startNs, endNs }: Extent): number {
  const partNs = Math.max(1, endNs - startNs) / PARTS
  const mark = (tables: readonly ActivityTable[]): Uint8Array => {
    const parts = new Uint8Array(PARTS)
    for (const table of tables) {
      for (let row = 0; row < table.length; row++) {
        const start = (table.startNs[row] ?? 0) - startNs
        const last = Math.min(PARTS - 1, Math.floor((start + (table.durationNs[row] ?? 0)) / partNs))
        for (let part = Math.floor(start / partNs); part <= last; part++) parts[part] = 1
      }
    }
    return parts
  }
  const work = mark([kernels, graphs])
  const copies = mark([memcpys, memsets])
  const active = work.filter((isWork, part) => isWork === 1 || copies[part] === 1).length
  return active === 0 ? 0 : copies.filter((isCopy, part) => isCopy === 1 && work[part] === 0).length / active
}

/** Time between stream capture begin and end, summed over threads. */
function streamCaptureNs({ hostCalls, hostCallNames, threads }: Timeline): number {
  if (hostCalls === undefined) return 0
  const edges = hostCallNames.map(({ name }) => (/StreamBeginCapture/.test(name) ? 1 : /StreamEndCapture/.test(name) ? 2 : 0))
  if (!edges.includes(1)) return 0
  const began = new Float64Array(threads.length).fill(Number.NaN)
  let total = 0
  for (let row = 0; row < hostCalls.length; row++) {
    const edge = edges[hostCalls.name[row] ?? 0]
    if (edge === 0) continue
    const thread = hostCalls.thread[row] ?? 0
    const start = hostCalls.startNs[row] ?? 0
    const since = began[thread] ?? Number.NaN
    if (edge === 1) began[thread] = start
    else if (!Number.isNaN(since)) {
      total += start - since
      began[thread] = Number.NaN
    }
  }
  return total
}

/** Time in ranges that the engine wrote for graph capture (`capture_32_decode`): they do not nest. */
function captureRangeNs({ ranges, rangeTexts }: Timeline): number {
  if (ranges === undefined) return 0
  const isCapture = rangeTexts.map((text) => parseStepAnnotation(text)?.phase === 'capture')
  let total = 0
  for (let row = 0; row < ranges.length; row++) if (isCapture[ranges.text[row] ?? 0] === true) total += ranges.durationNs[row] ?? 0
  return total
}

function check(context: GateContext) {
  const { coverage } = context
  const { timeline } = context.capture
  if (timeline === undefined) return cannotTell('the capture holds no timeline')
  const extents = [deviceExtent(context), hostExtent(context)].filter((extent) => extent !== undefined)
  if (extents.length === 0) return cannotTell('neither device rows nor host calls show what ran')
  if (coverage.kernels.count + coverage.graphRows === 0) {
    const launched = (coverage.launches?.calls ?? 0) + (coverage.graphLaunches?.launches ?? 0)
    if (launched > 0) return cannotTell('work was launched and no kernel was recorded, so what ran is not known')
    return fail('only copies, memsets, allocations or graph capture happened: initialisation, not work', FIX)
  }
  const device = deviceExtent(context)
  const copyOnly = device === undefined ? 0 : copyOnlyRatio(timeline, device)
  if (copyOnly > MOSTLY) return fail(`in ${percent(copyOnly)} of its working time the device only copied: this looks like loading`, FIX)
  const window = Math.max(...extents.map(({ endNs }) => endNs)) - Math.min(...extents.map(({ startNs }) => startNs))
  const capture = Math.max(streamCaptureNs(timeline), captureRangeNs(timeline))
  if (capture > MOSTLY * window) return fail(`graphs were captured during ${percent(Math.min(1, capture / window))} of the window`, FIX)
  return pass()
}

export const notOnlyLoadCaptureOrTeardown: Gate = {
  id: 'not-only-load-capture-or-teardown',
  title: 'The window holds work, not only loading, graph capture or teardown',
  needs: ['host-calls', 'ranges'],
  asks: 'any',
  check,
}
