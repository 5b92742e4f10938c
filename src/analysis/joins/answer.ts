/** One answer of a pair: joined by what, or refused with the reason and what would settle it. */
import type { JoinAnswer } from '#formats/join.ts'
import type { CapturePair, JoinSource } from './relate.ts'

type Question = JoinAnswer['question']

const asks: Readonly<Record<Question, string>> = {
  kernels: 'Which kernels of one are kernels of the other?',
  devices: 'Which devices are the same?',
  window: 'Do they show the same stretch of time?',
  launches: 'Which launch of one is which of the other?',
  ranks: 'Which collective of one rank is which of the other, and who arrives last?',
  'per-step': 'What does a step take in one and in the other?',
  roofs: 'How far are the kernels that take the time from their roofs?',
  shares: 'Do both see the same families take the time?',
}

export const joined = (question: Question, by: string, reason: string): JoinAnswer => ({
  question,
  asks: asks[question],
  state: 'joined',
  by,
  reason,
})
export const refused = (question: Question, reason: string, settledBy: string): JoinAnswer => ({
  question,
  asks: asks[question],
  state: 'refused',
  reason,
  settledBy,
})

/** Names of those of the two that lack something. */
export const silent = ({ left, right }: CapturePair, lacks: (source: JoinSource) => boolean): string =>
  [left, right]
    .filter(lacks)
    .map(({ name }) => name)
    .join(' and ')
