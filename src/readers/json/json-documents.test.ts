/** Documents in a row, pruned values, Python's words, chunk borders, hostile nesting. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DocumentScanner } from './document-scanner.ts'
import { KeyTable } from './key-table.ts'
import { LineCursor } from './line-cursor.ts'
import { NumberList } from './number-list.ts'

/** Fed in pieces of `piece` bytes: a border may fall anywhere. */
function documents(
  text: string,
  pruned: readonly string[] = [],
  piece = 1 << 20,
): { readonly values: unknown[]; readonly scanner: DocumentScanner } {
  const scanner = new DocumentScanner(pruned, 64, 1 << 24, 'x')
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += piece) scanner.feed(bytes.subarray(at, at + piece))
  return { values: scanner.finish().map((each) => JSON.parse(each) as unknown), scanner }
}

test('any documents in any pieces come back equal', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.array(fc.jsonValue())), { maxLength: 4 }),
      fc.integer({ min: 1, max: 9 }),
      (given, piece) => {
        const text = given.map((each, index) => JSON.stringify(each, null, index % 2 === 0 ? 0 : 2)).join('\n')
        // JSON has no negative zero in JSON.stringify either.
        expect(documents(text, [], piece).values).toEqual(JSON.parse(JSON.stringify(given)))
      },
    ),
    { seed: 11, numRuns: 400 },
  )
})

test('values of pruned keys are dropped at any depth, whatever is in them', () => {
  const text =
    '{"a": 1, "bodies": [{"x": "} ] , \\" "}, 2], "b": {"bodies": "text", "c": 3}, "d": ["bodies", {"bodies": null}], "bodies": 5}'
  for (const piece of [1, 2, 3, 1000])
    expect(documents(text, ['bodies'], piece).values).toEqual([
      { a: 1, bodies: null, b: { bodies: null, c: 3 }, d: ['bodies', { bodies: null }] },
    ])
})

test('NaN and Infinity are null and counted; a cut document is said to be unfinished', () => {
  const { values, scanner } = documents('{"a": NaN, "b": [-Infinity, 1, Infinity], "c": "NaN"} log line "x" {"d": 1')
  expect(values).toEqual([{ a: null, b: [null, 1, null], c: 'NaN' }])
  expect([scanner.notFinite, scanner.unfinished]).toEqual([3, true])
})

test('nesting beyond the limit is refused', () => {
  expect(() => documents('['.repeat(65))).toThrow(/nests deeper than 64/)
  expect(documents('['.repeat(64) + ']'.repeat(64)).values).toHaveLength(1)
})

test('a line’s numbers are what JSON.parse says; lists to fifteen digits', () => {
  const table = new KeyTable(['a'])
  const number = (text: string): number => {
    const cursor = new LineCursor()
    const bytes = Buffer.from(`{"a": ${text}}`)
    cursor.start(bytes, 0, bytes.length)
    cursor.openObject()
    expect(cursor.key(table)).toBe(1)
    return cursor.number()
  }
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) =>
      Object.is(number(JSON.stringify(value)), JSON.parse(JSON.stringify(value))),
    ),
    { seed: 5, numRuns: 500 },
  )
  for (const text of ['31.742933999999998', '1762551534797067827', '0.1', '1e-7', '-12.5'])
    expect(number(text), text).toBe(JSON.parse(text))
  for (const text of ['null', '"1"', 'NaN', '[1]', '{"b": 1}', '1e999', 'true']) expect(number(text), text).toBeNaN()
})

test('lists: every length and spacing, what is no number left out', () => {
  const list = (text: string): number[] => {
    const cursor = new LineCursor()
    const bytes = Buffer.from(text)
    cursor.start(bytes, 1, bytes.length)
    const numbers = new NumberList()
    cursor.roughList(numbers)
    expect(cursor.at).toBe(bytes.length)
    return [...numbers.values.subarray(0, numbers.length)]
  }
  fc.assert(
    fc.property(fc.array(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 })), fc.boolean(), (values, spaced) => {
      const text = JSON.stringify(values)
      const found = list(spaced ? text.replaceAll(',', ' , ') : text)
      expect(found).toHaveLength(values.length)
      for (const [index, value] of found.entries())
        expect(Math.abs(value - (values[index] ?? 0))).toBeLessThanOrEqual(Math.abs(values[index] ?? 0) * 1e-14)
    }),
    { seed: 6, numRuns: 300 },
  )
  expect(list('[]')).toEqual([])
  expect(list('[ 1, null, "2", 3e2, [4], 5 ]')).toEqual([1, 300, 5])
})
