/** Small captures for tests, from rows as objects: only tests may hold an object per event. */
import type { Capture } from '#model/capture.ts'
import { hostCallName } from '#model/host-call-class.ts'
import {
  type ActivityTable,
  type CopyKind,
  copyKinds,
  type Device,
  type Lane,
  type Process,
  type RangeKind,
  rangeKinds,
  type Thread,
  type Timeline,
} from '#model/timeline.ts'

export interface ActivityRow {
  start: number
  /** Default 1000 ns. */
  duration?: number
  /** Index into `devices`, default 0. */
  device?: number
  /** Default 7. */
  stream?: number
  /** Index into `processes`, default 0. */
  process?: number
  correlation?: number
}
export interface KernelRow extends ActivityRow {
  name?: string
  graphNode?: number
  graphId?: number
}
export interface CopyRow extends ActivityRow {
  kind?: CopyKind
  bytes?: number
}
export interface CallRow {
  /** As recorded; default `cudaLaunchKernel`. */
  name?: string
  start: number
  duration?: number
  correlation?: number
  process?: number
  /** Thread id, default 1. */
  tid?: number
}
export interface RangeRow {
  text: string
  start: number
  duration: number
  kind?: RangeKind
  process?: number
  tid?: number
}

export interface CaptureRows {
  kernels?: readonly KernelRow[]
  graphs?: readonly (ActivityRow & { graphId?: number })[]
  memcpys?: readonly CopyRow[]
  memsets?: readonly CopyRow[]
  /** Absent: the timeline has no host-call table. */
  calls?: readonly CallRow[]
  ranges?: readonly RangeRow[]
  processes?: readonly Process[]
  devices?: readonly Device[]
  /** Leave the graphNode column out: a capture that cannot tell. */
  withoutGraphNodes?: boolean
  withoutCorrelation?: boolean
}

function intern<T>(list: T[], isSame: (entry: T) => boolean, make: () => T): number {
  const found = list.findIndex(isSame)
  return found >= 0 ? found : list.push(make()) - 1
}

export function buildTimeline(rows: CaptureRows): Timeline {
  const lanes: Lane[] = []
  const threads: Thread[] = []
  const kernelNames: string[] = []
  const callNames: string[] = []
  const rangeTexts: string[] = []
  const laneOf = ({ process = 0, device = 0, stream = 7 }: ActivityRow) =>
    intern(
      lanes,
      (lane) => lane.process === process && lane.device === device && lane.stream === stream,
      () => ({ process, device, context: 1, stream }),
    )
  const threadOf = (process = 0, tid = 1) =>
    intern(
      threads,
      (thread) => thread.process === process && thread.tid === tid,
      () => ({ process, tid }),
    )
  const named = (list: string[], name: string) =>
    intern(
      list,
      (entry) => entry === name,
      () => name,
    )
  const activity = (table: readonly ActivityRow[]): ActivityTable => ({
    length: table.length,
    startNs: Float64Array.from(table, (row) => row.start),
    durationNs: Float64Array.from(table, (row) => row.duration ?? 1000),
    lane: Uint32Array.from(table, laneOf),
    ...(rows.withoutCorrelation ? {} : { correlation: Uint32Array.from(table, (row) => row.correlation ?? 0) }),
  })
  const kernels = rows.kernels ?? []
  const graphs = rows.graphs ?? []
  const copies = (table: readonly CopyRow[]) => ({
    ...activity(table),
    bytes: Float64Array.from(table, (row) => row.bytes ?? Number.NaN),
    copyKind: Uint8Array.from(table, (row) => copyKinds.indexOf(row.kind ?? 'host-to-device')),
  })
  const calls = rows.calls
  const ranges = rows.ranges
  return {
    kernels: {
      ...activity(kernels),
      name: Int32Array.from(kernels, (row) => named(kernelNames, row.name ?? 'gemm')),
      ...(rows.withoutGraphNodes ? {} : { graphNode: Uint32Array.from(kernels, (row) => row.graphNode ?? 0) }),
      ...(kernels.some((row) => row.graphId !== undefined) ? { graphId: Uint32Array.from(kernels, (row) => row.graphId ?? 0) } : {}),
    },
    graphs: { ...activity(graphs), graphId: Uint32Array.from(graphs, (row) => row.graphId ?? 0) },
    memcpys: copies(rows.memcpys ?? []),
    memsets: copies(rows.memsets ?? []),
    ...(calls === undefined
      ? {}
      : {
          hostCalls: {
            length: calls.length,
            startNs: Float64Array.from(calls, (row) => row.start),
            durationNs: Float64Array.from(calls, (row) => row.duration ?? 500),
            thread: Uint32Array.from(calls, (row) => threadOf(row.process, row.tid)),
            name: Int32Array.from(calls, (row) => named(callNames, row.name ?? 'cudaLaunchKernel')),
            ...(rows.withoutCorrelation ? {} : { correlation: Uint32Array.from(calls, (row) => row.correlation ?? 0) }),
          },
        }),
    ...(ranges === undefined
      ? {}
      : {
          ranges: {
            length: ranges.length,
            startNs: Float64Array.from(ranges, (row) => row.start),
            durationNs: Float64Array.from(ranges, (row) => row.duration),
            thread: Uint32Array.from(ranges, (row) => threadOf(row.process, row.tid)),
            text: Int32Array.from(ranges, (row) => named(rangeTexts, row.text)),
            kind: Uint8Array.from(ranges, (row) => rangeKinds.indexOf(row.kind ?? 'nvtx')),
          },
        }),
    processes: rows.processes ?? [{ pid: 100 }],
    devices: rows.devices ?? [{ ordinal: 0, processes: [0] }],
    lanes,
    threads,
    kernelNames: kernelNames.map((name) => ({ name, shortName: name })),
    hostCallNames: callNames.map(hostCallName),
    rangeTexts,
    geometries: [],
    collectiveNames: [],
    communicatorNames: [],
  }
}

/** A capture around `buildTimeline(rows)`; `overrides` replace its fields. */
export function buildCapture(rows: CaptureRows, overrides: Partial<Capture> = {}): Capture {
  const timeline = buildTimeline(rows)
  return {
    kind: 'nsys-sqlite',
    tool: { name: 'nsys', version: '2026.1.1' },
    clock: { originNs: '0', epoch: 'unknown', resolutionNs: 1 },
    devices: timeline.devices,
    capabilities: {
      kernels: { state: timeline.kernels.length > 0 ? 'available' : 'absent' },
      'host-calls': timeline.hostCalls === undefined ? { state: 'absent', reason: 'no host calls in the file' } : { state: 'available' },
    },
    timeline,
    graphMode: 'unknown',
    diagnostics: [],
    facts: {},
    inventory: {},
    ...overrides,
  }
}
