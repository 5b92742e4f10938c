/** Writes a plan as an nsys SQLite export of a chosen schema version. Tables without rows are left out, as `--lazy` exports do. */
import { shortNameOf } from '#sim/kernel-names.ts'
import type { Activity, HostCall, Plan, RankPlan } from '#sim/plan.ts'
import { streamIds } from '#sim/plan.ts'
import { type Export, globalPid, globalTid, type NsysOptions, type Row, Strings, table } from './export-table.ts'
import { SqliteFileWriter } from './sqlite-file.ts'
import { writeTarget } from './target-tables.ts'

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

/** Columns of KERNEL that are the same in every generated row. */
const kernelDefaults: Row = {
  contextId: 1,
  launchType: 1,
  gridY: 1,
  gridZ: 1,
  blockY: 1,
  blockZ: 1,
  dynamicSharedMemory: 49_152,
  localMemoryTotal: 104_595_456,
  sharedMemoryExecuted: 65_536,
  tensorSizeMinusOneElements: '[]',
}

function kernelRow(out: Export, rank: RankPlan, row: Activity): Row {
  const collective = row.class === 'communication'
  const short = shortNameOf(row.name)
  return {
    start: row.startNs,
    end: row.endNs,
    deviceId: rank.ordinal,
    streamId: row.stream,
    correlationId: row.correlation,
    globalPid: globalPid(rank),
    demangledName: out.strings.id(row.name),
    shortName: out.strings.id(short),
    mangledName: row.name.includes('<') ? out.strings.id(`_Z${short.length}${short}`) : null,
    registersPerThread: collective ? 96 : 64,
    gridX: collective ? 24 : 132,
    blockX: collective ? 512 : 256,
    gridId: row.correlation,
    graphNodeId: row.graphNode > 0 ? graphNodeId(row) : null,
    graphId: row.graphId > 0 ? row.graphId : null,
  }
}

function* deviceRows(rank: RankPlan, classes: readonly Activity['class'][], make: (row: Activity) => Row): Generator<Row> {
  for (const row of rank.activities) if (classes.includes(row.class)) yield make(row)
}

function copyRow(rank: RankPlan, row: Activity): Row {
  const fromHost = row.copyKind === 1
  // ENUM_CUDA_MEM_KIND: 0 pageable, 1 pinned, 2 device.
  const host = row.pageable === true ? 0 : 1
  return {
    ...head(rank, row),
    bytes: row.bytes,
    copyKind: row.copyKind,
    srcKind: fromHost ? host : 2,
    dstKind: fromHost ? 2 : host,
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
    kernelDefaults,
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

/** Writes the ranks given as one export. */
export function writeNsys(path: string, plan: Plan, ranks: readonly RankPlan[], options: NsysOptions): void {
  const file = new SqliteFileWriter(path)
  const out: Export = { plan, ranks, version: options.schema, startNs: options.startNs, file, strings: new Strings() }
  writeActivities(out)
  writeHostRows(out)
  writeTarget(out)
  table(out, 'StringIds', out.strings.rows())
  file.finish()
}
