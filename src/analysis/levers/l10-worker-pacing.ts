import { formatRatio } from '#base/units.ts'
import { type Lever, nothing } from './lever.ts'
import { CLEARLY_LONGER, latenessOf } from './rank-time.ts'
import { vllmSource } from './sources.ts'
import { belowTrial } from './step-time.ts'
import { wanted } from './wanted-knob.ts'

const KNOB = 'numa-bind'
/** A trial of affinity speeds a rank that need not be the critical one (vLLM RFC 52777): null is common. A prior of this tool. */
const STAYS = { low: 0.3, high: 1 } as const

/** L10: the host of one rank paces all of them: it may run far from its GPU, or be disturbed. A gap alone does not show that. */
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
  check({ ranks }, deployment) {
    const late = ranks?.straggler
    const host = ranks?.stragglerHostRatio
    if (ranks === undefined || late === undefined) return nothing('no rank is shown to be late by its host')
    if (host === undefined || host.value < CLEARLY_LONGER)
      return nothing(`rank ${late.rank} is late, but not shown to be so by its host`, true)
    const ceilingRatio = Math.min(1, ranks.skewShare.value) * (1 - STAYS.low)
    const small = belowTrial('waiting for a late host', ceilingRatio)
    if (small !== undefined) return small
    const open = wanted(deployment, KNOB, true)
    if ('none' in open) return open
    const skew = Math.min(1, ranks.skewShare.value)
    const lateness = latenessOf(late)
    const text = `${lateness.text}, its gaps ${host.value.toFixed(2)} times those of the others`
    return {
      part: 'skew',
      ceilingRatio,
      effect: {
        by: 'formula',
        metric: 'tpot',
        text: `1 − ${formatRatio(skew)} × (1 − s): what ranks wait for one another falls to the part s`,
        uncertain: [{ name: 's', ...STAYS, why: 'binding often changes nothing: a prior of this tool' }],
        newOverOld: ([stays = STAYS.high]) => 1 - skew * (1 - stays),
      },
      settings: [{ knob: KNOB, to: true }],
      summary: text,
      because: [text, `ranks wait ${formatRatio(skew)} of the step`],
      cites: [ranks.skewShare, ...lateness.cites, host],
      restsOn: ['step-time', 'communication', 'host'],
      preconditions: [
        open,
        { what: 'its worker runs far from its GPU', state: 'unknown', why: 'the topology of the node is not in the evidence' },
      ],
      risks: ['containers need the capability SYS_NICE', 'prove garbage collection first (VLLM_GC_DEBUG=1): it looks the same'],
      falsifier: 'median and p99 of that rank’s gaps stay; expect null',
    }
  },
}
