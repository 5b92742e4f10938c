import type { Deployment } from '#analysis/synthesis/deployment.ts'
import type { FamilyEvidence } from '#analysis/synthesis/evidence.ts'
import { formatRatio } from '#base/units.ts'
import { absence, knobNumber, sayKnob } from './effective-knob.ts'
import { familiesOf, KERNEL_TOPICS } from './kernel-headroom.ts'
import { roomBelowRoof } from './kernel-room.ts'
import { ATTENTION_ATTAINABLE } from './l25-attention-backend.ts'
import { type Lever, nothing } from './lever.ts'

/** Of the combine kernels over the attention kernels: more splits make them longer. */
const MAX_COMBINE_RATIO = 0.15

/** L26: more splits of the KV length, where decode attention launches fewer blocks than the GPU has multiprocessors. */
export const splitKv: Lever = {
  id: 'L26',
  name: 'split-kv-depth',
  title: 'Split the KV length further, so that attention fills the GPU',
  type: 'config',
  class: 'attention',
  engines: ['vllm', 'sglang'],
  cost: { hours: 2.5, why: 'a sweep of one number at one context length, then three pairs and a control at large batch' },
  changesAccuracy: false,
  reference: { repo: 'vllm-project/vllm', commit: '6adad08767583f52eb4d2122111af0bf638ed5e6', file: 'vllm/config/attention.py' },
  check(evidence, deployment) {
    const attention = familiesOf(evidence, 'attention')
    const family = attention.find((each) => knobOf(deployment, each) !== undefined)
    const knob = family === undefined ? undefined : knobOf(deployment, family)
    if (evidence.step === undefined || family === undefined || knob === undefined)
      return nothing('no attention whose splits can be set is measured')
    const waves = family.counters?.waves
    if (waves === undefined) return nothing('how full attention’s grid is was not counted: capture ncu with launch statistics', true)
    if (waves.value >= 1) return nothing(`attention launches ${waves.value.toFixed(1)} waves of blocks: the GPU is full`, true)
    const gone = absence(deployment, knob)
    if (gone !== undefined) return nothing(gone, true)
    const now = knobNumber(deployment, knob)
    if (now === undefined) return nothing(`${sayKnob(deployment, knob)}: what more splits would be is not known`, true)
    const combine = attention.filter(({ family: name }) => name === 'attention-combine' || name === 'attention-merge')
    const combined = combine.reduce((sum, { stepShare }) => sum + stepShare.value, 0) / family.stepShare.value
    if (combined > MAX_COMBINE_RATIO) return nothing(`combining splits already takes ${formatRatio(combined)} of attention’s time`, true)
    const room = roomBelowRoof(evidence, family, ATTENTION_ATTAINABLE)
    if ('none' in room) return room
    // No fuller than a whole wave, no nearer the roof than such kernels get, and perhaps not at all.
    const low = Math.max(waves.value, room.stays.low)
    const stays = { low, high: 1 - 0.5 * (1 - low) * room.headroom.coveredRatio }
    return {
      part: room.part,
      ceilingRatio: (room.ceilingRatio * (1 - low)) / (1 - room.stays.low),
      effect: {
        by: 'replay',
        changes: [`${room.part}=${stays.low.toFixed(3)}..${stays.high.toFixed(3)}`],
        assumptions: [
          'more splits fill between half and all of the multiprocessors that are idle: a prior of this tool until trials replace it',
        ],
      },
      settings: [{ knob, to: 2 * now }],
      summary: `attention launches ${waves.value.toFixed(2)} of a wave of blocks and reaches ${formatRatio(room.headroom.roof.value)} of its memory roof`,
      because: [room.text, `its grid fills ${formatRatio(waves.value)} of the multiprocessors`],
      cites: [...room.cites, waves],
      restsOn: KERNEL_TOPICS,
      preconditions: [
        {
          what: 'the number of splits is what limits the grid',
          state: 'unknown',
          why: `${sayKnob(deployment, knob)} is an upper limit; the kernel’s own choice may be lower`,
        },
      ],
      risks: ['combining takes longer; at large batch it must not change'],
      falsifier: 'the kernel’s time at the same context does not fall in a sweep of splits, or TPOT changes at large batch',
      joinRatio: room.headroom.coveredRatio,
    }
  },
}

function knobOf({ engine }: Deployment, { family }: FamilyEvidence): string | undefined {
  if (engine === 'vllm') return family === 'attention-flash' ? 'flash-attn-max-splits' : undefined
  return engine === 'sglang' && family === 'attention-triton' ? 'triton-kv-splits' : undefined
}
