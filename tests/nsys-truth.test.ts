/** Every real nsys export against an independent truth, to the nanosecond. */
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Capture, Loss } from '#model/capture.ts'
import { defaultReadLimits } from '#model/reader.ts'
import { type ActivityTable, copyKinds, type Timeline, timelineNeeds } from '#model/timeline.ts'
import { readNsysTables } from '#readers/nsys/read-nsys-tables.ts'
import { launchedKernels } from './support/launched-kernels.ts'
import { listShared, sharedDataAbsent, sharedTruth } from './support/shared-data.ts'
import { loadSqlJs, sqljsTableSource } from './support/sqljs-table-source.ts'

interface Total {
  count: number
  sum_ns: number
  bytes?: number
}
interface Top {
  name: string
  total_ns: number
  count: number
}
interface Truth {
  table_rows: Record<string, number>
  schema_version: string | null
  product_version: string | null
  kernels: Total & {
    per_device: Record<string, Total & { union_ns: number; first_start: number; last_end: number }>
    top5_short: Top[]
    top5_demangled: Top[]
    without_runtime_correlation?: number
    processes: number
    distinct_short: number
  }
  memcpy: Total & { by_copyKind?: Record<string, Total> }
  memset: Total
  busy: Record<
    string,
    { union_ns: number; first_start: number; last_end: number; span_ns: number; top5_gaps: { ns: number; start: number; end: number }[] }
  >
  runtime_api?: Total & { top5: Top[] }
  nvtx?: { rows: number; ranges: number; top5: Top[] }
}

const totalNs = ({ durationNs }: { durationNs: Iterable<number> }): number => Array.from(durationNs).reduce((sum, value) => sum + value, 0)

function top(rows: Iterable<readonly [string, number]>): Map<string, Top> {
  const found = new Map<string, Top>()
  for (const [name, ns] of rows) {
    const entry = found.get(name) ?? { name, total_ns: 0, count: 0 }
    entry.total_ns += ns
    entry.count += 1
    found.set(name, entry)
  }
  return found
}

/** Union by sorting: the obvious way, to check nothing but the reader. */
function intervalsOf(timeline: Timeline, ordinal: number): [number, number][] {
  const rows: [number, number][] = []
  const take = (table: ActivityTable): void => {
    for (let row = 0; row < table.length; row++) {
      const lane = timeline.lanes[table.lane[row] ?? -1]
      if (timeline.devices[lane?.device ?? -1]?.ordinal === ordinal)
        rows.push([table.startNs[row] ?? 0, (table.startNs[row] ?? 0) + (table.durationNs[row] ?? 0)])
    }
  }
  for (const table of [timeline.kernels, timeline.graphs, timeline.memcpys, timeline.memsets]) take(table)
  return rows.sort((a, b) => a[0] - b[0])
}

function unionOf(rows: [number, number][]): { unionNs: number; first: number; last: number; gaps: [number, number][] } {
  let unionNs = 0
  let end = Number.NEGATIVE_INFINITY
  const gaps: [number, number][] = []
  for (const [start, stop] of rows) {
    if (start > end) {
      if (end > Number.NEGATIVE_INFINITY) gaps.push([end, start])
      unionNs += stop - start
    } else if (stop > end) unionNs += stop - end
    end = Math.max(end, stop)
  }
  gaps.sort((a, b) => b[1] - b[0] - (a[1] - a[0]))
  return { unionNs, first: rows[0]?.[0] ?? Number.NaN, last: end, gaps: gaps.slice(0, 5) }
}

const paths = listShared('nsys-sqlite')
describe.skipIf(paths.length === 0)(paths.length === 0 ? sharedDataAbsent : 'real nsys exports', () => {
  describe.each(paths.map((path) => [basename(path), path]))('%s', (name, path) => {
    const truth = sharedTruth(name) as Truth
    let capture: Capture
    let timeline: Timeline
    let losses: readonly Loss[] = []
    beforeAll(async () => {
      const { Database } = await loadSqlJs()
      const source = sqljsTableSource(new Database(readFileSync(path)), 1009)
      const result = await readNsysTables(source, { needs: new Set(timelineNeeds), limits: defaultReadLimits })
      source.close()
      capture = result.capture
      losses = result.losses
      if (capture.timeline === undefined) throw new Error('no timeline')
      timeline = capture.timeline
    })

    test('counts and sums', () => {
      expect([timeline.kernels.length, totalNs(timeline.kernels)]).toEqual([truth.kernels.count, truth.kernels.sum_ns])
      expect([timeline.memcpys.length, totalNs(timeline.memcpys)]).toEqual([truth.memcpy.count, truth.memcpy.sum_ns])
      expect([timeline.memsets.length, totalNs(timeline.memsets)]).toEqual([truth.memset.count, truth.memset.sum_ns])
      expect(timeline.graphs.length).toBe(0)
    })

    test('versions and table rows', () => {
      expect([capture.tool.schemaVersion, capture.tool.version]).toEqual([
        truth.schema_version ?? undefined,
        truth.product_version ?? undefined,
      ])
      for (const [table, rows] of Object.entries(capture.inventory))
        if (table in truth.table_rows) expect([table, rows]).toEqual([table, truth.table_rows[table]])
      for (const table of ['CUPTI_ACTIVITY_KIND_KERNEL', 'CUPTI_ACTIVITY_KIND_RUNTIME', 'NVTX_EVENTS'])
        expect(capture.inventory[table] ?? 0).toBe(truth.table_rows[table] ?? 0)
    })

    test('per device: kernels, busy union, span, largest gaps', () => {
      for (const [ordinal, expected] of Object.entries(truth.kernels.per_device)) {
        let count = 0
        let sum = 0
        for (let row = 0; row < timeline.kernels.length; row++) {
          const lane = timeline.lanes[timeline.kernels.lane[row] ?? -1]
          if (timeline.devices[lane?.device ?? -1]?.ordinal !== Number(ordinal)) continue
          count += 1
          sum += timeline.kernels.durationNs[row] ?? 0
        }
        expect([count, sum]).toEqual([expected.count, expected.sum_ns])
      }
      for (const [ordinal, expected] of Object.entries(truth.busy)) {
        const union = unionOf(intervalsOf(timeline, Number(ordinal)))
        expect([union.unionNs, union.first, union.last]).toEqual([expected.union_ns, expected.first_start, expected.last_end])
        expect(union.gaps.map(([start, end]) => end - start)).toEqual(expected.top5_gaps.map((gap) => gap.ns))
      }
      expect(timeline.devices.length).toBe(Object.keys(truth.busy).length)
    })

    test('kernel names', () => {
      const { kernels, kernelNames } = timeline
      const rows = (key: 'name' | 'shortName'): [string, number][] =>
        Array.from(kernels.name, (id, row) => [kernelNames[id]?.[key] ?? '', kernels.durationNs[row] ?? 0])
      const short = top(rows('shortName'))
      expect(short.size).toBe(truth.kernels.distinct_short ?? 0)
      for (const expected of truth.kernels.top5_short ?? []) expect(short.get(expected.name)).toEqual(expected)
      const full = top(rows('name'))
      for (const expected of truth.kernels.top5_demangled ?? []) expect(full.get(expected.name)).toEqual(expected)
    })

    test('copies by direction, with bytes', () => {
      const directions: Record<string, string> = {
        1: 'host-to-device',
        2: 'device-to-host',
        8: 'device-to-device',
        9: 'host-to-host',
        10: 'peer-to-peer',
      }
      const { memcpys, memsets } = timeline
      for (const [kind, expected] of Object.entries(truth.memcpy.by_copyKind ?? {})) {
        const found = { count: 0, sum_ns: 0, bytes: 0 }
        for (let row = 0; row < memcpys.length; row++) {
          if (copyKinds[memcpys.copyKind[row] ?? 0] !== (directions[kind] ?? 'other')) continue
          found.count += 1
          found.sum_ns += memcpys.durationNs[row] ?? 0
          found.bytes += memcpys.bytes[row] ?? 0
        }
        expect(found).toEqual(expected)
      }
      if (truth.memcpy.bytes !== undefined) expect(memcpys.bytes.reduce((sum, value) => sum + value, 0)).toBe(truth.memcpy.bytes)
      if (truth.memset.bytes !== undefined) expect(memsets.bytes.reduce((sum, value) => sum + value, 0)).toBe(truth.memset.bytes)
    })

    test('CUDA API calls (the truth counts repeated rows of event class 67, which are a loss here)', () => {
      const { hostCalls } = timeline
      expect(hostCalls === undefined).toBe(truth.runtime_api === undefined || truth.runtime_api.count === 0)
      if (hostCalls === undefined || truth.runtime_api === undefined) return
      const repeated = losses.find((loss) => loss.code === 'repeated-host-calls')?.count ?? 0
      expect(repeated).toBe(name.startsWith('extra-p-extrap__ex-gpu') ? 18 : 0)
      expect(hostCalls.length + repeated).toBe(truth.runtime_api.count)
      const calls = top(Array.from(hostCalls.name, (id, row) => [timeline.hostCallNames[id]?.raw ?? '', hostCalls.durationNs[row] ?? 0]))
      if (repeated > 0) return
      expect(totalNs(hostCalls)).toBe(truth.runtime_api.sum_ns)
      for (const expected of truth.runtime_api.top5) expect(calls.get(expected.name)).toEqual(expected)
    })

    test('launch correlation', () => {
      if (truth.kernels.without_runtime_correlation === undefined || timeline.hostCalls === undefined) return
      // The truth joins on the correlation id alone; ids are process-local, so the count by process is never smaller.
      expect(timeline.kernels.length - launchedKernels(timeline, false)).toBe(truth.kernels.without_runtime_correlation)
      expect(launchedKernels(timeline, true)).toBe(name.startsWith('GindaChen') ? 1632 : timeline.kernels.length)
    })

    test('NVTX ranges', () => {
      const { ranges } = timeline
      if (truth.nvtx === undefined || truth.nvtx.ranges === 0) return
      if (ranges === undefined) throw new Error('no ranges')
      const texts = top(Array.from(ranges.text, (id, row) => [timeline.rangeTexts[id] ?? '', ranges.durationNs[row] ?? 0]))
      for (const expected of truth.nvtx.top5) expect(texts.get(expected.name)).toEqual(expected)
    })
  })
})
