import type { Deployment } from '#analysis/synthesis/deployment.ts'
import type { FamilyEvidence } from '#analysis/synthesis/evidence.ts'
import { formatRatio } from '#base/units.ts'
import { type AttentionChoice, backendOfFamily, firstAttentionBackend, isBackend, majorOf } from './attention-backends.ts'
import { absence, knobText } from './effective-knob.ts'
import { type Attainable, familiesOf, KERNEL_TOPICS, kernelNameOf } from './kernel-headroom.ts'
import { roomBelowRoof } from './kernel-room.ts'
import { type Lever, nothing, type Precondition } from './lever.ts'

const KNOB = 'attention-backend'

/** Decode attention reads the KV cache once: it is bound by memory. */
export const ATTENTION_ATTAINABLE: Attainable = {
  low: 0.65,
  high: 0.85,
  why: 'decode attention at 65 to 85 % of peak memory bandwidth: about 80 % is the most that DRAM activity reaches (NVIDIA’s DCGM guide), the lower end is a prior of this tool until trials replace it',
}

/** L25: another attention backend, where the one that runs is not the first choice of this GPU and leaves its memory roof unused. */
export const attentionBackend: Lever = {
  id: 'L25',
  name: 'attention-backend',
  title: 'Run decode attention on the backend that this GPU has a native kernel for',
  type: 'config',
  class: 'attention',
  engines: ['vllm', 'sglang'],
  cost: { hours: 1.5, why: 'one flag, a restart and three pairs at two context lengths' },
  changesAccuracy: false,
  reference: { repo: 'vllm-project/vllm', commit: '6adad08767583f52eb4d2122111af0bf638ed5e6', file: 'vllm/platforms/cuda.py' },
  check(evidence, deployment) {
    const family = familiesOf(evidence, 'attention').find(({ family }) => backendOfFamily(family) !== undefined)
    if (evidence.step === undefined || deployment.engine === undefined || family === undefined)
      return nothing('no decode attention is measured')
    if (deployment.model.latentAttention === true) return nothing('the model has latent attention (L28)')
    const runs = backendOfFamily(family.family) as string
    const choice = firstAttentionBackend(deployment.engine, deployment.computeCapability)
    if (choice === undefined) {
      const capability = deployment.computeCapability
      const gpu = capability === undefined ? 'a GPU that the deployment does not name' : `compute capability ${capability}`
      return nothing(`no first choice of ${deployment.engine} is known for ${gpu}`, runs === 'triton')
    }
    if (choice.backend === runs) return nothing(`the kernels are those of the first choice here, ${choice.value}`, true)
    const gone = absence(deployment, KNOB)
    if (gone !== undefined) return nothing(gone, true)
    const room = roomBelowRoof(evidence, family, ATTENTION_ATTAINABLE)
    if ('none' in room) return room
    const { headroom, stays } = room
    return {
      part: `kernels:${family.family}`,
      ceilingRatio: room.ceilingRatio,
      effect: { by: 'replay', changes: [room.word], assumptions: [ATTENTION_ATTAINABLE.why] },
      settings: [{ knob: KNOB, to: choice.value }],
      summary: `decode attention runs ${kernelNameOf(family)} at ${formatRatio(headroom.roof.value)} of its memory roof; ${choice.value} is the first choice on this GPU`,
      because: [room.text],
      cites: room.cites,
      restsOn: KERNEL_TOPICS,
      preconditions: [sameBackend(deployment, runs), denseAttention(deployment, family), supported(deployment, choice)],
      risks: [
        'the new backend may support fewer CUDA graph modes (a fall back to piecewise graphs brings gaps back), another KV layout, other numerics',
        'models with attention sinks, ALiBi or unusual head sizes may have been given this backend on purpose',
      ],
      falsifier: `the kernel’s time at the same batch and context does not fall to ${formatRatio(stays.high)} of now or less, or TPOT does not fall, at one of two context lengths`,
      joinRatio: headroom.coveredRatio,
    }
  },
}

/** The trace shows what ran; a configuration that says otherwise may be of another launch. */
function sameBackend(deployment: Deployment, runs: string): Precondition {
  const what = 'the deployment that is described is the one that was traced'
  const stated = knobText(deployment, KNOB)
  if (stated === undefined || stated === 'auto' || stated === 'none') {
    return { what, state: 'met', why: 'the traced kernels name the backend' }
  }
  return isBackend(stated, runs)
    ? { what, state: 'met', why: `${KNOB} is ${stated}, as the traced kernels say` }
    : { what, state: 'unknown', why: `${KNOB} is ${stated}, but the traced kernels are of ${runs}` }
}

function denseAttention(deployment: Deployment, family: FamilyEvidence): Precondition {
  const what = 'the model has grouped-query attention'
  if (deployment.model.latentAttention === false || deployment.model.kvHeads !== undefined) {
    return { what, state: 'met', why: 'as its configuration says' }
  }
  return family.kernels.some(({ name }) => /unified_attention|paged_attention_2d|FlashAttnFwd|BatchDecode/.test(name))
    ? { what, state: 'met', why: 'the traced kernel is one for grouped-query attention' }
    : { what, state: 'unknown', why: 'the model’s configuration is not given' }
}

function supported(deployment: Deployment, { value, backend }: AttentionChoice): Precondition {
  const what = `${value} reads the KV cache’s type`
  const kv = knobText(deployment, 'kv-cache-dtype')
  if (kv === 'auto' || kv === 'bfloat16' || kv === 'float16') return { what, state: 'met', why: `kv-cache-dtype is ${kv}` }
  const eight = kv !== undefined && /^fp8(_e4m3)?$/.test(kv)
  // FlashAttention 3 is Hopper's.
  const readsIt = backend !== 'flash' || majorOf(deployment.computeCapability) === 9
  return eight && readsIt
    ? { what, state: 'met', why: `kv-cache-dtype is ${kv}` }
    : { what, state: 'unknown', why: kv === undefined ? 'kv-cache-dtype is not known' : `kv-cache-dtype is ${kv}` }
}
