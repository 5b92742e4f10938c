import { formatRatio } from '#base/units.ts'
import { absence, knobNumber, sayKnob } from './effective-knob.ts'
import { familiesOf, KERNEL_TOPICS } from './kernel-headroom.ts'
import { roomOfBytes } from './kernel-room.ts'
import { type Lever, nothing } from './lever.ts'

const KNOB = 'decode-context-parallel-size'
const AT_LEAST = 0.65
/** Queries are gathered and partial results exchanged in every layer: up to this part of attention’s time. A prior of this tool. */
const ADDED = 0.3

/** L24: ranks share one copy of the KV cache instead of each reading all of it. */
export const decodeContextParallel: Lever = {
  id: 'L24',
  name: 'decode-context-parallel',
  title: 'Split the KV cache of a sequence over ranks that now each read all of it',
  type: 'config',
  class: 'attention',
  engines: ['vllm', 'sglang'],
  cost: { hours: 2.5, why: 'one number, a restart and three pairs at a long and a short context' },
  changesAccuracy: false,
  reference: { repo: 'vllm-project/vllm', commit: '6adad08767583f52eb4d2122111af0bf638ed5e6', file: 'vllm/config/parallel.py' },
  check(evidence, deployment) {
    const { model, tensorParallel: ranks } = deployment
    const heads = model.latentAttention === true ? 1 : model.kvHeads
    const [family] = familiesOf(evidence, 'attention')
    if (family === undefined || evidence.step === undefined) return nothing('no decode attention is measured')
    if (heads === undefined || ranks === undefined || ranks <= heads) return nothing('no KV head is held twice, or it is not known')
    const gone = absence(deployment, KNOB)
    if (gone !== undefined) return nothing(gone, true)
    const now = knobNumber(deployment, KNOB)
    if (now !== undefined && now > 1) return nothing(`already on: ${sayKnob(deployment, KNOB)}`, true)
    const copies = Math.floor(ranks / heads)
    const room = roomOfBytes(evidence, family, AT_LEAST, { low: 1 / copies, high: Math.min(1, 1 / copies + ADDED) })
    if ('none' in room) return room
    return {
      part: room.part,
      ceilingRatio: room.ceilingRatio,
      effect: {
        by: 'replay',
        changes: [room.word],
        assumptions: [
          `each rank reads 1/${copies} of the KV bytes; collectives that are added take up to ${formatRatio(ADDED)} of attention’s time: a prior`,
        ],
      },
      settings: [{ knob: KNOB, to: copies }],
      summary: `${ranks} ranks hold ${heads} KV head${heads === 1 ? '' : 's'}, so ${copies} ranks read the same KV cache`,
      because: [room.text],
      cites: room.cites,
      restsOn: KERNEL_TOPICS,
      preconditions: [
        {
          what: 'the attention backend supports it',
          state: 'unknown',
          why: 'it returns partial results with their weights only in some backends',
        },
      ],
      risks: ['collectives are added to every layer: at short context it is slower'],
      falsifier: 'TPOT at long context does not fall; at short context it may not rise',
      joinRatio: room.headroom.coveredRatio,
    }
  },
}
