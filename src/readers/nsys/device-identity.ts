/**
 * Which physical device a (process, CUDA ordinal) pair is.
 *
 * Ordinals are local to a process: under CUDA_VISIBLE_DEVICES every worker sees its GPU as device 0, so equal ordinals prove nothing.
 * In this order:
 * 1. TARGET_INFO_CUDA_DEVICE (schema 3.17 on) says for (pid, ordinal) which GPU it is. Two pairs with the same GPU are one device,
 *    whatever their ordinals; two pairs with different GPUs are two, even when both are called 0.
 * 2. A host with exactly one CUDA GPU: ordinal 0 of every process is that GPU.
 * 3. Otherwise the capture cannot tell. TARGET_INFO_GPU.cuDevice is the ordinal as the profiler saw it, not as the process did, and in
 *    a public 4-GPU capture it runs opposite to `id`; taking it for an identity would be a guess. Rows are then grouped by ordinal
 *    within a host, described only as far as all candidates agree, and where several processes share an ordinal this is said aloud:
 *    merged busy time of what may be two devices can hide idle time.
 */
import type { Device } from '#model/timeline.ts'
import { type CudaDeviceTarget, type GpuTarget, type GpuTargets, present } from './gpu-targets.ts'

export interface DeviceUse {
  /** Index of the process. */
  readonly process: number
  readonly host: number
  /** -1 where the capture names none. */
  readonly pid: number
  readonly ordinal: number
}

export interface DeviceIdentities {
  readonly devices: readonly Device[]
  /** Device index of each use, in the order given. */
  readonly deviceOf: readonly number[]
  /** Why identity is unknown, for the devices where it is; undefined when all are known. */
  readonly unknownReason?: string
}

interface Resolved {
  readonly key: string
  readonly known: boolean
  readonly description: Omit<Device, 'ordinal' | 'processes'>
}

export function identifyDevices(uses: readonly DeviceUse[], targets: GpuTargets): DeviceIdentities {
  const groups = new Map<string, { first: DeviceUse; resolved: Resolved; processes: Set<number> }>()
  const keys = uses.map((use) => {
    const resolved = resolve(use, targets)
    const group = groups.get(resolved.key)
    if (group === undefined) groups.set(resolved.key, { first: use, resolved, processes: new Set([use.process]) })
    else group.processes.add(use.process)
    return resolved.key
  })
  const hosts = new Set(uses.map((use) => use.host))
  const ordered = [...groups].sort(
    ([, a], [, b]) => a.first.host - b.first.host || a.first.ordinal - b.first.ordinal || a.first.process - b.first.process,
  )
  const position = new Map(ordered.map(([key], index) => [key, index]))
  const devices = ordered.map(([, { first, resolved, processes }]) => ({
    ordinal: first.ordinal,
    ...resolved.description,
    ...(hosts.size > 1 ? { host: `host-${first.host}` } : {}),
    processes: [...processes].sort((a, b) => a - b),
  }))
  const unknown = ordered.filter(([, group]) => !group.resolved.known)
  return {
    devices,
    deviceOf: keys.map((key) => position.get(key) ?? 0),
    ...(unknown.length === 0 ? {} : { unknownReason: reason(unknown.map(([, group]) => [group.first.ordinal, group.processes.size])) }),
  }
}

function reason(unknown: readonly (readonly [ordinal: number, processes: number])[]): string {
  const shared = unknown.filter(([, processes]) => processes > 1)
  const base = `the capture does not say which GPU device ${unknown.map(([ordinal]) => ordinal).join(', ')} is (no usable TARGET_INFO_CUDA_DEVICE)`
  if (shared.length === 0) return base
  const list = shared.map(([ordinal, processes]) => `device ${ordinal} of ${processes} processes`).join(', ')
  return `${base}: ${list} may be one GPU or, under CUDA_VISIBLE_DEVICES, several; it is counted as one`
}

function resolve(use: DeviceUse, { gpus, cudaDevices }: GpuTargets): Resolved {
  const local = gpus.filter((gpu) => gpu.host === use.host)
  const candidates = local.length > 0 ? local : gpus
  const rows = cudaDevices.filter((row) => row.ordinal === use.ordinal && (use.pid < 0 || row.pid === use.pid))
  const gpuIds = new Set(rows.flatMap((row) => (row.gpuId === undefined ? [] : [row.gpuId])))
  const [gpuId] = gpuIds
  if (gpuIds.size === 1 && gpuId !== undefined) {
    const [row] = rows.filter((each) => each.gpuId === gpuId)
    const gpu = candidates.find((each) => each.id === gpuId)
    // Of a partition, CUDA's own row says more than the row of the whole GPU.
    if (row?.uuid !== undefined && isPartitioned(gpuId, cudaDevices)) return identified(`gpu:${row.uuid}`, { ...gpu, ...row }, undefined)
    const uuid = gpu?.uuid ?? row?.uuid
    return identified(`gpu:${uuid ?? gpu?.pciAddress ?? `${use.host}:${gpuId}`}`, { ...gpu, ...(uuid === undefined ? {} : { uuid }) }, row)
  }
  const [only] = candidates
  if (candidates.length === 1 && only !== undefined && use.ordinal === 0)
    return identified(`gpu:${only.uuid ?? only.pciAddress ?? use.host}`, only, rows[0])
  const [described] = rows
  const agreed = { ...common(candidates), ...(described === undefined ? {} : pick(described)) }
  return { key: `ordinal:${use.host}:${use.ordinal}`, known: false, description: agreed }
}

/** Several CUDA identities on one GPU are its partitions (MIG): each runs alone, and a merged timeline would hide their idle time. */
function isPartitioned(gpuId: number, cudaDevices: readonly CudaDeviceTarget[]): boolean {
  return new Set(cudaDevices.flatMap((row) => (row.gpuId === gpuId && row.uuid !== undefined ? [row.uuid] : []))).size > 1
}

function identified(key: string, gpu: Partial<GpuTarget>, row: CudaDeviceTarget | undefined): Resolved {
  const { uuid, pciAddress } = gpu
  return {
    key,
    known: true,
    description: {
      ...(row === undefined ? {} : pick(row)),
      ...pick(gpu),
      ...present<Pick<Device, 'uuid' | 'pciAddress'>>({ uuid, pciAddress }),
    },
  }
}

type Description = Pick<Device, 'name' | 'smCount' | 'memoryBytes' | 'computeCapability'>

function pick({ name, smCount, memoryBytes, computeCapability }: Partial<GpuTarget>): Description {
  return present<Description>({ name, smCount, memoryBytes, computeCapability })
}

/** What every candidate says the same. */
function common(candidates: readonly GpuTarget[]): Description {
  const [first] = candidates
  if (first === undefined) return {}
  const agreed = Object.entries(pick(first)).filter(([key, value]) => candidates.every((gpu) => gpu[key as keyof GpuTarget] === value))
  return Object.fromEntries(agreed) as Description
}
