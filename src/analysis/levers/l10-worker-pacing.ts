import type { Evidence } from '#analysis/synthesis/evidence.ts'
import { formatRatio } from '#base/units.ts'
import { knobFlag } from './effective-knob.ts'
import { type Lever, nothing } from './lever.ts'
import { vllmSource } from './sources.ts'
import { belowTrial, betweenShare, NO_STEP, sayBetween, withinShare } from './step-time.ts'
import { wanted } from './wanted-knob.ts'

const KNOB = 'numa-bind'
/** Gaps of one rank longer than the others’ by more than they differ among themselves. */
const CLEARLY = 1.1
/** A trial of affinity speeds a rank that need not be the critical one (vLLM RFC 52777): null is common. */
const STAYS = { low: 0.8, high: 1 } as const

/** L10: the host that paces the device runs on a far NUMA node, or is disturbed there. */
export const workerPacing: Lever = {
  id: 'L10',
  name: 'worker-pacing',
  title: 'Bind workers to the NUMA node of their GPU',
  type: 'config',
  class: 'host',
  engines: ['vllm'],
  cost: { hours: 1.5, why: 'one flag and a capability of the container, a restart and three pairs' },
  changesAccuracy: false,
  reference: vllmSource('config/parallel.py'),
  check(evidence, deployment) {
    const { step } = evidence
    if (step === undefined) return nothing(NO_STEP)
    const pacing = pacedBy(evidence)
    if (pacing === undefined && knobFlag(deployment, 'async-scheduling') === false)
      return nothing('the host works between steps by its setting: async scheduling comes first')
    const idle = Math.min(1, betweenShare(step) + withinShare(step))
    const ceilingRatio = idle * (1 - STAYS.low)
    const small = belowTrial('a host that is a little faster', ceilingRatio)
    if (small !== undefined) return small
    const open = wanted(deployment, KNOB, true)
    if ('none' in open) return open
    return {
      part: 'host-pacing',
      ceilingRatio,
      effect: {
        by: 'replay',
        changes: [`host=${STAYS.low}..${STAYS.high}`],
        assumptions: ['binding makes the host’s work between calls at most a fifth shorter, and often not at all: a prior of this tool'],
      },
      settings: [{ knob: KNOB, to: true }],
      summary: pacing?.text ?? `the host paces the device, though it runs ahead: ${sayBetween(step)}`,
      because: [sayBetween(step), ...(pacing === undefined ? [] : [pacing.text])],
      cites: [step.hostBetweenNs, step.hostWithinNs, step.cadenceNs, ...(pacing?.cites ?? [])],
      restsOn: ['step-time', 'host'],
      preconditions: [
        open,
        { what: 'a worker runs far from its GPU', state: 'unknown', why: 'the topology of the node is not in the evidence' },
      ],
      risks: ['containers need the capability SYS_NICE', 'prove garbage collection first (VLLM_GC_DEBUG=1): it looks the same'],
      falsifier: 'median and p99 of the gaps stay; expect null',
    }
  },
}

function pacedBy({ ranks }: Evidence) {
  const host = ranks?.stragglerHostRatio
  if (ranks?.straggler === undefined || host === undefined || host.value < CLEARLY) return undefined
  const text = `rank ${ranks.straggler.rank} is last in ${formatRatio(ranks.straggler.lateRatio.value)} of the collectives, its gaps ${host.value.toFixed(2)} times those of the others`
  return { text, cites: [ranks.straggler.lateRatio, host] }
}
