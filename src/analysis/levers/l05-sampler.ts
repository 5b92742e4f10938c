import { kernelWord, sayFamily } from './kernel-headroom.ts'
import { type Lever, nothing } from './lever.ts'
import { vllmSource } from './sources.ts'
import { belowTrial, inRole, NO_STEP } from './step-time.ts'
import { wanted } from './wanted-knob.ts'

const KNOB = 'flashinfer-sampler'
/** Sorting the vocabulary against rejection sampling over it: a prior of this tool until trials replace it. */
const STAYS = { low: 0.05, high: 0.4 } as const

/** L05: top-k and top-p by sorting the vocabulary. */
export const sampler: Lever = {
  id: 'L05',
  name: 'sampler-fallback',
  title: 'Sample without sorting the vocabulary',
  type: 'config',
  class: 'host',
  engines: ['vllm', 'sglang'],
  cost: { hours: 1, why: 'one setting, a restart and three pairs, with a greedy arm as control' },
  changesAccuracy: false,
  reference: vllmSource('v1/sample/ops/topk_topp_sampler.py'),
  check(evidence, deployment) {
    const { step } = evidence
    if (step === undefined) return nothing(NO_STEP)
    const family = inRole(evidence, 'sampling').find((each) => each.family === 'sampling-torch-fallback')
    if (family === undefined) return nothing('no sorting sampler runs')
    const ceilingRatio = Math.min(family.stepShare.value, step.kernelShare.value) * (1 - STAYS.low)
    const small = belowTrial('sampling by sorting', ceilingRatio)
    if (small !== undefined) return small
    const open = wanted(deployment, KNOB, true)
    if ('none' in open) return open
    const said = sayFamily(family)
    return {
      part: `kernels:${family.family}`,
      ceilingRatio,
      effect: {
        by: 'replay',
        changes: [kernelWord(family.family, STAYS)],
        assumptions: ['5 to 40 % of the sorting time stays as sampling: a prior of this tool'],
      },
      settings: [{ knob: KNOB, to: true }],
      summary: 'tokens are sampled by kernels that sort the vocabulary: FlashInfer’s sampler does not',
      because: [said.text],
      cites: said.cites,
      restsOn: ['step-time', 'kernel-shares'],
      preconditions: [
        open,
        {
          what: 'requests use top-k or top-p, without processed log probabilities or seeds',
          state: 'unknown',
          why: 'requests are not in the evidence',
        },
      ],
      risks: ['another random stream: answers at temperature above 0 are not bitwise equal'],
      falsifier: 'a greedy arm has the same TPOT: then sampling was not what took the time',
    }
  },
}
