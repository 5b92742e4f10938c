/** `what-if/1` of one device: each change alone, and all of them together where there are several. */
import { familyOfNames } from '#analysis/budget-families.ts'
import type { FamilyRules } from '#analysis/families.ts'
import type { WhatIfReport, WhatIfRow } from '#formats/what-if.ts'
import { buildReplays, type ReplaySource, type Replays } from './build-replay.ts'
import { parseChange, type WordedChange } from './change-words.ts'
import { type WhatIf, whatIf } from './what-if.ts'

type Report = Omit<WhatIfReport, 'sources'>

export const noReplay = (code: string, reason: string, settledBy: string): Report => ({
  schema: 'what-if/1',
  state: 'unknown',
  standing: 'DRAFT',
  tier: 'L2',
  changes: [],
  assumptions: [],
  unknowns: [{ code, reason, settledBy }],
  next: {
    lever: 'a capture that a replay can stand on',
    expectedUnlock: 'none claimed: nothing was predicted',
    gate: 'sextant gates --decode passes on it, and the unchanged replay gives the measured step within 2 %',
  },
})

const settledBy: Readonly<Record<string, string>> = {
  'no-host-rows': 'a capture with --trace=cuda (host API rows kept), or a kineto trace with CPU activities',
  'too-few-consecutive-steps': 'a longer window of steady decode at one concurrency',
  'launches-not-joined': 'a capture without dropped buffers, begun before the steps',
}

/** @param seed of the draws. */
export function buildWhatIf(source: ReplaySource, rules: FamilyRules, texts: readonly string[], seed: number): Report {
  const families = familyOfNames(source.timeline, rules)
  const changes = texts.map((text) => parseChange(text, families))
  const replays = buildReplays(source)
  if (replays.state === 'unknown') return noReplay(replays.code, replays.reason, settledBy[replays.code] ?? '')
  const all = changes.flatMap(({ changes: of }) => of)
  const together = changes.length > 1 ? [{ text: 'together', effect: 'all of them at once', changes: all }] : []
  const asked = [...changes, ...together]
  const rows: WhatIfRow[] = []
  let computed: WhatIf | undefined
  for (const { text, effect, changes: of } of asked) {
    const answer = whatIf(replays, of, seed)
    if (answer.state === 'unknown') return noReplay('replay-differs', answer.reason, 'host rows of every launching thread; see docs')
    computed = answer
    rows.push({
      change: text,
      effect,
      stepNs: answer.stepNs,
      speedup: answer.speedup,
      savedRatio: 1 - answer.stepNs.median / answer.measuredStepNs,
    })
  }
  return reportOf(source, replays, changes, rows, computed)
}

function reportOf(
  source: ReplaySource,
  replays: Replays,
  changes: readonly WordedChange[],
  rows: WhatIfRow[],
  computed: WhatIf | undefined,
): Report {
  const isDecode = source.steps.steps.some(({ phase, isLike, dropped }) => phase === 'decode' && isLike && dropped === undefined)
  const best = [...rows].sort((a, b) => b.savedRatio - a.savedRatio)[0]
  return {
    schema: 'what-if/1',
    state: 'computed',
    standing: 'DRAFT',
    tier: 'L2',
    device: source.timeline.devices[source.sequence.device]?.ordinal ?? 0,
    phase: isDecode ? 'decode' : 'unknown',
    windows: replays.graphs.length,
    steps: replays.graphs.reduce((sum, { stepNodes }) => sum + stepNodes.length - 1, 0),
    ...(computed === undefined
      ? {}
      : {
          measuredStepNs: computed.measuredStepNs,
          replayErrorRatio: computed.replayErrorRatio,
          residualRatio: computed.residualRatio,
          draws: computed.draws,
        }),
    changes: rows,
    assumptions: assumptionsOf(changes),
    unknowns: [],
    next: {
      lever: best === undefined ? 'name a change' : `a trial of ${best.change}: ${best.effect}`,
      expectedUnlock:
        best === undefined
          ? 'none claimed'
          : `${(100 * best.savedRatio).toFixed(1)} % of the step (${best.speedup.low.toFixed(2)}x to ${best.speedup.high.toFixed(2)}x), where the change does what it says`,
      gate: 'an A/B with at least three pairs on one node: median TPOT inside the predicted interval',
    },
  }
}

const common = [
  'Dependencies are read from times: stream order, launches, waits for results. One that never bound in the capture is not known.',
  'Time on the host outside calls is taken as the host’s own work, also where it waits for another thread.',
  'Collectives keep the wait for other ranks that is in them; several tokens a step stay several.',
]

function assumptionsOf(changes: readonly WordedChange[]): string[] {
  const merges = changes.some(({ changes: of }) => of.some(({ kind }) => kind === 'merge-launches'))
  const merged =
    'A graph launch costs 10 to 30 us of host time, and its nodes follow each other in 0.3 to 1 us; every kernel of a step can be captured.'
  return [...common, ...(merges ? [merged] : [])]
}
