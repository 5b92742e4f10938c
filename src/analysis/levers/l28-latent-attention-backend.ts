import type { Deployment } from '#analysis/synthesis/deployment.ts'
import type { FamilyEvidence } from '#analysis/synthesis/evidence.ts'
import { formatRatio } from '#base/units.ts'
import { majorOf } from './attention-backends.ts'
import { absence, knobText, sayKnob } from './effective-knob.ts'
import { familiesOf, KERNEL_TOPICS, kernelNameOf, namedRatio } from './kernel-headroom.ts'
import { roomBelowRoof } from './kernel-room.ts'
import { ATTENTION_ATTAINABLE } from './l25-attention-backend.ts'
import { type Lever, nothing } from './lever.ts'

const KNOB = 'attention-backend'
/** Decode of latent attention on Triton and on CUTLASS: neither is first in order on any GPU that has others (cuda.py:94-142). */
const LATER_CHOICES = /_fwd_grouped_kernel_stage1|_fwd_kernel_stage1|Sm100FmhaMla/
const MIN_NAMED_RATIO = 0.5

/** L28: another backend for latent attention. */
export const latentAttentionBackend: Lever = {
  id: 'L28',
  name: 'latent-attention-backend',
  title: 'Run latent attention on the backend that is first on this GPU',
  type: 'config',
  class: 'attention',
  engines: ['vllm'],
  cost: { hours: 2, why: 'one flag, a restart and three pairs at batch 1 and at batch 32' },
  changesAccuracy: false,
  reference: { repo: 'vllm-project/vllm', commit: '6adad08767583f52eb4d2122111af0bf638ed5e6', file: 'vllm/platforms/cuda.py' },
  check(evidence, deployment) {
    if (evidence.step === undefined || !isLatent(deployment, familiesOf(evidence, 'attention')))
      return nothing('no latent attention is measured')
    const family = familiesOf(evidence, 'attention').find((each) => namedRatio(each, LATER_CHOICES) >= MIN_NAMED_RATIO)
    if (family === undefined) return nothing('latent attention does not run on a later choice')
    const major = majorOf(deployment.computeCapability)
    const first = major === 9 ? 'FLASH_ATTN_MLA' : major === 10 ? 'FLASHINFER_MLA' : undefined
    if (first === undefined) return nothing('no first choice for latent attention is known on this GPU', true)
    const gone = absence(deployment, KNOB)
    if (gone !== undefined) return nothing(gone, true)
    if (knobText(deployment, KNOB) === first.toLowerCase()) return nothing(`already on: ${sayKnob(deployment, KNOB)}`, true)
    const room = roomBelowRoof(evidence, family, ATTENTION_ATTAINABLE)
    if ('none' in room) return room
    return {
      part: room.part,
      ceilingRatio: room.ceilingRatio,
      effect: { by: 'replay', changes: [room.word], assumptions: [ATTENTION_ATTAINABLE.why] },
      settings: [{ knob: KNOB, to: first }],
      summary: `latent attention runs ${kernelNameOf(family)} at ${formatRatio(room.headroom.roof.value)} of its memory roof; ${first} is first on this GPU`,
      because: [room.text],
      cites: room.cites,
      restsOn: KERNEL_TOPICS,
      preconditions: [
        {
          what: `${first} takes this number of heads and this KV type`,
          state: 'unknown',
          why: 'sparse models and odd head counts have backends of their own',
        },
      ],
      risks: ['other graph support and KV layout; which backend wins depends on the batch: try 1 and 32'],
      falsifier: 'the kernel’s time does not fall at batch 1 and at batch 32, or TPOT does not',
      joinRatio: room.headroom.coveredRatio,
    }
  },
}

function isLatent({ model }: Deployment, families: readonly FamilyEvidence[]): boolean {
  return model.latentAttention ?? families.some(({ family }) => family === 'attention-mla')
}
