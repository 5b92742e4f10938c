/** Levers of attention, GEMM, MoE, prefill, KV capacity, cache routing and speculation: one line each. */
import { tensorParallelUp } from './l19-tensor-parallel-up.ts'
import { dataParallelAttention } from './l21-data-parallel-attention.ts'
import { decodeContextParallel } from './l24-decode-context-parallel.ts'
import { attentionBackend } from './l25-attention-backend.ts'
import { splitKv } from './l26-split-kv.ts'
import { kvFp8 } from './l27-kv-fp8.ts'
import { latentAttentionBackend } from './l28-latent-attention-backend.ts'
import { cascade } from './l29-cascade.ts'
import { normQuantFusion } from './l30-norm-quant-fusion.ts'
import { weightFp8 } from './l31-weight-fp8.ts'
import { linearBackend } from './l32-linear-backend.ts'
import { tunedMoe } from './l33-tuned-moe.ts'
import { moeBackend } from './l34-moe-backend.ts'
import { skinnyGemm } from './l35-skinny-gemm.ts'
import { expertBalance } from './l36-expert-balance.ts'
import { prefillChunk } from './l39-prefill-chunk.ts'
import { prefillChunkLarger } from './l40-prefill-chunk-larger.ts'
import { disaggregation } from './l41-disaggregation.ts'
import { kvCapacity } from './l42-kv-capacity.ts'
import { maxNumSeqs } from './l43-max-num-seqs.ts'
import { cacheRouting } from './l44-cache-routing.ts'
import { prefixCache } from './l45-prefix-cache.ts'
import { speculationDepth } from './l46-speculation-depth.ts'
import { speculationHost } from './l47-speculation-host.ts'
import type { Lever } from './lever.ts'

export const leversOfKernels: readonly Lever[] = [
  tensorParallelUp,
  dataParallelAttention,
  decodeContextParallel,
  attentionBackend,
  splitKv,
  kvFp8,
  latentAttentionBackend,
  cascade,
  normQuantFusion,
  weightFp8,
  linearBackend,
  tunedMoe,
  moeBackend,
  skinnyGemm,
  expertBalance,
  prefillChunk,
  prefillChunkLarger,
  disaggregation,
  kvCapacity,
  maxNumSeqs,
  cacheRouting,
  prefixCache,
  speculationDepth,
  speculationHost,
]
