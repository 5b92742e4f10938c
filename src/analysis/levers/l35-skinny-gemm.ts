import type { FamilyEvidence } from '#analysis/synthesis/evidence.ts'
import { formatRatio } from '#base/units.ts'
import { absence } from './effective-knob.ts'
import { type Attainable, familiesOf, KERNEL_TOPICS, kernelNameOf, namedRatio } from './kernel-headroom.ts'
import { roomBelowRoof } from './kernel-room.ts'
import { FALLBACK_GEMM } from './l32-linear-backend.ts'
import { type Lever, nothing } from './lever.ts'

const KNOB = 'bf16-gemm-backend'
/** Rows of a tile: up to here most of a tile of a large-batch GEMM is padding. */
const MAX_BATCH = 16
const ATTAINABLE: Attainable = {
  low: 0.5,
  high: 0.75,
  why: 'kernels made for few rows at 50 to 75 % of their memory roof: they are short, and ramp up and down; a prior of this tool until trials replace it',
}

/** L35: kernels made for few rows. Decided from the roof, never from how busy multiprocessors look: persistent kernels spin. */
export const skinnyGemm: Lever = {
  id: 'L35',
  name: 'skinny-gemm',
  title: 'Use GEMM kernels that are made for few rows',
  type: 'kernel',
  class: 'gemm',
  engines: ['vllm', 'sglang'],
  cost: { hours: 16, why: 'a kernel to write or to port and to dispatch, with tests of its numbers; then three pairs' },
  changesAccuracy: false,
  reference: {
    repo: 'vllm-project/vllm',
    commit: '6adad08767583f52eb4d2122111af0bf638ed5e6',
    file: 'csrc/libtorch_stable/dsv3_fused_a_gemm.cu',
  },
  check(evidence, deployment) {
    const batch = evidence.step?.tokensPerStep ?? evidence.step?.batch
    const family = familiesOf(evidence, 'gemm').find(isOwn)
    if (evidence.step === undefined || family === undefined) return nothing('no dense GEMM is measured')
    const room = roomBelowRoof(evidence, family, ATTAINABLE)
    if ('none' in room) return room
    if (batch === undefined) return nothing('how many rows the GEMMs have is not known', true)
    if (batch.value > MAX_BATCH) return nothing(`${Math.round(batch.value)} rows fill a tile`)
    const baseline = kernelNameOf(family)
    const settable = deployment.engine === 'sglang' && absence(deployment, KNOB) === undefined && family.family === 'gemm-cublas-16bit'
    return {
      part: room.part,
      ceilingRatio: room.ceilingRatio,
      effect: { by: 'replay', changes: [room.word], assumptions: [ATTAINABLE.why] },
      ...(settable ? { settings: [{ knob: KNOB, to: 'cutedsl' }] } : {}),
      source: {
        file: 'csrc/libtorch_stable/dsv3_fused_a_gemm.cu',
        symbol: 'fused_a_gemm_kernel',
        sketch:
          'dispatch a kernel with tiles of 8 or 16 rows and split K for these shapes; merge projections that share their input; pad shapes to the tile',
      },
      kernel: { candidate: 'a GEMM for at most 16 rows (as fused_a_gemm_kernel)', baseline },
      summary: `with ${Math.round(batch.value)} rows ${baseline} reaches ${formatRatio(room.headroom.roof.value)} of its memory roof`,
      because: [room.text, `${Math.round(batch.value)} rows a step`],
      cites: [...room.cites, batch],
      restsOn: KERNEL_TOPICS,
      preconditions: [
        { what: 'the shapes are ones that such kernels exist for', state: 'unknown', why: 'shapes are not part of the evidence' },
      ],
      risks: ['a win over anything but the kernel that serves now proves nothing'],
      falsifier: 'the kernel’s time against the one that serves now does not fall at these shapes, or TPOT does not',
      joinRatio: room.headroom.coveredRatio,
    }
  },
}

/** Fallbacks have their own levers (L32). */
const isOwn = (family: FamilyEvidence): boolean => family.family !== 'lora' && namedRatio(family, FALLBACK_GEMM) < 0.5
