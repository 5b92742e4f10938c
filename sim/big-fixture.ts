/**
 * Captures of any size in bounded memory: for measurements, not for meaning. Rows repeat a decode step of 64 kernels on two streams;
 * tables are written one after the other, the same rows drawn again from the seed for each.
 */
import { LoopStream, type OneOfRanks, RankStream } from './big-streams.ts'
import { kernelNames, shortNameOf } from './kernel-names.ts'
import { sessionStartNs } from './nsys/export-table.ts'
import { tableSchema } from './nsys/schema.ts'
import { SqliteFileWriter, type TableWriter } from './nsys/sqlite-file.ts'
import type { SqlValue } from './nsys/sqlite-record.ts'

export interface BigFixtureOptions {
  readonly kernels: number
  /** One launch row per kernel. */
  readonly hostRows: boolean
  readonly seed: number
  /** The capture of one rank of a job that decodes; all ranks of one job share the seed. Else one process that repeats a loop. */
  readonly rank?: OneOfRanks
}

/** Times in nanoseconds since the session's start. */
export interface BigFixtureTruth {
  readonly kernels: { readonly count: number; readonly sumNs: number }
  readonly busyNs: number
  readonly firstStartNs: number
  readonly lastEndNs: number
  readonly steps: number
  readonly hostRows: number
}

/** 28 columns: the widest schema before kernels got cluster columns, and the one most public captures have. */
const schema = '3.16.1'
const firstProcessId = 4242
const processIdOf = ({ rank }: BigFixtureOptions): number => firstProcessId + (rank?.index ?? 0)
const pidBitsOf = (options: BigFixtureOptions): number => 2 ** 48 + processIdOf(options) * 2 ** 24
/** Grids as the counters of `bench/ncu-file.ts` have them for ranks, so that the two join at one shape. */
const gridOf = ({ rank }: BigFixtureOptions): number => (rank === undefined ? 132 : 128)
/** Profilers of ranks start one after another. */
const RANK_STARTS_NS = 1_500_000n

const names = Object.values(kernelNames)
const streamOf = ({ seed, rank }: BigFixtureOptions) =>
  rank === undefined ? new LoopStream(seed, names.length) : new RankStream(seed, rank)

function openTable(file: SqliteFileWriter, name: string): { writer: TableWriter; columns: readonly string[] } {
  const declared = tableSchema(name, schema)
  if (declared === undefined) throw new Error(`no table ${name}`)
  return { writer: file.table(name, declared.sql), columns: declared.columns.map((column) => column.name) }
}

function writeKernels(file: SqliteFileWriter, options: BigFixtureOptions): BigFixtureTruth {
  const { writer, columns } = openTable(file, 'CUPTI_ACTIVITY_KIND_KERNEL')
  const at = (name: string): number => columns.indexOf(name)
  const fixed: Readonly<Record<string, number>> = {
    contextId: 1,
    launchType: 1,
    registersPerThread: 64,
    gridX: gridOf(options),
    gridY: 1,
    gridZ: 1,
    blockX: 256,
    blockY: 1,
    blockZ: 1,
    dynamicSharedMemory: 49_152,
    localMemoryTotal: 104_595_456,
    sharedMemoryExecuted: 65_536,
    globalPid: pidBitsOf(options),
  }
  const row: SqlValue[] = columns.map((name) => fixed[name] ?? (name === 'greenContextId' || name === 'graphNodeId' ? null : 0))
  const [start, end, stream, correlation, demangled, short, mangled, grid] = [
    'start',
    'end',
    'streamId',
    'correlationId',
    'demangledName',
    'shortName',
    'mangledName',
    'gridId',
  ].map(at) as [number, number, number, number, number, number, number, number]
  const kernels = streamOf(options)
  let sumNs = 0
  let busyNs = 0
  let reachedNs = 0
  let firstStartNs = 0
  let steps = 0
  for (let index = 0; index < options.kernels; index++) {
    kernels.next()
    row[start] = kernels.startNs
    row[end] = kernels.endNs
    row[stream] = kernels.stream
    row[correlation] = index + 100
    row[demangled] = kernels.name * 2 + 1
    row[short] = kernels.name * 2 + 2
    row[mangled] = kernels.name * 2 + 1
    row[grid] = index + 1
    writer.add(row)
    if (index === 0) firstStartNs = kernels.startNs
    if (kernels.firstOfStep) steps += 1
    sumNs += kernels.endNs - kernels.startNs
    busyNs += Math.max(0, kernels.endNs - Math.max(reachedNs, kernels.startNs))
    reachedNs = Math.max(reachedNs, kernels.endNs)
  }
  const hostRows = options.hostRows ? options.kernels : 0
  return { kernels: { count: options.kernels, sumNs }, busyNs, firstStartNs, lastEndNs: reachedNs, steps, hostRows }
}

function writeLaunches(file: SqliteFileWriter, options: BigFixtureOptions): void {
  const { writer, columns } = openTable(file, 'CUPTI_ACTIVITY_KIND_RUNTIME')
  const row: SqlValue[] = columns.map(() => 0)
  const [start, end, thread, correlation, name, chain] = ['start', 'end', 'globalTid', 'correlationId', 'nameId', 'callchainId'].map(
    (column) => columns.indexOf(column),
  ) as [number, number, number, number, number, number]
  row[thread] = pidBitsOf(options) + 70_001
  row[name] = names.length * 2 + 1
  row[chain] = null
  const kernels = streamOf(options)
  let hostNs = 0
  for (let index = 0; index < options.kernels; index++) {
    kernels.next()
    // The launch ends 2 us before its kernel starts, or as late as the call before allows.
    hostNs = Math.max(hostNs + 200, kernels.startNs - 5_000)
    row[start] = hostNs
    hostNs = Math.max(hostNs + 500, kernels.startNs - 2_000)
    row[end] = hostNs
    row[correlation] = index + 100
    writer.add(row)
  }
}

const startOf = ({ rank }: BigFixtureOptions): bigint => sessionStartNs + BigInt(rank?.index ?? 0) * RANK_STARTS_NS

function writeNames(file: SqliteFileWriter, options: BigFixtureOptions): void {
  const strings = openTable(file, 'StringIds').writer
  names.forEach((name, index) => {
    strings.add([null, name], index * 2 + 1)
    strings.add([null, shortNameOf(name)], index * 2 + 2)
  })
  strings.add([null, 'cudaLaunchKernel_v7000'])
  const about = openTable(file, 'META_DATA_EXPORT').writer
  about.add(['EXPORT_PRODUCT_VERSION', '2024.6.2.225'])
  about.add(['EXPORT_SCHEMA_VERSION', schema])
  openTable(file, 'TARGET_INFO_SESSION_START_TIME').writer.add([startOf(options), '2025-12-31T13:55:12', '2025-12-31T13:55:12'])
  openTable(file, 'PROCESSES').writer.add([pidBitsOf(options), processIdOf(options), `VLLM::Worker_TP${options.rank?.index ?? 0}`])
}

/** Writes an nsys SQLite export and returns what is true of it. */
export function writeBigFixture(path: string, options: BigFixtureOptions): BigFixtureTruth {
  const file = new SqliteFileWriter(path)
  const truth = writeKernels(file, options)
  if (options.hostRows) writeLaunches(file, options)
  writeNames(file, options)
  file.finish()
  return truth
}
