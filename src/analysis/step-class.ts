/** What bounds a step, how clearly, and what the matching lever could win at most. */
import type { StepParts } from '#analysis/step-parts.ts'
import { mean } from '#base/statistics.ts'
import type { BudgetDevice, DecodeClass, Shares } from '#formats/decode-budget.ts'

/** Shares nearer than this cannot be told apart: it is the tolerance with which a step is reconciled with the driver (methodology.md, rule 18). */
export const CLASS_MARGIN = 0.1

type Cause = keyof Shares
const classOfCause: Readonly<Record<Cause, DecodeClass>> = {
  kernel: 'kernel-bound',
  host: 'host-bound',
  communication: 'comm-bound',
  copy: 'copy-bound',
}

/** Mean part over mean cadence. */
export function sharesOf(parts: StepParts): Shares {
  const cadence = mean(parts.cadenceNs)
  const share = (...columns: readonly Float64Array[]): number => {
    const ratio = columns.reduce((sum, column) => sum + mean(column), 0) / cadence
    // Rounding of sums of means may leave -1e-17 or 1 + 1e-16.
    return Math.min(1, Math.max(0, ratio))
  }
  return {
    kernel: share(parts.computeNs, parts.opaqueGraphNs),
    host: share(parts.hostGapWithinNs, parts.hostGapBetweenNs),
    communication: share(parts.communicationExposedNs),
    copy: share(parts.copyExposedNs),
  }
}

export interface Classified {
  readonly class: DecodeClass
  readonly largest: Cause
  readonly second: Cause
  readonly marginRatio: number
}

export function classify(shares: Shares): Classified {
  const ranked = (['kernel', 'host', 'communication', 'copy'] as const).toSorted((a, b) => shares[b] - shares[a])
  const [largest = 'kernel', second = 'host'] = ranked
  const marginRatio = Math.max(0, shares[largest] - shares[second])
  return { class: marginRatio < CLASS_MARGIN ? 'mixed' : classOfCause[largest], largest, second, marginRatio }
}

/** @param communicationCap Share of exposed communication that is floor and not waiting for late ranks; 1 where unknown. */
export function judgeClass(shares: Shares, isSuspect: boolean, communicationCap: number): NonNullable<BudgetDevice['verdict']> {
  const found = classify(shares)
  const cap = found.largest === 'communication' ? communicationCap : 1
  const atMostRatio = shares[found.largest] * cap
  // Amdahl (levers.md, 8.0): a ceiling. A share of exactly 1 would claim infinity; a step cannot shrink below a thousandth of itself here.
  return { ...found, atMostRatio, speedupCeiling: 1 / (1 - Math.min(atMostRatio, 0.999)), isSuspect }
}

/** Where the share of busy time and the exposed time lead to different classes, in one sentence. */
export function communicationDisagreement(ofBusyRatio: number, exposedRatio: number, shares: Shares): string | undefined {
  const byExposure = classify(shares).class
  const saysComm = ofBusyRatio > 0.5
  if (saysComm === (byExposure === 'comm-bound')) return undefined
  const figures = `collectives are ${printed(ofBusyRatio)} of busy time, ${printed(exposedRatio)} of the step is exposed communication`
  return saysComm
    ? `${figures}: most collectives are hidden or the host gap is larger, so the class (${byExposure}) follows exposure`
    : `${figures}: they take less than half of the busy time and yet the largest exposed share`
}

export const printed = (ratio: number): string => `${(ratio * 100).toFixed(1)} %`
