import type { RankEvidence } from '#analysis/synthesis/evidence.ts'
import { formatRatio } from '#base/units.ts'
import { type Lever, nothing } from './lever.ts'
import { CLEARLY_LONGER, latenessOf } from './rank-time.ts'
import { vllmSource } from './sources.ts'
import { belowTrial } from './step-time.ts'

/** Part of the waiting that stays when the cause is gone: ranks differ a little in any case. A prior of this tool until trials replace it. */
const STAYS = { low: 0, high: 0.15 } as const

/** L37: one rank makes the others wait. */
export const straggler: Lever = {
  id: 'L37',
  name: 'straggler',
  title: 'Find and mend what makes one rank late',
  type: 'config',
  class: 'straggler',
  engines: ['vllm', 'sglang', 'tensorrt-llm'],
  cost: { hours: 2, why: 'a swap of GPUs and processes tells the cause; mending it is a host setting or another node' },
  changesAccuracy: false,
  reference: vllmSource('v1/worker/dp_utils.py'),
  check({ ranks, step }, deployment) {
    if (ranks === undefined || step === undefined) return nothing('waiting between ranks is not known: capture every rank at once')
    const { straggler: late, skewShare } = ranks
    const ceilingRatio = Math.min(1, skewShare.value)
    if (late === undefined) return nothing('no rank is last more often than the others')
    const small = belowTrial('what ranks wait for one another', ceilingRatio)
    if (small !== undefined) return small
    const lateness = latenessOf(late)
    if (!lateness.isClear) return nothing(`${lateness.text}: not often enough to have one cause`, true)
    const cause = causeOf(ranks)
    return {
      part: 'skew',
      ceilingRatio,
      effect: {
        by: 'formula',
        metric: 'tpot',
        text: `1 − ${formatRatio(skewShare.value)} × (1 − s): what ranks wait for one another falls to the part s`,
        uncertain: [{ name: 's', ...STAYS, why: 'ranks differ a little when nothing is wrong: a prior of this tool' }],
        newOverOld: ([stays = STAYS.high]) => 1 - ceilingRatio * (1 - stays),
      },
      summary: `${lateness.text}: ${cause.text}`,
      because: [`${ranks.ranks} ranks wait ${formatRatio(skewShare.value)} of the step for one another; ${lateness.text}`, cause.text],
      cites: [skewShare, ...lateness.cites, ...cause.cites],
      restsOn: ['step-time', 'communication'],
      preconditions: [],
      risks: [
        (deployment.dataParallel ?? 1) > 1
          ? 'data-parallel ranks with unequal tokens are late by their load: align prefills first'
          : 'the slow part may be the node, which no setting mends',
      ],
      falsifier:
        'swap the ranks’ GPUs and processes: a rank that stays slow with its GPU is hardware, with its process the host; if the waiting stays after that is mended, it was neither',
    }
  },
}

/** In the order of the facts: the rank’s host, then its clocks or its share of tokens. */
function causeOf({ stragglerHostRatio: host, stragglerBusyRatio: busy }: RankEvidence) {
  if (host !== undefined && host.value >= CLEARLY_LONGER && (busy === undefined || busy.value < CLEARLY_LONGER)) {
    return { text: `its host paces it (gaps ${times(host.value)} those of the others): its NUMA node and CPU first`, cites: [host] }
  }
  if (busy !== undefined && busy.value >= CLEARLY_LONGER) {
    return {
      text: `its kernels take ${times(busy.value)} those of the others: its clocks and its share of the tokens first`,
      cites: [busy],
    }
  }
  return { text: 'what makes it late is not told: gaps and kernels are like those of the others, or were not compared', cites: [] }
}

const times = (ratio: number): string => `${ratio.toFixed(2)} times`
