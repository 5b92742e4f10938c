/** Wrong answers that a reader of these traces must not give: rows of facts/traps.md, section C, and what else the format allows. */
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import type { Capture } from '#model/capture.ts'
import { copyKinds, rangeKinds, type Timeline } from '#model/timeline.ts'
import { detectKineto } from '#readers/kineto/detect.ts'
import { kernelEvent, probeOf, readTraceBytes, readTraceFile, traceText } from '../../../tests/support/kineto-trace.ts'
import { listShared, sharedDataAbsent } from '../../../tests/support/shared-data.ts'

function timelineOf(capture: Capture): Timeline {
  if (capture.timeline === undefined) throw new Error('no timeline')
  return capture.timeline
}

const event = (cat: string, name: string, ts: number, dur: number, rest: object = {}) =>
  JSON.stringify({ ph: 'X', cat, name, pid: 100, tid: 100, ts, dur, ...rest })

test('trap C1: kernels of one graph replay share a correlation and are all kept', async () => {
  const replay = Array.from({ length: 421 }, (_, index) => kernelEvent(100 + index, 0.5, { correlation: 7 }))
  const launch = event('cuda_runtime', 'cudaGraphLaunch', 90, 5, { args: { correlation: 7 } })
  const timeline = timelineOf((await readTraceBytes(traceText([launch, ...replay]))).capture)
  expect(timeline.kernels.length).toBe(421)
  expect(new Set(timeline.kernels.correlation)).toEqual(new Set([7]))
  expect(timeline.hostCallNames[timeline.hostCalls?.name[0] ?? -1]?.class).toBe('graph-launch')
})

test('trap C2: one long hipGraphLaunch does not swallow its kernels', async () => {
  const launches = Array.from({ length: 4 }, (_, index) =>
    event('cuda_runtime', 'hipGraphLaunch', index * 1000, 970, { args: { correlation: index + 1 } }),
  )
  const kernels = Array.from({ length: 4000 }, (_, index) => kernelEvent(index, 0.2, { correlation: 1 + Math.floor(index / 1000) }))
  const { capture, losses } = await readTraceBytes(traceText([...launches, ...kernels]))
  const timeline = timelineOf(capture)
  expect([timeline.kernels.length, timeline.graphs.length, timeline.hostCalls?.length]).toEqual([4000, 0, 4])
  expect(capture.graphMode).toBe('node')
  expect(losses).toEqual([])
})

test('trap C4: displayTimeUnit does not change the unit of ts', async () => {
  for (const unit of ['ns', 'ms']) {
    const { capture } = await readTraceBytes(
      traceText([kernelEvent('5000.250', '3.125')], `"displayTimeUnit": "${unit}", "baseTimeNanoseconds": 1759300074000000000`),
    )
    const { kernels } = timelineOf(capture)
    expect([kernels.startNs[0], kernels.durationNs[0]]).toEqual([5000250, 3125])
  }
})

test('trap C5: epoch microseconds keep every nanosecond', async () => {
  const { capture } = await readTraceBytes(
    traceText([
      kernelEvent('1712195495406752.797', '1.001'),
      kernelEvent('1712195495406753.798', '0.001'),
      kernelEvent('1712195495406753.7995', '0'),
    ]),
  )
  const { kernels } = timelineOf(capture)
  expect(capture.clock).toEqual({ originNs: '1712195495406752797', epoch: 'utc', resolutionNs: 1 })
  expect([...kernels.startNs]).toEqual([0, 1001, 1003])
  expect([...kernels.durationNs]).toEqual([1001, 1, 0])
})

test('trap C6: the capitalised categories of old traces', async () => {
  const old = [
    kernelEvent(10, 2, {}, { cat: 'Kernel', tid: 'stream 7' }),
    kernelEvent(13, 1, { bytes: 64 }, { cat: 'Memcpy', name: 'Memcpy HtoD (Pageable -> Device)' }),
    kernelEvent(15, 1, { bytes: 32 }, { cat: 'Memset', name: 'Memset (Device)' }),
    event('Runtime', 'cudaLaunchKernel', 1, 1, { tid: '100' }),
    event('Operator', 'aten::add', 0, 4),
    event('Operator', 'ProfilerStep#3', 0, 9),
  ]
  const { capture, losses } = await readTraceBytes(traceText(old))
  const timeline = timelineOf(capture)
  expect([timeline.kernels.length, timeline.memcpys.length, timeline.memsets.length, timeline.hostCalls?.length]).toEqual([1, 1, 1, 1])
  expect(Array.from(timeline.ranges?.kind ?? [], (kind) => rangeKinds[kind])).toEqual(['operator', 'annotation'])
  expect([copyKinds[timeline.memcpys.copyKind[0] ?? 0], timeline.memcpys.pageable?.[0], timeline.memcpys.bytes[0]]).toEqual([
    'host-to-device',
    1,
    64,
  ])
  expect(capture.inventory).toMatchObject({ Kernel: 1, Memcpy: 1, Memset: 1, Runtime: 1, Operator: 2 })
  expect(losses).toEqual([])
})

test('trap C7: annotations projected to the device are ranges, not work', async () => {
  const { capture } = await readTraceBytes(
    traceText([kernelEvent(1, 1), kernelEvent(0, 500, {}, { cat: 'gpu_user_annotation', name: 'step' })]),
  )
  const timeline = timelineOf(capture)
  expect([timeline.kernels.length, timeline.memcpys.length, timeline.memsets.length]).toEqual([1, 0, 0])
  expect(rangeKinds[timeline.ranges?.kind[0] ?? -1]).toBe('device-annotation')
})

test('trap C8: equal slices of the range profiler are counted, not kernels', async () => {
  const slices = Array.from({ length: 3 }, (_, index) =>
    event('cuda_profiler_range', '__missing__', index * 100, 100, { args: { smsp__inst_executed: 5 } }),
  )
  const { capture, losses } = await readTraceBytes(traceText(slices))
  expect(capture.inventory).toEqual({ cuda_profiler_range: 3 })
  expect(timelineOf(capture).kernels.length).toBe(0)
  expect(capture.capabilities.kernels?.state).toBe('absent')
  expect(losses).toEqual([])
})

test('trap C9: HIP names under cuda_runtime are launches', async () => {
  const calls = ['hipLaunchKernel', 'hipExtModuleLaunchKernel', 'hipModuleLaunchKernel'].map((name, index) =>
    event('cuda_runtime', name, index, 1),
  )
  const { hostCallNames } = timelineOf((await readTraceBytes(traceText(calls))).capture)
  expect(hostCallNames.map((name) => name.class)).toEqual(['launch', 'launch', 'launch'])
})

test('trap C10: the estimated occupancy is nowhere in the capture', async () => {
  const { capture } = await readTraceBytes(
    traceText([kernelEvent(1, 1, { 'est. achieved occupancy %': 87.654321, 'warps per SM': 61.25 })]),
  )
  const text = JSON.stringify(capture, (_, value: unknown) => (ArrayBuffer.isView(value) ? Array.from(value as Float64Array) : value))
  expect(text).toContain('kernelNames')
  expect(text).not.toMatch(/occupancy|87\.65|61\.25/i)
})

test('trap C11: control characters, NaN, huge integers, invalid UTF-8 and a cut end lose single rows, not the file', async () => {
  const bad = Buffer.concat([
    Buffer.from('{"schemaVersion": 1, "traceEvents": [\n'),
    Buffer.from(kernelEvent(1, 1, {}, { name: 'ctrl' }).replace('ctrl', 'a\u0001\tb\n')),
    Buffer.from(`,${kernelEvent(2, 'NaN')},${kernelEvent('Infinity', 1)},${kernelEvent(3, -2)},`),
    Buffer.from(
      `${kernelEvent(4, 1).replace('"correlation":1', '"correlation":99999999999999999999999, "Comms Id": 18446744073709551615')},`,
    ),
    Buffer.from(kernelEvent(5, 1, {}, { name: 'utf' }).replace('utf', '')).subarray(0, 33),
    Buffer.from([0xff, 0xfe, 0xc3]),
    Buffer.from(kernelEvent(5, 1, {}, { name: '' })).subarray(33),
    Buffer.from(` garbage \u0000 here ${kernelEvent(6, 1)},{"ph": "X", "cat": "kernel", "name": "unterminated, `),
    Buffer.from(`${kernelEvent(7, 1)},\n{"ph": "X", "cat": "kernel", "name": "cut`),
  ])
  const { capture, losses } = await readTraceBytes(bad)
  const timeline = timelineOf(capture)
  expect([...timeline.kernels.startNs]).toEqual([0, 1000, 2000, 3000, 4000, 5000, 6000])
  expect([...timeline.kernels.durationNs]).toEqual([1000, 0, 0, 1000, 1000, 1000, 1000])
  expect(timeline.kernelNames[0]?.name).toBe('a\u0001\tb\n')
  expect(Object.fromEntries(losses.map((loss) => [loss.code, loss.count]))).toEqual({
    'truncated-trace': 1,
    'malformed-events': 2,
    'garbage-between-events': 1,
    'rows-without-time': 1,
    'rows-without-duration': 1,
    'negative-durations': 1,
  })
})

test('trap C12: the file is streamed: events far beyond one window and across its edges', async () => {
  const long = `f${'x'.repeat(5000)}`
  const events = Array.from({ length: 3000 }, (_, index) => kernelEvent(index, 0.5, {}, { name: `${long}${index % 10}` }))
  const timeline = timelineOf((await readTraceBytes(traceText(events))).capture)
  expect([timeline.kernels.length, timeline.kernelNames.length]).toEqual([3000, 10])
  expect(timeline.kernels.startNs[2999]).toBe(2999000)
})

test('trap C13: rows of pid Spans, Traces, "" and -1 are no devices', async () => {
  const rows = [
    kernelEvent(1, 1),
    event('Trace', 'PyTorch Profiler (0)', 0, 9, { pid: 'Spans', tid: 'PyTorch Profiler' }),
    event('Trace', 'x', 0, 9, { pid: '', tid: '' }),
    event('overhead', 'Activity Buffer Request', 2, 3, { pid: -1, tid: 0 }),
    kernelEvent(3, 1, { device: undefined }, { pid: '' }),
  ]
  const { capture, losses } = await readTraceBytes(traceText(rows))
  expect(capture.devices.map((device) => device.ordinal)).toEqual([0])
  expect(losses).toMatchObject([{ code: 'rows-without-device', count: 1 }])
})

test('trap C18: devices come from events, their names from deviceProperties', async () => {
  const listed = Array.from({ length: 8 }, (_, id) => ({
    id,
    name: id === 3 ? 'NVIDIA H100' : '',
    numSms: 132,
    totalGlobalMem: 85e9,
    computeMajor: 9,
    computeMinor: 0,
  }))
  const before = `"schemaVersion": 1, "deviceProperties": ${JSON.stringify(listed)}`
  const { capture } = await readTraceBytes(traceText([kernelEvent(1, 1, { device: 3 }, { pid: 3 })], before))
  expect(capture.devices).toEqual([
    { ordinal: 3, processes: [0], name: 'NVIDIA H100', smCount: 132, memoryBytes: 85e9, computeCapability: '9.0' },
  ])
})

test('devices of one trace stay apart, and so do ranks of a merged one', async () => {
  const two = await readTraceBytes(traceText([kernelEvent(1, 1), kernelEvent(1, 1, { device: 1 }, { pid: 1 })]))
  expect(two.capture.devices.map((device) => device.ordinal)).toEqual([0, 1])
  const merged = [0, 1].flatMap((rank) => [
    event('cuda_runtime', 'cudaLaunchKernel', rank, 1, { pid: `[TP0${rank}] 5${rank}`, args: { correlation: 1 } }),
    kernelEvent(5, 1, {}, { pid: `[TP0${rank}] 0` }),
  ])
  const timeline = timelineOf((await readTraceBytes(traceText(merged))).capture)
  expect(timeline.devices.map((device) => timeline.processes[device.processes[0] ?? -1]?.pid)).toEqual([50, 51])
  expect(timeline.lanes.map((lane) => lane.process)).toEqual(
    Array.from(timeline.hostCalls?.thread ?? [], (thread) => timeline.threads[thread]?.process),
  )
})

test('the base may stand before or behind the events, and rank and versions are kept without host names', async () => {
  const facts =
    '"cuda_runtime_version": 12090, "host_name": "secret-host", "username": "secret-user", "distributedInfo": {"rank": 3, "world_size": 8}'
  const base = '"baseTimeNanoseconds": 1759300074000000001'
  const events = [kernelEvent('6869181218039.954', 1)]
  const [before, after] = await Promise.all([
    readTraceBytes(traceText(events, `${base}, ${facts}`)),
    readTraceBytes(traceText(events, facts, base)),
  ])
  expect(before.capture).toEqual(after.capture)
  expect(before.capture.clock).toEqual({ originNs: '1759300074000000001', epoch: 'utc', resolutionNs: 1 })
  expect(timelineOf(before.capture).kernels.startNs[0]).toBe(6869181218039954)
  expect([before.capture.rank, before.capture.worldSize, before.capture.facts['cuda-runtime']]).toEqual([3, 8, '12090'])
  expect(JSON.stringify(before.capture)).not.toContain('secret')
})

test('graph ids, collectives, geometry and synchronisation, when asked for', async () => {
  const collective = {
    'Collective name': 'allreduce',
    'In msg nelems': 1024,
    dtype: 'BFloat16',
    'Group size': 8,
    'Process Group Name': 'tp:0',
    Seq: 41,
  }
  const rows = [
    kernelEvent(1, 1, { 'graph id': 5, 'graph node id': 21474836481, grid: [4, 2, 1], block: [128, 1, 1] }),
    kernelEvent(3, 1, { 'graph id': 0, 'graph node id': 0, ...collective }, { name: 'ncclDevKernel_AllReduce' }),
    kernelEvent(5, 1, { cuda_sync_kind: 'Stream Wait Event' }, { cat: 'cuda_sync', name: 'Stream Wait Event' }),
    event('brand_new_kind', 'x', 0, 1),
  ]
  const { capture, losses } = await readTraceBytes(traceText(rows))
  const timeline = timelineOf(capture)
  const { kernels, collectives, syncs } = timeline
  expect([kernels.graphId, kernels.graphNode, kernels.geometry].map((column) => Array.from(column ?? []))).toEqual([
    [5, 0],
    [1, 0],
    [0, -1],
  ])
  expect(timeline.geometries).toEqual([{ grid: [4, 2, 1], block: [128, 1, 1] }])
  expect([collectives?.kernelRow[0], collectives?.sequence[0], collectives?.bytes[0], collectives?.groupSize[0]]).toEqual([1, 41, 2048, 8])
  expect([timeline.collectiveNames, timeline.communicatorNames]).toEqual([['allreduce'], ['tp:0']])
  expect(syncs?.length).toBe(1)
  expect(losses).toMatchObject([{ code: 'unknown-category', count: 1 }])
  const lean = timelineOf((await readTraceBytes(traceText(rows), { needs: [] })).capture)
  expect(Object.keys(lean)).not.toEqual(expect.arrayContaining(['hostCalls']))
  expect(lean.kernels.correlation).toBeUndefined()
})

test('a first timestamp far from the rest is the one that is lost', async () => {
  const { capture, losses } = await readTraceBytes(
    traceText([kernelEvent(0, 1), ...[1, 2, 3].map((second) => kernelEvent(`171219549540675${second}.5`, 1))]),
  )
  expect([...timelineOf(capture).kernels.startNs]).toEqual([0, 1000, 2000])
  expect(losses).toMatchObject([{ code: 'rows-out-of-range', count: 1 }])
})

test('detection claims traces by content and nothing else', () => {
  const claimed = [
    traceText([kernelEvent(1, 1)]),
    `[${kernelEvent(1, 1)}]`,
    '{"metadata": {"a": 1}, "schemaVersion": 1, "deviceProperties": [], "x": 2',
    `{"traceEvents": [\n{"ph": "M", "name": "process_name", "pid": 1}]}`,
    `{"junk": "${'j'.repeat(200_000)}", "traceEvents": [${kernelEvent(1, 1)}]}`,
  ]
  for (const text of claimed) expect(detectKineto(probeOf(text))).toBeDefined()
  const others = [
    '',
    '{}',
    '[]',
    '[1, 2]',
    '{"schemaVersion": 1}',
    '{"results": [{"name": "x", "ttft": 1}]}',
    '{"ph": 7, "p99": {"ph": 1}}',
    'ph: X',
    '{"traceEvents": [{"ph": "X", "cat": "blink", "name": "paint", "ts": 1, "pid": 1}]}',
    '[{"Name": "k", "Time (%)": 1}]',
  ]
  for (const text of others) expect([text, detectKineto(probeOf(text))]).toEqual([text, undefined])
})

test('every real trace is claimed by its first 64 KiB', () => {
  for (const path of listShared('kineto')) {
    const bytes = readFileSync(path)
    const isGzip = bytes[0] === 0x1f
    const probe = probeOf(isGzip ? gunzipSync(bytes).subarray(0, 65536) : bytes)
    expect([basename(path), detectKineto({ ...probe, isGzip })?.title]).toEqual([basename(path), expect.stringContaining('kineto')])
  }
})

test('no other real JSON artifact is claimed', () => {
  const others = ['bench', 'metrics', 'nsys-derived', 'nsys-stats', 'nsys-stats-csv', 'truth', 'peer-configs', 'ncu-csv'].flatMap(
    listShared,
  )
  for (const path of others) expect([basename(path), detectKineto(probeOf(readFileSync(path)))]).toEqual([basename(path), undefined])
})

test('every real trace reads the same under another name', async (context) => {
  const path = listShared('kineto').find((each) => each.includes('sglang'))
  if (path === undefined) return context.skip(sharedDataAbsent)
  expect((await readTraceBytes(readFileSync(path))).capture).toEqual((await readTraceFile(path)).capture)
})

test('trap C11: trailing commas and the NaN of Windows lose no event', async () => {
  const { capture, losses } = await readTraceBytes(
    `{"traceEvents": [${kernelEvent(1, 1)}, {"ph": "X", "cat": "kernel", "name": "k", "pid": 0, "tid": 7, "ts": 5, "dur": 1, "args": {"device": 0, "x": -nan(ind), "stream": 7,},},]}`,
  )
  expect([capture.timeline?.kernels.length, losses]).toEqual([2, []])
})

test('a trace whose events follow a long preamble is known inside a gzip too', () => {
  const lines = Array.from({ length: 9000 }, (_, index) => `"profiler log line ${index * 7919}"`).join(',')
  const titles = ['traceEvents', 'rows'].map((name) => {
    const packed = gzipSync(`{"INFO": [${lines}], "${name}": [${kernelEvent(1, 1)}]}`)
    const text = gunzipSync(packed).subarray(0, 65536)
    const access = { size: packed.length, read: (at: number, length: number) => packed.subarray(at, at + length), readInto: () => 0 }
    return detectKineto({ ...probeOf(packed), text, isGzip: true, access })?.title
  })
  expect(titles).toEqual(['PyTorch profiler (kineto) trace', undefined])
})

test('traces of TensorFlow and JAX, whose events have no category, are not claimed', () => {
  const xla = '{"displayTimeUnit": "ns", "metadata": {"highres-ticks": true}, "traceEvents": ['
  const row = '{"ph": "X", "pid": 3, "tid": 1, "ts": 1, "dur": 5, "name": "fusion.1"}'
  expect(detectKineto(probeOf(`${xla}${row}]}`))).toBeUndefined()
  expect(detectKineto(probeOf(`${xla}{"ph": "M", "pid": 3, "name": "process_name", "args": {"name": "/device:GPU:0"}},`))).toBeUndefined()
  expect(detectKineto(probeOf(`[${row}]`))).toBeUndefined()
  expect(detectKineto(probeOf(`{"schemaVersion": 1, "traceEvents": [${row}]}`))).toBeDefined()
})
