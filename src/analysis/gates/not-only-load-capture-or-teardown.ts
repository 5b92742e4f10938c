/** Loading weights, capturing graphs and tearing down give a plausible wrong budget (methodology rule 19; trap A18). */

import { parseStepAnnotation } from '#model/step-annotation.ts'
import { copyKinds, type Timeline } from '#model/timeline.ts'
import { cannotTell, fail, type Gate, type GateContext, pass } from './gate.ts'
import { deviceExtent, hostExtent, percent } from './observed.ts'

const FIX =
  'Capture after the server answers its health check and has warmed up: --capture-range=cudaProfilerApi with POST /start_profile, ' +
  'or --delay past start-up.'

/** More than half of the time spent otherwise: then start-up, not work, is what averages describe. */
const MOSTLY = 0.5

function sum(durations: Uint32Array | Float64Array): number {
  let total = 0
  for (let row = 0; row < durations.length; row++) total += durations[row] ?? 0
  return total
}

function uploadNs({ memcpys }: Timeline): number {
  const upload = copyKinds.indexOf('host-to-device')
  let total = 0
  for (let row = 0; row < memcpys.length; row++) if (memcpys.copyKind[row] === upload) total += memcpys.durationNs[row] ?? 0
  return total
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
  const work = sum(timeline.kernels.durationNs) + sum(timeline.graphs.durationNs)
  const others = sum(timeline.memcpys.durationNs) + sum(timeline.memsets.durationNs)
  if (coverage.kernels.count + coverage.graphRows === 0) {
    const launched = (coverage.launches?.calls ?? 0) + (coverage.graphLaunches?.launches ?? 0)
    if (launched > 0) return cannotTell('work was launched and no kernel was recorded, so what ran is not known')
    return fail('only copies, memsets, allocations or graph capture happened: initialisation, not work', FIX)
  }
  const upload = uploadNs(timeline)
  if (upload > MOSTLY * (work + others))
    return fail(`${percent(upload / (work + others))} of device time copies to the device: this looks like loading`, FIX)
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
