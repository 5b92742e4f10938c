/**
 * The order of runs: a block is two pairs, ABBA or BAAB, so that a linear drift cancels within it; two blocks are mirrors of each other, so
 * that a bend in the drift cancels too (facts/baselines.md section 6: drift of 0.5 % a run biases AAAABBBB by 2.0 %, ABBABAAB by 0.0 %).
 * Which of the two mirrors comes first is drawn from the seed.
 */
import { Random } from '#base/random.ts'

export type Arm = 'A' | 'B'
export type PairOrder = readonly [first: Arm, second: Arm]

const ab: PairOrder = ['A', 'B']
const ba: PairOrder = ['B', 'A']

/** The first `pairs` of an endless sequence: adding pairs later continues it. */
export function pairOrders(pairs: number, seed: number): PairOrder[] {
  const random = new Random(seed, 'trial order')
  const orders: PairOrder[] = []
  while (orders.length < pairs) {
    const one = [ab, ba]
    const other = [ba, ab]
    orders.push(...(random.uniform() < 0.5 ? [...one, ...other] : [...other, ...one]))
  }
  return orders.slice(0, pairs)
}

/** Mean difference of B's and A's positions in time: what a drift of 1 per run would add to the estimate. 0 in whole blocks. */
export function driftLeverage(orders: readonly PairOrder[]): number {
  if (orders.length === 0) return Number.NaN
  return orders.reduce((sum, [first]) => sum + (first === 'A' ? 1 : -1), 0) / orders.length
}
