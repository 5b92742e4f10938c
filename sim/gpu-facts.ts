/**
 * What a device says of itself: attributes at run time and published peaks (facts: ceilings; NVIDIA's H100, H200 and HGX data sheets).
 * A copy for the generator, which may not read the table that the analyses read.
 */

export interface GpuFacts {
  /** As the driver names it. */
  readonly name: string
  readonly chip: string
  /** Compute capability. */
  readonly major: number
  readonly minor: number
  readonly multiprocessors: number
  readonly memoryBytes: number
  readonly cacheBytes: number
  /** Of the bus at its clock. */
  readonly dramBytesPerS: number
  readonly maxClockHz: number
  /** Dense, of the matrix units. */
  readonly bf16FlopsPerS: number
  readonly fp8FlopsPerS: number
}

const b200: GpuFacts = {
  name: 'NVIDIA B200',
  chip: 'GB100',
  major: 10,
  minor: 0,
  multiprocessors: 148,
  memoryBytes: 191_503_138_816,
  cacheBytes: 132_644_864,
  dramBytesPerS: 7_672_000_000_000,
  maxClockHz: 1_965_000_000,
  bf16FlopsPerS: 2.25e15,
  fp8FlopsPerS: 4.5e15,
}

const hopper = { chip: 'GH100', major: 9, minor: 0, multiprocessors: 132, cacheBytes: 52_428_800, maxClockHz: 1_980_000_000 }
const hopperPeaks = { bf16FlopsPerS: 0.9894e15, fp8FlopsPerS: 1.9789e15 }

export const gpus: readonly GpuFacts[] = [
  b200,
  { ...hopper, ...hopperPeaks, name: 'NVIDIA H100 80GB HBM3', memoryBytes: 85_017_493_504, dramBytesPerS: 3_352_000_000_000 },
  { ...hopper, ...hopperPeaks, name: 'NVIDIA H200', memoryBytes: 150_754_820_096, dramBytesPerS: 4_917_000_000_000 },
]

/** Facts of the device of that name; of a B200 where the name is none of the table's. */
export function gpuFacts(name: string): GpuFacts {
  return gpus.find((gpu) => gpu.name === name) ?? b200
}
