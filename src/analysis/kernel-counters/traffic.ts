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
  const parts: { both?: Part; read?: Part; write?: Part } = {}
  // Best basis first: the first of each part counts.
  for (const { role, value } of row.totals('bytes')) if (role.level === level) parts[role.part] ??= { value, basis: role.basis }
  const { both, read, write } = parts
  const hasHalves = read !== undefined && write !== undefined
  // A rate of both is rounder than two totals.
  if (both !== undefined && (both.basis === 'total' || !hasHalves)) return trafficOf(both.value, read, write, false)
  if (hasHalves) return trafficOf(read.value + write.value, read, write, false)
  const one = read ?? write
  return one === undefined ? undefined : trafficOf(one.value, read, write, true)
}

interface Part {
  readonly value: number
  readonly basis: 'total' | 'per-second'
}

/** Built field by field: captures hold tens of thousands of launches, and spreads of halves are most of what they would cost. */
function trafficOf(totalBytes: number, read: Part | undefined, write: Part | undefined, isLowerBound: boolean): Traffic {
  const traffic: { -readonly [Key in keyof Traffic]: Traffic[Key] } = { totalBytes, isLowerBound }
  if (read !== undefined) traffic.readBytes = read.value
  if (write !== undefined) traffic.writeBytes = write.value
  return traffic
}
