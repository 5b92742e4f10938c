/** Which attention backend an engine takes first on which GPU (vLLM platforms/cuda.py:83-163; SGLang server_args.py:1728). */
import type { EngineName } from '#formats/deployment.ts'

/** Backends by the kernel family that they run, for grouped-query attention. */
const BACKEND_OF_FAMILY: Readonly<Record<string, string>> = {
  'attention-triton': 'triton',
  'attention-flash': 'flash',
  'attention-flashinfer': 'flashinfer',
  'attention-trtllm-gen': 'trtllm',
  'attention-xqa': 'trtllm',
}

export type AttentionBackend = string

export const backendOfFamily = (family: string): AttentionBackend | undefined => BACKEND_OF_FAMILY[family]

export interface AttentionChoice {
  readonly backend: AttentionBackend
  /** As the engine's flag spells it. */
  readonly value: string
}

/**
 * First choice for grouped-query attention, or undefined where the facts name none: TensorRT-LLM, unknown GPUs, consumer Blackwell.
 * @param computeCapability `9.0`.
 */
export function firstAttentionBackend(engine: EngineName, computeCapability: string | undefined): AttentionChoice | undefined {
  const major = majorOf(computeCapability)
  if (major === undefined) return undefined
  if (engine === 'vllm') {
    // On SM10x FlashInfer runs trtllm-gen kernels for decode (utils/flashinfer.py:475-513).
    if (major === 10) return { backend: 'trtllm', value: 'FLASHINFER' }
    return major === 8 || major === 9 ? { backend: 'flash', value: 'FLASH_ATTN' } : undefined
  }
  if (engine === 'sglang') {
    if (major === 10) return { backend: 'trtllm', value: 'trtllm_mha' }
    if (major === 9) return { backend: 'flash', value: 'fa3' }
    return major === 8 ? { backend: 'flashinfer', value: 'flashinfer' } : undefined
  }
  return undefined
}

export function majorOf(computeCapability: string | undefined): number | undefined {
  const match = /^(\d+)\.\d+$/.exec(computeCapability ?? '')
  return match === null ? undefined : Number(match[1])
}

/** Whether a flag's value names the same backend: TRITON_ATTN, triton. Undefined: not known or some other name. */
export function isBackend(value: string, backend: AttentionBackend): boolean {
  const text = value.toLowerCase()
  switch (backend) {
    case 'triton':
      return text.startsWith('triton')
    case 'flash':
      return text.startsWith('flash_attn') || /^fa[234]$/.test(text)
    case 'flashinfer':
      return text.startsWith('flashinfer')
    default:
      return text.startsWith('trtllm') || text.startsWith('flashinfer')
  }
}
