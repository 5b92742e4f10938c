/** Events into tables: the sink of the decoder. One call per event, columns only. */
import { copyKinds, type Geometry, rangeKinds, syncKinds, type TimelineNeed } from '#model/timeline.ts'
import { copyKindOf, elementBytesOf, syncKindOf } from './argument-words.ts'
import { categoryKinds } from './categories.ts'
import type { EventParser } from './event-parser.ts'
import { Identities } from './identities.ts'
import { Column, DenseIds, RowColumns } from './row-columns.ts'
import type { TraceSink } from './trace-document.ts'

const COMPLETE = 88
const METADATA = 77
/** Rows must lie within 2^52 ns (52 days) of the reference, so that relative nanoseconds stay exact. */
const REACH_NS = 2 ** 52
const UINT32_MAX = 4294967295

export const wantedKeys: ReadonlySet<string> = new Set(
  (
    'schemaVersion deviceProperties distributedInfo displayTimeUnit baseTimeNanoseconds cupti_version cuda_runtime_version cuda_driver_version ' +
    'roctracer_version rocprofiler_version hip_runtime_version hip_driver_version record_shapes with_stack with_flops with_modules profile_memory'
  ).split(' '),
)

const kindIndex = Object.fromEntries(categoryKinds.map((kind, index) => [kind, index])) as Record<(typeof categoryKinds)[number], number>

export interface TraceCounts {
  rowsWithoutTime: number
  rowsOutOfRange: number
  rowsWithoutDuration: number
  negativeDurations: number
  rowsWithoutDevice: number
  withoutPhase: number
  rowsPlaced: number
}

export class TraceTables implements TraceSink {
  readonly counts: TraceCounts = {
    rowsWithoutTime: 0,
    rowsOutOfRange: 0,
    rowsWithoutDuration: 0,
    negativeDurations: 0,
    rowsWithoutDevice: 0,
    withoutPhase: 0,
    rowsPlaced: 0,
  }
  readonly values = new Map<string, string>()
  /** Events by category and phase: index = category × 128 + phase. */
  readonly tally: number[] = []
  readonly identities: Identities
  /** Microseconds that provisional time 0 stands for: the first complete event's. */
  referenceUs: number
  firstOutOfRangeUs = Number.NaN
  firstNs = Number.POSITIVE_INFINITY
  lastNs = Number.NEGATIVE_INFINITY
  hasFraction = false

  readonly kernels = new RowColumns()
  readonly kernelName = new Column(new Int32Array(0))
  readonly kernelNames = new DenseIds()
  readonly graphId = new Column(new Uint32Array(0))
  readonly graphNode = new Column(new Uint32Array(0))
  readonly graphNodes = new DenseIds()
  hasGraphIds = false
  hasGraphNodes = false
  readonly geometry = new Column(new Int32Array(0))
  readonly geometries: Geometry[] = []
  readonly #geometryIds = new Map<string, number>()
  readonly collectives = {
    row: [] as number[],
    operation: [] as number[],
    communicator: [] as number[],
    sequence: [] as number[],
    bytes: [] as number[],
    groupSize: [] as number[],
  }
  readonly operations = new DenseIds()
  readonly communicators = new DenseIds()

  readonly memcpys = new RowColumns()
  readonly memcpyBytes = new Column(new Float64Array(0))
  readonly copyKind = new Column(new Uint8Array(0))
  readonly pageable = new Column(new Uint8Array(0))
  readonly #copyKindOfName: number[] = []
  readonly memsets = new RowColumns()
  readonly memsetBytes = new Column(new Float64Array(0))

  readonly hostCalls = new RowColumns()
  readonly hostCallName = new Column(new Int32Array(0))
  readonly hostCallNames = new DenseIds()
  readonly ranges = new RowColumns()
  readonly rangeText = new Column(new Int32Array(0))
  readonly rangeTexts = new DenseIds()
  readonly rangeKind = new Column(new Uint8Array(0))
  readonly syncs = new RowColumns()
  readonly syncKind = new Column(new Uint8Array(0))

  readonly #needs: ReadonlySet<TimelineNeed>
  readonly #wide = new Map<number, number>()
  readonly #isStepOfName = new Map<number, boolean>()

  constructor(parser: EventParser, needs: ReadonlySet<TimelineNeed>, referenceUs: number) {
    this.#needs = needs
    this.referenceUs = referenceUs
    this.identities = new Identities(parser.ids.texts)
    this.#wantHostCalls = needs.has('host-calls')
    this.#wantCorrelation = needs.has('correlation') || needs.has('launches')
    this.#wantGeometry = needs.has('geometry')
    this.#wantCollectives = needs.has('collectives')
  }

  readonly #wantHostCalls: boolean
  readonly #wantCorrelation: boolean
  readonly #wantGeometry: boolean
  readonly #wantCollectives: boolean

  wants(key: string): boolean {
    return wantedKeys.has(key)
  }

  value(key: string, json: string): void {
    this.values.set(key, json)
  }

  event(parser: EventParser): void {
    const { category, phase } = parser
    const index = category * 128 + (phase & 127)
    this.tally[index] = (this.tally[index] ?? 0) + 1
    if (phase === COMPLETE) {
      const kind = parser.categories.kinds[category] as number
      const startNs = this.#place(parser, kind)
      if (!Number.isNaN(startNs) && kind !== kindIndex.counted) this.#add(parser, kind, startNs)
    } else if (phase === METADATA) this.#metadata(parser)
    else if (phase === 0) this.counts.withoutPhase += 1
  }

  /** Provisional start, NaN where the row cannot be placed in time. */
  #place(parser: EventParser, kind: number): number {
    const { startUs } = parser
    const { counts } = this
    if (Number.isNaN(startUs)) {
      if (kind !== kindIndex.counted) counts.rowsWithoutTime += 1
      return Number.NaN
    }
    if (parser.hasFraction) this.hasFraction = true
    if (Number.isNaN(this.referenceUs)) this.referenceUs = startUs
    const startNs = (startUs - this.referenceUs) * 1000 + parser.startNs
    if (!(Math.abs(startNs) < REACH_NS)) {
      counts.rowsOutOfRange += 1
      if (Number.isNaN(this.firstOutOfRangeUs)) this.firstOutOfRangeUs = startUs
      return Number.NaN
    }
    counts.rowsPlaced += 1
    if (startNs < this.firstNs) this.firstNs = startNs
    if (startNs > this.lastNs) this.lastNs = startNs
    return startNs
  }

  #duration(parser: EventParser): number {
    const durationNs = parser.durationUs * 1000 + parser.durationNs
    if (durationNs >= 0 && durationNs < REACH_NS) return durationNs
    if (durationNs < 0) this.counts.negativeDurations += 1
    else this.counts.rowsWithoutDuration += 1
    return 0
  }

  #add(parser: EventParser, kind: number, startNs: number): void {
    if (kind === kindIndex.kernel) this.#kernel(parser, startNs)
    else if (kind === kindIndex.memcpy) this.#memcpy(parser, startNs)
    else if (kind === kindIndex.memset) this.#memset(parser, startNs)
    else if (kind === kindIndex['host-call']) this.#hostCall(parser, startNs)
    else if (kind === kindIndex.sync) this.#sync(parser, startNs)
    else this.#range(parser, kind, startNs)
  }

  /** Lane of a device row, -1 where no device can be told. */
  #lane(parser: EventParser): number {
    const { identities } = this
    let { device } = parser
    if (!(device >= 0)) device = identities.pidOf(parser.pid)
    if (!(device >= 0) || device >= 2 ** 32) {
      this.counts.rowsWithoutDevice += 1
      return -1
    }
    const stream = !Number.isNaN(parser.stream) ? parser.stream : identities.tidNumber(parser.tid)
    const context = !Number.isNaN(parser.context) ? parser.context : 0
    return identities.lane(identities.groupOf(parser.pid), device, context, stream)
  }

  /** As recorded below 2^32, else a number counted down from there: ids are only compared. */
  #correlation(correlation: number): number {
    if (!(correlation > 0)) return 0
    if (correlation <= UINT32_MAX) return correlation
    let narrow = this.#wide.get(correlation)
    if (narrow === undefined) {
      narrow = UINT32_MAX - this.#wide.size
      this.#wide.set(correlation, narrow)
    }
    return narrow
  }

  #nameId(parser: EventParser): number {
    return parser.name >= 0 ? parser.name : parser.names.idOf('(unnamed)')
  }

  #kernel(parser: EventParser, startNs: number): void {
    const lane = this.#lane(parser)
    if (lane < 0) return
    const row = this.kernels.add(startNs, this.#duration(parser), lane)
    if (this.#wantCorrelation) this.kernels.correlate(row, this.#correlation(parser.correlation))
    this.kernelName.set(row, this.kernelNames.of(this.#nameId(parser)))
    if (!Number.isNaN(parser.graphId)) {
      this.hasGraphIds = true
      if (parser.graphId > 0) this.graphId.set(row, this.#correlation(parser.graphId))
    }
    if (parser.graphNode >= 0) {
      this.hasGraphNodes = true
      this.graphNode.set(row, 1 + this.graphNodes.of(parser.graphNode))
    }
    if (this.#wantGeometry) this.geometry.set(row, parser.hasGeometry ? this.#geometry(parser.geometry) : -1)
    if (this.#wantCollectives && parser.collective >= 0) this.#collective(parser, row)
  }

  #geometry(values: Float64Array): number {
    const key = values.join()
    let id = this.#geometryIds.get(key)
    if (id === undefined) {
      const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = values
      id = this.geometries.push({ grid: [a, b, c], block: [d, e, f] }) - 1
      this.#geometryIds.set(key, id)
    }
    return id
  }

  #collective(parser: EventParser, row: number): void {
    const { collectives } = this
    const elementBytes = elementBytesOf(parser.ids.texts[parser.dtype] ?? '')
    const group = parser.group >= 0 ? parser.group : parser.communicator
    collectives.row.push(row)
    collectives.operation.push(this.operations.of(parser.collective))
    collectives.communicator.push(this.communicators.of(group >= 0 ? group : parser.ids.idOf('')))
    collectives.sequence.push(parser.sequence >= 0 && parser.sequence < 2 ** 31 ? parser.sequence : -1)
    collectives.bytes.push(parser.elements * elementBytes)
    collectives.groupSize.push(parser.groupSize > 0 && parser.groupSize < 65536 ? parser.groupSize : 0)
  }

  #memcpy(parser: EventParser, startNs: number): void {
    const lane = this.#lane(parser)
    if (lane < 0) return
    const row = this.memcpys.add(startNs, this.#duration(parser), lane)
    if (this.#wantCorrelation) this.memcpys.correlate(row, this.#correlation(parser.correlation))
    this.memcpyBytes.set(row, parser.size)
    const name = this.#nameId(parser)
    const kind = this.#copyKindOfName[name] ?? this.#readCopyKind(parser.names.texts[name] ?? '', name)
    this.copyKind.set(row, kind & 127)
    this.pageable.set(row, kind >> 7)
  }

  /** Direction in the low bits, 128 for pageable host memory. The kind stands in the name: `Memcpy HtoD (Pageable -> Device)`. */
  #readCopyKind(text: string, name: number): number {
    const kind = copyKinds.indexOf(copyKindOf(text)) + (/pageable/i.test(text) ? 128 : 0)
    this.#copyKindOfName[name] = kind
    return kind
  }

  #memset(parser: EventParser, startNs: number): void {
    const lane = this.#lane(parser)
    if (lane < 0) return
    const row = this.memsets.add(startNs, this.#duration(parser), lane)
    if (this.#wantCorrelation) this.memsets.correlate(row, this.#correlation(parser.correlation))
    this.memsetBytes.set(row, parser.size)
  }

  #hostCall(parser: EventParser, startNs: number): void {
    this.identities.countHostCall(parser.pid)
    // Interned whatever was asked: the names tell whether graphs were launched.
    const name = this.hostCallNames.of(this.#nameId(parser))
    if (!this.#wantHostCalls) return
    const row = this.hostCalls.add(startNs, this.#duration(parser), this.identities.thread(parser.pid, parser.tid))
    this.hostCallName.set(row, name)
    if (this.#wantCorrelation) this.hostCalls.correlate(row, this.#correlation(parser.correlation))
  }

  #sync(parser: EventParser, startNs: number): void {
    if (!this.#needs.has('syncs')) return
    const lane = this.#lane(parser)
    if (lane < 0) return
    const row = this.syncs.add(startNs, this.#duration(parser), lane)
    if (this.#wantCorrelation) this.syncs.correlate(row, this.#correlation(parser.correlation))
    const text = (parser.ids.texts[parser.syncKind] ?? parser.names.texts[parser.name] ?? '').toLowerCase()
    this.syncKind.set(row, syncKinds.indexOf(syncKindOf(text)))
  }

  #range(parser: EventParser, kind: number, startNs: number): void {
    const isDevice = kind === kindIndex['device-annotation']
    if (!isDevice && kind !== kindIndex.overhead) this.identities.seeHostPid(parser.pid)
    const name = this.#nameId(parser)
    let rangeKind = rangeKinds.indexOf(categoryKinds[kind] as (typeof rangeKinds)[number])
    const isDeep = kind === kindIndex.operator || kind === kindIndex.python
    if (isDeep && this.#isStep(parser, name)) rangeKind = rangeKinds.indexOf('annotation')
    if (!this.#needs.has(isDeep ? 'operators' : 'ranges') && !(rangeKind === 1 && this.#needs.has('ranges'))) return
    const row = this.ranges.add(startNs, this.#duration(parser), this.identities.thread(parser.pid, parser.tid))
    this.rangeText.set(row, this.rangeTexts.of(name))
    this.rangeKind.set(row, rangeKind)
  }

  /** Before 2022 there was no annotation category: the profiler's own step is an operator there. */
  #isStep(parser: EventParser, name: number): boolean {
    let isStep = this.#isStepOfName.get(name)
    if (isStep === undefined) {
      isStep = (parser.names.texts[name] ?? '').startsWith('ProfilerStep#')
      this.#isStepOfName.set(name, isStep)
    }
    return isStep
  }

  #metadata(parser: EventParser): void {
    const title = parser.names.texts[parser.name]
    if (title !== 'process_name' && title !== 'thread_name') return
    const name = parser.argumentName()
    if (name === undefined) return
    if (title === 'process_name') this.identities.processNames.set(parser.pid, name)
    else this.identities.nameThread(parser.pid, parser.tid, name)
  }
}
