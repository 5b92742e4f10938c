/**
 * Whether several processes work on one device at the same time: then a cycle of one engine holds work of another, and no budget is one
 * engine's.
 *
 * `as number` on typed-array reads: every index comes from loops bounded by the length of the column.
 */
import { COPY, type DeviceSequence } from '#analysis/device-sequence.ts'
import type { Timeline } from '#model/timeline.ts'

export type DeviceSharing =
  | { readonly state: 'shared'; readonly reason: string }
  /** `note`: another process worked on the device, before or after. */
  | { readonly state: 'alone'; readonly note?: string }

/** Below this share of the busier process's work another one disturbs a step less than the tolerance of its parts, 2 %. */
const DISTURBING_SHARE = 0.02

export function deviceSharing(timeline: Timeline, sequence: DeviceSequence): DeviceSharing {
  const count = timeline.processes.length
  if (count < 2) return { state: 'alone' }
  const processOf = Uint32Array.from(timeline.lanes, ({ process }) => process)
  const whole = workOf(processOf, count, sequence, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY)
  const main = whole.workNs.indexOf(Math.max(...whole.workNs))
  let others = 0
  for (let process = 0; process < count; process += 1) {
    if (process === main || (whole.workNs[process] as number) <= DISTURBING_SHARE * (whole.workNs[main] as number)) continue
    const fromNs = Math.max(whole.firstNs[process] as number, whole.firstNs[main] as number)
    const toNs = Math.min(whole.lastNs[process] as number, whole.lastNs[main] as number)
    const both = workOf(processOf, count, sequence, fromNs, toNs)
    const lesser = Math.min(both.workNs[process] as number, both.workNs[main] as number)
    const greater = Math.max(both.workNs[process] as number, both.workNs[main] as number)
    if (lesser > DISTURBING_SHARE * greater) {
      const pids = [main, process].map((index) => timeline.processes[index]?.pid ?? -1).sort((a, b) => a - b)
      return {
        state: 'shared',
        reason: `processes ${pids.join(' and ')} work on this device at the same time: a step of one holds work of the other`,
      }
    }
    others += 1
  }
  if (others === 0) return { state: 'alone' }
  return {
    state: 'alone',
    note: `${others} other ${others === 1 ? 'process' : 'processes'} worked on this device before or after process ${timeline.processes[main]?.pid ?? -1}`,
  }
}

interface ProcessWork {
  readonly workNs: Float64Array
  readonly firstNs: Float64Array
  readonly lastNs: Float64Array
}

/** Kernel and graph time of each process that begins in [fromNs, toNs). */
function workOf(processOf: Uint32Array, processes: number, sequence: DeviceSequence, fromNs: number, toNs: number): ProcessWork {
  const workNs = new Float64Array(processes)
  const firstNs = new Float64Array(processes).fill(Number.POSITIVE_INFINITY)
  const lastNs = new Float64Array(processes).fill(Number.NEGATIVE_INFINITY)
  for (let p = 0; p < sequence.length; p += 1) {
    const start = sequence.startNs[p] as number
    if (start < fromNs || start >= toNs || sequence.kind[p] === COPY) continue
    const process = processOf[sequence.lane[p] as number] as number
    workNs[process] = (workNs[process] as number) + (sequence.endNs[p] as number) - start
    firstNs[process] = Math.min(firstNs[process] as number, start)
    lastNs[process] = Math.max(lastNs[process] as number, sequence.endNs[p] as number)
  }
  return { workNs, firstNs, lastNs }
}
