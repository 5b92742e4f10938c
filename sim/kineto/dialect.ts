/** What differs between writers of kineto traces (facts: kineto, sections 2 to 6). */
import type { Activity, HostCall } from '#sim/plan.ts'

/** `old` is the writer until 2021: capitalised categories, integer microseconds since the epoch. */
export const kinetoDialects = ['current', 'old', 'hip'] as const
export type KinetoDialect = (typeof kinetoDialects)[number]

/** Session start, a multiple of a microsecond: 2025-12-31T13:55:12Z. */
const epochNs = 1_767_189_312_000_000_000n
/** Traces carry large ts: the base is floored to a grid of three months. */
const sinceBaseNs = 1_200_000_000_000_000

/** The base that a trace states so that a plan's time 0 is `originNs`; without one, that of the generator's session. */
export function baseTimeNs(originNs: bigint | undefined): bigint {
  return originNs === undefined ? epochNs : originNs - BigInt(sinceBaseNs)
}

/** What time 0 of the truth stands for. */
export function kinetoOriginNs(_dialect: KinetoDialect): string {
  return epochNs.toString()
}

/** Added to session times to give the file's time since its origin. */
export function kinetoOffsetNs(dialect: KinetoDialect): number {
  return dialect === 'old' ? 0 : sinceBaseNs
}

/** The device's number in the file: HIP counts agents, and the host's processors come first. */
export function deviceNumber(ordinal: number, dialect: KinetoDialect): number {
  return dialect === 'hip' ? ordinal + 2 : ordinal
}

/** Microseconds as the writer prints them: three decimals, or whole for old files. */
export function microseconds(ns: number, dialect: KinetoDialect): string {
  if (dialect === 'old') return String(Math.floor(ns / 1000))
  const whole = Math.floor(ns / 1000)
  return `${whole}.${String(ns - whole * 1000).padStart(3, '0')}`
}

/** A point in time: session nanoseconds as the `ts` of this dialect. */
export function timestamp(ns: number, dialect: KinetoDialect): string {
  if (dialect === 'old') return ((epochNs + BigInt(ns)) / 1000n).toString()
  return microseconds(ns + sinceBaseNs, dialect)
}

const oldCategories: Readonly<Record<string, string>> = {
  kernel: 'Kernel',
  gpu_memcpy: 'Memcpy',
  gpu_memset: 'Memset',
  cuda_runtime: 'Runtime',
  cuda_driver: 'Runtime',
  cpu_op: 'Operator',
  ac2g: 'async',
}

export function category(name: string, dialect: KinetoDialect): string {
  return dialect === 'old' ? (oldCategories[name] ?? name) : name
}

const hipCalls: Readonly<Record<string, string>> = {
  cudaLaunchKernel: 'hipLaunchKernel',
  cuLaunchKernelEx: 'hipExtModuleLaunchKernel',
  cudaGraphLaunch: 'hipGraphLaunch',
  cudaMemcpyAsync: 'hipMemcpyAsync',
  cudaMemsetAsync: 'hipMemsetAsync',
  cudaStreamSynchronize: 'hipStreamSynchronize',
  cudaEventSynchronize: 'hipEventSynchronize',
}

export function callName(call: HostCall, dialect: KinetoDialect): string {
  return dialect === 'hip' ? (hipCalls[call.name] ?? call.name) : call.name
}

/** HIP calls stand under cuda_runtime, as real traces have them. */
export function callCategory(call: HostCall, dialect: KinetoDialect): string {
  return call.name.startsWith('cuda') || dialect === 'hip' ? 'cuda_runtime' : 'cuda_driver'
}

const copyNames: Readonly<Record<number, string>> = {
  1: 'Memcpy HtoD (Pinned -> Device)',
  2: 'Memcpy DtoH (Device -> Pinned)',
  8: 'Memcpy DtoD (Device -> Device)',
}

export function deviceCategoryAndName(row: Activity): [string, string] {
  if (row.class === 'memcpy') return ['gpu_memcpy', copyNames[row.copyKind] ?? 'Memcpy']
  if (row.class === 'memset') return ['gpu_memset', 'Memset (Device)']
  return ['kernel', row.name]
}
