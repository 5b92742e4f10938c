/**
 * The columnar timeline: what every analysis of time reads.
 *
 * Times are integer nanoseconds relative to the capture's `clock.originNs`, held in doubles (exact below 2^53 = 104 days).
 * Rows stand in file order. Rows of a lane are usually but not always sorted by start: ask `orderLanes`.
 * Correlation ids are process-local. 0 means "none". Readers that meet ids above 2^32 intern them.
 */

/** A queue that executes in order: ids of context and stream are local to the process. */
export interface Lane {
  /** Index into `Timeline.processes`. */
  readonly process: number
  /** Index into `Timeline.devices`. */
  readonly device: number
  readonly context: number
  readonly stream: number
}

export interface Process {
  /** Process id as the capture prints it; -1 where the capture has none (hand-cut files, GPU-only traces). */
  readonly pid: number
  readonly name?: string
  readonly host?: string
  /** Rank in the job, when the capture itself says so. */
  readonly rank?: number
}

export interface Thread {
  /** Index into `Timeline.processes`. */
  readonly process: number
  readonly tid: number
  readonly name?: string
}

/** One physical device. Rows of equal ordinals are told apart by `uuid`, `pciAddress` or the processes that used them. */
export interface Device {
  /** The ordinal in the file (process-local under CUDA_VISIBLE_DEVICES). */
  readonly ordinal: number
  readonly uuid?: string
  readonly pciAddress?: string
  /** Absent when the capture does not name it: never guessed. */
  readonly name?: string
  readonly host?: string
  /** Indices into `Timeline.processes`. */
  readonly processes: readonly number[]
  readonly smCount?: number
  readonly computeCapability?: string
  readonly memoryBytes?: number
}

/** Kernel names as the capture gives them; equal triples are interned, so that a row needs one id. */
export interface KernelName {
  /** The fullest readable name: demangled when there is one. */
  readonly name: string
  readonly shortName: string
  readonly mangledName?: string
}

export interface ActivityTable {
  readonly length: number
  readonly startNs: Float64Array
  readonly durationNs: Uint32Array | Float64Array
  /** Index into `Timeline.lanes`. */
  readonly lane: Uint16Array | Uint32Array
  /** Launch correlation, 0 = none. Absent when the reader was not asked for `correlation`. */
  readonly correlation?: Uint32Array
}

export interface KernelTable extends ActivityTable {
  /** Index into `Timeline.kernelNames`. */
  readonly name: Int32Array
  /** 0 = launched outside a graph; else 1 + index of the distinct graph node. Absent when the capture cannot tell. */
  readonly graphNode?: Uint32Array
  /** Rows whose `graphNode` is not 0; absent where the reader did not count them. */
  readonly graphNodeRows?: number
  /** Graph id, 0 = none or unknown. */
  readonly graphId?: Uint32Array
  /** Index into `Timeline.geometries`, read on request (`geometry`). */
  readonly geometry?: Int32Array
}

export interface Geometry {
  readonly grid: readonly [number, number, number]
  readonly block: readonly [number, number, number]
}

/** One row per graph launch whose kernels were not resolved (nsys graph mode). */
export interface GraphTable extends ActivityTable {
  readonly graphId?: Uint32Array
}

/** Copy directions as every vendor names them. `other` covers array copies and unified-memory migrations. */
export const copyKinds = [
  'unknown',
  'host-to-device',
  'device-to-host',
  'device-to-device',
  'peer-to-peer',
  'host-to-host',
  'other',
] as const
export type CopyKind = (typeof copyKinds)[number]

export interface CopyTable extends ActivityTable {
  /** Bytes moved, NaN where the capture does not say. */
  readonly bytes: Float64Array
  /** Index into `copyKinds`. */
  readonly copyKind: Uint8Array
  /** 1 where one side is pageable host memory (such a copy synchronises), 0 where not or unknown. */
  readonly pageable?: Uint8Array
}

export interface MemsetTable extends ActivityTable {
  readonly bytes: Float64Array
}

/** What a host call does, in words that hold for CUDA and HIP, runtime and driver. */
export const hostCallClasses = ['other', 'launch', 'graph-launch', 'sync', 'memcpy', 'memset', 'allocation', 'event', 'wait'] as const
export type HostCallClass = (typeof hostCallClasses)[number]

export interface HostCallName {
  /** As recorded, e.g. `cudaLaunchKernel_v7000`. */
  readonly raw: string
  /** Version suffix stripped, e.g. `cudaLaunchKernel`. */
  readonly name: string
  readonly class: HostCallClass
}

/** API calls of the GPU runtime and driver, or operating-system calls. Nested calls (driver in runtime) are legal. */
export interface HostCallTable {
  readonly length: number
  readonly startNs: Float64Array
  readonly durationNs: Uint32Array | Float64Array
  /** Index into `Timeline.threads`. */
  readonly thread: Uint16Array | Uint32Array
  /** Index into `Timeline.hostCallNames`. */
  readonly name: Int32Array
  /** 0 = none. Operating-system calls have none: then absent. */
  readonly correlation?: Uint32Array
}

/**
 * `nvtx`, `annotation` (engine or user range on the host), `device-annotation` (the same range projected to the device: not work),
 * `operator` (framework operator), `python` (frame), `mark` (instant, duration 0), `overhead` (profiler's own).
 */
export const rangeKinds = ['nvtx', 'annotation', 'device-annotation', 'operator', 'python', 'mark', 'overhead'] as const
export type RangeKind = (typeof rangeKinds)[number]

export interface RangeTable {
  readonly length: number
  readonly startNs: Float64Array
  /** Open ranges (no end in the file) are closed at the capture's last event and counted as losses by the reader. */
  readonly durationNs: Uint32Array | Float64Array
  /** Index into `Timeline.threads`. Device annotations: the thread is that of the device row in the file. */
  readonly thread: Uint16Array | Uint32Array
  /** Index into `Timeline.rangeTexts`. */
  readonly text: Int32Array
  /** Index into `rangeKinds`. */
  readonly kind: Uint8Array
  /** Range ends on another thread (NVTX start/end): cannot be put on a stack. Absent = none does. */
  readonly crossThread?: Uint8Array
}

/** Device-side waits (event, stream, context synchronisation), where the capture records them. */
export interface SyncTable extends ActivityTable {
  /** Index into `syncKinds`. */
  readonly syncKind: Uint8Array
}
export const syncKinds = ['unknown', 'event-synchronize', 'stream-wait-event', 'stream-synchronize', 'context-synchronize'] as const

/** What a collective kernel moved, where the capture says (kineto's NCCL arguments). Row-aligned with `kernelRow`. */
export interface CollectiveTable {
  readonly length: number
  /** Row in `kernels`. */
  readonly kernelRow: Uint32Array
  /** Index into `Timeline.collectiveNames`: operation as recorded, e.g. `allreduce`. */
  readonly operation: Int32Array
  /** Index into `Timeline.communicatorNames`. */
  readonly communicator: Int32Array
  /** Sequence number within the communicator, -1 unknown. */
  readonly sequence: Int32Array
  /** Bytes sent per rank before algorithm factors, NaN unknown. */
  readonly bytes: Float64Array
  /** Ranks in the group, 0 unknown. */
  readonly groupSize: Uint16Array
}

export interface Timeline {
  readonly processes: readonly Process[]
  readonly threads: readonly Thread[]
  readonly devices: readonly Device[]
  readonly lanes: readonly Lane[]
  readonly kernelNames: readonly KernelName[]
  readonly hostCallNames: readonly HostCallName[]
  readonly rangeTexts: readonly string[]
  readonly geometries: readonly Geometry[]
  readonly collectiveNames: readonly string[]
  readonly communicatorNames: readonly string[]

  readonly kernels: KernelTable
  readonly graphs: GraphTable
  readonly memcpys: CopyTable
  readonly memsets: MemsetTable
  /** Absent = not in the file, or not asked for: `Capture.capabilities` says which. */
  readonly hostCalls?: HostCallTable
  readonly osCalls?: HostCallTable
  readonly ranges?: RangeTable
  readonly syncs?: SyncTable
  readonly collectives?: CollectiveTable
}

/**
 * What a question needs beyond starts, durations, lanes and kernel names. Readers skip the rest: reading is the cost.
 * `launches`: `correlation` as far as it serves to join device rows to host calls; without host calls in the file nothing is read for it.
 */
export const timelineNeeds = [
  'launches',
  'correlation',
  'host-calls',
  'ranges',
  'operators',
  'os-calls',
  'geometry',
  'syncs',
  'collectives',
] as const
export type TimelineNeed = (typeof timelineNeeds)[number]
