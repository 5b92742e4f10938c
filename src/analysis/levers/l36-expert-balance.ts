import { formatRatio } from '#base/units.ts'
import { absence, knobFlag, sayKnob } from './effective-knob.ts'
import { detectable, familiesOf, tooSmall } from './kernel-headroom.ts'
import { type Lever, nothing } from './lever.ts'
import { latenessOf } from './rank-time.ts'

const KNOB = 'eplb'
/** Ranks of one job differ by a few percent in busy time by chance (clocks, memory). */
const MIN_BUSY_RATIO = 1.1
/** Of the late rank’s host gap over the others’: above it the host makes it late, not its experts. */
const MAX_HOST_RATIO = 1.2
/** What balancing leaves of the skew. A prior of this tool. */
const STAYS = { low: 0.2, high: 0.7 }

/** L36: experts placed by load, where one rank’s experts take longer and the others wait. */
export const expertBalance: Lever = {
  id: 'L36',
  name: 'expert-balance',
  title: 'Move and copy hot experts, so that ranks finish together',
  type: 'config',
  class: 'moe',
  engines: ['vllm', 'sglang'],
  cost: { hours: 3, why: 'flags, memory for copies, and runs longer than a rearrangement takes (thousands of steps)' },
  changesAccuracy: false,
  reference: { repo: 'vllm-project/vllm', commit: '6adad08767583f52eb4d2122111af0bf638ed5e6', file: 'vllm/config/parallel.py' },
  check(evidence, deployment) {
    const { ranks } = evidence
    const [experts] = familiesOf(evidence, 'moe')
    if (experts === undefined || deployment.expertParallel !== true) return nothing('experts are not spread over ranks')
    if (ranks === undefined) return nothing('one rank is traced: whether experts are uneven needs the others', true)
    const gone = absence(deployment, KNOB)
    if (gone !== undefined) return nothing(gone, true)
    if (knobFlag(deployment, KNOB) === true) return nothing(`already on: ${sayKnob(deployment, KNOB)}`, true)
    const { stragglerBusyRatio: busy, stragglerHostRatio: host, skewShare, straggler } = ranks
    if (straggler === undefined || busy === undefined) return nothing('no rank is late more often than others', true)
    if (busy.value < MIN_BUSY_RATIO)
      return nothing('the late rank is no busier than the others: its experts do not make it late (L37)', true)
    if (host !== undefined && host.value > MAX_HOST_RATIO) return nothing('the late rank’s host is slower: that makes it late (L37)', true)
    const lateness = latenessOf(straggler)
    // No more than what the late rank’s experts take beyond their even share.
    const skew = Math.min(skewShare.value, experts.stepShare.value * (1 - 1 / busy.value))
    const ceilingRatio = skew * (1 - STAYS.low)
    if (!detectable(ceilingRatio)) return nothing(tooSmall(ceilingRatio), true)
    return {
      part: 'skew',
      ceilingRatio,
      effect: {
        by: 'formula',
        metric: 'tpot',
        text: 'of the time in which ranks wait for the busiest, what balancing leaves stays',
        uncertain: [{ name: 'part of the skew that stays', ...STAYS, why: 'hot experts change with the load; a prior' }],
        newOverOld: ([stays = STAYS.high]) => 1 - skew * (1 - stays),
      },
      settings: [{ knob: KNOB, to: true }],
      summary: `rank ${straggler.rank} is ${formatRatio(busy.value - 1)} busier than the others, which wait ${formatRatio(skewShare.value)} of the step`,
      because: [
        `${lateness.text}, and it is ${formatRatio(busy.value - 1)} busier`,
        `experts take ${formatRatio(experts.stepShare.value)} of the step`,
      ],
      cites: [busy, skewShare, ...lateness.cites, experts.stepShare],
      restsOn: ['step-time', 'communication', 'kernel-shares'],
      preconditions: [
        {
          what: 'experts are what makes the rank busier',
          state: 'unknown',
          why: 'kernels by rank are not compared; slower clocks look the same (L38)',
        },
      ],
      risks: ['copies of experts take memory from the KV cache', 'rearranging stalls steps'],
      falsifier: 'busy time of the busiest rank over the mean does not fall over thousands of steps, or tokens per second do not rise',
    }
  },
}
