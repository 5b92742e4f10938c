import type { Deployment } from '#analysis/synthesis/deployment.ts'
import { formatRatio } from '#base/units.ts'
import { majorOf } from './attention-backends.ts'
import { absence, sayKnob } from './effective-knob.ts'
import { type Attainable, familiesOf, KERNEL_TOPICS, namedRatio } from './kernel-headroom.ts'
import { roomBelowRoof } from './kernel-room.ts'
import { isUntuned, TRITON_MOE, tritonMoe } from './l33-tuned-moe.ts'
import { type Lever, nothing, type Precondition } from './lever.ts'

const KNOB = 'moe-backend'

const ATTAINABLE: Attainable = {
  low: 0.5,
  high: 0.8,
  why: 'another grouped GEMM at 50 to 80 % of its roof: how well it fits this batch, weight format and expert count is not known; a prior of this tool until trials replace it',
}

/** L34: another MoE backend, where the Triton kernel runs although it is not this GPU’s first choice. */
export const moeBackend: Lever = {
  id: 'L34',
  name: 'moe-backend',
  title: 'Run the experts on another MoE backend',
  type: 'config',
  class: 'moe',
  engines: ['vllm', 'sglang'],
  cost: { hours: 3, why: 'a restart with other weight layouts and autotuning, three pairs at two batch sizes, greedy answers compared' },
  changesAccuracy: false,
  reference: {
    repo: 'vllm-project/vllm',
    commit: '6adad08767583f52eb4d2122111af0bf638ed5e6',
    file: 'vllm/model_executor/layers/fused_moe/oracle/fp8.py',
  },
  check(evidence, deployment) {
    const family = tritonMoe(familiesOf(evidence, 'moe'))
    if (evidence.step === undefined || family === undefined) return nothing('the experts do not run on the Triton kernel')
    const target = targetOf(deployment)
    if ('none' in target) return nothing(target.none, true)
    const gone = absence(deployment, KNOB)
    if (gone !== undefined) return nothing(gone, true)
    const room = roomBelowRoof(evidence, family, ATTAINABLE, namedRatio(family, TRITON_MOE))
    if ('none' in room) return room
    return {
      part: `kernels:${family.family}`,
      ceilingRatio: room.ceilingRatio,
      effect: { by: 'replay', changes: [room.word], assumptions: [ATTAINABLE.why] },
      settings: [{ knob: KNOB, to: target.value }],
      summary: `the experts run on Triton at ${formatRatio(room.headroom.roof.value)} of its memory roof; ${target.value} is another choice for ${target.format} on this GPU`,
      because: [room.text],
      cites: room.cites,
      restsOn: KERNEL_TOPICS,
      preconditions: [chosen(deployment), target.precondition],
      risks: [
        'time to tune and lay out weights at start, other memory use',
        ...(isUntuned(deployment)
          ? ['the Triton kernel runs untuned: tune it first (L33), or the comparison flatters the new backend']
          : []),
      ],
      falsifier: 'time of the MoE layers does not fall at two batch sizes, or TPOT does not',
      joinRatio: room.headroom.coveredRatio,
    }
  },
}

interface Target {
  readonly value: string
  readonly format: string
  readonly precondition: Precondition
}

/** oracle/fp8.py:80-122 and oracle/nvfp4.py:180; SGLang server_args.py:2415. */
function targetOf(deployment: Deployment): Target | { readonly none: string } {
  const major = majorOf(deployment.computeCapability)
  if (major === undefined) return { none: 'the GPU’s compute capability is not known, so neither is its first choice' }
  const weights = deployment.model.weightType?.toLowerCase()
  const what = 'the backend takes this weight format and layout'
  const sglang = deployment.engine === 'sglang'
  if (major === 10) {
    if (weights === undefined) return { none: 'the weight format is not known, so neither is the first choice of this GPU' }
    if (!/fp8|fp4/.test(weights)) return { none: `no backend but Triton and CUTLASS is known for ${weights} experts here` }
    return {
      value: 'flashinfer_trtllm',
      format: weights,
      precondition: { what, state: 'unknown', why: 'flashinfer_trtllm is first in order; sizes and routing must fit it' },
    }
  }
  if (major !== 9) return { none: `for compute capability ${deployment.computeCapability} Triton is what engines choose` }
  if (weights !== undefined && /fp8/.test(weights) && deployment.expertParallel !== true) {
    return { none: 'for FP8 experts under tensor parallelism Triton is the first choice on Hopper: tune it (L33)' }
  }
  if (weights === undefined || !/fp8/.test(weights)) {
    return { none: `no first choice but Triton is known for ${weights ?? 'experts of unknown format'} on Hopper: tune it (L33)` }
  }
  return {
    value: sglang ? 'deep_gemm' : 'flashinfer_cutlass',
    format: weights,
    precondition: { what, state: 'unknown', why: 'first in order under expert parallelism; block scales must fit it' },
  }
}

function chosen(deployment: Deployment): Precondition {
  const what = 'Triton was not chosen on purpose'
  const state = deployment.knob(KNOB)
  return state.state === 'set'
    ? { what, state: 'unknown', why: sayKnob(deployment, KNOB) }
    : { what, state: 'met', why: `${KNOB} was not set at launch` }
}
