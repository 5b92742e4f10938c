/** Exports that people and tools rewrote: other cases, views, text instead of numbers, tables cut down, clocks shifted, GPUs partitioned. */
import { expect, test } from 'vitest'
import { isSextantError } from '#base/errors.ts'
import { defaultReadLimits } from '#model/reader.ts'
import { timelineNeeds } from '#model/timeline.ts'
import { readNsysTables } from '#readers/nsys/read-nsys-tables.ts'
import type { TableSource } from '#readers/nsys/table-source.ts'
import { globalId, kernelDefaults, nsysExport, type Row } from './support/nsys-fixture.ts'
import { sqljsTableSource } from './support/sqljs-table-source.ts'

const kernel = (start: number | bigint, end: number | bigint, more: Row = {}): Row => ({ ...kernelDefaults, start, end, ...more })

async function read(tables: Record<string, readonly Row[]>, change: (source: TableSource) => TableSource = (source) => source) {
  const source = change(sqljsTableSource(await nsysExport('3.25.0', tables), 2))
  const result = await readNsysTables(source, { needs: new Set(timelineNeeds), limits: defaultReadLimits })
  source.close()
  const { timeline } = result.capture
  if (timeline === undefined) throw new Error('no timeline')
  return { ...result, timeline }
}

test('tables and columns are found whatever their case, as SQLite finds them', async () => {
  const { timeline } = await read({
    cupti_activity_kind_kernel: [{ START: 10, End: 25, DEVICEID: 3, DemangledName: 1 }],
  })
  expect([...timeline.kernels.startNs, ...timeline.kernels.durationNs]).toEqual([10, 15])
  expect([timeline.devices[0]?.ordinal, timeline.kernelNames[0]?.name]).toEqual([3, 'void gemm<float>(T1)'])
})

test('a view in place of a table is refused, never read as "no kernels"', async () => {
  const withView = (source: TableSource): TableSource => ({
    container: source.container,
    tables: source.tables,
    views: new Set(['CUPTI_ACTIVITY_KIND_KERNEL']),
    scan: source.scan.bind(source),
    close: source.close.bind(source),
  })
  const error = await read({ CUPTI_ACTIVITY_KIND_MEMCPY: [kernel(1, 2, { bytes: 8, copyKind: 1 })] }, withView).catch(
    (each: unknown) => each,
  )
  expect(isSextantError(error) ? [error.code, error.details['table']] : error).toEqual(['unsupported_format', 'CUPTI_ACTIVITY_KIND_KERNEL'])
})

test('timestamps beyond 2^53 that are no dates are rebased exactly, and the origin says so', async () => {
  const first = 17_280_000_000_000_001n
  const { timeline, capture } = await read({
    CUPTI_ACTIVITY_KIND_KERNEL: [kernel(first, first + 6n), kernel(first + 7n, first + 8n)],
    TARGET_INFO_SESSION_START_TIME: [{ utcEpochNs: 1_700_000_000_000_000_000n }],
  })
  expect([...timeline.kernels.startNs, ...timeline.kernels.durationNs]).toEqual([0, 7, 6, 1])
  expect(capture.clock.originNs).toBe(String(1_700_000_000_000_000_000n + first))
})

test('a table cut without globalPid shares the devices of the others on the one host', async () => {
  const { timeline } = await read({
    CUPTI_ACTIVITY_KIND_KERNEL: [kernel(10, 20), kernel(10, 20, { deviceId: 1, globalPid: globalId(200) })],
    CUPTI_ACTIVITY_KIND_MEMCPY: [kernel(30, 40, { deviceId: 1, globalPid: null, bytes: 8, copyKind: 1 })],
  })
  expect(timeline.devices.map((device) => device.ordinal)).toEqual([0, 1])
  expect(timeline.lanes[timeline.memcpys.lane[0] ?? -1]?.device).toBe(1)
})

test('MIG instances of one GPU are devices of their own', async () => {
  const { timeline } = await read({
    CUPTI_ACTIVITY_KIND_KERNEL: [kernel(10, 20), kernel(15, 25, { globalPid: globalId(200) })],
    TARGET_INFO_GPU: [{ vmId: globalId(0), id: 0, name: 'NVIDIA A100', uuid: 'GPU-1', smCount: 108, busLocation: '0000:01:00.0' }],
    TARGET_INFO_CUDA_DEVICE: [
      { gpuId: 0, cudaId: 0, pid: 100, uuid: 'MIG-a', numMultiprocessors: 42 },
      { gpuId: 0, cudaId: 0, pid: 200, uuid: 'MIG-b', numMultiprocessors: 14 },
    ],
  })
  expect(timeline.devices.map(({ uuid, smCount, name }) => [uuid, smCount, name])).toEqual([
    ['MIG-a', 42, 'NVIDIA A100'],
    ['MIG-b', 14, 'NVIDIA A100'],
  ])
})

test('names, lanes and graph nodes are those of their rows where a batch has rows without a time', async () => {
  const row = (index: number, name: number, streamId: number, more: Row = {}): Row =>
    kernel(index * 10, index * 10 + 4, { demangledName: name, streamId, ...more })
  // Batches of two rows: whole, whole, one row dropped whose name and stream nobody else has, then whole ones with new names.
  const { timeline } = await read({
    CUPTI_ACTIVITY_KIND_KERNEL: [
      row(1, 1, 7),
      row(2, 2, 8),
      row(3, 1, 8),
      row(4, 2, 7, { graphNodeId: 5 }),
      row(5, 901, 99, { end: null }),
      row(6, 3, 7, { graphNodeId: 5, globalPid: globalId(200) }),
      row(7, 4, 9),
      row(8, 1, 7, { graphNodeId: 5 }),
    ],
  })
  const { kernels, kernelNames, lanes } = timeline
  expect([...kernels.startNs]).toEqual([10, 20, 30, 40, 60, 70, 80])
  expect([...kernels.name]).toEqual([0, 1, 0, 1, 2, 3, 0])
  expect(kernelNames).toHaveLength(4)
  expect([...kernels.lane].map((lane) => [lanes[lane]?.process, lanes[lane]?.stream])).toEqual(
    [7, 8, 8, 7, 7, 9, 7].map((stream, index) => [index === 4 ? 1 : 0, stream]),
  )
  expect(lanes).toHaveLength(4)
  // One node id in two processes is two nodes.
  expect([...(kernels.graphNode ?? [])]).toEqual([0, 0, 0, 1, 2, 0, 1])
  expect(kernels.graphNodeRows).toBe(3)
})
