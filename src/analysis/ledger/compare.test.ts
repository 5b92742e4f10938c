import { expect, it } from 'vitest'
import type { LedgerRow } from '#formats/ledger.ts'
import type { Synthesis } from '#formats/synthesis.ts'
import { compareSyntheses, firstDifference } from './compare.ts'

it('names the first place where two values differ', () => {
  expect(firstDifference({ a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }, '')).toBeUndefined()
  expect(firstDifference({ a: [1, { b: 2 }] }, { a: [1, { b: 3 }] }, '')).toBe('/a/1/b')
  expect(firstDifference({ a: 1 }, { a: 1, b: undefined }, '')).toBeUndefined()
  expect(firstDifference({ a: 1 }, { a: 1, b: 2 }, '/x')).toBe('/x/b')
  expect(firstDifference([1], { 0: 1 }, '')).toBe('')
})

it('what a row leaves out is found as well as what it changes', () => {
  const of = (over: Partial<LedgerRow>): Synthesis =>
    ({ state: 'done', citations: {}, ledger: [{ lever: 'L01 x', ...over } as LedgerRow] }) as unknown as Synthesis
  const full = of({ unsettled: [{ topic: 'host', why: 'one source' }] })
  expect(compareSyntheses(full, full)).toEqual([])
  expect(compareSyntheses(of({}), full)).toMatchObject([{ code: 'row', where: 'L01 x /unsettled' }])
  expect(compareSyntheses(full, of({}))).toMatchObject([{ code: 'row', where: 'L01 x /unsettled' }])
})
