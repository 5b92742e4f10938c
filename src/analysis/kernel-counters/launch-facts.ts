/** What a launch asked of the chip, and how busy it kept it. */
import type { BlockLimit, CounterRatio, LaunchQuantity } from '#model/counter-role.ts'
import { blockLimits } from '#model/counter-role.ts'
import type { CounterRow } from './counter-row.ts'

/** 0..1; absent = not collected. */
export type LaunchRatios = { readonly [Ratio in CounterRatio]?: number }

const noRatios: LaunchRatios = {}

/** Percentages as ratios. Where a chip counts several sub-pipes of the matrix units, the busiest one is the pipe. */
export function launchRatios(row: CounterRow): LaunchRatios {
  const found = row.all('ratio')
  if (found.length === 0) return noRatios
  const ratios: { [Ratio in CounterRatio]?: number } = {}
  for (const { role, value } of found) ratios[role.ratio] = Math.max(ratios[role.ratio] ?? 0, value / 100)
  return ratios
}

export interface LaunchShape {
  readonly registersPerThread?: number
  /** As recorded, else static + dynamic + what the driver reserves. */
  readonly sharedMemoryPerBlockBytes?: number
  readonly wavesPerMultiprocessor?: number
  readonly multiprocessors?: number
  readonly replayPasses?: number
  /** Blocks that fit a multiprocessor, by what limits them. */
  readonly blockLimits: { readonly [Limit in BlockLimit]?: number }
  /** The smallest of them: all that tie. Empty = not collected. */
  readonly limiters: readonly BlockLimit[]
}

export function launchShape(row: CounterRow): LaunchShape {
  const quantities: { [Quantity in LaunchQuantity]?: number } = {}
  for (const { role, value } of row.all('launch')) quantities[role.quantity] ??= value
  const limits: { [Limit in BlockLimit]?: number } = {}
  for (const { role, value } of row.all('block-limit')) limits[role.by] ??= value
  const least = Math.min(...Object.values(limits))
  const parts = [quantities['shared-memory-static'], quantities['shared-memory-dynamic'], quantities['shared-memory-driver']]
  const summed = parts.every((part) => part === undefined) ? undefined : parts.reduce<number>((sum, part) => sum + (part ?? 0), 0)
  const shape = {
    registersPerThread: quantities['registers-per-thread'],
    sharedMemoryPerBlockBytes: quantities['shared-memory-per-block'] ?? summed,
    wavesPerMultiprocessor: quantities['waves-per-multiprocessor'],
    multiprocessors: quantities.multiprocessors,
    replayPasses: quantities['replay-passes'],
  }
  return {
    ...(Object.fromEntries(Object.entries(shape).filter(([, value]) => value !== undefined)) as Partial<
      Record<keyof typeof shape, number>
    >),
    blockLimits: limits,
    limiters: blockLimits.filter((limit) => limits[limit] === least),
  }
}

export interface Stall {
  readonly reason: string
  /** Of all cycles or samples in which a warp did not issue. */
  readonly shareRatio: number
}

/** Not stalls: the warp issued. */
const issuing = new Set(['selected'])

/**
 * share = value of the reason ÷ sum over all reasons but `selected`; largest first. Cycles per issue where collected, else samples.
 * Empty = nothing of it was collected, or no warp ever stalled.
 */
export function topStalls(row: CounterRow): Stall[] {
  const found = row.all('stall').filter(({ role }) => !issuing.has(role.reason))
  const cycles = found.filter(({ role }) => role.basis === 'cycles')
  const byReason = new Map<string, number>()
  // Two spellings of one quantity exist: the first found counts.
  for (const { role, value } of cycles.length > 0 ? cycles : found) if (!byReason.has(role.reason)) byReason.set(role.reason, value)
  const total = Array.from(byReason.values()).reduce((sum, value) => sum + value, 0)
  if (total <= 0) return []
  return Array.from(byReason, ([reason, value]) => ({ reason, shareRatio: value / total }))
    .filter(({ shareRatio }) => shareRatio > 0)
    .sort((a, b) => b.shareRatio - a.shareRatio || (a.reason < b.reason ? -1 : 1))
}

/** Mean weighted by duration: a launch of 10 ms counts a thousand times one of 10 us. Undefined = nothing was added. */
export class TimeWeighted {
  #weight = 0
  #sum = 0

  /** Launches without duration or value are left out. */
  add(durationNs: number | undefined, ratio: number | undefined): void {
    if (durationNs === undefined || ratio === undefined) return
    this.#weight += durationNs
    this.#sum += ratio * durationNs
  }

  mean(): number | undefined {
    return this.#weight > 0 ? this.#sum / this.#weight : undefined
  }
}
