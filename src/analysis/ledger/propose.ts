/** Asks every lever, and sorts the answers: proposed, or not and why. */
import { type Candidate, type Lever, type NoCandidate, nothing } from '#analysis/levers/lever.ts'
import type { Evidence } from '#analysis/synthesis/evidence.ts'

export interface Proposal {
  readonly lever: Lever
  readonly candidate: Candidate
}

export interface NotProposed {
  readonly lever: string
  readonly title: string
  readonly reason: string
}

export const leverName = ({ id, name }: Pick<Lever, 'id' | 'name'>): string => `${id} ${name}`

/**
 * Smallest detectable effect of three pairs is 2.27 × the coefficient of variation (facts/levers.md, 8.0); runs of one endpoint vary by
 * about half a percent (facts/baselines.md), and a ceiling must be twice that to be worth a trial.
 */
export const LEAST_CEILING = 0.02

export function propose(levers: readonly Lever[], evidence: Evidence): { proposals: Proposal[]; notProposed: NotProposed[] } {
  const { deployment } = evidence
  const proposals: Proposal[] = []
  const notProposed: NotProposed[] = []
  for (const lever of levers) {
    const answer = verdictOf(lever, evidence)
    if ('none' in answer) {
      if (answer.applies) notProposed.push({ lever: leverName(lever), title: lever.title, reason: answer.none })
    } else proposals.push({ lever, candidate: answer })
  }
  // Without an engine no flag can be named; say so once, not once a lever.
  if (deployment.engine === undefined && levers.length > 0) {
    notProposed.push({
      lever: 'all',
      title: 'Levers of engines',
      reason: 'the engine and its arguments are not known: give --engine-config with the launch command or a deployment/1 file',
    })
  }
  return { proposals, notProposed }
}

function verdictOf(lever: Lever, evidence: Evidence): Candidate | NoCandidate {
  const { deployment } = evidence
  if (deployment.engine === undefined || !lever.engines.includes(deployment.engine)) return nothing('of another engine')
  const answer = lever.check(evidence, deployment)
  if ('none' in answer) return answer
  const unmet = answer.preconditions.find(({ state }) => state === 'unmet')
  if (unmet !== undefined) return nothing(`${unmet.what}: ${unmet.why}`, true)
  if (answer.ceilingRatio < LEAST_CEILING) {
    const percent = (100 * answer.ceilingRatio).toFixed(1)
    return nothing(`it can win ${percent} % at most, below the ${100 * LEAST_CEILING} % that a trial of three pairs can detect`, true)
  }
  return answer
}
