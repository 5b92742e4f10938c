import { formatRatio } from '#base/units.ts'
import { knobFlag, knobNumber, knobText } from './effective-knob.ts'
import { type Lever, nothing, type Precondition } from './lever.ts'
import { collectiveFloor } from './rank-time.ts'
import { vllmSource } from './sources.ts'
import { belowTrial, inRole } from './step-time.ts'
import { refusedBy, wanted } from './wanted-knob.ts'

const KNOB = 'enable-dbo'
/** Half batches hide this part of the exchange … */
const HIDES = { low: 0.3, high: 0.8 } as const
/** … and their matrix products are less efficient by this. Priors of this tool until trials replace them. */
const LOSES = { low: 0, high: 0.1 } as const

/** L23: one half of the batch computes while the other exchanges tokens. */
export const communicationOverlap: Lever = {
  id: 'L23',
  name: 'communication-overlap',
  title: 'Overlap dispatch and combine with the other half of the batch',
  type: 'config',
  class: 'communication',
  engines: ['vllm', 'sglang'],
  cost: { hours: 3, why: 'a flag and DeepEP, a restart with other graphs, pairs at high concurrency and a control at low' },
  changesAccuracy: false,
  reference: vllmSource('config/parallel.py'),
  check(evidence, deployment) {
    const { step } = evidence
    const floor = collectiveFloor(evidence)
    if ('none' in floor) return floor
    if (step === undefined || !inRole(evidence, 'communication').some(({ family }) => family === 'moe-all-to-all'))
      return nothing('experts do not exchange tokens by dispatch and combine')
    const kernels = step.kernelShare.value
    const hidden = Math.min(floor.share, kernels)
    const ceilingRatio = hidden * HIDES.high
    const small = belowTrial('dispatch and combine that nothing hides', ceilingRatio)
    if (small !== undefined) return small
    const open = wanted(deployment, KNOB, true)
    if ('none' in open) return open
    const threshold = knobNumber(deployment, 'dbo-decode-threshold') ?? 32
    const preconditions = [open, batch(step.batch?.value, threshold), backend(knobText(deployment, 'all2all-backend'), deployment.engine)]
    const refused = refusedBy(preconditions)
    if (refused !== undefined) return refused
    const swaps = knobFlag(deployment, 'v2-model-runner') !== false && deployment.engine === 'vllm'
    return {
      part: 'communication-floor',
      ceilingRatio,
      effect: {
        by: 'formula',
        metric: 'tpot',
        text: '1 − exposed exchange × part hidden + kernels × loss of half batches',
        uncertain: [
          { name: 'part hidden', ...HIDES, why: 'a prior of this tool until trials replace it' },
          { name: 'loss of half batches', ...LOSES, why: 'matrix products of half the rows are less efficient' },
        ],
        newOverOld: ([hides = HIDES.low, loses = LOSES.high]) => 1 - hidden * hides + kernels * loses,
      },
      settings: [{ knob: KNOB, to: true }],
      summary: `dispatch and combine run with nothing beside them in ${formatRatio(floor.share)} of the step`,
      because: [floor.text],
      cites: [...floor.cites, step.kernelShare],
      restsOn: ['step-time', 'communication'],
      preconditions,
      risks: [
        'small batches become slower',
        ...(swaps ? ['the runner falls back to V1, which confounds the trial: fix VLLM_USE_V2_MODEL_RUNNER in both arms'] : []),
      ],
      falsifier: 'the exchange is not overlapped in a trace, or tokens per second at high concurrency do not rise',
    }
  },
}

function batch(value: number | undefined, threshold: number): Precondition {
  const what = `a step has ${threshold} tokens or more`
  if (value === undefined) return { what, state: 'unknown', why: 'the size of a step is not known' }
  return { what, state: value >= threshold ? 'met' : 'unmet', why: `it has ${value}` }
}

function backend(value: string | undefined, engine: string | undefined): Precondition {
  const what = 'DeepEP exchanges the tokens'
  if (value === undefined || engine !== 'vllm') return { what, state: 'unknown', why: 'the back end is not known' }
  return { what, state: value.startsWith('deepep') ? 'met' : 'unmet', why: `all2all-backend is ${value}` }
}
