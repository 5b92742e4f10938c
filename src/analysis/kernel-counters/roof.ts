/**
 * How far launches are from what the chip can do. Ceilings come as an argument, by key: never inline.
 * Only counted work decides: a busy multiprocessor may spin.
 */
import type { ElementType } from '#model/counter-role.ts'
import type { LaunchWork, TypedWork } from './work.ts'

export interface Ceiling {
  /** Key in the table of ceilings, e.g. `b200_sm100.fp8_dense_pflops`: every comparison names it. */
  readonly key: string
  /** FLOP/s or byte/s. */
  readonly perSecond: number
}

/** What the comparison needs of the hardware. Undefined = the table has no such ceiling. */
export interface Ceilings {
  flops(pipe: 'scalar' | 'tensor', elements: readonly ElementType[], isSparse: boolean): Ceiling | undefined
  readonly dramBytes: Ceiling | undefined
}

export interface RoofDistance {
  readonly state: 'judged'
  /** Which roof the work would hit first. */
  readonly bound: 'compute' | 'memory'
  /** Least time that the work needs at the roof ÷ duration: 1 = at the roof. Above 1 is clocks or counters, and is not cut. */
  readonly roofRatio: number
  /** The same for either roof alone. */
  readonly computeRatio: number
  readonly memoryRatio: number
  readonly achievedFlopsPerSecond: number
  readonly achievedBytesPerSecond: number
  /** Intensity at which both roofs are met by this mix of types; absent where nothing was computed. */
  readonly ridgeFlopsPerByte?: number
  /** Keys of the ceilings used. */
  readonly ceilings: readonly string[]
  /** Only part of the work was collected: the launch is at least this near. */
  readonly isLowerBound: boolean
}

export interface RoofUndecidable {
  readonly state: 'undecidable'
  readonly reason: string
  /** Known where bytes were counted and operations were not. */
  readonly memoryRatio?: number
}

interface PipeTime {
  readonly seconds: number
  readonly keys: readonly string[]
}

/** Sparse operations against the sparse peak, the rest against the dense one. */
function timeOf(work: TypedWork, ceilings: Ceilings): PipeTime | string {
  const sparse = work.sparseFlops ?? 0
  const dense = work.flops - sparse
  let seconds = 0
  const keys: string[] = []
  for (const [flops, isSparse] of [
    [dense, false],
    [sparse, true],
  ] as const) {
    if (flops <= 0) continue
    const ceiling = ceilings.flops(work.pipe, work.elements, isSparse)
    if (ceiling === undefined) return `no ceiling for ${isSparse ? 'sparse ' : ''}${work.type} of the ${work.pipe} pipe`
    seconds += flops / ceiling.perSecond
    keys.push(ceiling.key)
  }
  return { seconds, keys }
}

/**
 * least compute time = max over pipes of Σ FLOP of a type ÷ peak of that type (types of the matrix units share one pipe);
 * least memory time = DRAM bytes ÷ peak bandwidth; roofRatio = max of both ÷ duration.
 * For one type that equals achieved FLOP/s ÷ min(peak, intensity x bandwidth).
 */
export function compareWithRoof(work: LaunchWork, ceilings: Ceilings): RoofDistance | RoofUndecidable {
  const { durationNs, flops, dram } = work
  if (durationNs === undefined) return { state: 'undecidable', reason: 'the duration was not measured' }
  if (dram === undefined) return { state: 'undecidable', reason: headroom(work).reason ?? 'DRAM bytes were not counted' }
  if (ceilings.dramBytes === undefined) return { state: 'undecidable', reason: 'no ceiling for memory bandwidth' }
  const seconds = durationNs / 1e9
  const memorySeconds = dram.totalBytes / ceilings.dramBytes.perSecond
  const memoryRatio = memorySeconds / seconds
  if (flops.state === 'unknown') return { state: 'undecidable', reason: flops.reason, memoryRatio }
  const pipes = new Map<string, number>()
  const keys = [ceilings.dramBytes.key]
  for (const typed of flops.types) {
    const time = timeOf(typed, ceilings)
    if (typeof time === 'string') return { state: 'undecidable', reason: time, memoryRatio }
    const pipe = typed.pipe === 'tensor' ? 'tensor' : typed.type
    pipes.set(pipe, (pipes.get(pipe) ?? 0) + time.seconds)
    keys.push(...time.keys)
  }
  const computeSeconds = Math.max(0, ...pipes.values())
  return {
    state: 'judged',
    bound: computeSeconds > memorySeconds ? 'compute' : 'memory',
    roofRatio: Math.max(computeSeconds, memorySeconds) / seconds,
    computeRatio: computeSeconds / seconds,
    memoryRatio,
    achievedFlopsPerSecond: flops.total / seconds,
    achievedBytesPerSecond: dram.totalBytes / seconds,
    ...(computeSeconds > 0 ? { ridgeFlopsPerByte: flops.total / computeSeconds / ceilings.dramBytes.perSecond } : {}),
    ceilings: [...new Set(keys)],
    isLowerBound: flops.lowerBound !== undefined || dram.isLowerBound,
  }
}

export interface Headroom {
  readonly state: 'decidable' | 'undecidable'
  readonly reason?: string
}

/** Can this launch be called near its roof, or far from it, at all? */
export function headroom({ durationNs, flops, dram }: LaunchWork): Headroom {
  if (durationNs === undefined) return { state: 'undecidable', reason: 'the duration was not measured' }
  if (flops.state === 'unknown' && dram === undefined) {
    return {
      state: 'undecidable',
      reason:
        flops.scalarFlops === undefined
          ? 'neither DRAM bytes nor operations were counted (as with --set basic): a busy multiprocessor may spin'
          : `DRAM bytes were not counted, and ${flops.reason}`,
    }
  }
  if (flops.state === 'unknown') return { state: 'undecidable', reason: flops.reason }
  if (dram === undefined) return { state: 'undecidable', reason: 'DRAM bytes were not counted' }
  return { state: 'decidable' }
}

/**
 * Most that a step can gain from a rule's estimate: a kernel with share s of the step, sped up by x (0.989 = 98.9 % faster), shortens
 * the step by at most s x (1 - 1 / (1 + x)), before any overlap. A local estimate is never one of the step.
 */
export function largestStepGain(speedupRatio: number, timeShareRatio: number): number {
  return timeShareRatio * (1 - 1 / (1 + speedupRatio))
}
