/** Words of a ledger's row that its page and the terminal share. */
import type { LedgerRow } from '#formats/ledger.ts'

/** `0.18 = rigor 0.60 × preconditions 1.00 × …` */
export function confidenceWords({ confidence_score, factors }: Pick<LedgerRow, 'confidence_score' | 'factors'>): string {
  const product = Object.entries(factors).map(([name, value]) => `${name} ${value.toFixed(2)}`)
  return `${confidence_score.toFixed(2)} = ${product.join(' × ')}`
}

/** `host (one source only), step-time (its sources disagree)`; undefined where a second source confirms all that the row rests on. */
export function unsettledWords({ unsettled }: Pick<LedgerRow, 'unsettled'>): string | undefined {
  const words = unsettled?.map(({ topic, why }) => `${topic} (${why === 'disputed' ? 'its sources disagree' : 'one source only'})`)
  return words?.join(', ')
}
