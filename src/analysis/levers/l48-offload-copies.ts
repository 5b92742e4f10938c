import type { Deployment } from '#analysis/synthesis/deployment.ts'
import { formatRatio } from '#base/units.ts'
import { knobFlag, knobNumber, knobText, sayKnob } from './effective-knob.ts'
import { type KnobSetting, type Lever, nothing } from './lever.ts'
import { vllmSource } from './sources.ts'
import { belowTrial, factor, NO_STEP } from './step-time.ts'

/** Copies of inputs and of sampled tokens stay. A prior of this tool until trials replace it. */
const STAYS = { low: 0.05, high: 0.25 } as const

/** L48: KV blocks or weights move between host and device while no kernel runs. */
export const offloadCopies: Lever = {
  id: 'L48',
  name: 'offload-copies',
  title: 'Take offload transfers off the critical path',
  type: 'config',
  class: 'copy',
  engines: ['vllm', 'sglang'],
  cost: { hours: 1.5, why: 'one flag, a restart and three pairs; the cache is smaller then, so TTFT is watched too' },
  changesAccuracy: false,
  reference: vllmSource('v1/kv_offload/'),
  check({ step, host }, deployment) {
    if (step === undefined) return nothing(NO_STEP)
    const { copyShare } = step
    const ceilingRatio = copyShare.value * (1 - STAYS.low)
    const small = belowTrial('exposed copies', ceilingRatio)
    if (small !== undefined) return small
    const offload = offloadOf(deployment)
    if (offload === undefined)
      return nothing(`copies take ${formatRatio(copyShare.value)} of the step, but no offload is known to be on`, true)
    const bytes = host?.copiesPerStep?.bytes
    return {
      part: 'copies',
      ceilingRatio,
      effect: {
        by: 'replay',
        changes: [`copies=${factor(STAYS.low, STAYS.high)}`],
        assumptions: ['5 to 25 % of the exposed copies are inputs and results, which stay: a prior of this tool'],
      },
      settings: [offload.setting],
      summary: `copies that no kernel hides take ${formatRatio(copyShare.value)} of the step, and offload is on: ${offload.text}`,
      because: [`copies alone run in ${formatRatio(copyShare.value)} of the step`, offload.text],
      cites: [copyShare, ...(bytes === undefined ? [] : [bytes])],
      restsOn: ['step-time', 'device-busy'],
      preconditions: [
        { what: 'offload is on', state: 'met', why: offload.text },
        { what: 'the exposed copies are those of the offload', state: 'unknown', why: 'copies carry no name' },
      ],
      risks: ['prefixes that no longer fit are computed again: TTFT of repeated prompts rises'],
      falsifier: 'exposed copy time per step stays, or TPOT does not fall, or TTFT rises by more than TPOT wins',
    }
  },
}

function offloadOf(deployment: Deployment): { readonly setting: KnobSetting; readonly text: string } | undefined {
  if (deployment.engine === 'sglang') {
    const knob = 'hierarchical-cache'
    return knobFlag(deployment, knob) === true ? { setting: { knob, to: false }, text: sayKnob(deployment, knob) } : undefined
  }
  for (const knob of ['kv-offloading-size', 'cpu-offload-gb']) {
    if ((knobNumber(deployment, knob) ?? 0) > 0) return { setting: { knob, to: undefined }, text: sayKnob(deployment, knob) }
  }
  const connector = knobText(deployment, 'kv-connector')
  const keeps = /offloading|cpuoffload|lmcache/.test(connector ?? '')
  return keeps ? { setting: { knob: 'kv-connector', to: undefined }, text: sayKnob(deployment, 'kv-connector') } : undefined
}
