import { knobFlag, sayKnob } from './effective-knob.ts'
import { type Lever, nothing } from './lever.ts'
import { vllmSource } from './sources.ts'
import { belowTrial, betweenShare, NO_STEP, sayBetween, withinShare } from './step-time.ts'

const switches = [
  'gpu-sync-debug-launch',
  'layerwise-nvtx',
  'nvtx-scopes',
  'profiler-scopes',
  'logging-iteration-details',
  'log-requests',
  'kv-cache-metrics',
] as const
/** A sampling injection took about 11 % of the throughput where it was measured; ranges and logs take less. A prior of this tool. */
const STAYS = { low: 0.8, high: 1 } as const

/** L50: what watches the engine is on in what is measured. */
export const observability: Lever = {
  id: 'L50',
  name: 'observability-tax',
  title: 'Switch off what watches the engine',
  type: 'config',
  class: 'host',
  engines: ['vllm', 'sglang', 'tensorrt-llm'],
  cost: { hours: 0.5, why: 'flags, a restart and three pairs; it comes before any other lever, since it is in every figure' },
  changesAccuracy: false,
  reference: vllmSource('config/observability.py'),
  check({ step }, deployment) {
    if (step === undefined) return nothing(NO_STEP)
    const on = switches.filter((knob) => knobFlag(deployment, knob) === true)
    if (on.length === 0) return nothing('nothing that watches the engine is known to be on')
    const idle = Math.min(1, betweenShare(step) + withinShare(step))
    const ceilingRatio = idle * (1 - STAYS.low)
    const small = belowTrial('what watching takes of the host', ceilingRatio)
    if (small !== undefined) return small
    const text = on.map((knob) => sayKnob(deployment, knob)).join('; ')
    return {
      part: 'host-between',
      ceilingRatio,
      effect: {
        by: 'replay',
        changes: [`host=${STAYS.low}..${STAYS.high}`],
        assumptions: ['watching takes at most a fifth of the host’s work between calls: a prior of this tool, measure it first'],
      },
      settings: on.map((knob) => ({ knob, to: false })),
      summary: `${on.join(', ')} ${on.length === 1 ? 'is' : 'are'} on while the engine is measured`,
      because: [text, sayBetween(step)],
      cites: [step.hostBetweenNs, step.hostWithinNs, step.cadenceNs],
      restsOn: ['step-time', 'host'],
      preconditions: [{ what: 'it is on', state: 'met', why: text }],
      risks: ['steps are then found by what repeats instead of by their ranges'],
      falsifier: 'TPOT with and without is the same: then figures so far stand',
    }
  },
}
