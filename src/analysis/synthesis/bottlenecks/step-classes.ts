/**
 * Classes that are parts of a step: host, communication, copy. What would fool them: missing rows look like idle time (then there is no
 * step at all), a framework profiler slows the host (then the host is a direction, no share), a collective that waits for a late rank looks
 * like communication (with one rank nothing tells them apart, and with several the wait is the straggler’s).
 */
import { formatRatio } from '#base/units.ts'
import type { Judge } from './claim.ts'

export const host: Judge = ({ step }) => {
  if (step === undefined) return undefined
  if (step.overhead === 'distorting')
    return { unknown: 'how much of the step is the host’s: a framework profiler slows it', settledBy: 'an nsys capture of the same load' }
  return {
    share: step.hostShare.value,
    why: `the device waits for the host in ${formatRatio(step.hostShare.value)} of the step`,
    cites: [step.hostShare],
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

/** A rank that is last in most collectives: chance makes one of n late in a share of 1/n, and no rank of two in 80 %. */
const LATE_RATIO = 0.8

export const straggler: Judge = ({ ranks }) => {
  if (ranks?.straggler === undefined || ranks.straggler.lateRatio.value < LATE_RATIO) return undefined
  const { straggler: late, skewShare } = ranks
  return {
    share: Math.min(1, skewShare.value),
    why: `rank ${late.rank} arrives last in ${formatRatio(late.lateRatio.value)} of the collectives, and the others wait ${formatRatio(skewShare.value)} of the step`,
    cites: [skewShare, late.lateRatio],
  }
}
