/**
 * Classes that are parts of a step: host, communication, copy. What would fool them: missing rows look like idle time (then there is no
 * step at all), a framework profiler slows the host (then the host is a direction, no share), a collective that waits for a late rank looks
 * like communication (with one rank nothing tells them apart, and with several the wait is the straggler’s).
 */
import { CLEARLY_LONGER, latenessOf } from '#analysis/levers/rank-time.ts'
import type { RankEvidence } from '#analysis/synthesis/evidence.ts'
import { formatRatio } from '#base/units.ts'
import type { Judge } from './claim.ts'

/** What the others wait for this very host is the straggler’s, not every host’s: mending one process ends it. */
function ofStraggler(ranks: RankEvidence | undefined): number {
  const { straggler: late, stragglerHostRatio: behind, skewShare } = ranks ?? {}
  if (late?.isMeasured !== true || !latenessOf(late).isClear || behind === undefined || behind.value < CLEARLY_LONGER) return 0
  return skewShare?.value ?? 0
}

export const host: Judge = ({ step, ranks }) => {
  if (step === undefined) return undefined
  if (step.overhead === 'distorting')
    return { unknown: 'how much of the step is the host’s: a framework profiler slows it', settledBy: 'an nsys capture of the same load' }
  const own = ofStraggler(ranks)
  const share = Math.max(0, step.hostShare.value - own)
  const rest = own === 0 ? '' : `, ${formatRatio(share)} beyond what the other ranks wait for this one`
  return {
    share,
    why: `the device waits for the host in ${formatRatio(step.hostShare.value)} of the step${rest}`,
    cites: [step.hostShare, ...(own === 0 || ranks === undefined ? [] : [ranks.skewShare])],
  }
}

/** The floor only: what collectives cost when all ranks arrive together, as far as nothing hides it. */
export const communication: Judge = ({ step, ranks }) => {
  if (step === undefined || step.communicationShare.value === 0) return undefined
  if (ranks === undefined) {
    return {
      unknown: `${formatRatio(step.communicationShare.value)} of the step is exposed collectives; whether they cost that or wait for another rank one rank cannot tell`,
      settledBy: 'the same window on a second rank',
    }
  }
  const share = Math.min(ranks.floorShare.value, step.communicationShare.value)
  return {
    share,
    why: `collectives take ${formatRatio(share)} of the step when all ${ranks.ranks} traced ranks arrive together`,
    cites: [ranks.floorShare, step.communicationShare],
  }
}

export const copy: Judge = ({ step }) => {
  if (step === undefined || step.copyShare.value === 0) return undefined
  return { share: step.copyShare.value, why: `copies alone take ${formatRatio(step.copyShare.value)} of the step`, cites: [step.copyShare] }
}

export const straggler: Judge = ({ ranks }) => {
  if (ranks?.straggler === undefined) return undefined
  const { straggler: late, skewShare } = ranks
  const lateness = latenessOf(late)
  if (!lateness.isClear) return undefined
  return {
    share: Math.min(1, skewShare.value),
    why: `${lateness.text}, and the others wait ${formatRatio(skewShare.value)} of the step`,
    cites: [skewShare, ...lateness.cites],
  }
}
