/** How far a row may be trusted: a product of factors, each shown (algorithms.md, section 7). */
import type { Candidate } from '#analysis/levers/lever.ts'
import type { Evidence } from '#analysis/synthesis/evidence.ts'
import type { LedgerRow, TrialRecord } from '#formats/ledger.ts'
import type { Citation } from '#formats/source.ts'

type Factors = LedgerRow['factors']
export type Tier = Citation['tier']

/** Priors until trials replace them (algorithms.md, section 7). */
const priorOfTier: Readonly<Record<Tier, number>> = { L1: 0.4, L2: 0.6, L3: 0.7, L4: 0.85 }
/** A precondition that is not known holds or does not: even odds. */
const UNKNOWN_PRECONDITION = 0.5
/**
 * What rests on a disputed topic, or on one that no second source was compared on. Equal on purpose: were the second lower, taking a
 * source away would raise a confidence.
 */
const NOT_CORROBORATED = 0.6

/** The most rigorous of the evidence that a row cites: the claim stands on it, the join to the rest has a factor of its own. */
export function tierOf(tiers: readonly Tier[]): Tier {
  return [...tiers].sort((a, b) => priorOfTier[b] - priorOfTier[a])[0] ?? 'L1'
}

/** Mean of the Beta posterior with a uniform prior: (held + 1) / (trials + 2). */
export const recordFactor = ({ trials, held }: TrialRecord): number => (held + 1) / (trials + 2)

export type Unsettled = NonNullable<LedgerRow['unsettled']>[number]

/** What the row rests on that no second source confirms. */
export function unsettledOf({ restsOn }: Pick<Candidate, 'restsOn'>, { disputed, corroborated }: Evidence): Unsettled[] {
  return restsOn.flatMap((topic): Unsettled[] => {
    if (disputed.has(topic)) return [{ topic, why: 'disputed' }]
    return corroborated.has(topic) ? [] : [{ topic, why: 'one source' }]
  })
}

export function confidenceFactors(candidate: Candidate, unsettled: readonly Unsettled[], tier: Tier, record: TrialRecord): Factors {
  const unknown = candidate.preconditions.filter(({ state }) => state === 'unknown').length
  return {
    rigor: priorOfTier[tier],
    preconditions: UNKNOWN_PRECONDITION ** unknown,
    joins: Math.min(1, Math.max(0, candidate.joinRatio ?? 1)),
    contradictions: unsettled.length === 0 ? 1 : NOT_CORROBORATED,
    record: recordFactor(record),
  }
}

export const confidenceOf = (factors: Factors): number =>
  factors.rigor * factors.preconditions * factors.joins * factors.contradictions * factors.record
