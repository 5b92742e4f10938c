import { formatRatio } from '#base/units.ts'
import { namedRatio } from './kernel-headroom.ts'
import { type Lever, nothing } from './lever.ts'
import { collectiveFloor } from './rank-time.ts'
import { vllmSource } from './sources.ts'
import { belowTrial, factor, inRole } from './step-time.ts'

const GATHER = /AllGather|all_gather/
/** A pair of value and index per rank and row instead of the row: what stays is the latency of a small collective. A prior of this tool. */
const STAYS = { low: 0.1, high: 0.5 } as const

/** L06: every rank sends its part of the logits, where one candidate per rank would do. */
export const logitsGather: Lever = {
  id: 'L06',
  name: 'lm-head-logits-gather',
  title: 'Pick the best token per rank before gathering',
  type: 'vllm-src',
  class: 'communication',
  engines: ['vllm'],
  cost: { hours: 16, why: 'a change of the logits processor and the sampler, then three pairs' },
  changesAccuracy: false,
  reference: vllmSource('model_executor/layers/logits_processor.py'),
  check(evidence, deployment) {
    const floor = collectiveFloor(evidence)
    if ('none' in floor) return floor
    if ((deployment.tensorParallel ?? 1) < 2) return nothing('the head is not split over ranks')
    // Experts and sequence parallelism gather in every layer: then the one of the logits cannot be told.
    if (deployment.expertParallel !== false || (deployment.dataParallel ?? 1) > 1)
      return nothing('gathers of experts cannot be told from that of the logits')
    const families = inRole(evidence, 'communication')
    const total = families.reduce((sum, { stepShare }) => sum + stepShare.value, 0)
    const gathered = families.reduce((sum, family) => sum + family.stepShare.value * namedRatio(family, GATHER), 0)
    const ofFloor = total > 0 ? gathered / total : 0
    const ceilingRatio = floor.share * ofFloor * (1 - STAYS.low)
    const small = belowTrial('gathering of the logits', ceilingRatio)
    if (small !== undefined) return small
    const part = floor.ofCollectives * ofFloor
    return {
      part: 'communication-floor',
      ceilingRatio,
      effect: {
        by: 'replay',
        changes: [`communication=${factor(1 - part * (1 - STAYS.low), 1 - part * (1 - STAYS.high))}`],
        assumptions: [
          'all-gathers of a decode step without experts are those of the logits',
          '10 to 50 % of their time stays: a prior of this tool',
        ],
      },
      source: {
        file: 'vllm/model_executor/layers/logits_processor.py',
        symbol: 'LogitsProcessor._gather_logits',
        sketch:
          'For greedy and top-k requests take the k largest (value, index + rank × vocabulary part) on each rank and gather those pairs; keep the whole gather where log probabilities are asked for.',
      },
      summary: `all-gathers take ${formatRatio(ofFloor)} of the time in collectives`,
      because: [floor.text, `all-gathers take ${formatRatio(gathered)} of the step`],
      cites: [...floor.cites, ...families.map(({ stepShare }) => stepShare)],
      restsOn: ['step-time', 'communication', 'kernel-shares'],
      preconditions: [
        { what: 'requests are greedy or top-k, without log probabilities', state: 'unknown', why: 'requests are not in the evidence' },
      ],
      risks: ['log probabilities need the whole row', 'sampling with top-p alone needs it too'],
      falsifier: 'bytes gathered per step do not fall, or TPOT does not',
    }
  },
}
