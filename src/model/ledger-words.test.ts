import { expect, test } from 'vitest'
import { confidenceWords, unsettledWords } from './ledger-words.ts'

test('a confidence is shown as its product, and what no second source confirms by topic', () => {
  const factors = { rigor: 0.6, preconditions: 1, joins: 1, contradictions: 0.6, record: 0.5 }
  expect(confidenceWords({ confidence_score: 0.18, factors })).toBe(
    '0.18 = rigor 0.60 × preconditions 1.00 × joins 1.00 × contradictions 0.60 × record 0.50',
  )
  const unsettled = [
    { topic: 'host', why: 'one source' },
    { topic: 'step-time', why: 'disputed' },
  ] as const
  expect(unsettledWords({ unsettled: [...unsettled] })).toBe('host (one source only), step-time (its sources disagree)')
  expect(unsettledWords({})).toBeUndefined()
})
