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

/**
 * FLOP = add + mul + 2 x fma thread instructions, times the elements per instruction (packed instructions work on two).
 * Units of the chip count the same instructions: one of them is taken. Integer instructions are no FLOP.
 * `packed`: the device has packed FP32 instructions, so that their absence makes a lower bound.
 */
export function scalarWork(row: CounterRow, packed: boolean): ScalarWork[] {
  const found = row.totals('scalar-instructions')
  if (found.length === 0) return []
  return types.flatMap((type) => {
    const ofType = found.filter(({ role }) => role.type === type)
    if (ofType.length === 0) return []
    let flops = 0
    let mostFlops = 0
    const missing: string[] = []
    for (const operation of operations) {
      const weight = operation === 'fma' ? 2 : 1
      for (const lanes of [1, 2, 'unknown'] as const) {
        // Best basis first; any one unit.
        const counted = ofType.find(({ role }) => role.operation === operation && role.lanes === lanes)
        if (counted === undefined) continue
        flops += counted.value * weight * (lanes === 2 ? 2 : 1)
        mostFlops += counted.value * weight * (lanes === 1 ? 1 : 2)
      }
      const has = (lanes: number | string): boolean => ofType.some(({ role }) => role.operation === operation && role.lanes === lanes)
      if (!has(1) && !has('unknown')) missing.push(operation)
      if (type === 'fp32' && packed && !has(2)) missing.push(`${operation}2`)
    }
    return [{ type, flops, mostFlops, missing }]
  })
}
