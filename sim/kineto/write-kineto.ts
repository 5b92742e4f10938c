/** Writes one rank of a plan as a PyTorch profiler (kineto) trace. Graph launches must be recorded node by node: kineto has no opaque rows. */
import type { Activity, HostCall, Plan, RankPlan } from '#sim/plan.ts'
import {
  baseTimeNs,
  callCategory,
  callName,
  category,
  deviceCategoryAndName,
  deviceNumber,
  type KinetoDialect,
  microseconds,
  timestamp,
} from './dialect.ts'
import { TextSink } from './json-sink.ts'

export interface KinetoOptions {
  readonly dialect: KinetoDialect
  readonly gzip: boolean
  /** What time 0 of the plan stands for, of a current trace; absent: the generator's own session. */
  readonly originNs?: bigint
}

interface Trace {
  readonly rank: RankPlan
  readonly plan: Plan
  readonly dialect: KinetoDialect
  /** Process id that stands for the device: HIP numbers agents, and begins with the CPUs. */
  readonly devicePid: number
  readonly originNs?: bigint
}

/** JSON text of an event; times are already text, so that no digit goes through a double. */
function complete(
  trace: Trace,
  event: { cat: string; name: string; pid: string; tid: string; startNs: number; endNs: number },
  args: object,
): string {
  const { dialect } = trace
  const head = `{"ph":"X","cat":"${category(event.cat, dialect)}","name":${JSON.stringify(event.name)},"pid":${event.pid},"tid":${event.tid}`
  const dur = microseconds(event.endNs - event.startNs, dialect)
  return `${head},"ts":${timestamp(event.startNs, dialect)},"dur":${dur},"args":${JSON.stringify(args)}}`
}

function deviceTid(trace: Trace, stream: number): string {
  return trace.dialect === 'old' ? `"stream ${stream}"` : String(stream)
}

/** Inside a graph replay kernels share the launch's correlation and belong to no operator. */
function externalId(row: { correlation: number; graphId: number }): object {
  return row.graphId > 0 ? {} : { 'External id': row.correlation + 50_000 }
}

function collectiveArgs(trace: Trace, row: Activity): object {
  if (row.class !== 'communication' || row.graphId > 0 || !row.name.startsWith('nccl')) return {}
  const { worldSize } = trace.plan.scenario
  const gather = row.name.includes('AllGather')
  const scatter = row.name.includes('ReduceScatter')
  const elements = row.bytes / 2
  return {
    'Collective name': gather ? '_allgather_base' : scatter ? '_reduce_scatter_base' : 'allreduce',
    'In msg nelems': gather ? elements / worldSize : elements,
    'Out msg nelems': scatter ? elements / worldSize : elements,
    'Group size': worldSize,
    dtype: 'BFloat16',
    'Process Group Name': '3',
    'Process Group Description': 'tp',
    'Process Group Ranks': `[${Array.from({ length: worldSize }, (_, rank) => rank).join(', ')}]`,
    Seq: row.collective,
  }
}

function deviceEvent(trace: Trace, row: Activity): string {
  const [cat, name] = deviceCategoryAndName(row)
  const hip = trace.dialect === 'hip'
  const common = {
    ...externalId(row),
    device: trace.devicePid,
    ...(hip ? {} : { context: 1 }),
    stream: row.stream,
    correlation: row.correlation,
  }
  const kernel = hip
    ? { kind: 'Dispatch Kernel' }
    : { queued: 0, 'registers per thread': 64, 'shared memory': 49152, 'blocks per SM': 0.89, 'warps per SM': 7.13 }
  const shape = row.graphId > 0 && hip ? {} : { grid: [132, 1, 1], block: [256, 1, 1] }
  const estimate = hip ? {} : { 'est. achieved occupancy %': 22 }
  const copy = { bytes: row.bytes, 'memory bandwidth (GB/s)': row.bytes / Math.max(1, row.endNs - row.startNs) }
  const args = cat === 'kernel' ? { ...common, ...kernel, ...shape, ...estimate, ...collectiveArgs(trace, row) } : { ...common, ...copy }
  return complete(
    trace,
    { cat, name, pid: String(trace.devicePid), tid: deviceTid(trace, row.stream), startNs: row.startNs, endNs: row.endNs },
    args,
  )
}

function flow(trace: Trace, phase: 's' | 'f', id: number, pid: string, tid: string, atNs: number): string {
  const name = trace.dialect === 'old' ? 'launch' : 'ac2g'
  const end = phase === 'f' ? ',"bp":"e"' : ''
  return `{"ph":"${phase}","id":${id},"pid":${pid},"tid":${tid},"ts":${timestamp(atNs, trace.dialect)},"cat":"${category('ac2g', trace.dialect)}","name":"${name}"${end}}`
}

function hostTid(trace: Trace): string {
  return trace.dialect === 'old' ? `"${trace.rank.tid}"` : String(trace.rank.tid)
}

function* callEvents(trace: Trace, call: HostCall): Generator<string> {
  const pid = String(trace.rank.pid)
  const tid = hostTid(trace)
  const operator = call.kind === 'launch' || call.kind === 'memcpy' || call.kind === 'memset'
  if (operator) {
    const name = call.kind === 'launch' ? 'vllm::unified_op' : call.kind === 'memcpy' ? 'aten::copy_' : 'aten::fill_'
    const span = { startNs: call.startNs - 300, endNs: call.endNs + 200 }
    yield complete(
      trace,
      { cat: 'cpu_op', name, pid, tid, ...span },
      { 'External id': call.correlation + 50_000, 'Ev Idx': call.correlation },
    )
  }
  const linked = operator ? { 'External id': call.correlation + 50_000 } : {}
  const args = { ...linked, ...(trace.dialect === 'hip' ? { cid: 200 } : { cbid: 211 }), correlation: call.correlation }
  const event = {
    cat: callCategory(call, trace.dialect),
    name: callName(call, trace.dialect),
    pid,
    tid,
    startNs: call.startNs,
    endNs: call.endNs,
  }
  yield complete(trace, event, args)
  if (call.kind !== 'sync') yield flow(trace, 's', call.correlation, pid, tid, call.startNs)
}

const isEngineRange = (text: string): boolean => text.startsWith('execute_') || text.startsWith('step[')

/** Ranges on the host, and the engine's projected to the device: from 1 ns before its first row to 2 ns after its last. */
function* rangeEvents(trace: Trace): Generator<string> {
  const { rank, plan, dialect } = trace
  if (dialect === 'old') return
  const spans = plan.steps.map(() => ({ startNs: Number.POSITIVE_INFINITY, endNs: 0 }))
  for (const row of rank.activities) {
    const span = spans[row.step]
    if (span === undefined) continue
    span.startNs = Math.min(span.startNs, row.startNs)
    span.endNs = Math.max(span.endNs, row.endNs)
  }
  let engineRanges = 0
  const perStep = plan.scenario.annotations === 'both' ? 2 : 1
  for (const [index, range] of rank.ranges.entries()) {
    const args = { 'External id': index + 1, 'Record function id': 0, 'Ev Idx': index }
    const host = {
      cat: 'user_annotation',
      name: range.text,
      pid: String(rank.pid),
      tid: hostTid(trace),
      startNs: range.startNs,
      endNs: range.endNs,
    }
    yield complete(trace, host, args)
    if (!isEngineRange(range.text)) continue
    const span = spans[Math.floor(engineRanges++ / perStep)]
    if (span === undefined || !Number.isFinite(span.startNs)) continue
    const device = { cat: 'gpu_user_annotation', name: range.text, pid: String(trace.devicePid), tid: '7' }
    yield complete(trace, { ...device, startNs: span.startNs - 1, endNs: span.endNs + 2 }, { 'External id': index + 1 })
  }
}

function metadataEvent(trace: Trace, name: string, pid: string, args: object): string {
  return `{"name":"${name}","ph":"M","ts":${timestamp(1_000_000, trace.dialect)},"pid":${pid},"tid":0,"args":${JSON.stringify(args)}}`
}

/** Everything that has a time of its own: ranges, calls with their flows, device rows with theirs. */
function* rowEvents(trace: Trace): Generator<string> {
  const { rank, plan } = trace
  yield* rangeEvents(trace)
  if (plan.scenario.hostRows) for (const call of rank.calls) yield* callEvents(trace, call)
  for (const row of rank.activities) {
    yield deviceEvent(trace, row)
    yield flow(trace, 'f', row.correlation, String(trace.devicePid), deviceTid(trace, row.stream), row.startNs)
  }
}

function* firstEvents(trace: Trace): Generator<string> {
  const { rank } = trace
  yield metadataEvent(trace, 'process_name', String(rank.pid), { name: 'python3' })
  yield metadataEvent(trace, 'process_labels', String(trace.devicePid), { labels: `GPU ${trace.devicePid}` })
  const startNs = rank.activities[0]?.startNs ?? 10_000_000
  if (trace.dialect !== 'current') return
  const span = { startNs: startNs - 3_000_000, endNs: startNs - 1_500_000 }
  yield complete(trace, { cat: 'overhead', name: 'Activity Buffer Request', pid: '-1', tid: '0', ...span }, {})
}

function* lastEvents(trace: Trace): Generator<string> {
  const { plan } = trace
  const span = { startNs: 1_000_000, endNs: plan.endNs - (plan.endNs % 1000) }
  yield complete(
    trace,
    { cat: 'Trace', name: 'PyTorch Profiler (0)', pid: '"Spans"', tid: '"PyTorch Profiler"', ...span },
    { 'Op count': 0 },
  )
  yield `{"name":"Record Window End","ph":"i","s":"g","pid":"","tid":"","ts":${timestamp(plan.endNs, trace.dialect)}}`
}

function header(trace: Trace): string {
  const { scenario } = trace.plan
  const hip = trace.dialect === 'hip'
  const name = hip ? 'AMD Instinct MI300X' : scenario.gpuName
  const device = (id: number): object => ({
    id,
    name,
    totalGlobalMem: 191_503_138_816,
    computeMajor: 10,
    computeMinor: 0,
    warpSize: hip ? 64 : 32,
    numSms: 148,
  })
  const properties = Array.from({ length: Math.max(scenario.worldSize, trace.devicePid + 1) }, (_, id) => device(id))
  const versions = hip
    ? { roctracer_version: 4.1, hip_runtime_version: 70_051_831, hip_driver_version: 70_051_831 }
    : { cupti_version: 28, cuda_runtime_version: 12_090, cuda_driver_version: 13_000 }
  const job = { backend: 'nccl', rank: trace.rank.rank, world_size: scenario.worldSize, pg_count: 1, nccl_version: '2.27.3' }
  const old = { schemaVersion: 1, deviceProperties: properties }
  const current = { ...old, ...versions, distributedInfo: job, record_shapes: 1, displayTimeUnit: 'ms', baseTimeNanoseconds: 0 }
  const text = JSON.stringify(trace.dialect === 'old' ? old : current)
  // The base does not fit a double: it is put in as text.
  const base = `"baseTimeNanoseconds":${baseTimeNs(trace.originNs)}`
  return `${text.replace('"baseTimeNanoseconds":0', base).slice(0, -1)},"traceEvents":[\n`
}

/** A trace file that is being written. */
export class TraceWriter {
  readonly #trace: Trace
  readonly #sink: TextSink
  /** The event that waits for its comma. */
  #previous: string | undefined
  /** Characters so far. */
  length = 0

  constructor(sink: TextSink, trace: Trace) {
    this.#sink = sink
    this.#trace = trace
    sink.add(header(trace))
  }

  async #add(events: Iterable<string>): Promise<void> {
    for (const event of events) {
      if (this.#previous !== undefined) {
        this.length += this.#previous.length + 2
        const waiting = this.#sink.add(`${this.#previous},\n`)
        if (waiting !== undefined) await waiting
      }
      this.#previous = event
    }
  }

  async addRows(rank: RankPlan): Promise<void> {
    if (this.#previous === undefined) await this.#add(firstEvents(this.#trace))
    await this.#add(rowEvents({ ...this.#trace, rank }))
  }

  /** A truncated recording ends inside its last event, as a killed writer leaves it. */
  async finish(): Promise<void> {
    const { truncated } = this.#trace.plan.scenario
    if (!truncated) await this.#add(lastEvents(this.#trace))
    const last = this.#previous ?? ''
    this.#sink.add(truncated ? last.slice(0, last.length / 2) : `${last}\n],"traceName":"trace.json"}\n`)
    await this.#sink.finish()
  }
}

export function openTrace(path: string, plan: Plan, rank: RankPlan, options: KinetoOptions): TraceWriter {
  const devicePid = deviceNumber(rank.ordinal, options.dialect)
  const origin = options.originNs === undefined ? {} : { originNs: options.originNs }
  return new TraceWriter(new TextSink(path, options.gzip), { rank, plan, dialect: options.dialect, devicePid, ...origin })
}

/** Writes the (single) rank given. */
export async function writeKineto(path: string, plan: Plan, ranks: readonly RankPlan[], options: KinetoOptions): Promise<void> {
  const [rank] = ranks
  if (rank === undefined || ranks.length > 1) throw new Error('a kineto trace holds one rank')
  const trace = openTrace(path, plan, rank, options)
  await trace.addRows(rank)
  await trace.finish()
}
