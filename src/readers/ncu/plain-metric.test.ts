/** The short way of reading a metric gives what the wire format says, and refuses everything else. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { double, message, type metric, number, text } from '../../../tests/support/ncu-report-writer.ts'
import { CounterColumns } from './counter-columns.ts'
import { addPlainMetrics } from './plain-metric.ts'

const TAG = 13 * 8 + 2

function read(bytes: readonly number[]): { readonly taken: boolean; readonly id?: number; readonly value?: number } {
  const columns = new CounterColumns()
  const array = Uint8Array.from([TAG, bytes.length, ...bytes])
  const taken = addPlainMetrics(array, new DataView(array.buffer), 0, array.length, TAG, columns) === array.length
  columns.result({ scope: 'kernel', rules: [], nvtx: [] })
  let id: number | undefined
  const { value } = columns.finish((each) => {
    id = each
    return { name: String(each) }
  })
  return { taken, ...(id === undefined ? {} : { id }), ...(value[0] === undefined ? {} : { value: value[0] }) }
}

/** Without the tag and the length that stand before it in a result. */
const body = (name: number, value: Parameters<typeof metric>[1]): number[] => [...number(1, name), ...message(2, [value])]

test('every name up to 2^14 and every whole number up to 2^48', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 2 ** 14 - 1 }),
      fc.integer({ min: 1, max: 2 ** 48 }),
      fc.constantFrom(4, 5),
      (name, value, field) => {
        expect(read(body(name, number(field, value)))).toEqual({ taken: true, id: name, value })
      },
    ),
    { seed: 8, numRuns: 500 },
  )
  fc.assert(
    fc.property(fc.double(), (value) => {
      expect(read(body(3, double(3, value)))).toEqual({ taken: true, id: 3, value })
    }),
    { seed: 9, numRuns: 200 },
  )
})

test('anything else is left to the general way', () => {
  const plain = body(3, double(3, 1.5))
  for (const bytes of [
    [],
    plain.slice(0, -1),
    [...plain, ...number(4, 1)],
    body(3, text(1, 'CachePreferNone')),
    [...number(1, 3)],
    [...message(2, [double(3, 1.5)])],
    body(2 ** 14, double(3, 1.5)),
    body(3, number(5, 2 ** 52)),
  ])
    expect(read(bytes).taken, String(bytes)).toBe(false)
})

test('metrics that follow one another, up to the first of another shape, with texts before and behind', () => {
  const field = (bytes: readonly number[]): number[] => [TAG, bytes.length, ...bytes]
  const plain = Array.from({ length: 5000 }, (_, index) =>
    field(body(1 + (index % 300), index % 2 === 0 ? double(3, index / 3) : number(5, index))),
  )
  const odd = field(body(7, text(1, 'CachePreferNone')))
  const array = Uint8Array.from([...plain.flat(), ...odd, ...(plain[0] ?? [])])
  const columns = new CounterColumns()
  columns.text(900, 'before')
  const stopped = addPlainMetrics(array, new DataView(array.buffer), 0, array.length, TAG, columns)
  expect(stopped).toBe(plain.flat().length)
  expect(addPlainMetrics(array, new DataView(array.buffer), stopped, array.length, TAG, columns)).toBe(stopped)
  columns.text(901, 'behind')
  columns.result({ scope: 'kernel', rules: [], nvtx: [] })
  const { value, valueText, texts } = columns.finish((id) => ({ name: String(id) }))
  expect([...value]).toEqual([Number.NaN, ...plain.map((_, index) => (index % 2 === 0 ? index / 3 : index)), Number.NaN])
  expect([...(valueText ?? [])]).toEqual([0, ...plain.map(() => -1), 1])
  expect(texts).toEqual(['before', 'behind'])
})
