/** The metadata around the events: devices, rank, versions. Host, user and path values are never kept. */
import type { Device } from '#model/timeline.ts'

export interface DocumentFacts {
  readonly schemaVersion?: string
  /** Digits of `baseTimeNanoseconds`. */
  readonly baseNs?: bigint
  readonly rank?: number
  readonly worldSize?: number
  readonly devices: ReadonlyMap<number, Partial<Device>>
  readonly facts: Readonly<Record<string, string>>
  readonly unreadable: number
}

const factNames: readonly (readonly [string, string])[] = [
  ['cupti_version', 'cupti'],
  ['cuda_runtime_version', 'cuda-runtime'],
  ['cuda_driver_version', 'cuda-driver'],
  ['roctracer_version', 'roctracer'],
  ['rocprofiler_version', 'rocprofiler'],
  ['hip_runtime_version', 'hip-runtime'],
  ['hip_driver_version', 'hip-driver'],
  ['record_shapes', 'record-shapes'],
  ['with_stack', 'with-stack'],
  ['with_flops', 'with-flops'],
  ['with_modules', 'with-modules'],
  ['profile_memory', 'profile-memory'],
  ['displayTimeUnit', 'display-time-unit'],
]

/** Longer than any version or flag: such a value is something else. */
const MAX_FACT_LENGTH = 64

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function integer(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : undefined
}

export function readDocumentValues(values: ReadonlyMap<string, string>): DocumentFacts {
  let unreadable = 0
  const parsed = (key: string): unknown => {
    const text = values.get(key)
    if (text === undefined) return undefined
    const value = parseJson(text)
    if (value === undefined) unreadable += 1
    return value
  }
  const facts: Record<string, string> = {}
  for (const [key, name] of factNames) {
    const text = values.get(key)?.replace(/^"(.*)"$/s, '$1')
    if (text !== undefined && text.length <= MAX_FACT_LENGTH) facts[name] = text
  }
  const distributed = parsed('distributedInfo')
  const rank = isRecord(distributed) ? integer(distributed['rank']) : undefined
  const worldSize = isRecord(distributed) ? integer(distributed['world_size']) : undefined
  const nccl = isRecord(distributed) ? distributed['nccl_version'] : undefined
  if (typeof nccl === 'string' && nccl.length <= MAX_FACT_LENGTH) facts['nccl'] = nccl
  const devices = readDevices(parsed('deviceProperties'))
  const base = /^"?(\d{1,19})"?$/.exec(values.get('baseTimeNanoseconds') ?? '')?.[1]
  const schemaVersion = values.get('schemaVersion')?.replaceAll('"', '')
  return {
    ...(schemaVersion === undefined || schemaVersion.length > MAX_FACT_LENGTH ? {} : { schemaVersion }),
    ...(base === undefined ? {} : { baseNs: BigInt(base) }),
    ...(rank === undefined ? {} : { rank }),
    ...(worldSize === undefined ? {} : { worldSize }),
    devices,
    facts,
    unreadable,
  }
}

function readDevices(value: unknown): Map<number, Partial<Device>> {
  const devices = new Map<number, Partial<Device>>()
  for (const row of Array.isArray(value) ? value : []) {
    if (!isRecord(row)) continue
    const id = integer(row['id'])
    if (id === undefined) continue
    const name = row['name']
    const smCount = integer(row['numSms'])
    const memoryBytes = integer(row['totalGlobalMem'])
    const major = integer(row['computeMajor'])
    const minor = integer(row['computeMinor'])
    devices.set(id, {
      ...(typeof name === 'string' && name !== '' ? { name } : {}),
      ...(smCount === undefined || smCount === 0 ? {} : { smCount }),
      ...(memoryBytes === undefined || memoryBytes === 0 ? {} : { memoryBytes }),
      ...(major === undefined || minor === undefined ? {} : { computeCapability: `${major}.${minor}` }),
    })
  }
  return devices
}
