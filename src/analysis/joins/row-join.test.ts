import fc from 'fast-check'
import { expect, test } from 'vitest'
import { buildCapture } from '../../../tests/support/build-capture.ts'
import { joinRows, type RowSide } from './row-join.ts'

interface Row {
  readonly name: string
  readonly start: number
  readonly duration: number
}

function joinOf(left: readonly Row[], right: readonly Row[], errorNs: number, shiftNs = 0) {
  const [a, b] = [left, right].map((kernels) => buildCapture({ kernels: [...kernels] }).timeline)
  if (a === undefined || b === undefined) throw new Error('two timelines')
  const classes = (timeline: typeof a) => Int32Array.from(timeline.kernelNames, ({ name }) => ['f', 'g'].indexOf(name))
  return joinRows({ left: a, right: b, shiftNs, errorNs, nameClass: { left: classes(a), right: classes(b) }, deviceOf: new Map([[0, 0]]) })
}

const counts = ({ matched, ambiguous, unmatched }: RowSide) => [matched.rows, ambiguous.rows, unmatched.rows]

test('rows pair within the clocks’ error, are ambiguous where several reach, and unmatched beyond it', () => {
  const f = (start: number, duration = 10): Row => ({ name: 'f', start, duration })
  expect(counts(joinOf([f(100), f(500)], [f(105), f(900)], 5).left)).toEqual([1, 0, 1])
  expect(counts(joinOf([f(100), f(104)], [f(102)], 5).left)).toEqual([0, 2, 0])
  expect(counts(joinOf([f(100)], [{ name: 'g', start: 100, duration: 10 }], 5).left)).toEqual([0, 0, 1])
  // The right side counts from 40 ns later.
  expect(counts(joinOf([f(100)], [f(60)], 0, 40).left)).toEqual([1, 0, 0])
})

const rows = fc.array(
  fc.record({ name: fc.constantFrom('f', 'g', 'h'), start: fc.integer({ min: 0, max: 300 }), duration: fc.integer({ min: 1, max: 9 }) }),
  {
    minLength: 1,
    maxLength: 15,
  },
)

test('conserved on both sides; matched rows are as many on either; a recording matches itself', () => {
  fc.assert(
    fc.property(rows, rows, fc.integer({ min: 0, max: 20 }), (left, right, errorNs) => {
      const join = joinOf(left, right, errorNs)
      for (const [side, own] of [
        ['left', left],
        ['right', right],
      ] as const) {
        const { matched, ambiguous, unmatched } = join[side]
        expect(matched.rows + ambiguous.rows + unmatched.rows).toBe(own.length)
        expect(matched.timeNs + ambiguous.timeNs + unmatched.timeNs).toBe(own.reduce((sum, { duration }) => sum + duration, 0))
      }
      expect(join.left.matched.rows).toBe(join.right.matched.rows)
      expect(joinOf(right, left, errorNs).left).toEqual(join.right)
    }),
  )
  const spaced = Array.from({ length: 20 }, (_, index) => ({ name: 'f', start: index * 100, duration: 10 }))
  expect(counts(joinOf(spaced, spaced, 1).left)).toEqual([20, 0, 0])
})
