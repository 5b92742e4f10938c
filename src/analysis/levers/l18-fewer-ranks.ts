import { formatRatio } from '#base/units.ts'
import { knobNumber } from './effective-knob.ts'
import { type Lever, nothing } from './lever.ts'
import { collectiveFloor } from './rank-time.ts'
import { vllmSource } from './sources.ts'
import { NO_STEP } from './step-time.ts'

const KNOB = 'tensor-parallel-size'
/** Half as many ranks exchange in fewer steps, but each holds twice the row; one rank exchanges nothing. */
const COMMUNICATION = { low: 0.4, high: 1 } as const
const ALONE = { low: 0, high: 0 } as const
/** Kernels have half as many ranks: those that stream weights take twice as long, small ones less. */
const KERNELS = { low: 1.6, high: 2 } as const
/** Half of the floor is won for sure where kernels take twice as long. Another deployment must win more than nodes differ by, a few percent. */
const SURE = 0.1

/** L18: ranks spend more of the step on one another than half as many would. */
export const fewerRanks: Lever = {
  id: 'L18',
  name: 'fewer-ranks',
  title: 'Halve tensor parallelism and double the replicas',
  type: 'config',
  class: 'communication',
  engines: ['vllm', 'sglang', 'tensorrt-llm'],
  cost: { hours: 4, why: 'another deployment with other memory, tried at the same load per replica' },
  changesAccuracy: false,
  reference: vllmSource('config/parallel.py'),
  check(evidence, deployment) {
    const { step } = evidence
    if (step === undefined) return nothing(NO_STEP)
    const floor = collectiveFloor(evidence)
    if ('none' in floor) return floor
    const state = deployment.knob(KNOB)
    const now = knobNumber(deployment, KNOB) ?? deployment.tensorParallel
    if (now === undefined || now < 2 || now % 2 !== 0)
      return nothing(now === undefined ? 'the number of ranks is not known' : `tensor parallelism of ${now} cannot be halved`)
    if (state.state === 'absent') return nothing(state.why, true)
    const kernel = step.kernelShare.value
    const communication = floor.share
    // What ranks wait for one another stays: it belongs to the late one.
    const rest = Math.max(0, 1 - kernel - communication)
    // Half the GPUs make the same tokens per step of the same batch, in the time of the new step.
    const costOf = (kernels: number, exchange: number): number => 0.5 * (kernels * kernel + exchange * communication + rest)
    const exchanges = now === 2 ? ALONE : COMMUNICATION
    const best = costOf(KERNELS.low, exchanges.low)
    if (0.5 * communication < SURE) return nothing('halving the ranks would not make a token clearly cheaper')
    return {
      part: 'parallelism',
      ceilingRatio: Math.max(0, 1 - best),
      effect: {
        by: 'formula',
        metric: 'cost',
        text: '½ × (kernels × k + communication × c + rest): the cost of a token at the same batch per replica',
        uncertain: [
          { name: 'k', ...KERNELS, why: 'kernels that stream weights take twice as long on half the ranks, small ones less' },
          { name: 'c', ...exchanges, why: now === 2 ? 'one rank exchanges nothing' : 'fewer ranks, longer rows' },
        ],
        newOverOld: ([kernels = KERNELS.high, exchange = exchanges.high]) => costOf(kernels, exchange),
      },
      settings: [{ knob: KNOB, to: now / 2 }],
      summary: `collectives take ${formatRatio(communication)} of the step on ${now} ranks: two replicas of ${now / 2} make cheaper tokens, each slower`,
      because: [`kernels hold ${formatRatio(kernel)} of the step`, floor.text],
      cites: [step.kernelShare, ...floor.cites],
      restsOn: ['step-time', 'communication'],
      preconditions: [{ what: `weights and KV cache fit on ${now / 2} GPUs`, state: 'unknown', why: 'free memory is not in the evidence' }],
      risks: ['latency of one request rises', 'less KV cache per request: shorter contexts, or preemption'],
      falsifier: 'tokens per second and GPU at the same TPOT limit do not rise',
    }
  },
}
