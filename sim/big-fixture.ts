/**
 * Captures of any size in bounded memory: for measurements, not for meaning. Rows repeat a decode step of 64 kernels on two streams;
 * tables are written one after the other, the same rows drawn again from the seed for each.
 */
import { Random } from '#base/random.ts'
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
const kernelsPerStep = 64
const mainStream = 7
const otherStream = 23
const processId = 4242
const pidBits = 2 ** 48 + processId * 2 ** 24
const threadBits = pidBits + 70_001

/** The kernels one after the other; fields hold the current one. */
class KernelStream {
  readonly #random: Random
  readonly #names: number
  #mainEndNs = 3_000_000_000
  #otherEndNs = 3_000_000_000
  #index = -1
  startNs = 0
  endNs = 0
  stream = 0
  name = 0
  firstOfStep = false

  constructor(seed: number, names: number) {
    this.#random = new Random(seed, 'big')
    this.#names = names
  }

  next(): void {
    this.#index += 1
    const position = this.#index % kernelsPerStep
    this.firstOfStep = position === 0
    const bits = this.#random.uint32()
    // Between steps the host takes 0.2 to 0.4 ms.
    if (position === 0) {
      this.#mainEndNs = Math.max(this.#mainEndNs, this.#otherEndNs) + 200_000 + (bits % 200_000)
      this.#otherEndNs = this.#mainEndNs
    }
    this.name = position % this.#names
    const durationNs = 1_500 + (bits & 0x3fff)
    // Every eighth kernel runs beside the next one; rows stay in order of start.
    if (position % 8 === 7) {
      this.stream = otherStream
      this.startNs = Math.max(this.#otherEndNs, this.#mainEndNs) + 150
      this.endNs = this.startNs + durationNs
      this.#otherEndNs = this.endNs
    } else {
      this.stream = mainStream
      this.startNs = this.#mainEndNs + 300
      if (position % 8 === 0 && position > 0) this.startNs = this.#mainEndNs + 700
      this.endNs = this.startNs + durationNs
      this.#mainEndNs = this.endNs
    }
  }
}

function openTable(file: SqliteFileWriter, name: string): { writer: TableWriter; columns: readonly string[] } {
  const declared = tableSchema(name, schema)
  if (declared === undefined) throw new Error(`no table ${name}`)
  return { writer: file.table(name, declared.sql), columns: declared.columns.map((column) => column.name) }
}

function writeKernels(file: SqliteFileWriter, options: BigFixtureOptions, names: number): BigFixtureTruth {
  const { writer, columns } = openTable(file, 'CUPTI_ACTIVITY_KIND_KERNEL')
  const at = (name: string): number => columns.indexOf(name)
  const fixed: Readonly<Record<string, number>> = {
    contextId: 1,
    launchType: 1,
    registersPerThread: 64,
    gridX: 132,
    gridY: 1,
    gridZ: 1,
    blockX: 256,
    blockY: 1,
    blockZ: 1,
    dynamicSharedMemory: 49_152,
    localMemoryTotal: 104_595_456,
    sharedMemoryExecuted: 65_536,
    globalPid: pidBits,
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
  const kernels = new KernelStream(options.seed, names)
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

function writeLaunches(file: SqliteFileWriter, options: BigFixtureOptions, names: number): void {
  const { writer, columns } = openTable(file, 'CUPTI_ACTIVITY_KIND_RUNTIME')
  const row: SqlValue[] = columns.map(() => 0)
  const [start, end, thread, correlation, name, chain] = ['start', 'end', 'globalTid', 'correlationId', 'nameId', 'callchainId'].map(
    (column) => columns.indexOf(column),
  ) as [number, number, number, number, number, number]
  row[thread] = threadBits
  row[name] = names * 2 + 1
  row[chain] = null
  const kernels = new KernelStream(options.seed, names)
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

function writeNames(file: SqliteFileWriter, names: readonly string[]): void {
  const strings = openTable(file, 'StringIds').writer
  names.forEach((name, index) => {
    strings.add([null, name], index * 2 + 1)
    strings.add([null, shortNameOf(name)], index * 2 + 2)
  })
  strings.add([null, 'cudaLaunchKernel_v7000'])
  const about = openTable(file, 'META_DATA_EXPORT').writer
  about.add(['EXPORT_PRODUCT_VERSION', '2024.6.2.225'])
  about.add(['EXPORT_SCHEMA_VERSION', schema])
  openTable(file, 'TARGET_INFO_SESSION_START_TIME').writer.add([sessionStartNs, '2025-12-31T13:55:12', '2025-12-31T13:55:12'])
  openTable(file, 'PROCESSES').writer.add([pidBits, processId, 'VLLM::Worker_TP0'])
}

/** Writes an nsys SQLite export and returns what is true of it. */
export function writeBigFixture(path: string, options: BigFixtureOptions): BigFixtureTruth {
  const names = Object.values(kernelNames)
  const file = new SqliteFileWriter(path)
  const truth = writeKernels(file, options, names.length)
  if (options.hostRows) writeLaunches(file, options, names.length)
  writeNames(file, names)
  file.finish()
  return truth
}
