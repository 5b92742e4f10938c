/** What a hardware counter means, free of any vendor's name for it. Readers give roles; analyses compute from nothing else. */

/** Element types that work is counted in. A counter that covers several lists them all. */
export const elementTypes = ['fp64', 'fp32', 'tf32', 'bf16', 'fp16', 'fp8', 'fp6', 'fp4', 'int8', 'int4', 'int1'] as const
export type ElementType = (typeof elementTypes)[number]

/** `total`: of the launch. `per-second` and `per-cycle`: a rate over the launch's duration or elapsed cycles. */
export type CounterBasis = 'total' | 'per-second' | 'per-cycle'

export const counterRatios = [
  'compute-throughput',
  'memory-throughput',
  'dram-throughput',
  'achieved-occupancy',
  'theoretical-occupancy',
  'tensor-pipe-active',
  'tensor-pipe-elapsed',
  'l2-hit',
] as const
export type CounterRatio = (typeof counterRatios)[number]

export const launchQuantities = [
  'registers-per-thread',
  'shared-memory-per-block',
  'shared-memory-static',
  'shared-memory-dynamic',
  'shared-memory-driver',
  'waves-per-multiprocessor',
  'multiprocessors',
  'replay-passes',
] as const
export type LaunchQuantity = (typeof launchQuantities)[number]

export const blockLimits = ['registers', 'shared_mem', 'warps', 'blocks', 'barriers'] as const
export type BlockLimit = (typeof blockLimits)[number]

export type CounterRole =
  | { readonly of: 'duration' }
  | {
      readonly of: 'bytes'
      readonly level: 'dram' | 'l2' | 'l1'
      readonly part: 'both' | 'read' | 'write'
      readonly basis: 'total' | 'per-second'
    }
  /** In percent, as profilers print them. */
  | { readonly of: 'ratio'; readonly ratio: CounterRatio }
  | { readonly of: 'launch'; readonly quantity: LaunchQuantity }
  | { readonly of: 'block-limit'; readonly by: BlockLimit }
  /** Elapsed cycles of the launch, or their rate in hertz. */
  | { readonly of: 'cycles'; readonly clock: 'compute' | 'dram'; readonly basis: 'total' | 'per-second' }
  | {
      /** Thread instructions executed by the scalar pipes. */
      readonly of: 'scalar-instructions'
      readonly type: 'fp64' | 'fp32' | 'fp16'
      readonly operation: 'add' | 'mul' | 'fma'
      /** Elements per thread instruction; `unknown`: the counter mixes one and two. */
      readonly lanes: 1 | 2 | 'unknown'
      readonly basis: CounterBasis
      /** Equal totals may be counted at several units of the chip: one of them is taken, never their sum. */
      readonly unit: string
    }
  | {
      /** Operations of the matrix units, two per multiply-add already. */
      readonly of: 'tensor-operations'
      readonly types: readonly ElementType[]
      /** Accumulator type where the counter is a part by destination. */
      readonly destination?: string
      /** Instruction family where the counter is a part by instruction. */
      readonly instruction?: string
      /** `all` holds `on` and `off`. */
      readonly sparsity: 'all' | 'on' | 'off'
      readonly basis: CounterBasis
    }
  /** Thread instructions on integers: never floating-point work. */
  | { readonly of: 'integer-instructions'; readonly basis: CounterBasis; readonly unit: string }
  | { readonly of: 'tensor-instructions'; readonly basis: CounterBasis; readonly unit: string }
  | {
      readonly of: 'stall'
      readonly reason: string
      /** `cycles`: average cycles per issue. `samples`: warp samples. */
      readonly basis: 'cycles' | 'samples'
    }
