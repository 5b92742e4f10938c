/** The field's eight kernel categories, as kernels.json and its report pages use them, from this project's families. */
import type { KernelRow } from '#formats/kernel-summary.ts'

const byRole: Readonly<Record<string, string>> = {
  communication: 'NCCL',
  moe: 'MoE',
  attention: 'FMHA',
  gemm: 'cuBLAS',
  quantisation: 'Elementwise',
  norm: 'Elementwise',
  rope: 'Elementwise',
  activation: 'Elementwise',
  'kv-write': 'Elementwise',
  elementwise: 'Elementwise',
  copy: 'Elementwise',
  'input-prep': 'Elementwise',
  sampling: 'Elementwise',
  speculation: 'Elementwise',
}

const byFamily: Readonly<Record<string, string>> = { 'inductor-fused': 'Triton-fused', 'gemm-triton': 'Triton-fused' }

/** Batched multiplications of TensorRT-LLM: the field tells them by the type of what they multiply; FP8 has a class of its own. */
const batched: readonly (readonly [RegExp, string])[] = [
  [/^bmm_(E2m1|Bfloat16_E2m1)/, 'BMM-NVFP4'],
  [/^bmm_(MxE4m3|E4m3|Bfloat16_(Mx)?E4m3)/, 'BMM-FP8'],
]

/** `Other` for what no rule knows: its share is to be shown, above a fifth the rules are incomplete. */
export function fieldCategory({ name, family, role }: Pick<KernelRow, 'name' | 'family' | 'role'>): string {
  const bmm = batched.find(([pattern]) => pattern.test(name))?.[1]
  return bmm ?? byFamily[family] ?? byRole[role ?? ''] ?? 'Other'
}
