import type { Deployment } from '#analysis/synthesis/deployment.ts'
import { knobText } from './effective-knob.ts'
import { type Lever, nothing, type Precondition } from './lever.ts'
import { vllmSource } from './sources.ts'
import { belowTrial, betweenShare, NO_STEP, sayBetween } from './step-time.ts'
import { engineOf, refusedBy, unlessSet, wanted } from './wanted-knob.ts'

const KNOB = 'async-scheduling'

/** What the host cannot do ahead: waiting for the sampled tokens, and the launch itself. A prior of this tool until trials replace it. */
const STAYS = { low: 0.1, high: 0.3 } as const

/** L01: the host schedules step n+1 and answers for step n-1 while the device runs step n. */
export const asyncScheduling: Lever = {
  id: 'L01',
  name: 'async-scheduling',
  title: 'Schedule the next step while the device runs this one',
  type: 'config',
  class: 'host',
  engines: ['vllm', 'sglang', 'tensorrt-llm'],
  cost: { hours: 1, why: 'one flag, a restart and three pairs at low concurrency' },
  changesAccuracy: false,
  reference: vllmSource('config/vllm.py'),
  check({ step }, deployment) {
    if (step === undefined) return nothing(NO_STEP)
    const share = betweenShare(step)
    const ceilingRatio = share * (1 - STAYS.low)
    const small = belowTrial('idle time between steps', ceilingRatio)
    if (small !== undefined) return small
    const open = wanted(deployment, KNOB, true)
    if ('none' in open) return open
    const preconditions = [open, ...requirements(deployment)]
    const refused = refusedBy(preconditions)
    if (refused !== undefined) return refused
    return {
      part: 'host-between',
      ceilingRatio,
      effect: {
        by: 'replay',
        changes: [`host=${STAYS.low}..${STAYS.high}`],
        assumptions: ['10 to 30 % of the host’s work between steps cannot be done ahead of the step’s result: a prior of this tool'],
      },
      settings: [{ knob: KNOB, to: true }],
      summary: `${engineOf(deployment)} schedules and answers between steps, while the device waits: let it run one step ahead`,
      because: [sayBetween(step)],
      cites: [step.hostBetweenNs, step.cadenceNs],
      restsOn: ['step-time', 'host', 'device-busy'],
      preconditions,
      risks: ['a request that has ended is computed for one step more', 'with speculative decoding cascade attention is switched off'],
      falsifier: 'median TPOT at concurrency 1 to 8 does not fall, or the idle time between steps stays, or busy time per step rises',
    }
  },
}

/** vLLM config/vllm.py:1153-1233: what keeps the engine from running ahead, however the flag is set. */
function requirements(deployment: Deployment): Precondition[] {
  if (deployment.engine !== 'vllm') return []
  const scheduler = unlessOwn(deployment, 'scheduler-cls', 'the scheduler is the engine’s own')
  const padded = unlessSet(deployment, 'disable-padded-drafter-batch', [true], 'drafts are padded')
  const backend = unlessSet(deployment, 'executor-backend', ['ray', 'external_launcher'], 'the executor can run ahead')
  // An executor that is not named is chosen by the engine, which takes one that can.
  const executor: Precondition[] = backend.state === 'unmet' ? [{ ...backend, state: 'unknown' }] : []
  const draft = [speculation(deployment), ...(padded.state === 'unmet' ? [padded] : [])]
  return [scheduler, ...draft, ...executor].filter(({ state }) => state !== 'met')
}

function unlessOwn(deployment: Deployment, knob: string, what: string): Precondition {
  const value = knobText(deployment, knob)
  if (value === undefined || value === 'none') return { what, state: 'met', why: `${knob} is not set` }
  return { what, state: 'unknown', why: `${knob} is ${value}: only a subclass of AsyncScheduler runs ahead` }
}

const runsAhead = /^(?:eagle3?|mtp|.*_mtp|ngram_gpu|draft_model|dspark|dflash|none)$/

function speculation(deployment: Deployment): Precondition {
  const what = 'the draft method can be scheduled ahead'
  const method = knobText(deployment, 'spec-method')
  if (method === undefined) return { what, state: 'unknown', why: 'whether drafts are used is not known' }
  return { what, state: runsAhead.test(method) ? 'met' : 'unmet', why: `spec-method is ${method}` }
}
