import type { Deployment } from '#analysis/synthesis/deployment.ts'
import { formatRatio } from '#base/units.ts'
import { absence, knobFlag, knobText, sayKnob } from './effective-knob.ts'
import { detectable, tooSmall } from './kernel-headroom.ts'
import { type KnobSetting, type Lever, nothing } from './lever.ts'

const PADDED = 'disable-padded-drafter-batch'
const METHOD = 'spec-method'
/** Methods beside which vLLM does not run one step ahead (config/vllm.py:1153-1233). */
const SYNCHRONOUS = new Set(['ngram', 'suffix', 'medusa', 'mlp_speculator', 'custom_class'])
/** As for async scheduling (L01): the host’s work between steps overlaps the device but for this part. */
const STAYS = { low: 0.1, high: 0.3 }

/** L47: speculation that keeps the engine from running one step ahead. */
export const speculationHost: Lever = {
  id: 'L47',
  name: 'speculation-host',
  title: 'Speculate in a way that lets the host run one step ahead',
  type: 'config',
  class: 'speculation',
  engines: ['vllm'],
  cost: { hours: 2, why: 'one setting, a restart and three pairs at equal accepted length' },
  changesAccuracy: false,
  reference: { repo: 'vllm-project/vllm', commit: '6adad08767583f52eb4d2122111af0bf638ed5e6', file: 'vllm/config/vllm.py' },
  check(evidence, deployment) {
    const { step, serving } = evidence
    const method = knobText(deployment, METHOD)
    if (step === undefined || method === undefined || method === 'none') return nothing('no speculation is configured')
    if (step.overhead === 'distorting') return nothing('a framework profiler stretches host time: capture nsys', true)
    const setting = settingOf(deployment, method)
    if (setting === undefined && SYNCHRONOUS.has(method))
      return nothing(`beside ${method} the engine does not run one step ahead, and no other drafter is known of the checkpoint`, true)
    if (setting === undefined) return nothing(`${sayKnob(deployment, METHOD)} lets the engine run one step ahead`)
    const gone = absence(deployment, setting.knob)
    if (gone !== undefined) return nothing(gone, true)
    const gap = step.hostBetweenNs.value / step.cadenceNs.value
    const ceilingRatio = gap * (1 - STAYS.low)
    if (!detectable(ceilingRatio)) return nothing(tooSmall(ceilingRatio), true)
    return {
      part: 'host-between',
      ceilingRatio,
      effect: {
        by: 'replay',
        changes: [`host=${STAYS.low}..${STAYS.high}`],
        assumptions: [
          'the host’s work between steps overlaps the device, but for 10 to 30 % of it: a prior of this tool until trials replace it',
          'drafts are accepted as often as now',
        ],
      },
      settings: [setting],
      summary: `${sayKnob(deployment, setting.knob)}: beside it async scheduling is off, and the device waits ${formatRatio(gap)} of the step between steps`,
      because: [`the device waits ${formatRatio(gap)} of a step for the host between steps`],
      cites: [step.hostBetweenNs, step.cadenceNs, ...(serving?.acceptanceLength === undefined ? [] : [serving.acceptanceLength])],
      restsOn: ['step-time', 'host', 'device-busy'],
      preconditions: [
        setting.knob === PADDED
          ? { what: 'a drafter that may be padded', state: 'met', why: sayKnob(deployment, METHOD) }
          : { what: 'a drafter of the new method accepts as much', state: 'unknown', why: 'acceptance with it is not measured' },
      ],
      risks: ['another drafter, another accepted length: compare the gap at equal length, then TPOT'],
      falsifier: 'the idle time between steps does not fall at equal accepted length, or TPOT does not',
    }
  },
}

function settingOf(deployment: Deployment, method: string): KnobSetting | undefined {
  if (knobFlag(deployment, PADDED) === true && !SYNCHRONOUS.has(method)) return { knob: PADDED, to: undefined }
  // Layers for drafting come with some checkpoints; another drafter would have to be trained or found.
  return SYNCHRONOUS.has(method) && (deployment.model.draftLayers ?? 0) > 0 ? { knob: METHOD, to: 'mtp' } : undefined
}
