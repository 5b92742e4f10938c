/** Writes a plan as an nsys SQLite export of a chosen schema version. Tables without rows are left out, as `--lazy` exports do. */
import { shortNameOf } from '#sim/kernel-names.ts'
import type { Activity, HostCall, Plan, RankPlan } from '#sim/plan.ts'
import { streamIds } from '#sim/plan.ts'
import { productVersions, type SchemaVersion, type TableSchema, tableSchema } from './schema.ts'
import { SqliteFileWriter, type TableWriter } from './sqlite-file.ts'
import type { SqlValue } from './sqlite-record.ts'

/** Session start: 2025-12-31T13:55:12Z. */
export const sessionStartNs = 1_767_189_312_000_000_000n
/** Virtual machine id of the target, in the high bits of every global id. */
const globalVid = 2 ** 48

export type Row = Readonly<Record<string, SqlValue>>

/** A writer of rows by column name: columns that a row does not give are NULL, or 0 and '' where NULL is forbidden. */
export class NamedTable {
  readonly #writer: TableWriter
  readonly #schema: TableSchema
  readonly #values: SqlValue[]

  constructor(file: SqliteFileWriter, schema: TableSchema) {
    this.#writer = file.table(schema.name, schema.sql)
    this.#schema = schema
    this.#values = schema.columns.map(() => null)
  }

  add(row: Row): void {
    this.#schema.columns.forEach((column, index) => {
      const value = column.isPrimaryKey ? null : row[column.name]
      this.#values[index] = value ?? (column.notNull && !column.isPrimaryKey ? (column.isText ? '' : 0) : null)
    })
    const key = this.#schema.columns.find(({ isPrimaryKey }) => isPrimaryKey)
    if (key === undefined) this.#writer.add(this.#values)
    else this.#writer.add(this.#values, row[key.name] as number)
  }
}

class Strings {
  readonly #ids = new Map<string, number>()

  id(text: string): number {
    let id = this.#ids.get(text)
    if (id === undefined) {
      id = this.#ids.size + 1
      this.#ids.set(text, id)
    }
    return id
  }

  rows(): Row[] {
    return [...this.#ids].map(([value, id]) => ({ id, value }))
  }
}

export interface NsysOptions {
  readonly schema: SchemaVersion
}

interface Export {
  readonly plan: Plan
  readonly ranks: readonly RankPlan[]
  readonly version: SchemaVersion
  readonly file: SqliteFileWriter
  readonly strings: Strings
}

export function globalPid(rank: RankPlan): number {
  return globalVid + rank.pid * 2 ** 24
}

function globalTid(rank: RankPlan): number {
  return globalPid(rank) + rank.tid
}

/** Writes a table if this version has it and there are rows. */
function table(out: Export, name: string, rows: Iterable<Row>): void {
  const schema = tableSchema(name, out.version)
  if (schema === undefined) return
  let writer: NamedTable | undefined
  for (const row of rows) {
    writer ??= new NamedTable(out.file, schema)
    writer.add(row)
  }
}

/** API names carry the version of the interface they were declared in. */
const apiSuffix: Readonly<Record<string, string>> = {
  cudaLaunchKernel: '_v7000',
  cudaGraphLaunch: '_v10000',
  cudaMemcpyAsync: '_v3020',
  cudaMemsetAsync: '_v3020',
  cudaStreamSynchronize: '_v3020',
  cudaEventSynchronize: '_v3020',
  cuLaunchKernelEx: '',
}

function* ofRanks(ranks: readonly RankPlan[], rows: (rank: RankPlan) => Iterable<Row>): Generator<Row> {
  for (const rank of ranks) yield* rows(rank)
}

function head(rank: RankPlan, row: Activity): Row {
  return {
    start: row.startNs,
    end: row.endNs,
    deviceId: rank.ordinal,
    contextId: 1,
    greenContextId: null,
    streamId: row.stream,
    correlationId: row.correlation,
    globalPid: globalPid(rank),
    graphNodeId: row.graphNode > 0 ? graphNodeId(row) : null,
  }
}

/** Node ids of instantiated graphs carry the graph in their high half. */
function graphNodeId(row: Activity): number {
  return row.graphId * 2 ** 32 + row.graphNode
}

function kernelRow(out: Export, rank: RankPlan, row: Activity): Row {
  const collective = row.class === 'communication'
  return {
    ...head(rank, row),
    demangledName: out.strings.id(row.name),
    shortName: out.strings.id(shortNameOf(row.name)),
    mangledName: row.name.includes('<') ? out.strings.id(`_Z${shortNameOf(row.name).length}${shortNameOf(row.name)}`) : null,
    launchType: 1,
    registersPerThread: collective ? 96 : 64,
    gridX: collective ? 24 : 132,
    gridY: 1,
    gridZ: 1,
    blockX: collective ? 512 : 256,
    blockY: 1,
    blockZ: 1,
    dynamicSharedMemory: 49_152,
    localMemoryTotal: 104_595_456,
    gridId: row.correlation,
    sharedMemoryExecuted: 65_536,
    graphId: row.graphId > 0 ? row.graphId : null,
    tensorSizeMinusOneElements: '[]',
  }
}

function* deviceRows(rank: RankPlan, classes: readonly Activity['class'][], make: (row: Activity) => Row): Generator<Row> {
  for (const row of rank.activities) if (classes.includes(row.class)) yield make(row)
}

function copyRow(rank: RankPlan, row: Activity): Row {
  const fromHost = row.copyKind === 1
  return {
    ...head(rank, row),
    bytes: row.bytes,
    copyKind: row.copyKind,
    srcKind: fromHost ? 1 : 2,
    dstKind: fromHost ? 2 : 1,
    copyCount: 1,
  }
}

function writeActivities(out: Export): void {
  const { ranks, plan } = out
  table(
    out,
    'CUPTI_ACTIVITY_KIND_MEMCPY',
    ofRanks(ranks, (rank) => deviceRows(rank, ['memcpy'], (row) => copyRow(rank, row))),
  )
  table(
    out,
    'CUPTI_ACTIVITY_KIND_MEMSET',
    ofRanks(ranks, (rank) => deviceRows(rank, ['memset'], (row) => ({ ...head(rank, row), bytes: row.bytes, memKind: 2 }))),
  )
  table(
    out,
    'CUPTI_ACTIVITY_KIND_KERNEL',
    ofRanks(ranks, (rank) => deviceRows(rank, ['compute', 'communication'], (row) => kernelRow(out, rank, row))),
  )
  table(
    out,
    'CUPTI_ACTIVITY_KIND_GRAPH_TRACE',
    ofRanks(ranks, (rank) => graphRows(rank, plan.scenario.graphRowsUntimed)),
  )
  table(
    out,
    'CUDA_GRAPH_NODE_EVENTS',
    ofRanks(ranks, (rank) => nodeRows(out, rank)),
  )
}

/** Untimed rows follow the others: no timestamps, or no device for graphs that begin with a host node. */
function* graphRows(rank: RankPlan, untimed: number): Generator<Row> {
  const make = (row: Activity): Row => ({ ...head(rank, row), graphId: row.graphId, graphExecId: row.graphId + 100 })
  yield* deviceRows(rank, ['graph'], make)
  for (let index = 0; index < untimed; index++) {
    const last = rank.activities.findLast((row) => row.class === 'graph')
    if (last === undefined) return
    const row = make(last)
    yield index % 2 === 0 ? { ...row, start: 0, end: 0 } : { ...row, deviceId: 0x7fffffff, contextId: 0x7fffffff }
  }
}

/** Creation of each graph node, once per node. */
function* nodeRows(out: Export, rank: RankPlan): Generator<Row> {
  const seen = new Set<number>()
  for (const row of rank.activities) {
    if (row.graphNode === 0 || seen.has(graphNodeId(row))) continue
    seen.add(graphNodeId(row))
    const at = 1_000_000_000 + seen.size * 2_000
    const nameId = out.strings.id('cudaGraphAddKernelNode')
    yield { start: at, end: at + 1_500, eventClass: 92, globalTid: globalTid(rank), nameId, graphNodeId: graphNodeId(row) }
  }
}

function* apiRows(out: Export, rank: RankPlan): Generator<Row> {
  for (const call of rank.calls) {
    const row = {
      start: call.startNs,
      end: call.endNs,
      eventClass: call.name.startsWith('cuda') ? 0 : 1,
      globalTid: globalTid(rank),
      correlationId: call.correlation,
      nameId: out.strings.id(`${call.name}${apiSuffix[call.name] ?? ''}`),
      returnValue: 0,
    }
    yield row
    // Exports before 2022 hold launches twice: once more as a backtrace row.
    if (out.version === 'pre-2022' && call.kind === 'launch') yield { ...row, eventClass: 67, callchainId: 1 }
  }
}

function syncRow(rank: RankPlan, call: HostCall): Row {
  return {
    start: call.startNs + 200,
    end: call.endNs - 100,
    deviceId: rank.ordinal,
    contextId: 1,
    streamId: streamIds.main,
    correlationId: call.correlation,
    globalPid: globalPid(rank),
    syncType: call.name === 'cudaEventSynchronize' ? 1 : 3,
    eventId: call.name === 'cudaEventSynchronize' ? 9 : 0xffffffff,
    eventSyncId: 0,
  }
}

function* osRows(out: Export, rank: RankPlan): Generator<Row> {
  for (const call of rank.osCalls) {
    const nameId = out.strings.id(call.text)
    yield {
      start: call.startNs,
      end: call.endNs,
      eventClass: 27,
      globalTid: globalTid(rank),
      nameId,
      returnValue: 1,
      nestingLevel: 0,
      callchainId: 0,
    }
  }
}

/** Texts stand in the row or in StringIds: registered strings use the second. Both occur in one file. */
function* rangeRows(out: Export, rank: RankPlan): Generator<Row> {
  if (rank.ranges.length > 0) yield { start: 900_000_000, eventType: 75, text: 'NCCL', globalTid: globalTid(rank), domainId: 1 }
  for (const range of rank.ranges) {
    const registered = range.text === 'forward' || range.text === 'sample'
    const text = registered ? { textId: out.strings.id(range.text) } : { text: range.text }
    yield { start: range.startNs, end: range.endNs, eventType: 59, globalTid: globalTid(rank), domainId: 0, ...text }
  }
}

function writeHostRows(out: Export): void {
  const { ranks } = out
  table(
    out,
    'NVTX_EVENTS',
    ofRanks(ranks, (rank) => rangeRows(out, rank)),
  )
  if (!out.plan.scenario.hostRows) return
  table(
    out,
    'CUPTI_ACTIVITY_KIND_RUNTIME',
    ofRanks(ranks, (rank) => apiRows(out, rank)),
  )
  const syncs = (rank: RankPlan): Row[] => rank.calls.filter(({ kind }) => kind === 'sync').map((call) => syncRow(rank, call))
  table(out, 'CUPTI_ACTIVITY_KIND_SYNCHRONIZATION', ofRanks(ranks, syncs))
  table(
    out,
    'OSRT_API',
    ofRanks(ranks, (rank) => osRows(out, rank)),
  )
}

function gpuRow(plan: Plan, rank: RankPlan, id: number): Row {
  return {
    vmId: globalVid,
    id,
    deviceId: rank.ordinal,
    name: plan.scenario.gpuName,
    busLocation: `0000:${(0x1b + id * 0x11).toString(16).padStart(2, '0')}:00.0`,
    isDiscrete: 1,
    l2CacheSize: 132_644_864,
    totalMemory: 191_503_138_816,
    memoryBandwidth: 7_672_000_000_000,
    clockRate: 1_965_000_000,
    smCount: 148,
    pwGpuId: id,
    uuid: rank.uuid,
    chipName: 'GB100',
    cuDevice: id,
    computeMajor: 10,
    computeMinor: 0,
    smMajor: 10,
    smMinor: 0,
  }
}

function* streamRows(ranks: readonly RankPlan[]): Generator<Row> {
  for (const rank of ranks) {
    for (const streamId of Object.values(streamIds)) {
      yield { streamId, hwId: 0, vmId: 1, processId: rank.pid, contextId: 1, priority: 0, flag: 1 }
    }
  }
}

function* diagnosticRows(out: Export): Generator<Row> {
  const events = out.ranks.reduce((sum, rank) => sum + rank.activities.length, 0)
  yield { timestamp: -1_369_448_900, timestampType: 1, source: 2, severity: 1, text: 'Profiling has started.', globalPid: -(2 ** 57) }
  const text = events === 0 ? 'No CUDA events collected. Does the process use CUDA?' : `Number of CUDA events collected: ${events}.`
  for (const rank of out.ranks) {
    yield { timestamp: out.plan.endNs, timestampType: 2, source: 3, severity: events === 0 ? 2 : 1, text, globalPid: globalPid(rank) }
  }
}

function writeTarget(out: Export): void {
  const { ranks, plan, version } = out
  table(
    out,
    'PROCESSES',
    ranks.map((rank) => ({ globalPid: globalPid(rank), pid: rank.pid, name: `VLLM::Worker_TP${rank.rank}` })),
  )
  table(
    out,
    'ThreadNames',
    ranks.map((rank) => ({ nameId: out.strings.id('VLLM::Worker'), priority: 20, globalTid: globalTid(rank) })),
  )
  table(out, 'ANALYSIS_DETAILS', [{ globalVid, duration: plan.endNs, startTime: 0, stopTime: plan.endNs }])
  const started = new Date(Number(sessionStartNs / 1_000_000n)).toISOString().slice(0, 19)
  table(out, 'TARGET_INFO_SESSION_START_TIME', [
    { utcEpochNs: sessionStartNs, utcTime: started, localTime: started, systemClockNs: 931_572_954_000_000 },
  ])
  table(out, 'TARGET_INFO_SYSTEM_ENV', [
    { globalVid, devStateName: 'Local (CLI)', name: 'Hostname', nameEnum: 4, value: 'node-a' },
    { globalVid, devStateName: 'Local (CLI)', name: 'NvDriverVersion', nameEnum: 85, value: '580.82.07' },
  ])
  table(
    out,
    'TARGET_INFO_GPU',
    ranks.map((rank, id) => gpuRow(plan, rank, id)),
  )
  const device = (rank: RankPlan, gpuId: number): Row => ({
    gpuId,
    cudaId: rank.ordinal,
    pid: rank.pid,
    uuid: rank.uuid,
    numMultiprocessors: 148,
  })
  table(out, 'TARGET_INFO_CUDA_DEVICE', ranks.map(device))
  const context = (rank: RankPlan): Row => ({ nullStreamId: 7, vmId: 1, processId: rank.pid, deviceId: rank.ordinal, contextId: 1 })
  table(out, 'TARGET_INFO_CUDA_CONTEXT_INFO', ranks.map(context))
  table(out, 'TARGET_INFO_CUDA_STREAM', streamRows(ranks))
  table(out, 'DIAGNOSTIC_EVENT', diagnosticRows(out))
  table(out, 'ENUM_CUDA_MEMCPY_OPER', [
    { id: 0, name: 'CUDA_MEMCPY_KIND_UNKNOWN', label: 'Unknown' },
    { id: 1, name: 'CUDA_MEMCPY_KIND_HTOD', label: 'Host-to-Device' },
    { id: 2, name: 'CUDA_MEMCPY_KIND_DTOH', label: 'Device-to-Host' },
    { id: 8, name: 'CUDA_MEMCPY_KIND_DTOD', label: 'Device-to-Device' },
  ])
  table(out, 'META_DATA_CAPTURE', captureSettings(plan))
  const [major = '', minor = '', micro = ''] = version.split('.')
  const about = [
    ['EXPORT_PRODUCT_NAME', 'NVIDIA Nsight Systems'],
    ['EXPORT_PRODUCT_VERSION', productVersions[version]],
    ['EXPORT_SCHEMA_VERSION', version],
    ['EXPORT_SCHEMA_VERSION_MAJOR', major],
    ['EXPORT_SCHEMA_VERSION_MINOR', minor],
    ['EXPORT_SCHEMA_VERSION_MICRO', micro],
  ].map(([name = '', value = '']) => ({ name, value }))
  table(out, 'EXPORT_META_DATA', about)
  table(out, 'META_DATA_EXPORT', about)
}

function captureSettings(plan: Plan): Row[] {
  const settings: [string, string][] = [
    ['CAPTURE_EVENT_TYPE', 'Cuda'],
    ['CAPTURE_EVENT_TYPE', 'NvtxEvents'],
    ['CAPTURE_EVENT_TYPE', 'OSRuntime'],
    ['CUDA_GRAPH_TRACE_OPTIONS:MODE', plan.scenario.graphs === 'node' ? 'Node' : 'Graph'],
  ]
  return settings.map(([name, value]) => ({ name, value }))
}

/** Writes the ranks given as one export. */
export function writeNsys(path: string, plan: Plan, ranks: readonly RankPlan[], options: NsysOptions): void {
  const file = new SqliteFileWriter(path)
  const out: Export = { plan, ranks, version: options.schema, file, strings: new Strings() }
  writeActivities(out)
  writeHostRows(out)
  writeTarget(out)
  table(out, 'StringIds', out.strings.rows())
  file.finish()
}
