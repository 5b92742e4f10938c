/** What a layer of a model launches on a device, by the backends that the engine settled on (facts: levers, sections 2.7 and 5). */
import type { KernelRole } from '#sim/kernel-names.ts'
import type { GroupName, Slot } from './mechanism.ts'

export interface Backends {
  readonly architecture: 'hopper' | 'blackwell'
  readonly attention: 'native' | 'triton'
  /** The KV cache holds 16-bit numbers: generated kernels say so in their names. */
  readonly cache16: boolean
  readonly gemm: 'bf16' | 'fp8' | 'triton-block'
  readonly experts: 'none' | 'triton' | 'trtllm-gen'
  /** A collective after attention and one after the experts or the MLP. */
  readonly collectives: boolean
}

const kernel = (name: KernelRole, group: GroupName, weight: number): Slot => ({ kind: 'kernel', kernel: name, group, weight })

const denseGemms: Readonly<Record<Backends['gemm'], Readonly<Record<Backends['architecture'], KernelRole>>>> = {
  bf16: { hopper: 'gemm16', blackwell: 'head' },
  fp8: { hopper: 'deepGemm', blackwell: 'output' },
  'triton-block': { hopper: 'tritonBlockGemm', blackwell: 'tritonBlockGemm' },
}

function attention({ architecture, attention: backend, cache16 }: Backends): Slot[] {
  if (backend === 'triton') return [kernel('unifiedAttention', 'attention', 8), kernel('reduceSegments', 'attention', 1)]
  if (architecture === 'hopper') return [kernel('flashAttention3', 'attention', 9)]
  return [kernel(cache16 ? 'attention16' : 'attention', 'attention', 8), kernel('attentionReduce', 'attention', 1)]
}

function experts({ experts: backend }: Backends): Slot[] {
  if (backend === 'trtllm-gen') {
    return [kernel('routing', 'other', 2), kernel('expertUp', 'moe', 7), kernel('expertDown', 'moe', 5), kernel('finalize', 'other', 1)]
  }
  return [
    kernel('gating', 'other', 1),
    kernel('alignBlocks', 'other', 1),
    kernel('fusedMoe', 'moe', 7),
    kernel('prefillActivation', 'other', 1),
    kernel('fusedMoe', 'moe', 5),
    kernel('moeSum', 'other', 1),
  ]
}

export function layerSlots(backends: Backends): readonly Slot[] {
  const gemm = denseGemms[backends.gemm][backends.architecture]
  const quantise = backends.gemm === 'bf16' ? [] : [kernel('groupQuantise', 'other', 1)]
  const collective: readonly Slot[] = backends.collectives ? [{ kind: 'collective' }] : []
  const mlp = [...quantise, kernel(gemm, 'gemm', 5), kernel('prefillActivation', 'other', 1), kernel(gemm, 'gemm', 4)]
  return [
    kernel('norm', 'norm', 1),
    ...quantise,
    kernel(gemm, 'gemm', 3),
    kernel('rope', 'other', 1),
    kernel('gqaWrite', 'other', 1),
    ...attention(backends),
    kernel(gemm, 'gemm', 2),
    ...collective,
    kernel('norm', 'norm', 1),
    ...(backends.experts === 'none' ? mlp : experts(backends)),
    ...collective,
  ]
}
