/** Synthetic exports for what the real ones do not hold: every schema version, and each wrong answer of facts/traps.md B. */
import { expect, test } from 'vitest'
import type { ReadResult } from '#model/reader.ts'
import { defaultReadLimits } from '#model/reader.ts'
import { type Timeline, type TimelineNeed, timelineNeeds } from '#model/timeline.ts'
import { readNsysTables } from '#readers/nsys/read-nsys-tables.ts'
import { globalId, kernelDefaults, type NsysSchema, nsysExport, type Row } from './support/nsys-fixture.ts'
import { sqljsTableSource } from './support/sqljs-table-source.ts'

const kernel = (start: number | bigint, end: number | bigint, more: Row = {}): Row => ({ ...kernelDefaults, start, end, ...more })
const launch = (start: number, end: number, more: Row = {}): Row => ({
  start,
  end,
  eventClass: 0,
  globalTid: globalId(100, 70_000),
  correlationId: 1,
  nameId: 3,
  returnValue: 0,
  ...more,
})

async function read(schema: NsysSchema, tables: Record<string, readonly Row[]>, needs: readonly TimelineNeed[] = timelineNeeds) {
  const source = sqljsTableSource(await nsysExport(schema, tables), 2)
  const result = await readNsysTables(source, { needs: new Set(needs), limits: defaultReadLimits })
  source.close()
  const { timeline } = result.capture
  if (timeline === undefined) throw new Error('no timeline')
  return { ...result, timeline }
}

const lossOf = (result: ReadResult, code: string): number => result.losses.find((loss) => loss.code === code)?.count ?? 0
const deviceOf = (timeline: Timeline, row: number) => timeline.lanes[timeline.kernels.lane[row] ?? -1]?.device

test.each(['none', '2.9.1', '3.16.1', '3.25.0'] as const)(
  'trap B5: an export of schema %s is read whatever its metadata table is called',
  async (schema) => {
    const { capture, timeline } = await read(schema, { CUPTI_ACTIVITY_KIND_KERNEL: [kernel(10, 20), kernel(30, 45)] })
    expect(capture.tool.schemaVersion).toBe(schema === 'none' ? undefined : schema)
    expect([...timeline.kernels.startNs, ...timeline.kernels.durationNs]).toEqual([10, 30, 10, 15])
    expect(timeline.kernelNames).toEqual([{ name: 'void gemm<float>(T1)', shortName: 'gemm' }])
  },
)

test('trap B2: launches repeated with event class 67 are one launch each', async () => {
  const result = await read('none', {
    CUPTI_ACTIVITY_KIND_KERNEL: [kernel(10, 20, { correlationId: 1 })],
    CUPTI_ACTIVITY_KIND_RUNTIME: [launch(1, 5), launch(1, 4, { eventClass: 67 }), launch(6, 7, { eventClass: 1, correlationId: 2 })],
  })
  expect([...(result.timeline.hostCalls?.correlation ?? [])]).toEqual([1, 2])
  expect(lossOf(result, 'repeated-host-calls')).toBe(1)
})

test('trap B3: kernels without a launch row keep their time', async () => {
  const { timeline } = await read('3.25.0', {
    CUPTI_ACTIVITY_KIND_KERNEL: [
      kernel(10, 20, { correlationId: 1 }),
      kernel(30, 70, { correlationId: 9 }),
      kernel(80, 81, { correlationId: null }),
    ],
    CUPTI_ACTIVITY_KIND_RUNTIME: [launch(1, 5)],
  })
  expect([...timeline.kernels.durationNs].reduce((sum, value) => sum + value, 0)).toBe(51)
  expect([...(timeline.kernels.correlation ?? [])]).toEqual([1, 9, 0])
})

test('trap B4: without TARGET_INFO_GPU the name of the device is unknown, not guessed', async () => {
  const { capture } = await read('3.25.0', { CUPTI_ACTIVITY_KIND_KERNEL: [kernel(10, 20)] })
  expect(capture.devices).toEqual([{ ordinal: 0, processes: [0] }])
  expect(capture.capabilities['device-identity']?.state).toBe('unknown')
})

const twoGpus: Row[] = [0, 1].map((id) => ({
  vmId: globalId(0),
  id,
  name: 'NVIDIA H100',
  busLocation: `0000:${id + 1}0:00.0`,
  uuid: `1111111${id}-0000-0000-0000-000000000001`,
  smCount: 132,
  totalMemory: 80 * 1024 ** 3,
  computeMajor: 9,
  computeMinor: 0,
}))
const bothZero = [kernel(10, 20, { globalPid: globalId(100) }), kernel(15, 25, { globalPid: globalId(200) })]

test('trap B6: two processes that call different GPUs device 0 have two devices', async () => {
  const { capture, timeline } = await read('3.25.0', {
    CUPTI_ACTIVITY_KIND_KERNEL: bothZero,
    TARGET_INFO_GPU: twoGpus,
    TARGET_INFO_CUDA_DEVICE: [
      { gpuId: 0, cudaId: 0, pid: 100 },
      { gpuId: 1, cudaId: 0, pid: 200 },
    ],
  })
  expect(capture.devices.map((device) => [device.ordinal, device.pciAddress, device.processes])).toEqual([
    [0, '0000:10:00.0', [0]],
    [0, '0000:20:00.0', [1]],
  ])
  expect(deviceOf(timeline, 0)).not.toBe(deviceOf(timeline, 1))
  expect(capture.capabilities['device-identity']?.state).toBe('available')
})

test('trap B6: one GPU under two ordinals of two processes is one device', async () => {
  const { capture } = await read('3.25.0', {
    CUPTI_ACTIVITY_KIND_KERNEL: [kernel(10, 20), kernel(30, 40, { globalPid: globalId(200), deviceId: 1 })],
    TARGET_INFO_GPU: twoGpus,
    TARGET_INFO_CUDA_DEVICE: [
      { gpuId: 1, cudaId: 0, pid: 100 },
      { gpuId: 1, cudaId: 1, pid: 200 },
    ],
  })
  expect(capture.devices).toHaveLength(1)
  expect(capture.devices[0]).toMatchObject({
    uuid: '11111111-0000-0000-0000-000000000001',
    name: 'NVIDIA H100',
    smCount: 132,
    computeCapability: '9.0',
    processes: [0, 1],
  })
})

test('trap B6: where nothing tells, processes are merged by ordinal and this is said', async () => {
  const { capture } = await read('3.25.0', { CUPTI_ACTIVITY_KIND_KERNEL: bothZero, TARGET_INFO_GPU: twoGpus })
  expect(capture.devices).toHaveLength(1)
  expect(capture.devices[0]).not.toHaveProperty('uuid')
  expect(capture.devices[0]?.name).toBe('NVIDIA H100')
  expect(capture.capabilities['device-identity']?.reason).toContain('CUDA_VISIBLE_DEVICES')
  expect(capture.diagnostics.filter((each) => each.severity === 'warning')).toHaveLength(1)
})

test('trap B7: threads above 65,535 are told apart, and belong to their process', async () => {
  const { timeline } = await read('3.25.0', {
    CUPTI_ACTIVITY_KIND_RUNTIME: [
      launch(1, 2, { globalTid: globalId(2_455_477, 2_455_488) }),
      launch(3, 4, { globalTid: globalId(2_455_477, 2_455_488 & 0xffff) }),
    ],
  })
  expect(timeline.threads.map((thread) => thread.tid)).toEqual([2_455_488, 2_455_488 & 0xffff])
  expect(timeline.processes.map((process) => process.pid)).toEqual([2_455_477])
})

test('trap B9: graph rows without time or without device are counted, not drawn', async () => {
  const graph = (start: number, end: number, deviceId: number): Row => ({
    ...kernelDefaults,
    start,
    end,
    deviceId,
    graphId: 5,
    graphExecId: 6,
  })
  const result = await read('3.16.1', {
    CUPTI_ACTIVITY_KIND_GRAPH_TRACE: [graph(100, 200, 0), graph(0, 0, 0), graph(100, 300, 2_147_483_647), graph(250, 300, 1)],
  })
  expect([...result.timeline.graphs.startNs]).toEqual([100, 250])
  expect([...(result.timeline.graphs.graphId ?? [])]).toEqual([5, 5])
  expect(result.capture.devices.map((device) => device.ordinal)).toEqual([0, 1])
  expect([lossOf(result, 'graph-rows-without-time'), lossOf(result, 'graph-rows-without-device')]).toEqual([1, 1])
})

test('trap B20: version suffixes of calls are stripped, the recorded name is kept', async () => {
  const { timeline } = await read('3.25.0', {
    StringIds: [{ id: 3, value: 'cudaGraphLaunch_v10000' }],
    CUPTI_ACTIVITY_KIND_RUNTIME: [launch(1, 2)],
  })
  expect(timeline.hostCallNames).toEqual([{ raw: 'cudaGraphLaunch_v10000', name: 'cudaGraphLaunch', class: 'graph-launch' }])
})

const epoch = 1_774_187_249_263_735_401n
const session: Row[] = [{ utcEpochNs: epoch, utcTime: '', localTime: '' }]
const absolute = { CUPTI_ACTIVITY_KIND_KERNEL: [kernel(epoch + 1001n, epoch + 1002n), kernel(epoch + 1003n, epoch + 1033n)] }

test('trap B18: a --ts-normalize export gets the session start once', async () => {
  const normalised = await read('3.25.0', { ...absolute, TARGET_INFO_SESSION_START_TIME: session })
  const plain = await read('3.25.0', {
    CUPTI_ACTIVITY_KIND_KERNEL: [kernel(1001, 1002), kernel(1003, 1033)],
    TARGET_INFO_SESSION_START_TIME: session,
  })
  expect(normalised.capture.clock).toMatchObject({ originNs: String(epoch), epoch: 'utc' })
  expect(plain.capture.clock).toMatchObject({ originNs: String(epoch), epoch: 'utc' })
  expect([...normalised.timeline.kernels.startNs]).toEqual([...plain.timeline.kernels.startNs])
})

test('trap B21: epoch nanoseconds stay exact, also without a session start', async () => {
  const { capture, timeline } = await read('3.25.0', absolute)
  expect([...timeline.kernels.startNs]).toEqual([0, 2])
  expect([...timeline.kernels.durationNs]).toEqual([1, 30])
  expect(capture.clock.originNs).toBe(String(epoch + 1001n))
  // What doubles make of it: both kernels start at once.
  expect(Number(epoch + 1001n)).toBe(Number(epoch + 1003n))
})

test('a hand-cut kernel table without process, and columns that a script added', async () => {
  const row = {
    start: 10,
    end: 20,
    deviceId: 0,
    contextId: 1,
    streamId: 7,
    correlationId: 1,
    demangledName: 1,
    shortName: 2,
    kernel_name: 'added',
  }
  const source = sqljsTableSource(await nsysExport('none', { MINE: [row], CUPTI_ACTIVITY_KIND_RUNTIME: [launch(1, 5)] }))
  const tables = new Map(source.tables).set('CUPTI_ACTIVITY_KIND_KERNEL', { ...source.tables.get('MINE'), name: 'MINE' } as never)
  const { capture } = await readNsysTables({ ...source, tables }, { needs: new Set(timelineNeeds), limits: defaultReadLimits })
  expect(capture.timeline?.processes.map((process) => process.pid)).toEqual([100])
  expect(capture.timeline?.lanes).toEqual([{ process: 0, device: 0, context: 1, stream: 7 }])
  expect(capture.timeline?.kernels.graphNode).toBeUndefined()
})

test('without any process id rows belong to an unknown process', async () => {
  const { timeline } = await read('3.25.0', { CUPTI_ACTIVITY_KIND_KERNEL: [kernel(1, 2, { globalPid: null })] })
  expect(timeline.processes).toEqual([{ pid: -1 }])
})

test('suffixed tables are read where the base name is absent', async () => {
  const { timeline } = await read('3.25.0', {
    CUPTI_ACTIVITY_KIND_MEMSET_V2: [{ start: 1, end: 5, deviceId: 0, contextId: 1, streamId: 7, bytes: 64 }],
  })
  expect([...timeline.memsets.bytes]).toEqual([64])
})

test('rows without time are left out and counted, negative durations are clamped and counted', async () => {
  const result = await read('3.25.0', {
    CUPTI_ACTIVITY_KIND_KERNEL: [
      kernel(10, 5),
      { ...kernel(0, 0), start: null },
      { ...kernel(7, 0), end: null },
      kernel(20, 6_000_000_000),
    ],
  })
  expect([...result.timeline.kernels.startNs]).toEqual([10, 20])
  expect([...result.timeline.kernels.durationNs]).toEqual([0, 5_999_999_980])
  expect([lossOf(result, 'rows-without-time'), lossOf(result, 'negative-durations')]).toEqual([2, 1])
})

test('NVTX: text or string id, marks, ranges across threads, open ranges', async () => {
  const nvtx = (more: Row): Row => ({
    start: 10,
    end: 20,
    eventType: 59,
    text: null,
    globalTid: globalId(100, 1),
    endGlobalTid: null,
    textId: null,
    domainId: 0,
    ...more,
  })
  const result = await read('3.25.0', {
    StringIds: [{ id: 9, value: 'decode' }],
    NVTX_EVENTS: [
      nvtx({ text: 'decode' }),
      nvtx({ textId: 9, start: 30, end: 40 }),
      nvtx({ eventType: 60, text: 'request', endGlobalTid: globalId(100, 2) }),
      nvtx({ eventType: 60, text: 'request', endGlobalTid: globalId(100, 1) }),
      nvtx({ eventType: 34, text: 'token', end: null }),
      nvtx({ text: 'open', start: 50, end: null }),
      nvtx({ eventType: 75, text: 'my domain', end: null }),
    ],
    CUPTI_ACTIVITY_KIND_KERNEL: [kernel(10, 90)],
  })
  const { ranges, rangeTexts } = result.timeline
  expect(rangeTexts).toEqual(['decode', 'request', 'token', 'open'])
  expect([...(ranges?.text ?? [])]).toEqual([0, 0, 1, 1, 2, 3])
  expect([...(ranges?.durationNs ?? [])]).toEqual([10, 10, 10, 10, 0, 40])
  expect([...(ranges?.crossThread ?? [])]).toEqual([0, 0, 1, 0, 0, 0])
  expect([...(ranges?.kind ?? [])]).toEqual([0, 0, 0, 0, 5, 0])
  expect(lossOf(result, 'open-ranges')).toBe(1)
})

test('graph mode by the suffix of its key; graph nodes numbered per process', async () => {
  const kernels = [
    kernel(1, 2, { graphNodeId: 2n ** 40n }),
    kernel(2, 3, { graphNodeId: null }),
    kernel(3, 4, { graphNodeId: 2n ** 40n }),
    kernel(4, 5, { graphNodeId: 7 }),
  ]
  const other = kernel(5, 6, { graphNodeId: 7, globalPid: globalId(200) })
  const { capture, timeline } = await read('3.25.0', {
    CUPTI_ACTIVITY_KIND_KERNEL: [...kernels, other],
    META_DATA_CAPTURE: [
      { name: 'CAPTURE_EVENT_TYPE', value: 'Cuda' },
      { name: 'PROCESS_0:CUDA_GRAPH_TRACE_OPTIONS:MODE', value: 'Node' },
    ],
  })
  expect(capture.graphMode).toBe('node')
  expect([...(timeline.kernels.graphNode ?? [])]).toEqual([1, 0, 1, 2, 3])
  expect(capture.capabilities['graph-nodes']?.state).toBe('available')
})

test('only what the question needs is read', async () => {
  const tables = { CUPTI_ACTIVITY_KIND_KERNEL: [kernel(1, 2)], CUPTI_ACTIVITY_KIND_RUNTIME: [launch(1, 2)] }
  const { capture, timeline } = await read('3.25.0', tables, [])
  expect([timeline.hostCalls, timeline.kernels.correlation, timeline.kernels.geometry]).toEqual([undefined, undefined, undefined])
  expect(capture.capabilities['host-calls']?.state).toBe('not-read')
})

test('no kernel table: absent when CUDA was traced or not, unknown when the file cannot tell', async () => {
  const rows = { TARGET_INFO_SESSION_START_TIME: session }
  const event = (value: string): Row[] => [{ name: 'CAPTURE_EVENT_TYPE', value }]
  const states = await Promise.all([
    read('3.25.0', rows),
    read('3.25.0', { ...rows, META_DATA_CAPTURE: event('Cuda') }),
    read('3.25.0', { ...rows, META_DATA_CAPTURE: event('OSRuntime') }),
  ])
  expect(states.map(({ capture }) => capture.capabilities.kernels?.state)).toEqual(['unknown', 'absent', 'absent'])
  expect(states[2]?.capture.capabilities.kernels?.reason).toContain('not traced')
})

test('correlation ids of 2^32 and above still join', async () => {
  const { timeline } = await read('3.25.0', {
    CUPTI_ACTIVITY_KIND_KERNEL: [kernel(10, 20, { correlationId: 2 ** 33 + 5 }), kernel(30, 40, { correlationId: 5 })],
    CUPTI_ACTIVITY_KIND_RUNTIME: [launch(1, 5, { correlationId: 2 ** 33 + 5 })],
  })
  expect(timeline.kernels.correlation?.[0]).toBe(timeline.hostCalls?.correlation?.[0])
  expect(timeline.kernels.correlation?.[0]).not.toBe(timeline.kernels.correlation?.[1])
})

test('string ids that StringIds lacks are counted and shown', async () => {
  const result = await read('3.25.0', { CUPTI_ACTIVITY_KIND_KERNEL: [kernel(1, 2, { demangledName: 77, shortName: 78 })] })
  expect(result.timeline.kernelNames[0]?.name).toContain('77')
  expect(lossOf(result, 'unmatched-string-id')).toBe(2)
})

test('CUPTI, runtime and driver versions from what the profiler logged', async () => {
  const { capture } = await read('3.25.0', {
    DIAGNOSTIC_EVENT: [
      { severity: 2, text: 'CUDA versions. CUPTI/Runtime/Driver: 12.8/12.8/13.0' },
      { severity: 3, text: 'CUPTI_ERROR_INVALID_DEVICE' },
    ],
  })
  expect(capture.facts).toMatchObject({ cupti: '12.8', 'cuda-runtime': '12.8', 'cuda-driver': '13.0' })
  expect(capture.diagnostics.map((each) => each.severity)).toEqual(['warning', 'error'])
})
