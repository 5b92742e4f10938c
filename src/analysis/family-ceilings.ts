/**
 * Which ceilings of the device a family of kernels can meet, by what its role does and by the operand type that its hottest kernel names.
 * Where that is two (bytes or operations), only counters tell which: this names them and judges nothing.
 */
import { computeCeiling, type Hardware, linkCeiling, memoryCeiling } from './ceilings.ts'

export interface FamilyCeilings {
  /** Key paths (`sextant ceilings PATH`); none where the table or the name does not say. */
  readonly paths: readonly string[]
  /** Why it is these, or none. */
  readonly reason: string
}

/** Roles that stream their operands once: bytes end them, whatever the type. */
const streaming = new Set(['norm', 'rope', 'activation', 'elementwise', 'quantisation', 'copy', 'kv-write', 'input-prep', 'moe-permute'])
/** Roles that multiply matrices: the batch decides between bytes and operations. */
const multiplying = new Set(['gemm', 'moe', 'attention'])

/**
 * Operand types as libraries write them into names, the narrowest first: `bmm_Bfloat16_E2m1E2m1` multiplies FP4 and writes BF16,
 * `fmhaSm100fKernel_QkvE4m3OBfloat16` reads FP8.
 */
const operandTypes: readonly (readonly [RegExp, string])[] = [
  [/E2m1|(?:nv|mx)?fp4|float_e2m1/i, 'fp4'],
  [/E[45]m[23](?![0-9])|fp8|_f8_|float_e[45]m[23]/i, 'fp8'],
  [/int8|_i8_|imma|s8s8/i, 'int8'],
  [/bf16|bfloat16/i, 'bf16'],
  [/(?:^|[^a-z])(?:fp16|f16|half|hgemm|hmma|h16816)|_(?:hsh|hss|hhh)_/i, 'fp16'],
  [/tf32|s1688gemm/i, 'tf32'],
  [/dgemm|double|fp64/i, 'fp64'],
  [/sgemm|float|fp32/i, 'fp32'],
]

export function operandTypeOf(name: string): string | undefined {
  return operandTypes.find(([pattern]) => pattern.test(name))?.[1]
}

/** `hottest`: name of the family's kernel with the most time. */
export function familyCeilings(hardware: Hardware, role: string | undefined, hottest: string, family = ''): FamilyCeilings {
  const memory = memoryCeiling(hardware)?.path
  if (role === 'communication') {
    const link = linkCeiling(hardware, 'link-bandwidth')?.path
    return link === undefined
      ? { paths: [], reason: 'the table has no link between devices for this hardware' }
      : { paths: [link], reason: 'one direction of the link between devices, where the collective stays inside one node' }
  }
  if (role !== undefined && streaming.has(role))
    return { paths: memory === undefined ? [] : [memory], reason: 'each operand is moved once: bytes end it' }
  if (role === undefined || !multiplying.has(role)) return { paths: [], reason: 'what such kernels meet first is not known' }
  // Libraries without a type in their names are told apart by what else is in them: FP16 and BF16 then share a family, and a peak.
  const type = operandTypeOf(hottest) ?? operandTypeOf(family) ?? (family.includes('16bit') ? '16-bit' : undefined)
  const compute = type === undefined ? undefined : computeCeiling(hardware, type === '16-bit' ? 'bf16' : type)?.path
  const paths = [memory, compute].filter((path) => path !== undefined)
  if (type === undefined) return { paths, reason: 'the name says no operand type; bytes or operations end it, which only counters tell' }
  if (compute === undefined)
    return { paths, reason: `the table has no peak for ${type} on this hardware; bytes or operations end it, which only counters tell` }
  return { paths, reason: `bytes or ${type} operations end it, which only counters tell` }
}
