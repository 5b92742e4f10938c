/** Bytes that a launch moved at one level of the memory hierarchy. */
import type { CounterRow } from './counter-row.ts'

export interface Traffic {
  readonly totalBytes: number
  readonly readBytes?: number
  readonly writeBytes?: number
  /** Only one half was collected: the launch moved at least this much. */
  readonly isLowerBound: boolean
}

/**
 * bytes = the counter of both directions where it was collected, else read + write, else one of them as a lower bound.
 * Never both and the parts (that counts each byte twice), never one column alone taken for the whole.
 * A rate becomes a total by the duration of the launch. Undefined = nothing was collected.
 */
export function launchTraffic(row: CounterRow, level: 'dram' | 'l2' | 'l1'): Traffic | undefined {
  const found = row.totals('bytes').filter(({ role }) => role.level === level)
  const part = (name: 'both' | 'read' | 'write') => found.find(({ role }) => role.part === name)
  const [both, read, write] = [part('both'), part('read'), part('write')]
  const halves = {
    ...(read === undefined ? {} : { readBytes: read.value }),
    ...(write === undefined ? {} : { writeBytes: write.value }),
  }
  const hasHalves = read !== undefined && write !== undefined
  // A rate of both is rounder than two totals.
  if (both !== undefined && (both.role.basis === 'total' || !hasHalves)) return { totalBytes: both.value, ...halves, isLowerBound: false }
  if (hasHalves) return { totalBytes: read.value + write.value, ...halves, isLowerBound: false }
  const one = read ?? write
  return one === undefined ? undefined : { totalBytes: one.value, ...halves, isLowerBound: true }
}
