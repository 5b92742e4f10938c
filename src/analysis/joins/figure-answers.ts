/** What the figures of two captures say together: ranks, steps, roofs, shares. */
import { budgetShift } from '#analysis/budget-shift.ts'
import { matchRanks, type RankMatch } from '#analysis/rank-collectives.ts'
import { formatCount, formatDuration, formatRatio } from '#base/units.ts'
import type { JoinAnswer, JoinPair } from '#formats/join.ts'
import { joined, refused, silent } from './answer.ts'
import { isSure } from './join-totals.ts'
import { levelWords } from './level-words.ts'
import type { CapturePair, JoinSource } from './relate.ts'

export function ranksAnswer(pair: CapturePair): JoinAnswer | undefined {
  const { left, right, relation, offset } = pair
  const members = [left.member(), right.member()].flatMap((member) => member ?? [])
  if (members.length < 2 || relation.kind === 'one-recording' || relation.kind === 'one-process') return undefined
  const match: RankMatch | undefined = matchRanks(members)
  if (match === undefined) return undefined
  const settledBy = 'All ranks captured over one window, with sequence numbers of collectives (a framework trace records them)'
  if (relation.kind !== 'ranks-of-one-job')
    return refused('ranks', 'they are not known to be ranks of one job at one time: two runs have like collectives too', settledBy)
  if (match.state === 'not-matched') return refused('ranks', match.reason, settledBy)
  if (offset === undefined)
    return refused('ranks', 'paired in order, their collectives do not end together: the order is not the same in both', settledBy)
  const { account } = match
  const late =
    account.straggler === undefined
      ? 'nobody is late at most of them'
      : `rank ${account.straggler.rank ?? 'unknown'} arrives last at ${formatRatio(account.straggler.lateRatio)}, ${formatRatio(account.straggler.ofWaitRatio)} of the waiting is for it`
  return joined(
    'ranks',
    account.matchedBy,
    `${formatCount(account.collectives)} collectives; clocks differ by ${formatDuration(Math.abs(offset.offsetNs - byOrigins(pair)))} within ${formatDuration(offset.errorNs)}; ${late}`,
  )
}

/** What the stated origins make of the offset: the rest is the difference of the clocks. */
function byOrigins({ left, right }: CapturePair): number {
  return Number(BigInt(left.capture.clock.originNs) - BigInt(right.capture.clock.originNs))
}

export function perStepAnswer(
  pair: CapturePair,
): { readonly answer: JoinAnswer; readonly rows?: NonNullable<JoinPair['perStep']> } | undefined {
  const { left, right, relation } = pair
  if (left.capture.timeline === undefined || right.capture.timeline === undefined) return undefined
  if (relation.kind === 'one-recording' || relation.kind === 'unrelated' || relation.kind === 'little-in-common') return undefined
  const shift = budgetShift(left.budget(), right.budget())
  const [first] = shift.devices
  if (first === undefined) {
    const lacks = silent(pair, (source) => !source.budget().devices.some(({ state }) => state === 'measured'))
    return {
      answer: refused(
        'per-step',
        `${lacks === '' ? 'no device of one is a device of the other' : `no steps are known in ${lacks}`}: totals of windows of unknown length do not compare`,
        'A capture in which a step repeats (sextant gates FILE --decode says what is missing)',
      ),
    }
  }
  const rows = first.families.map(({ part, beforeNs, afterNs }) => ({ family: part, leftNs: beforeNs, rightNs: afterNs }))
  const caveats = shift.caveats.length === 0 ? '' : `; ${shift.caveats.join('; ')}`
  const reason = `${formatDuration(first.cadence.beforeNs)} and ${formatDuration(first.cadence.afterNs)} per step${caveats}`
  return { answer: joined('per-step', `steps of each, devices by ${first.matchedBy}`, reason), rows }
}

export function roofsAnswer(pair: CapturePair): JoinAnswer | undefined {
  const { left, right, kernels, devices } = pair
  const counted = [left, right].filter(({ kernels: side }) => side?.counts === 'results')
  const timed = [left, right].filter(({ kernels: side }) => side?.counts === 'launches')
  const [counter, timeline] = [counted[0], timed[0]]
  if (counter === undefined || timeline === undefined || kernels === undefined) return undefined
  if (devices.model === 'different')
    return refused('roofs', 'the counters are of another model of device', `Counters of the same kernels on the device of ${timeline.name}`)
  const totals = timeline === left ? kernels.left : kernels.right
  const sure = totals.byLevel.filter(({ level }) => isSure(level))
  const coveredNs = totals.carried.timeNs ?? 0
  const allNs = totals.total.timeNs ?? 0
  if (allNs === 0 || coveredNs <= 0)
    return refused(
      'roofs',
      'no kernel with counters is one that takes time, at the same shape',
      'sextant kernels FILE names the kernel to measure with ncu',
    )
  return joined(
    'roofs',
    sure.map(({ level }) => levelWords[level]).join(', '),
    `counters of ${formatRatio(coveredNs / allNs)} of the kernel time: sextant roofline with both files`,
  )
}

export function sharesAnswer(
  pair: CapturePair,
): { readonly answer: JoinAnswer; readonly rows?: NonNullable<JoinPair['shares']> } | undefined {
  const { left, right, kernels } = pair
  if (kernels === undefined || left.kernels?.counts === 'results' || right.kernels?.counts === 'results') return undefined
  const hidden = [left, right].filter(({ kernels: side }) => (side?.hidden.rows ?? 0) > 0)
  if (hidden.length > 0) {
    return {
      answer: refused(
        'shares',
        `graph rows of ${hidden.map(({ name }) => name).join(' and ')} hide their kernels: shares of the rest are no shares of all`,
        'The same window with --cuda-graph-trace=node',
      ),
    }
  }
  const [a, b] = [familyShares(left), familyShares(right)]
  const rows = [...new Set([...a.keys(), ...b.keys()])]
    .map((family) => ({ family, leftRatio: a.get(family) ?? 0, rightRatio: b.get(family) ?? 0 }))
    .sort((x, y) => Math.max(y.leftRatio, y.rightRatio) - Math.max(x.leftRatio, x.rightRatio) || (x.family < y.family ? -1 : 1))
  const apart = rows.reduce((sum, { leftRatio, rightRatio }) => sum + Math.abs(leftRatio - rightRatio), 0) / 2
  const what =
    left.kernels?.counts === right.kernels?.counts
      ? 'shares'
      : 'a share of samples beside a share of time: both of busy moments, neither of the step'
  return { answer: joined('shares', 'family', `${formatRatio(apart)} of one is elsewhere in the other; ${what}`), rows }
}

/** Time where the side knows it, else what it counts. Kernels without a name are `unknown`. */
function familyShares({ kernels }: JoinSource): Map<string, number> {
  const sums = new Map<string, number>()
  let all = 0
  for (const { family, timeNs, rows } of kernels?.parts ?? []) {
    sums.set(family, (sums.get(family) ?? 0) + (timeNs ?? rows))
    all += timeNs ?? rows
  }
  return new Map([...sums].map(([family, sum]) => [family, all === 0 ? 0 : sum / all]))
}
