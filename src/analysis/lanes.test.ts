import fc from 'fast-check'
import { expect, test } from 'vitest'
import { orderLanes } from '#analysis/lanes.ts'

test('rows are grouped by lane, sorted by start, stable', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(3), fc.nat(20)), { maxLength: 60 }), (rows) => {
      const table = { length: rows.length, startNs: Float64Array.from(rows, ([, s]) => s), lane: Uint16Array.from(rows, ([l]) => l) }
      const { offsets, order } = orderLanes(table, 4)
      const expected = rows
        .map((_, row) => row)
        .sort((a, b) => (rows[a]?.[0] ?? 0) - (rows[b]?.[0] ?? 0) || (rows[a]?.[1] ?? 0) - (rows[b]?.[1] ?? 0) || a - b)
      expect(order === undefined ? rows.map((_, row) => row) : [...order]).toEqual(expected)
      expect([...offsets]).toEqual([0, 1, 2, 3, 4].map((l) => rows.filter(([lane]) => lane < l).length))
    }),
  )
})

test('sorted rows of one lane need no index', () => {
  expect(orderLanes({ length: 3, startNs: Float64Array.of(1, 2, 2), lane: Uint16Array.of(1, 1, 1) }, 2).order).toBeUndefined()
})
