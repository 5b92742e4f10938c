/** Levers of attention, GEMM, MoE, prefill, KV capacity, cache routing and speculation: one line each. */
import { attentionBackend } from './l25-attention-backend.ts'
import { kvFp8 } from './l27-kv-fp8.ts'
import { weightFp8 } from './l31-weight-fp8.ts'
import { linearBackend } from './l32-linear-backend.ts'
import { tunedMoe } from './l33-tuned-moe.ts'
import { moeBackend } from './l34-moe-backend.ts'
import { prefillChunk } from './l39-prefill-chunk.ts'
import { kvCapacity } from './l42-kv-capacity.ts'
import { cacheRouting } from './l44-cache-routing.ts'
import { speculationDepth } from './l46-speculation-depth.ts'
import type { Lever } from './lever.ts'

export const leversOfKernels: readonly Lever[] = [
  attentionBackend,
  kvFp8,
  weightFp8,
  linearBackend,
  tunedMoe,
  moeBackend,
  prefillChunk,
  kvCapacity,
  cacheRouting,
  speculationDepth,
]
