/** Floating-point work of the scalar pipes, from counts of thread instructions. */
import type { CounterRow } from './counter-row.ts'

export interface ScalarWork {
  readonly type: 'fp64' | 'fp32' | 'fp16'
  readonly flops: number
  /** Where a counter mixes instructions on one element and on two: all of them on two. Else equal to `flops`. */
  readonly mostFlops: number
  /** Operations that were not collected: the work is a lower bound. */
  readonly missing: readonly string[]
}

const types = ['fp64', 'fp32', 'fp16'] as const
const operations = ['add', 'mul', 'fma'] as const
const lanes = [1, 2, 'unknown'] as const

/**
 * FLOP = add + mul + 2 x fma thread instructions, times the elements per instruction (packed instructions work on two).
 * Units of the chip count the same instructions: one of them is taken. Integer instructions are no FLOP.
 * `packed`: the device has packed FP32 instructions, so that their absence makes a lower bound.
 */
export function scalarWork(row: CounterRow, packed: boolean): ScalarWork[] {
  const work: ScalarWork[] = []
  if (!fillCounts(row)) return work
  for (let at = 0; at < types.length; at++) {
    const type = types[at] as (typeof types)[number] // below the length
    if (present[at] === 1) work.push(workOf(at, type, packed && type === 'fp32'))
  }
  return work
}

/** One count for each type, operation and lanes: NaN where there is none. Filled anew for each of tens of thousands of launches. */
const counts = new Float64Array(types.length * operations.length * lanes.length)
const present = new Uint8Array(types.length)
const placeOf = (type: number, operation: number, lane: number): number => (type * operations.length + operation) * lanes.length + lane

function fillCounts(row: CounterRow): boolean {
  const found = row.totals('scalar-instructions')
  counts.fill(Number.NaN)
  present.fill(0)
  for (const { role, value } of found) {
    const type = types.indexOf(role.type)
    const place = placeOf(type, operations.indexOf(role.operation), lanes.indexOf(role.lanes))
    present[type] = 1
    // Best basis first; any one unit.
    if (Number.isNaN(counts[place])) counts[place] = value
  }
  return found.length > 0
}

const orZero = (count: number): number => (Number.isNaN(count) ? 0 : count)

function workOf(at: number, type: ScalarWork['type'], packed: boolean): ScalarWork {
  let flops = 0
  let mostFlops = 0
  let missing = 0
  for (let index = 0; index < operations.length; index++) {
    const operation = operations[index] as (typeof operations)[number] // below the length
    const weight = operation === 'fma' ? 2 : 1
    // In bounds: one place for each.
    const one = counts[placeOf(at, index, 0)] as number
    const two = counts[placeOf(at, index, 1)] as number
    const mixed = counts[placeOf(at, index, 2)] as number
    flops += (orZero(one) + orZero(mixed) + orZero(two) * 2) * weight
    mostFlops += (orZero(one) + (orZero(mixed) + orZero(two)) * 2) * weight
    if (Number.isNaN(one) && Number.isNaN(mixed)) missing |= 1 << (index * 2)
    if (packed && Number.isNaN(two)) missing |= 2 << (index * 2)
  }
  return { type, flops, mostFlops, missing: missingOperations(missing) }
}

/** By bit set: `add`, `add2`, `mul`, … Every launch misses the same, so that each list is made once. */
const listsOfMissing = new Map<number, readonly string[]>()

function missingOperations(bits: number): readonly string[] {
  let list = listsOfMissing.get(bits)
  if (list === undefined) {
    list = operations.flatMap((operation) => [operation, `${operation}2`]).filter((_, bit) => (bits & (1 << bit)) !== 0)
    listsOfMissing.set(bits, list)
  }
  return list
}
