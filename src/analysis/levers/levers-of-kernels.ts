/** Levers of attention, GEMM, MoE, prefill, KV capacity, cache routing and speculation: one line each. */
import type { Lever } from './lever.ts'

export const leversOfKernels: readonly Lever[] = []
