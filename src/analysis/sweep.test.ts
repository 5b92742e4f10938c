import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sweepDevice } from '#analysis/sweep.ts'
import { noActivity, prepareSweep, rowOfActivity, tableOfActivity } from '#analysis/sweep-input.ts'
import { type TimeClass, timeClasses } from '#analysis/time-classes.ts'
import { timelineFromText } from '#model/from-text.ts'
import type { Timeline } from '#model/timeline.ts'

/** Kernels whose letter is in `communication` communicate. */
function swept(text: string, communication = '', device = 0) {
  const timeline = timelineFromText(text)
  const input = prepareSweep(
    timeline,
    Uint8Array.from(timeline.kernelNames, ({ name }) => (communication.includes(name) ? 1 : 0)),
  )
  const sweep = sweepDevice(input, device)
  if (sweep === undefined) throw new Error('no activity')
  const parts: Partial<Record<TimeClass, number>> = {}
  for (const [index, name] of timeClasses.entries()) if (sweep.byTimeClassNs[index] !== 0) parts[name] = sweep.byTimeClassNs[index] ?? 0
  return { ...sweep, parts }
}

test('every instant goes to exactly one class', () => {
  const { parts, busyNs } = swept(
    `kernels stream=1 : A----.....B--
     kernels stream=2 : ...N---......
     memcpy  stream=3 kind=host-to-device : ..........C----
     memset  stream=4 : .......M.......`,
    'N',
  )
  expect(parts).toEqual({
    'compute-only': 3,
    'communication-hidden': 2,
    'communication-exposed': 2,
    'memset-only': 1,
    idle: 2,
    'copy-hidden': 3,
    'copy-exposed': 2,
  })
  expect(busyNs).toBe(13)
})

test('trap A6: overlapping collectives count once', () => {
  const { parts, busyNs } = swept('kernels stream=1 : N-----....\nkernels stream=2 : ...N-----.', 'N')
  expect(parts).toEqual({ 'communication-exposed': 9 })
  expect(busyNs).toBe(9)
})

test('trap A7: a graph-mode capture is busy by its graph rows, and says that they are opaque', () => {
  const { parts, busyNs } = swept('graphs : G---..G---')
  expect(parts).toEqual({ 'graph-opaque': 8, idle: 2 })
  expect(busyNs).toBe(8)
})

test('trap A8: a device with graph rows only is judged beside one with kernels', () => {
  const text = 'kernels device=0 : A-..A-\ngraphs device=1 : G---G---.G'
  expect(swept(text, '', 0).busyNs).toBe(4)
  expect(swept(text, '', 1).busyNs).toBe(9)
})

test('trap A14: a memset between kernels is not idle', () => {
  const { idleNs, largest } = swept('kernels : A-....B-\nmemset : ..M-')
  expect(idleNs).toBe(2)
  expect([largest.startNs[0], largest.endNs[0]]).toEqual([4, 6])
})

test('trap A15: idle of one device does not hide behind another', () => {
  const text = 'kernels device=0 : A-....A-\nkernels device=1 : ..B---..B'
  expect(swept(text, '', 0).idleNs).toBe(4)
  expect(swept(text, '', 1).idleNs).toBe(2)
})

test('trap B23: gaps of any length are seen, on a logarithmic scale', () => {
  const { gapCount, gapCounts, largest } = swept('kernels : A.A..A...........A')
  expect(gapCount).toBe(3)
  // Bins: 0, 1-2, 2-5, 5-10, 10-20.
  expect([...gapCounts.slice(0, 5)]).toEqual([0, 1, 1, 0, 1])
  expect(largest.endNs[0]).toBe(17)
})

test('trap B24: overlapping kernels never exceed the window', () => {
  const { busyNs, fromNs, toNs, idleNs } = swept('kernels stream=1 : A------\nkernels stream=2 : .B----\nkernels stream=3 : ..C-------')
  expect(busyNs).toBe(10)
  expect(busyNs + idleNs).toBe(toNs - fromNs)
})

test('trap C7: ranges projected to the device are not work', () => {
  expect(swept('kernels : A-....A-\nranges kind=device-annotation : R-------').idleNs).toBe(4)
})

test('a gap names the activity that ended last and the one that follows', () => {
  const { largest } = swept('kernels stream=1 : A--......\nmemcpy stream=2 : B-----...\nmemset stream=3 : ........M')
  expect(tableOfActivity(largest.before[0] ?? 0)).toBe(2)
  expect(tableOfActivity(largest.after[0] ?? 0)).toBe(3)
  expect(rowOfActivity(largest.after[0] ?? 1)).toBe(0)
})

test('a window cuts rows at its edges and knows no neighbour beyond', () => {
  const timeline = timelineFromText('kernels : A---......B---')
  const sweep = sweepDevice(prepareSweep(timeline, Uint8Array.of(0, 0)), 0, { window: { fromNs: 2, toNs: 8 }, gapsFromNs: 0 })
  expect(sweep).toMatchObject({ busyNs: 2, idleNs: 4, gapCount: 1 })
  expect(sweep?.gaps?.after[0]).toBe(noActivity)
})

const rowArbitrary = fc.record({
  table: fc.nat(3),
  lane: fc.nat(3),
  start: fc.nat(120),
  duration: fc.nat(25),
  name: fc.nat(3),
  kind: fc.nat(5),
})

interface DrawnRow {
  readonly table: number
  readonly lane: number
  readonly start: number
  readonly duration: number
  readonly name: number
  readonly kind: number
}

function timelineOf(rows: readonly DrawnRow[]): Timeline {
  const drawn = timelineFromText('kernels : A')
  const of = (table: number) => rows.filter((row) => row.table === table)
  const columns = (table: number) => ({
    length: of(table).length,
    startNs: Float64Array.from(of(table), ({ start }) => start),
    durationNs: Uint32Array.from(of(table), ({ duration }) => duration),
    lane: Uint16Array.from(of(table), ({ lane }) => lane),
  })
  const bytes = (table: number) => new Float64Array(of(table).length)
  return {
    ...drawn,
    lanes: [0, 1, 2, 3].map((stream) => ({ process: 0, device: 0, context: 1, stream })),
    kernelNames: ['a', 'b', 'n', 'm'].map((name) => ({ name, shortName: name })),
    kernels: { ...columns(0), name: Int32Array.from(of(0), ({ name }) => name) },
    graphs: columns(1),
    memcpys: { ...columns(2), bytes: bytes(2), copyKind: Uint8Array.from(of(2), ({ kind }) => kind) },
    memsets: { ...columns(3), bytes: bytes(3) },
  }
}
const roles = Uint8Array.of(0, 0, 1, 1)

test('conservation, union <= sum, independence of lanes and row order, unit cells agree', () => {
  fc.assert(
    fc.property(fc.array(rowArbitrary, { minLength: 1, maxLength: 40 }), fc.nat(3), (rows, shift) => {
      const input = prepareSweep(timelineOf(rows), roles)
      const sweep = sweepDevice(input, 0, { gapsFromNs: 0 })
      if (sweep === undefined) throw new Error('rows vanished')
      expect(sweep.byTimeClassNs.reduce((a, b) => a + b, 0)).toBe(sweep.toNs - sweep.fromNs)
      expect(sweep.busyNs).toBeLessThanOrEqual(rows.reduce((total, { duration }) => total + duration, 0))
      const busyCells = Array.from({ length: 200 }, (_, at) => rows.some((r) => r.start <= at && at < r.start + r.duration))
      expect(sweep.busyNs).toBe(busyCells.filter(Boolean).length)
      expect(sweep.gapTotalsNs.reduce((a, b) => a + b, 0)).toBe(sweep.idleNs)
      expect(sweep.gaps?.length).toBe(sweep.gapCount)

      const permuted = rows.map((row) => ({ ...row, lane: (row.lane + shift) % 4 })).reverse()
      expect(sweepDevice(prepareSweep(timelineOf(permuted), roles), 0)?.byMaskNs).toEqual(sweep.byMaskNs)
    }),
  )
})

/** Gaps before `toNs` and their neighbours by the definition: all rows in order of start, then of table, of lane (but see below) and of row. */
function gapsByDefinition(rows: readonly DrawnRow[], toNs: number) {
  const inOrder = [0, 1, 2, 3].flatMap((table) => {
    const own = rows.filter((row) => row.table === table)
    // A table that stands in order is one source, its lanes are not told apart.
    const isAscending = own.every((row, index) => index === 0 || row.start >= (own[index - 1]?.start ?? 0))
    return own.map((row, index) => ({
      start: row.start,
      end: row.start + row.duration,
      lane: isAscending ? 0 : row.lane,
      reference: table * 2 ** 30 + index,
    }))
  })
  const table = (reference: number): number => tableOfActivity(reference)
  inOrder.sort((a, b) => a.start - b.start || table(a.reference) - table(b.reference) || a.lane - b.lane || a.reference - b.reference)
  const gaps: (readonly [start: number, end: number, before: number, after: number])[] = []
  let latest = inOrder[0]
  for (const row of inOrder) {
    if (latest !== undefined && row.start > latest.end) gaps.push([latest.end, row.start, latest.reference, row.reference])
    if (latest === undefined || row.end >= latest.end) latest = row
  }
  if (latest !== undefined && latest.end < toNs) gaps.push([latest.end, toNs, latest.reference, noActivity])
  return gaps
}

test('gaps and their neighbours are those of all rows in order, whatever order the sweep takes them in', () => {
  fc.assert(
    fc.property(fc.array(rowArbitrary, { minLength: 1, maxLength: 40 }), fc.nat(1), (drawn, isDense) => {
      // Dense rows run into one another; of the others many start and end together, with a gap before the next.
      const rows =
        isDense === 1
          ? drawn
          : drawn.map((row) => ({ ...row, start: Math.floor(row.start / 4) * 4 - (row.start % 2), duration: 1 + (row.duration % 3) }))
      // One source for each table and lane with rows: up to eight are compared one by one, more stand in a heap.
      const window = {
        fromNs: Math.min(...rows.map(({ start }) => start)),
        toNs: Math.max(...rows.map(({ start, duration }) => start + duration)) + 1,
      }
      const gaps = sweepDevice(prepareSweep(timelineOf(rows), roles), 0, { window, gapsFromNs: 0 })?.gaps
      const found = Array.from({ length: gaps?.length ?? 0 }, (_, row) =>
        [gaps?.startNs, gaps?.endNs, gaps?.before, gaps?.after].map((column) => column?.[row]),
      )
      expect(found).toEqual(gapsByDefinition(rows, window.toNs))
    }),
  )
})
