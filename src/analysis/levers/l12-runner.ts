import type { Deployment } from '#analysis/synthesis/deployment.ts'
import { type Lever, nothing, type Precondition } from './lever.ts'
import { vllmSource } from './sources.ts'
import { belowTrial, betweenShare, NO_STEP, sayBetween } from './step-time.ts'
import { refusedBy, unlessSet, wanted } from './wanted-knob.ts'

const KNOB = 'v2-model-runner'
/** The runner’s part of the host’s work is preparing inputs and bookkeeping; how much shorter it gets is a prior of this tool. */
const STAYS = { low: 0.6, high: 1 } as const

/** L12: models with experts still run on the first model runner. */
export const modelRunner: Lever = {
  id: 'L12',
  name: 'model-runner-v2',
  title: 'Run the model on runner V2',
  type: 'config',
  class: 'host',
  engines: ['vllm'],
  cost: { hours: 2, why: 'one variable, a restart, three pairs and a comparison of answers at temperature 0' },
  changesAccuracy: false,
  reference: vllmSource('config/vllm.py'),
  check({ step }, deployment) {
    if (step === undefined) return nothing(NO_STEP)
    const { experts } = deployment.model
    if (experts === undefined || experts === 0) return nothing('dense models run on V2 by default')
    const ceilingRatio = betweenShare(step) * (1 - STAYS.low)
    const small = belowTrial('preparing inputs between steps', ceilingRatio)
    if (small !== undefined) return small
    const open = wanted(deployment, KNOB, true)
    if ('none' in open) return open
    const preconditions = [open, ...supported(deployment)]
    const refused = refusedBy(preconditions)
    if (refused !== undefined) return refused
    return {
      part: 'host-between',
      ceilingRatio,
      effect: {
        by: 'replay',
        changes: [`host=${STAYS.low}..${STAYS.high}`],
        assumptions: ['60 to 100 % of the host’s work between steps stays: a prior of this tool'],
      },
      settings: [{ knob: KNOB, to: true }],
      summary: 'a model with experts runs on the first model runner, and the device waits for it',
      because: [sayBetween(step)],
      cites: [step.hostBetweenNs, step.cadenceNs],
      restsOn: ['step-time', 'host'],
      preconditions,
      risks: ['a feature that V2 lacks refuses the start', 'samplers are other kernels: answers at temperature above 0 differ'],
      falsifier: 'idle time between steps stays, or TPOT does not fall, or answers at temperature 0 differ',
    }
  },
}

/** config/vllm.py:2370-2477: what V2 does not do. */
function supported(deployment: Deployment): Precondition[] {
  return [
    unlessSet(deployment, 'spec-method', ['ngram', 'ngram_gpu', 'draft_model', 'suffix', 'medusa'], 'V2 knows the draft method'),
    unlessSet(deployment, 'enable-dbo', [true], 'dual batch overlap is off'),
    unlessSet(deployment, 'sequence-parallel', [true], 'sequence parallelism is off'),
  ].filter(({ state }) => state !== 'met')
}
