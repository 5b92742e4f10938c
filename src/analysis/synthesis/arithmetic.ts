/**
 * Figures that no command prints and that follow from cited ones: a closed list of operations, so that whoever verifies a figure can
 * compute it again from the citations that it names.
 */
import { median } from '#base/statistics.ts'

export const operations = ['sum', 'difference', 'product', 'ratio', 'median', 'largest', 'weighted-mean'] as const
export type Operation = (typeof operations)[number]

/**
 * `difference` and `ratio` take two; `weighted-mean` takes value and weight by turns. Undefined where the operands do not fit the operation
 * or the result is not finite.
 */
export function calculate(operation: Operation, operands: readonly number[]): number | undefined {
  const value = calculated(operation, operands)
  return value !== undefined && Number.isFinite(value) ? value : undefined
}

function calculated(operation: Operation, operands: readonly number[]): number | undefined {
  const [first, second] = operands
  if (first === undefined) return undefined
  switch (operation) {
    case 'sum':
      return operands.reduce((total, each) => total + each, 0)
    case 'product':
      return operands.reduce((total, each) => total * each, 1)
    case 'median':
      return median(operands)
    case 'largest':
      return operands.reduce((most, each) => Math.max(most, each), first)
    case 'difference':
      return second === undefined || operands.length !== 2 ? undefined : first - second
    case 'ratio':
      return second === undefined || operands.length !== 2 ? undefined : first / second
    case 'weighted-mean':
      return weightedMean(operands)
  }
}

function weightedMean(operands: readonly number[]): number | undefined {
  if (operands.length % 2 !== 0) return undefined
  let [sum, weights] = [0, 0]
  for (let at = 0; at < operands.length; at += 2) {
    const [value, weight] = [operands[at] ?? Number.NaN, operands[at + 1] ?? Number.NaN]
    sum += value * weight
    weights += weight
  }
  return sum / weights
}
