/** Every real trace against the independent truth, to the nanosecond. */
import { basename } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Capture } from '#model/capture.ts'
import type { ActivityTable, Timeline } from '#model/timeline.ts'
import { readTraceFile } from '../../../tests/support/kineto-trace.ts'
import { listShared, sharedDataAbsent, sharedTruth } from '../../../tests/support/shared-data.ts'

interface Totals {
  count: number
  sum_ns: number
}
interface Truth {
  complete_by_cat: Record<string, number>
  baseTimeNanoseconds: string | null
  kernels: Totals & {
    distinct: number
    top5: { name: string; total_ns: number; count: number }[]
    nccl_count: number
    nccl_ns: number
    negative_durations: number
    with_graph_id: number
    per_device: Record<string, Totals & { union_ns: number; streams: number }>
  }
  memcpy: Totals
  memset: Totals
  busy: Record<string, { union_ns: number; first_start: number; last_end: number; span_ns: number; top5_gaps: { ns: number }[] }>
}

interface Interval {
  start: number
  end: number
}

function intervals(timeline: Timeline, tables: readonly ActivityTable[], device: number): Interval[] {
  return tables
    .flatMap((table) =>
      Array.from({ length: table.length }, (_, row) => ({
        start: table.startNs[row] ?? Number.NaN,
        end: (table.startNs[row] ?? Number.NaN) + (table.durationNs[row] ?? Number.NaN),
        device: timeline.lanes[table.lane[row] ?? -1]?.device,
      })),
    )
    .filter((each) => each.device === device)
    .sort((a, b) => a.start - b.start || a.end - b.end)
}

function busy(rows: readonly Interval[]): { union: number; first: number; last: number; gaps: number[] } {
  let union = 0
  let reach = Number.NEGATIVE_INFINITY
  const gaps: number[] = []
  for (const { start, end } of rows) {
    if (start > reach && reach !== Number.NEGATIVE_INFINITY) gaps.push(start - reach)
    if (end > reach) union += end - Math.max(start, reach)
    reach = Math.max(reach, end)
  }
  return { union, first: rows[0]?.start ?? Number.NaN, last: reach, gaps: gaps.sort((a, b) => b - a).slice(0, 5) }
}

function totals(table: ActivityTable): Totals {
  return { count: table.length, sum_ns: Array.from(table.durationNs).reduce((sum, value) => sum + value, 0) }
}

function compareDevices(capture: Capture, timeline: Timeline, truth: Truth): void {
  for (const [ordinal, expected] of Object.entries(truth.busy)) {
    const device = timeline.devices.findIndex((each) => String(each.ordinal) === ordinal)
    const ours = busy(intervals(timeline, [timeline.kernels, timeline.memcpys, timeline.memsets], device))
    expect(ours.union).toBe(expected.union_ns)
    expect(ours.last - ours.first).toBe(expected.span_ns)
    expect(ours.gaps).toEqual(expected.top5_gaps.map((gap) => gap.ns))
    if (truth.baseTimeNanoseconds === null) {
      expect(Number(BigInt(capture.clock.originNs) + BigInt(ours.first))).toBe(expected.first_start)
    } else {
      expect(capture.clock.originNs).toBe(truth.baseTimeNanoseconds)
      expect([ours.first, ours.last]).toEqual([expected.first_start, expected.last_end])
    }
  }
  for (const [ordinal, expected] of Object.entries(truth.kernels.per_device)) {
    const device = timeline.devices.findIndex((each) => String(each.ordinal) === ordinal)
    const rows = intervals(timeline, [timeline.kernels], device)
    expect({ count: rows.length, union_ns: busy(rows).union }).toEqual({ count: expected.count, union_ns: expected.union_ns })
    const lanes = new Set(Array.from(timeline.kernels.lane).filter((lane) => timeline.lanes[lane]?.device === device))
    expect(lanes.size).toBe(expected.streams)
  }
}

function compareNames(timeline: Timeline, truth: Truth): void {
  const { kernels, kernelNames } = timeline
  const byName = kernelNames.map(({ name }) => ({ name, total_ns: 0, count: 0 }))
  kernels.name.forEach((name, row) => {
    const total = byName[name]
    if (total === undefined) throw new Error(`kernel ${row} has no name`)
    total.total_ns += kernels.durationNs[row] ?? Number.NaN
    total.count += 1
  })
  expect(byName.length).toBe(truth.kernels.distinct)
  for (const expected of truth.kernels.top5) expect(byName).toContainEqual(expected)
  const nccl = byName.filter(({ name }) => /nccl/i.test(name))
  expect(nccl.reduce((sum, { count }) => sum + count, 0)).toBe(truth.kernels.nccl_count)
  expect(nccl.reduce((sum, { total_ns }) => sum + total_ns, 0)).toBe(truth.kernels.nccl_ns)
}

describe('real traces equal the truth', () => {
  const paths = listShared('kineto')
  if (paths.length === 0) test.skip(sharedDataAbsent, () => {})
  test.each(paths.map((path) => [basename(path), path]))('%s', async (name, path) => {
    const truth = sharedTruth(name) as Truth
    const { capture, losses } = await readTraceFile(path)
    const { timeline } = capture
    if (timeline === undefined) throw new Error('no timeline')
    expect(totals(timeline.kernels)).toEqual({ count: truth.kernels.count, sum_ns: truth.kernels.sum_ns })
    expect(totals(timeline.memcpys)).toEqual({ count: truth.memcpy.count, sum_ns: truth.memcpy.sum_ns })
    expect(totals(timeline.memsets)).toEqual({ count: truth.memset.count, sum_ns: truth.memset.sum_ns })
    expect(capture.inventory).toMatchObject(truth.complete_by_cat)
    expect(Object.keys(capture.inventory).filter((key) => !key.includes(' (ph '))).toEqual(Object.keys(truth.complete_by_cat).sort())
    const negative = losses.find((loss) => loss.code === 'negative-durations')?.count ?? 0
    expect(negative).toBe(truth.kernels.negative_durations)
    expect(timeline.kernels.graphId?.filter((id) => id !== 0).length ?? 0).toBe(truth.kernels.with_graph_id)
    compareDevices(capture, timeline, truth)
    compareNames(timeline, truth)
  })
})
