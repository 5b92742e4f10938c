import { formatRatio } from '#base/units.ts'
import { absence, knobFlag, sayKnob } from './effective-knob.ts'
import { familiesOf, KERNEL_TOPICS } from './kernel-headroom.ts'
import { roomOfBytes } from './kernel-room.ts'
import { type Lever, nothing } from './lever.ts'

const KNOB = 'cascade-attention'
/** The engine’s own thresholds (flash_attn.py:1700-1708). */
const MIN_PREFIX = 256
const MIN_REQUESTS = 8
const AT_LEAST = 0.65
/** Steps with cascade attention never run as graphs: where most kernels do, the gaps that come back are not bounded by a replay. */
const MAX_IN_GRAPHS = 0.5

/** L29: the prefix that all requests share is read once per step. */
export const cascade: Lever = {
  id: 'L29',
  name: 'cascade-attention',
  title: 'Read the prefix that all requests share once per step',
  type: 'config',
  class: 'attention',
  engines: ['vllm'],
  cost: { hours: 2, why: 'one flag, a restart, three pairs with the shared prefix and a control without' },
  changesAccuracy: false,
  reference: {
    repo: 'vllm-project/vllm',
    commit: '6adad08767583f52eb4d2122111af0bf638ed5e6',
    file: 'vllm/v1/attention/backends/flash_attn.py',
  },
  check(evidence, deployment) {
    const family = familiesOf(evidence, 'attention').find((each) => each.family === 'attention-flash')
    const workload = deployment.file?.workload
    const prefix = workload?.sharedPrefixTokens
    const batch = evidence.step?.batch
    if (family === undefined || prefix === undefined || batch === undefined)
      return nothing('no FlashAttention under a shared prefix is known')
    if (prefix < MIN_PREFIX || batch.value < MIN_REQUESTS) {
      return nothing(
        `the engine wants a prefix of ${MIN_PREFIX} tokens and ${MIN_REQUESTS} requests; there are ${prefix} and ${Math.round(batch.value)}`,
        true,
      )
    }
    const gone = absence(deployment, KNOB)
    if (gone !== undefined) return nothing(gone, true)
    if (knobFlag(deployment, KNOB) === true) return nothing(`already on: ${sayKnob(deployment, KNOB)}`, true)
    const inGraphs = evidence.host?.inGraphRatio
    if (inGraphs === undefined || inGraphs.value > MAX_IN_GRAPHS) {
      return nothing(
        'steps with cascade attention never run as graphs, and these do (or it is not known): the gaps that come back are not bounded',
        true,
      )
    }
    const input = workload?.inputTokens ?? evidence.serving?.inputTokens?.value
    if (input === undefined || input < prefix) return nothing('how much of a context is shared is not known', true)
    // Half of the answer is there on average.
    const context = input + (workload?.outputTokens ?? 0) / 2
    const saved = (prefix / context) * (1 - 1 / batch.value)
    const room = roomOfBytes(evidence, family, AT_LEAST, { low: 1 - saved, high: 1 - 0.6 * saved })
    if ('none' in room) return room
    return {
      part: room.part,
      ceilingRatio: room.ceilingRatio,
      effect: {
        by: 'replay',
        changes: [room.word],
        assumptions: [
          'the shared part is read once instead of once per request; merging two parts of attention costs up to 40 % of that: a prior',
        ],
      },
      settings: [{ knob: KNOB, to: true }],
      summary: `${prefix} of about ${Math.round(context)} tokens of every context are shared by ${Math.round(batch.value)} requests and are read for each`,
      because: [room.text, `${formatRatio(prefix / context)} of a context is the shared prefix`],
      cites: [...room.cites, batch, inGraphs],
      restsOn: KERNEL_TOPICS,
      preconditions: [{ what: 'all requests of a step share the prefix', state: 'unknown', why: 'the workload says so on average' }],
      risks: ['steps with cascade attention are not graphs; with async scheduling and speculation it is off'],
      falsifier: 'TPOT with the shared prefix does not fall, or changes without one',
      joinRatio: room.headroom.coveredRatio,
    }
  },
}
