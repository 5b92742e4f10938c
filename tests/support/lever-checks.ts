/** What tests of levers ask of a candidate. */
import { expect } from 'vitest'
import type { Candidate, Lever } from '#analysis/levers/lever.ts'
import type { Evidence } from '#analysis/synthesis/evidence.ts'

/** @throws where the lever proposes nothing, with its reason. */
export function candidateOf(lever: Lever, evidence: Evidence): Candidate {
  const answer = lever.check(evidence, evidence.deployment)
  if ('none' in answer) throw new Error(`no candidate: ${answer.none}`)
  return answer
}

/** The reason why nothing is proposed; fails where something is. */
export function reasonOf(lever: Lever, evidence: Evidence): string {
  const answer = lever.check(evidence, evidence.deployment)
  expect(answer).toHaveProperty('none')
  return 'none' in answer ? answer.none : ''
}

/** Part of the time that stays by a replay of one family. */
export function staysOf(candidate: Candidate, family: string): readonly [number, number] {
  const words = candidate.effect.by === 'replay' ? candidate.effect.changes : []
  const match = words.map((word) => /^kernels:([^=]+)=([\d.]+)\.\.([\d.]+)$/.exec(word)).find((parts) => parts?.[1] === family)
  if (match === undefined || match === null) throw new Error(`no change of ${family} in ${words.join(', ')}`)
  return [Number(match[2]), Number(match[3])]
}

/** New over old at the given draws. */
export function ratioAt(candidate: Candidate, drawn: readonly number[]): number {
  if (candidate.effect.by !== 'formula') throw new Error('no formula')
  return candidate.effect.newOverOld(drawn)
}

export const preconditionStates = ({ preconditions }: Candidate): readonly string[] => preconditions.map(({ state }) => state)
