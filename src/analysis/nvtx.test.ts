import { expect, test } from 'vitest'
import { joinLaunches } from '#analysis/launch-join.ts'
import { kernelsByRange } from '#analysis/nvtx.ts'
import { computeRangePaths } from '#analysis/range-paths.ts'
import { timelineFromText } from '#model/from-text.ts'
import type { Timeline } from '#model/timeline.ts'

const names = { L: 'cudaLaunchKernel' }
function byRange(timeline: Timeline) {
  const join = joinLaunches(timeline)
  const paths = computeRangePaths(timeline)
  if (join.state !== 'joined' || paths === undefined) throw new Error('nothing to join')
  return kernelsByRange(timeline, join, paths)
}
const drawn = (text: string) => byRange(timelineFromText(text, { names }))

test('a kernel belongs to the range around its launch call, not around itself', () => {
  const result = drawn(
    `ranges : A---B---....
     host corr=1,2,3 : L...L...L
     kernels corr=1,2,3 : .....K-K---K`,
  )
  expect(result.rows).toMatchObject([
    { text: 'B', kernels: 1, totalNs: 4, ranges: 1 },
    { text: 'A', kernels: 1, totalNs: 2 },
  ])
  expect(result.outside).toEqual({ kernels: 1, totalNs: 1 })
})

test('nested ranges: inclusive and own time; a text inside itself counts once', () => {
  const result = drawn(
    `ranges : A----------
     ranges : .B---.A--..
     host corr=1,2,3 : L.L....L
     kernels corr=1,2,3 : ..K.K-..K---`,
  )
  expect(result.rows).toMatchObject([
    { text: 'A', ranges: 2, kernels: 3, totalNs: 7, ownKernels: 2, ownNs: 5 },
    { text: 'B', ranges: 1, kernels: 1, totalNs: 2, ownKernels: 1 },
  ])
})

test('equal starts nest by length, whatever the order in the file', () => {
  for (const ranges of ['ranges : B--\nranges : A------', 'ranges : A------\nranges : B--']) {
    const [a, b] = drawn(`${ranges}\nhost corr=1 : L\nkernels corr=1 : .K`).rows
    expect([a?.text, a?.ownKernels, b?.text, b?.ownKernels]).toEqual(['A', 0, 'B', 1])
  }
})

test('ranges of other threads hold nothing, and unmatched kernels are counted', () => {
  const result = drawn(
    `ranges thread=2 : A--------
     host thread=1 corr=1 : .L
     kernels corr=1,9 : ..K-K`,
  )
  expect(result.rows).toMatchObject([{ text: 'A', ranges: 1, kernels: 0 }])
  expect(result.outside.kernels).toBe(1)
  expect(result.unmatched).toEqual({ kernels: 1, totalNs: 1 })
})

test('ranges that end on another thread are left out and counted', () => {
  const timeline = timelineFromText('ranges : A--------\nhost corr=1 : .L\nkernels corr=1 : ..K', { names })
  if (timeline.ranges === undefined) throw new Error('no ranges')
  const result = byRange({ ...timeline, ranges: { ...timeline.ranges, crossThread: Uint8Array.of(1) } })
  expect(result.crossThreadRanges).toBe(1)
  expect(result.rows).toEqual([])
})

/** Ranges three deep with launches inside: nested as engines nest them. */
function manyRanges(ranges: number): Timeline {
  const base = timelineFromText('ranges : A\nhost corr=1 : L\nkernels corr=1 : K', { names })
  const row = <T>(make: (i: number) => number, column: new (length: number) => T & { [i: number]: number }, length = ranges) => {
    const out = new column(length)
    for (let i = 0; i < length; i += 1) out[i] = make(i)
    return out
  }
  const calls = Math.floor(ranges / 3)
  const depth = (i: number) => i % 3
  return {
    ...base,
    rangeTexts: Array.from({ length: 300 }, (_, i) => `r${i}`),
    ranges: {
      length: ranges,
      startNs: row((i) => Math.floor(i / 3) * 100 + depth(i) * 10, Float64Array),
      durationNs: row((i) => 90 - depth(i) * 20, Uint32Array),
      thread: new Uint16Array(ranges),
      text: row((i) => depth(i) * 100 + (Math.floor(i / 3) % 100), Int32Array),
      kind: new Uint8Array(ranges),
    },
    hostCalls: {
      length: calls,
      startNs: row((i) => i * 100 + 30, Float64Array, calls),
      durationNs: row(() => 5, Uint32Array, calls),
      thread: new Uint16Array(calls),
      name: new Int32Array(calls),
      correlation: row((i) => i + 1, Uint32Array, calls),
    },
    kernels: {
      length: calls,
      startNs: row((i) => i * 100 + 50, Float64Array, calls),
      durationNs: row(() => 40, Uint32Array, calls),
      lane: new Uint16Array(calls),
      correlation: row((i) => i + 1, Uint32Array, calls),
      name: new Int32Array(calls),
    },
  }
}

test('trap B19: ranges join kernels in linear time and bounded memory', () => {
  const ranges = process.env['SEXTANT_SLOW'] === '1' ? 10_000_000 : 600_000
  const timeline = manyRanges(ranges)
  const before = process.memoryUsage().arrayBuffers
  const started = performance.now()
  const result = byRange(timeline)
  const seconds = (performance.now() - started) / 1000
  expect(result.rows.reduce((sum, { ownKernels }) => sum + ownKernels, 0)).toBe(Math.floor(ranges / 3))
  expect(result.rows.find(({ text }) => text === 'r200')?.ownKernels).toBeGreaterThan(0)
  // A thousandth of the 52 minutes of an interval join, with room for a busy machine; columns only: below 40 bytes a range.
  expect(seconds).toBeLessThan(Math.max(3, ranges / 500_000))
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(ranges * 40)
})
