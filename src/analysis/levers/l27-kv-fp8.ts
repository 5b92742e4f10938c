import type { Deployment } from '#analysis/synthesis/deployment.ts'
import type { FamilyEvidence } from '#analysis/synthesis/evidence.ts'
import { formatRatio } from '#base/units.ts'
import { majorOf } from './attention-backends.ts'
import { absence, knobText, sayKnob } from './effective-knob.ts'
import { familiesOf, KERNEL_TOPICS, type Stays } from './kernel-headroom.ts'
import { roomOfBytes } from './kernel-room.ts'
import { type Lever, nothing, type Precondition } from './lever.ts'

const KNOB = 'kv-cache-dtype'

/** Below it a better kernel wins more than fewer bytes do (L25). */
const AT_LEAST = 0.65

/** KV bytes halve from 16 to 8 bit; queries, scales and the kernels that quantise add up to an eighth of what is left. */
const KEEPS: Stays = { low: 0.5, high: 0.62 }
const WHY =
  'bytes of the KV cache halve: the kernel keeps 50 % of its time, and up to 62 % with scales, queries and quantising kernels beside it'

/** L27: the KV cache in 8 bit, where decode attention is at its memory roof. */
export const kvFp8: Lever = {
  id: 'L27',
  name: 'kv-cache-fp8',
  title: 'Keep the KV cache in FP8, so that decode attention reads half the bytes',
  type: 'config',
  class: 'attention',
  engines: ['vllm', 'sglang'],
  cost: { hours: 3, why: 'one flag and three pairs, and an accuracy run on both arms' },
  changesAccuracy: true,
  reference: { repo: 'vllm-project/vllm', commit: '6adad08767583f52eb4d2122111af0bf638ed5e6', file: 'vllm/config/cache.py' },
  check(evidence, deployment) {
    const family = familiesOf(evidence, 'attention').find(({ family }) => family !== 'linear-attention' && family !== 'attention-indexer')
    if (evidence.step === undefined || family === undefined) return nothing('no decode attention is measured')
    const gone = absence(deployment, KNOB)
    if (gone !== undefined) return nothing(gone, true)
    const already = inEightBit(deployment, family)
    if (already !== undefined) return nothing(already, true)
    if (lacksFp8(deployment)) return nothing('this GPU has no FP8 arithmetic (compute capability below 8.9)', true)
    const room = roomOfBytes(evidence, family, AT_LEAST, KEEPS)
    if ('none' in room) return room
    return {
      part: `kernels:${family.family}`,
      ceilingRatio: room.ceilingRatio,
      effect: { by: 'replay', changes: [room.word], assumptions: [WHY, 'the attention backend stays the same'] },
      settings: [{ knob: KNOB, to: deployment.engine === 'sglang' ? 'fp8_e4m3' : 'fp8' }],
      summary: `decode attention is at ${formatRatio(room.headroom.roof.value)} of its memory roof with a 16-bit KV cache: only fewer bytes make it faster`,
      because: [room.text],
      cites: room.cites,
      restsOn: KERNEL_TOPICS,
      preconditions: [sixteenBit(deployment, family), backendReadsIt(deployment)],
      risks: [
        'answers may change: gate on accuracy at long context, keep sensitive layers in 16 bit, prefer calibrated scales',
        'on SM10x FlashInfer takes other decode kernels when the type is not auto; with speculation the added quantising kernels have made it slower',
      ],
      falsifier: 'TPOT at long context does not fall, or accuracy falls; at short context it must not change',
      joinRatio: room.headroom.coveredRatio,
    }
  },
}

export function inEightBit(deployment: Deployment, family?: FamilyEvidence): string | undefined {
  const stated = knobText(deployment, KNOB)
  if (stated !== undefined && /fp8|int8|int4|fp4|turboquant/.test(stated)) return sayKnob(deployment, KNOB)
  // trtllm-gen and vLLM name the KV type of the kernel.
  const named = family?.kernels.some(
    ({ name, ofFamilyRatio }) => ofFamilyRatio > 0.1 && /QkvE4m3|fp8_sparse|Fp8KVCacheDataType\)[12]|FlashAttnFwdSm90.*e4m3_t/.test(name),
  )
  return named === true ? 'the attention kernel already reads an FP8 KV cache' : undefined
}

export function lacksFp8(deployment: Deployment): boolean {
  const major = majorOf(deployment.computeCapability)
  return major !== undefined && (major < 8 || (major === 8 && deployment.computeCapability !== '8.9'))
}

function sixteenBit(deployment: Deployment, family: FamilyEvidence): Precondition {
  const what = 'the KV cache is in 16 bit'
  const stated = knobText(deployment, KNOB)
  if (stated === 'bfloat16' || stated === 'float16') return { what, state: 'met', why: sayKnob(deployment, KNOB) }
  if (family.kernels.some(({ name }) => /QkvBfloat16|QkvFp16|FlashAttnFwdSm90.*(bfloat16_t|half_t)/.test(name)))
    return { what, state: 'met', why: 'the kernel’s name gives its type' }
  const weights = deployment.model.weightType?.toLowerCase()
  // "auto" takes what the checkpoint says: quantised ones may bring scales for KV, DeepSeek V3.2 takes fp8.
  return stated === 'auto' && weights !== undefined && /^(bf16|bfloat16|fp16|float16)$/.test(weights)
    ? { what, state: 'met', why: `${KNOB} is auto and the checkpoint is ${weights}` }
    : { what, state: 'unknown', why: stated === 'auto' ? `${KNOB} is auto: the checkpoint decides` : sayKnob(deployment, KNOB) }
}

function backendReadsIt(deployment: Deployment): Precondition {
  const what = 'the attention backend reads an FP8 cache'
  const backend = knobText(deployment, 'attention-backend')
  const why = 'FlashAttention 3, FlashInfer and Triton do'
  if (backend !== undefined && /^(flashinfer|triton|trtllm|fa3)/.test(backend)) return { what, state: 'met', why }
  return backend?.startsWith('flash_attn') === true && majorOf(deployment.computeCapability) === 9
    ? { what, state: 'met', why }
    : { what, state: 'unknown', why: backend === undefined ? 'the backend is not known' : `not known of ${backend} on this GPU` }
}
