/** Floating-point work of the scalar pipes, from counts of thread instructions. */
import type { CounterRole } from '#model/counter-role.ts'
import type { CounterRow, Found } from './counter-row.ts'

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

/**
 * FLOP = add + mul + 2 x fma thread instructions, times the elements per instruction (packed instructions work on two).
 * Units of the chip count the same instructions: one of them is taken. Integer instructions are no FLOP.
 * `packed`: the device has packed FP32 instructions, so that their absence makes a lower bound.
 */
export function scalarWork(row: CounterRow, packed: boolean): ScalarWork[] {
  const found = row.totals('scalar-instructions')
  if (found.length === 0) return []
  const work: ScalarWork[] = []
  for (const type of types) {
    const ofType = found.filter(({ role }) => role.type === type)
    if (ofType.length > 0) work.push(workOf(type, ofType, packed && type === 'fp32'))
  }
  return work
}

type ScalarRole = Extract<CounterRole, { of: 'scalar-instructions' }>

function workOf(type: ScalarWork['type'], found: readonly Found<ScalarRole>[], packed: boolean): ScalarWork {
  let flops = 0
  let mostFlops = 0
  const missing: string[] = []
  for (const operation of operations) {
    const weight = operation === 'fma' ? 2 : 1
    // Best basis first; any one unit.
    const counted = (lanes: ScalarRole['lanes']) => found.find(({ role }) => role.operation === operation && role.lanes === lanes)?.value
    const [one, two, mixed] = [counted(1), counted(2), counted('unknown')]
    flops += ((one ?? 0) + (mixed ?? 0) + (two ?? 0) * 2) * weight
    mostFlops += ((one ?? 0) + ((mixed ?? 0) + (two ?? 0)) * 2) * weight
    if (one === undefined && mixed === undefined) missing.push(operation)
    if (packed && two === undefined) missing.push(`${operation}2`)
  }
  return { type, flops, mostFlops, missing }
}
