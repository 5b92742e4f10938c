/** A trial's figures from a result of the load driver. */

import type { DriveResult } from '#formats/drive-result.ts'
import type { TrialRun } from '#formats/trial.ts'

type Values = TrialRun['values']

/** Of the quantities that the driver gives under several definitions, the ones that a user feels. */
const latencies = [
  ['tpot-median', 'tpot', 'request-mean-without-first', 'p50'],
  ['itl-median', 'itl', 'content-gap', 'p50'],
  ['itl-p99', 'itl', 'content-gap', 'p99'],
  ['ttft-median', 'ttft', 'first-content', 'p50'],
  ['e2el-median', 'e2el', 'until-last-content', 'p50'],
] as const
const rates = [
  ['output-throughput', 'output-tokens', 'tokens/s'],
  ['request-throughput', 'requests', 'requests/s'],
] as const

export interface DriveFigures {
  readonly values: Values
  readonly requests: number
  readonly failed: number
  readonly outputTokensMean?: number
  readonly startedAt: string
  /** What the server said of itself. */
  readonly facts: Readonly<Record<string, string>>
  readonly invalid: readonly string[]
}

export function driveFigures(result: DriveResult): DriveFigures | undefined {
  const [cell] = result.cells
  if (cell === undefined) return undefined
  const values: Values = {}
  for (const [metric, quantity, definition, statistic] of latencies) {
    const found = cell.latencies.find((each) => each.quantity === quantity && each.definition === definition)
    if (found !== undefined && !found.notEstimable.includes(statistic))
      values[metric] = { value: (statistic === 'p50' ? found.p50Ns : found.p99Ns) / 1e6, unit: 'ms', definition }
  }
  for (const [metric, quantity, unit] of rates) {
    const found = cell.rates.find((each) => each.quantity === quantity && each.per === 'deployment')
    if (found !== undefined) values[metric] = { value: found.perSecond, unit, definition: found.window }
  }
  return {
    values,
    requests: cell.completed,
    failed: cell.failed,
    ...(cell.tokens.outputMean === undefined ? {} : { outputTokensMean: cell.tokens.outputMean }),
    startedAt: cell.captured_at,
    facts: Object.fromEntries(result.context.filter(({ from }) => from === 'server').map(({ name, value }) => [name, String(value)])),
    invalid: result.validity.state === 'invalid' ? result.validity.reasons.map(({ text }) => text) : [],
  }
}
