/** The TARGET_INFO tables that describe GPUs, in every shape they had since 2020. */
import { readSmallTable } from './column-plan.ts'
import type { TableSource } from './table-source.ts'

export interface GpuTarget {
  /** Upper 16 bits of the global ids of that host or VM. */
  readonly host: number
  /** TARGET_INFO_GPU.id: what TARGET_INFO_CUDA_DEVICE.gpuId refers to. Not a CUDA ordinal. */
  readonly id: number
  readonly name?: string
  readonly uuid?: string
  readonly pciAddress?: string
  readonly smCount?: number
  readonly memoryBytes?: number
  readonly computeCapability?: string
}

/** One row per process and CUDA ordinal: TARGET_INFO_CUDA_DEVICE (2025.1 on) or TARGET_INFO_CUDA_GPU (before 2022). */
export interface CudaDeviceTarget {
  readonly pid: number
  readonly ordinal: number
  /** Absent in TARGET_INFO_CUDA_GPU, which describes without identifying. */
  readonly gpuId?: number
  readonly uuid?: string
  readonly name?: string
  readonly smCount?: number
  readonly memoryBytes?: number
  readonly computeCapability?: string
}

export interface GpuTargets {
  readonly gpus: readonly GpuTarget[]
  readonly cudaDevices: readonly CudaDeviceTarget[]
}

const positive = (value: number | undefined): number | undefined => (value !== undefined && value > 0 ? value : undefined)

/** All-zero UUIDs stand for "not an NVIDIA device", `<UNKNOWN_BUS_ID>` for an address that was not asked for. */
function identifier(value: string | undefined): string | undefined {
  return value === undefined || value === '' || value.startsWith('<') || /^[0-]+$/.test(value) ? undefined : value
}

function capability(major: number | undefined, minor: number | undefined): string | undefined {
  return major !== undefined && major > 0 && minor !== undefined && minor >= 0 ? `${major}.${minor}` : undefined
}

/** Drops the undefined properties, so that absence stays absence. */
export function present<T extends object>(value: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as T
}

async function readGpus(source: TableSource): Promise<GpuTarget[]> {
  const table = await readSmallTable(source, 'TARGET_INFO_GPU', {
    vmId: 'id64',
    id: 'number',
    deviceId: 'number',
    name: 'text',
    busLocation: 'text',
    uuid: 'text',
    smCount: 'number',
    totalMemory: 'number',
    computeMajor: 'number',
    computeMinor: 'number',
  })
  const ids = table.numbers('id').length > 0 ? table.numbers('id') : table.numbers('deviceId')
  return Array.from({ length: table.rows }, (_, row) =>
    present<GpuTarget>({
      host: Number(BigInt.asUintN(16, (table.ids('vmId')[row] ?? 0n) >> 48n)),
      id: ids[row] ?? -1,
      name: table.texts('name')[row],
      uuid: identifier(table.texts('uuid')[row]),
      pciAddress: identifier(table.texts('busLocation')[row]),
      smCount: positive(table.numbers('smCount')[row]),
      memoryBytes: positive(table.numbers('totalMemory')[row]),
      computeCapability: capability(table.numbers('computeMajor')[row], table.numbers('computeMinor')[row]),
    }),
  ).filter((gpu) => gpu.uuid !== undefined || gpu.pciAddress !== undefined || gpu.smCount !== undefined)
}

async function readCudaDevices(source: TableSource): Promise<CudaDeviceTarget[]> {
  const table = await readSmallTable(source, 'TARGET_INFO_CUDA_DEVICE', {
    gpuId: 'number',
    cudaId: 'number',
    pid: 'number',
    uuid: 'text',
    numMultiprocessors: 'number',
  })
  const current = Array.from({ length: table.rows }, (_, row) =>
    present<CudaDeviceTarget>({
      pid: table.numbers('pid')[row] ?? -1,
      ordinal: table.numbers('cudaId')[row] ?? -1,
      gpuId: table.numbers('gpuId')[row],
      uuid: identifier(table.texts('uuid')[row]),
      smCount: positive(table.numbers('numMultiprocessors')[row]),
    }),
  )
  const old = await readSmallTable(source, 'TARGET_INFO_CUDA_GPU', {
    deviceId: 'number',
    pid: 'number',
    name: 'text',
    numMultiprocessors: 'number',
    globalMemorySize: 'number',
    computeCapabilityMajor: 'number',
    computeCapabilityMinor: 'number',
  })
  const described = Array.from({ length: old.rows }, (_, row) =>
    present<CudaDeviceTarget>({
      pid: old.numbers('pid')[row] ?? -1,
      ordinal: old.numbers('deviceId')[row] ?? -1,
      name: old.texts('name')[row],
      smCount: positive(old.numbers('numMultiprocessors')[row]),
      memoryBytes: positive(old.numbers('globalMemorySize')[row]),
      computeCapability: capability(old.numbers('computeCapabilityMajor')[row], old.numbers('computeCapabilityMinor')[row]),
    }),
  )
  return [...current, ...described]
}

export async function readGpuTargets(source: TableSource): Promise<GpuTargets> {
  return { gpus: await readGpus(source), cudaDevices: await readCudaDevices(source) }
}
