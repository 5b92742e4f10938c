import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LineCursor } from '#readers/json/line-cursor.ts'
import { EpochReader, epochText, isBefore, nanosecondsBetween } from './epoch.ts'

function read(text: string): EpochReader {
  const cursor = new LineCursor()
  const bytes = Buffer.from(`${text}, 1`)
  cursor.start(bytes, 0, bytes.length)
  const epoch = new EpochReader()
  epoch.read(cursor)
  expect(cursor.at).toBe(text.length)
  return epoch
}

test('trap F14: every digit of epoch nanoseconds stays, and differences are those of whole numbers', () => {
  const any = fc.bigInt({ min: 0n, max: 10n ** 19n - 1n })
  const near = fc.bigInt({ min: 1_762_551_534_000_000_000n, max: 1_762_559_534_000_000_000n })
  fc.assert(
    fc.property(fc.oneof(any, near), fc.oneof(any, near), (a, b) => {
      const [left, right] = [read(String(a)), read(String(b))]
      expect([epochText(left), epochText(right)]).toEqual([String(a), String(b)])
      expect(isBefore(left, right)).toBe(a < b)
      expect(nanosecondsBetween(left, right)).toBe(Number(b - a))
    }),
    { seed: 20261129, numRuns: 3000 },
  )
})

test('what is no whole number of at most nineteen digits is not given', () => {
  for (const text of ['null', '-1', '1.5', '17625515347970678270', '"x"', '1e9', '{}']) expect(read(text).seconds).toBeNaN()
  expect(epochText(read('"1762551534797067827"'))).toBe('1762551534797067827')
})
