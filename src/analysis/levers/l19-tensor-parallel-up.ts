import { formatRatio } from '#base/units.ts'
import { absence, sayKnob } from './effective-knob.ts'
import { detectable, exclusiveShare, familiesOf, headroomOf, tooSmall } from './kernel-headroom.ts'
import { type Lever, nothing, type Precondition } from './lever.ts'

const KNOB = 'tensor-parallel-size'
/** Weights that are read at this part of the memory’s peak or more are what takes the time; below it a better kernel comes first. */
const AT_LEAST = 0.65
/** What twice the ranks add in collectives: 3 to 12 % of a step in decode traces of two to eight ranks. A prior of this tool. */
const ADDED = { low: 0.03, high: 0.12 }

/** L19: twice the ranks, each reading half of the weights, where GPUs of the replica stand idle. */
export const tensorParallelUp: Lever = {
  id: 'L19',
  name: 'tensor-parallel-up',
  title: 'Spread the weights over twice the GPUs',
  type: 'config',
  class: 'gemm',
  engines: ['vllm', 'sglang', 'tensorrt-llm'],
  cost: { hours: 2, why: 'one number, a restart and three pairs; more GPUs per replica' },
  changesAccuracy: false,
  reference: { repo: 'vllm-project/vllm', commit: '6adad08767583f52eb4d2122111af0bf638ed5e6', file: 'docs/configuration/optimization.md' },
  check(evidence, deployment) {
    const { step } = evidence
    const now = deployment.tensorParallel
    if (step === undefined) return nothing('no decode step is measured')
    const weights = [...familiesOf(evidence, 'gemm'), ...familiesOf(evidence, 'moe')].filter((family) => {
      const headroom = headroomOf(family)
      return !('unknown' in headroom) && headroom.bound === 'memory' && headroom.roof.value >= AT_LEAST
    })
    if (weights.length === 0) return nothing('no GEMM is known to be at its memory roof')
    if (now === undefined) return nothing(sayKnob(deployment, KNOB), true)
    const gone = absence(deployment, KNOB)
    if (gone !== undefined) return nothing(gone, true)
    const used = now * (deployment.pipelineParallel ?? 1) * (deployment.dataParallel ?? 1)
    if (deployment.gpus === undefined || deployment.gpus < 2 * used) {
      return nothing(`it needs ${2 * used} GPUs for this replica, and it is not known that they are free`, true)
    }
    const heads = deployment.model.attentionHeads
    if (heads !== undefined && heads % (2 * now) !== 0)
      return nothing(`${heads} attention heads cannot be split over ${2 * now} ranks`, true)
    const share = exclusiveShare(step, weights)
    const ceilingRatio = share / 2 - ADDED.low
    if (!detectable(ceilingRatio)) return nothing(tooSmall(Math.max(0, ceilingRatio)), true)
    const what = 'heads and layers divide by twice the ranks'
    const divides: Precondition =
      heads === undefined
        ? { what, state: 'unknown', why: 'the model’s configuration is not given' }
        : { what, state: 'met', why: `${heads} heads` }
    return {
      part: `kernels:${weights[0]?.family}`,
      ceilingRatio,
      effect: {
        by: 'formula',
        metric: 'tpot',
        text: 'reading weights takes half the time, collectives take more',
        uncertain: [{ name: 'collectives that are added', ...ADDED, why: 'share of a step in decode traces; a prior' }],
        newOverOld: ([added = ADDED.high]) => 1 - share / 2 + added,
      },
      settings: [{ knob: KNOB, to: 2 * now }],
      summary: `reading weights takes ${formatRatio(share)} of the step on ${now} GPUs, and ${deployment.gpus} belong to the replica`,
      because: weights.map(
        ({ family, stepShare }) => `${family} takes ${formatRatio(stepShare.value)} of the decode step, at its memory roof`,
      ),
      cites: weights.flatMap(({ stepShare, counters }) => [stepShare, ...(counters?.roofRatio === undefined ? [] : [counters.roofRatio])]),
      restsOn: ['step-time', 'kernel-shares', 'counters'],
      preconditions: [divides],
      risks: ['tokens per second per GPU fall: this buys latency with GPUs', 'KV heads are duplicated where ranks outnumber them'],
      falsifier: 'TPOT at concurrency 1 does not fall',
    }
  },
}
