/** A window in which mostly nothing runs describes the wait for traffic, not the serving of it (facts/nsys.md section 12; trap A18). */
import type { ActivityTable } from '#model/timeline.ts'
import { cannotTell, fail, type Gate, type GateContext, pass } from './gate.ts'
import { deviceExtent, deviceRows, type Extent, hostExtent, launchCalls, percent, seconds } from './observed.ts'

const FIX =
  'Start the load before the capture and keep it running through it (the driver’s --max-concurrency at least the concurrency wanted), ' +
  'and bound the window to it: --capture-range=cudaProfilerApi with start_profile, or --delay and --duration.'

/**
 * Coarse on purpose: a host-bound decode step works 12 % of its time (facts/kineto.md section 9), and with ten parts a capture of five
 * such steps has traffic in at least five of them.
 */
const PARTS = 10
/** Below one half, the parts without work outweigh the traffic in every average over the window. */
const MIN_ACTIVE_PARTS = 0.5

function check(context: GateContext) {
  const { timeline } = context.capture
  if (timeline === undefined) return cannotTell('the capture holds no timeline')
  const device = deviceExtent(context)
  if (device === undefined) {
    const launches = launchCalls(context)
    if (launches === 0) return fail('no launch and no device row in the window: no traffic reached this process', FIX)
    return cannotTell('no device row shows when work ran')
  }
  const rows = deviceRows(context)
  if (rows < PARTS) return cannotTell(`${rows} device rows are too few to see traffic`)
  const host = hostExtent(context)
  const window = {
    startNs: Math.min(device.startNs, host?.startNs ?? device.startNs),
    endNs: Math.max(device.endNs, host?.endNs ?? device.endNs),
  }
  const active = new Uint8Array(PARTS)
  for (const table of [timeline.kernels, timeline.graphs, timeline.memcpys, timeline.memsets]) markActive(active, table, window)
  const ratio = active.reduce((sum, part) => sum + part, 0) / PARTS
  if (ratio >= MIN_ACTIVE_PARTS) return pass()
  return fail(`the device worked in ${percent(ratio)} of the parts of the ${seconds(window.endNs - window.startNs)} window`, FIX, [
    `device rows from ${seconds(device.startNs - window.startNs)} to ${seconds(device.endNs - window.startNs)} after the window's start`,
  ])
}

function markActive(active: Uint8Array, table: ActivityTable, { startNs, endNs }: Extent): void {
  const partNs = Math.max(1, endNs - startNs) / PARTS
  for (let row = 0; row < table.length; row++) {
    const start = (table.startNs[row] ?? 0) - startNs
    const last = Math.min(PARTS - 1, Math.floor((start + (table.durationNs[row] ?? 0)) / partNs))
    for (let part = Math.floor(start / partNs); part <= last; part++) active[part] = 1
  }
}

export const trafficDuringWindow: Gate = {
  id: 'traffic-during-window',
  title: 'Work ran through most of the window',
  needs: ['host-calls'],
  asks: 'any',
  check,
}
