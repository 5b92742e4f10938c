import { formatRatio } from '#base/units.ts'
import { absence, knobNumber, sayKnob } from './effective-knob.ts'
import { detectable, familiesOf, tooSmall } from './kernel-headroom.ts'
import { type Lever, nothing } from './lever.ts'

const KNOB = 'max-num-seqs'
/** Requests wait for a seat, not for blocks, while this much of the cache is used at most: twice the requests then fit. */
const MAX_KV_USAGE = 0.45
/** Share of TTFT that is waiting, from which it is worth a change. */
const MIN_QUEUE_RATIO = 0.2

/** L43: more requests at once, where they wait for a seat while the KV cache has room. */
export const maxNumSeqs: Lever = {
  id: 'L43',
  name: 'max-num-seqs',
  title: 'Let more requests run at once',
  type: 'config',
  class: 'kv-capacity',
  engines: ['vllm', 'sglang', 'tensorrt-llm'],
  cost: { hours: 1.5, why: 'one number, a restart and three pairs at the same load' },
  changesAccuracy: false,
  reference: { repo: 'vllm-project/vllm', commit: '6adad08767583f52eb4d2122111af0bf638ed5e6', file: 'vllm/config/scheduler.py' },
  check(evidence, deployment) {
    const { serving, step } = evidence
    const queue = serving?.queueNs
    const whole = serving?.engineTtftNs
    if (serving === undefined || queue === undefined || whole === undefined || step === undefined) return nothing('waiting is not known')
    if (queue.value / whole.value < MIN_QUEUE_RATIO) return nothing('requests hardly wait')
    const usage = serving.kvUsageRatio
    if (usage === undefined) return nothing('requests wait; how full the KV cache is is not known', true)
    if (usage.value > MAX_KV_USAGE) {
      return nothing(`requests wait, but the KV cache is ${formatRatio(usage.value)} full: it has no room for twice as many`, true)
    }
    if ((serving.preemptions?.value ?? 0) > 0) return nothing('requests are preempted: the KV cache is what is short (L42)', true)
    const gone = absence(deployment, KNOB)
    if (gone !== undefined) return nothing(gone, true)
    const seats = knobNumber(deployment, KNOB)
    const batch = step.batch
    if (seats === undefined) return nothing(`${sayKnob(deployment, KNOB)}: whether seats are what is short cannot be told`, true)
    if (batch === undefined) return nothing('how many requests a step holds is not known', true)
    if (batch.value < 0.9 * seats)
      return nothing(`steps hold ${Math.round(batch.value)} of ${seats} requests: seats are not what is short`, true)
    // Attention reads each request's cache; what else grows with the batch is not known from one batch.
    const attention = familiesOf(evidence, 'attention').reduce((sum, { stepShare }) => sum + stepShare.value, 0)
    const grows = { low: Math.min(0.9, attention), high: Math.min(1, attention + 0.4) }
    const gain = (part: number): number => 2 / (1 + part)
    const ceilingRatio = 1 - 1 / gain(grows.low)
    if (!detectable(ceilingRatio)) return nothing(tooSmall(ceilingRatio), true)
    return {
      part: 'batch',
      ceilingRatio,
      effect: {
        by: 'formula',
        metric: 'throughput',
        text: 'twice the requests in a step that grows by the part that scales with them',
        uncertain: [
          { name: 'part of the step that grows with the batch', ...grows, why: 'attention at least; up to 40 % of the step more: a prior' },
        ],
        newOverOld: ([part = grows.high]) => gain(part),
      },
      settings: [{ knob: KNOB, to: 2 * seats }],
      summary: `requests wait ${formatRatio(queue.value / whole.value)} of TTFT for one of ${seats} seats while the KV cache is ${formatRatio(usage.value)} full`,
      because: [`${Math.round(batch.value)} requests a step of at most ${seats}, the KV cache ${formatRatio(usage.value)} full`],
      cites: [queue, whole, usage, batch],
      restsOn: ['serving', 'step-time', 'kernel-shares'],
      preconditions: [{ what: 'TPOT may grow', state: 'unknown', why: 'the limit that is promised is not given' }],
      risks: ['TPOT grows with the batch', 'graph sizes must cover twice the requests (L02)'],
      falsifier: 'throughput does not rise at the same load, or TPOT passes its limit',
    }
  },
}
