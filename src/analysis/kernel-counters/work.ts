/** What a launch computed and moved: the numbers that a roofline needs. */
import type { ElementType } from '#model/counter-role.ts'
import type { CounterRow } from './counter-row.ts'
import { scalarWork } from './scalar-work.ts'
import { type TensorWork, tensorWork } from './tensor-work.ts'
import { launchTraffic, type Traffic } from './traffic.ts'

export interface TypedWork {
  readonly pipe: 'scalar' | 'tensor'
  /** `fp32`, or a group that nothing tells apart: `fp16_bf16_tf32`. */
  readonly type: string
  readonly elements: readonly ElementType[]
  readonly flops: number
  readonly mostFlops: number
  readonly sparseFlops?: number
}

export interface KnownFlops {
  readonly state: 'known'
  /** All pipes, matrix units included. */
  readonly total: number
  /** Above `total` where a counter mixes scalar and packed instructions. */
  readonly most: number
  readonly types: readonly TypedWork[]
  /** Why the launch did at least this much; absent = exact. */
  readonly lowerBound?: string
  /** What was assumed; absent = nothing. */
  readonly assumption?: string
}

export interface UnknownFlops {
  readonly state: 'unknown'
  readonly reason: string
  /** What the scalar pipes did: a part of the work, never the whole. */
  readonly scalarFlops?: number
}

export interface LaunchWork {
  readonly durationNs?: number
  readonly flops: KnownFlops | UnknownFlops
  /** Operations of the matrix units on integers. */
  readonly integerOperations?: number
  /** Thread instructions on integers. */
  readonly integerInstructions?: number
  readonly dram?: Traffic
  readonly l2?: Traffic
  /** Absent where FLOP or bytes are unknown, or no byte was moved. */
  readonly intensity?: Intensity
}

/** FLOP ÷ DRAM bytes of the same launches. */
export interface Intensity {
  readonly flopsPerByte: number
  /** `lower`: not all operations were collected. `upper`: not all bytes were. */
  readonly bound: 'exact' | 'lower' | 'upper'
}

export interface LaunchContext {
  /** A kernel that multiplies matrices, as far as its name says: its work may be in the matrix units. */
  readonly isMatrixKernel: boolean
  /** `10.0`; absent = not known. */
  readonly computeCapability?: string
}

/** Lists that all launches share. */
const elementsOf = { fp64: ['fp64'], fp32: ['fp32'], fp16: ['fp16'] } as const satisfies Record<string, readonly ElementType[]>
const idle: TensorAnswer = { work: [] }
const assumedIdle: TensorAnswer = {
  work: [],
  assumption: 'matrix units idle: nothing of them was collected, and the name is not of a matrix kernel',
}

/** First compute capability with packed FP32 instructions (Blackwell). */
const PACKED_SINCE = 10
/** FLOP of one matrix instruction of a warp on compute capability 7.0 (V100, FP16): the factor of NVIDIA's own derived metric. */
const V100_FLOPS_PER_INSTRUCTION = 512

/** Objects of a launch are built field by field: there are tens of thousands, and spreads were most of their cost. */
type Mutable<T> = { -readonly [Key in keyof T]: T[Key] }

const isInteger = (element: ElementType): boolean => element.startsWith('int')

type TensorAnswer = { readonly work: readonly TensorWork[]; readonly assumption?: string } | { readonly unknown: string }

/** Work of the matrix units: counted, proven to be none, assumed to be none, or unknown. */
function tensorAnswer(row: CounterRow, context: LaunchContext): TensorAnswer {
  const counted = tensorWork(row)
  if (counted !== undefined) return { work: counted }
  const ratios = row.all('ratio')
  const pipes =
    ratios.length === 0 ? ratios : ratios.filter(({ role }) => role.ratio === 'tensor-pipe-active' || role.ratio === 'tensor-pipe-elapsed')
  const [issued] = row.totals('tensor-instructions')
  if (issued !== undefined && context.computeCapability === '7.0') {
    const operations = issued.value * V100_FLOPS_PER_INSTRUCTION
    return { work: [{ type: 'fp16', elements: ['fp16'], operations, sparseOperations: 0, isLowerBound: false }] }
  }
  if (issued !== undefined ? issued.value === 0 : pipes.length > 0 && pipes.every(({ value }) => value === 0)) return idle
  if (issued !== undefined || pipes.length > 0) return { unknown: 'the matrix units were at work and their operations were not counted' }
  return context.isMatrixKernel
    ? { unknown: 'a kernel that multiplies matrices, of which only scalar instructions were counted' }
    : assumedIdle
}

/**
 * FLOP = those of the scalar pipes + operations of the matrix units on floating-point types (each counted once: sparse and dense parts,
 * parts by instruction and groups are not added to what holds them). Unknown where the matrix units may have worked uncounted.
 */
export function launchFlops(row: CounterRow, context: LaunchContext): { flops: KnownFlops | UnknownFlops; integerOperations?: number } {
  const packed = Number.parseInt(context.computeCapability ?? '0', 10) >= PACKED_SINCE
  const scalar = scalarWork(row, packed)
  let scalarFlops = 0
  for (const { flops } of scalar) scalarFlops += flops
  const tensor = tensorAnswer(row, context)
  if ('unknown' in tensor && scalar.length > 0) return { flops: { state: 'unknown', reason: tensor.unknown, scalarFlops } }
  if ('unknown' in tensor || (scalar.length === 0 && tensor.work.length === 0)) {
    return { flops: { state: 'unknown', reason: 'no operations were counted: collect a roofline section (--set full or --set roofline)' } }
  }
  const types: TypedWork[] = []
  for (const { type, flops, mostFlops } of scalar) types.push({ pipe: 'scalar', type, elements: elementsOf[type], flops, mostFlops })
  let integerOperations: number | undefined
  for (const { type, elements, operations, sparseOperations } of tensor.work) {
    if (elements.some(isInteger)) integerOperations = (integerOperations ?? 0) + operations
    else {
      const sparse = sparseOperations === undefined ? {} : { sparseFlops: sparseOperations }
      types.push({ pipe: 'tensor', type, elements, flops: operations, mostFlops: operations, ...sparse })
    }
  }
  const flops: Mutable<KnownFlops> = { state: 'known', total: 0, most: 0, types }
  for (const each of types) {
    flops.total += each.flops
    flops.most += each.mostFlops
  }
  const lowerBound = lowerBoundOf(scalar, tensor.work)
  if (lowerBound !== undefined) flops.lowerBound = lowerBound
  if (tensor.assumption !== undefined) flops.assumption = tensor.assumption
  return integerOperations === undefined ? { flops } : { flops, integerOperations }
}

/** Only what is missing is spelled out: nearly every launch misses nothing, and all miss the same. */
function lowerBoundOf(scalar: readonly { type: string; missing: readonly string[] }[], tensor: readonly TensorWork[]): string | undefined {
  const [only] = scalar
  if (scalar.length === 1 && tensor.length === 0 && only !== undefined) return boundOfOne(only.type, only.missing)
  const all: string[] = []
  for (const { type, missing } of scalar) if (missing.length > 0) all.push(`${type} ${missing.join(', ')}`)
  for (const { type, elements, isLowerBound } of tensor)
    if (isLowerBound && !elements.some(isInteger)) all.push(`dense or sparse part of ${type}`)
  return all.length === 0 ? undefined : `not collected: ${all.join('; ')}`
}

/** By type and list of what is missing, of which each is made once: nor need its text be made for every launch. */
const boundsOfOne = new Map<string, Map<readonly string[], string>>()

function boundOfOne(type: string, missing: readonly string[]): string | undefined {
  if (missing.length === 0) return undefined
  let known = boundsOfOne.get(type)
  if (known === undefined) {
    known = new Map()
    boundsOfOne.set(type, known)
  }
  let bound = known.get(missing)
  if (bound === undefined) {
    bound = `not collected: ${type} ${missing.join(', ')}`
    known.set(missing, bound)
  }
  return bound
}

/** Everything about one launch; `row` stands at it. */
export function launchWork(row: CounterRow, context: LaunchContext): LaunchWork {
  const { flops, integerOperations } = launchFlops(row, context)
  const dram = launchTraffic(row, 'dram')
  const l2 = launchTraffic(row, 'l2')
  const [integer] = row.totals('integer-instructions')
  const intensity = intensityOf(flops, dram)
  const work: Mutable<LaunchWork> = { flops }
  if (row.durationNs !== undefined) work.durationNs = row.durationNs
  if (integerOperations !== undefined) work.integerOperations = integerOperations
  if (integer !== undefined) work.integerInstructions = integer.value
  if (dram !== undefined) work.dram = dram
  if (l2 !== undefined) work.l2 = l2
  if (intensity !== undefined) work.intensity = intensity
  return work
}

/** With both a lower bound the ratio could be off in any direction: then there is none. An ambiguous count gives its lower end. */
export function intensityOf(flops: KnownFlops | UnknownFlops, dram: Traffic | undefined): Intensity | undefined {
  if (flops.state === 'unknown' || dram === undefined || dram.totalBytes === 0) return undefined
  const isLower = flops.lowerBound !== undefined
  if (isLower && dram.isLowerBound) return undefined
  return { flopsPerByte: flops.total / dram.totalBytes, bound: isLower ? 'lower' : dram.isLowerBound ? 'upper' : 'exact' }
}
