import type { Deployment } from '#analysis/synthesis/deployment.ts'
import type { Evidence, FamilyEvidence } from '#analysis/synthesis/evidence.ts'
import { formatRatio } from '#base/units.ts'
import { absence, knobText, sayKnob } from './effective-knob.ts'
import { familiesOf, KERNEL_TOPICS, type Stays } from './kernel-headroom.ts'
import { type Room, roomOfBytes, together } from './kernel-room.ts'
import { lacksFp8 } from './l27-kv-fp8.ts'
import { type Lever, nothing, type Precondition } from './lever.ts'

const KNOB = 'quantization'

/** Below it bytes of weights are not what takes the time: a better kernel comes first (L32, L35). */
const AT_LEAST = 0.65

/** Weights halve from 16 to 8 bit; activations, scales, layers that stay in 16 bit (head, router) and quantising kernels stay. */
const KEEPS: Stays = { low: 0.52, high: 0.66 }
const WHY = 'bytes of the weights halve: GEMMs keep 52 to 66 % of their time (activations, scales and the kernels that quantise stay)'

const SIXTEEN_BIT = /^(bf16|bfloat16|fp16|float16|half)$/
/** Families whose kernels compute in 16 bit by their names. */
const SIXTEEN_BIT_FAMILIES = new Set(['gemm-cublas-16bit', 'gemm-cublas-xmma', 'gemm-cublas-cutlass', 'gemm-small-m', 'gemm-triton'])
const OTHER_TYPE = /e4m3|e5m2|e2m1|fp8|fp4|int8|int4|sgemm/i

/** L31: weights in FP8, where the GEMMs of decode are at their memory roof in 16 bit. */
export const weightFp8: Lever = {
  id: 'L31',
  name: 'weight-quantisation',
  title: 'Serve weights in FP8, so that decode GEMMs read half the bytes',
  type: 'config',
  class: 'gemm',
  engines: ['vllm', 'sglang'],
  cost: { hours: 4, why: 'an FP8 checkpoint or quantising at load, three pairs, and an accuracy run on both arms' },
  changesAccuracy: true,
  reference: { repo: 'vllm-project/vllm', commit: '6adad08767583f52eb4d2122111af0bf638ed5e6', file: 'vllm/config/kernel.py' },
  check(evidence, deployment) {
    const families = sixteenBitFamilies(evidence)
    const [first] = families
    if (evidence.step === undefined || first === undefined) return nothing('no GEMM in 16 bit is measured')
    const already = quantised(deployment)
    if (already !== undefined) return nothing(already, true)
    const gone = absence(deployment, KNOB)
    if (gone !== undefined) return nothing(gone, true)
    if (lacksFp8(deployment)) return nothing('this GPU has no FP8 arithmetic (compute capability below 8.9)', true)
    const judged = families.map((family) => roomOfBytes(evidence, family, AT_LEAST, KEEPS))
    const rooms = judged.filter((room): room is Room => !('none' in room))
    const [room] = rooms
    if (room === undefined) return judged[0] as Exclude<(typeof judged)[number], Room>
    return {
      part: `kernels:${room.family.family}`,
      ceilingRatio: together(evidence, rooms),
      effect: { by: 'replay', changes: rooms.map(({ word }) => word), assumptions: [WHY] },
      settings: [{ knob: KNOB, to: 'fp8' }],
      summary: `decode GEMMs are at ${formatRatio(room.headroom.roof.value)} of their memory roof with 16-bit weights: only fewer bytes make them faster`,
      because: rooms.map(({ text }) => text),
      cites: rooms.flatMap(({ cites }) => cites),
      restsOn: KERNEL_TOPICS,
      preconditions: [sixteenBitWeights(deployment)],
      risks: [
        'answers may change: gate on accuracy',
        'kernels that quantise activations are added at every layer: count them, and fuse them (L30, L32)',
      ],
      falsifier: 'TPOT at this batch does not fall, or accuracy falls',
      joinRatio: Math.min(...rooms.map(({ headroom }) => headroom.coveredRatio)),
    }
  },
}

function sixteenBitFamilies(evidence: Evidence): readonly FamilyEvidence[] {
  return familiesOf(evidence, 'gemm').filter(
    ({ family, kernels, counters }) =>
      SIXTEEN_BIT_FAMILIES.has(family) &&
      !kernels.some(({ name, ofFamilyRatio }) => ofFamilyRatio > 0.1 && OTHER_TYPE.test(name)) &&
      (counters?.dataType === undefined || SIXTEEN_BIT.test(counters.dataType)),
  )
}

function quantised(deployment: Deployment): string | undefined {
  const stated = knobText(deployment, KNOB)
  if (stated !== undefined && stated !== 'none' && stated !== '') return `already on: ${sayKnob(deployment, KNOB)}`
  const weights = deployment.model.weightType?.toLowerCase()
  return weights !== undefined && !SIXTEEN_BIT.test(weights) ? `the checkpoint is ${weights} already` : undefined
}

function sixteenBitWeights(deployment: Deployment): Precondition {
  const what = 'the weights are in 16 bit'
  const weights = deployment.model.weightType
  return weights === undefined
    ? { what, state: 'unknown', why: 'the model’s configuration is not given; the GEMMs’ names say 16 bit' }
    : { what, state: 'met', why: `the checkpoint is ${weights}` }
}
