/** How captures relate to one another. */
import { buildDecodeBudget } from '#analysis/decode-budget.ts'
import { buildJoinReport } from '#analysis/joins/join-report.ts'
import { answerMix } from '#analysis/joins/mix.ts'
import { type JoinBudget, type JoinSource, joinSource } from '#analysis/joins/relate.ts'
import type { MixAnswer } from '#formats/analysis.ts'
import type { JoinReport } from '#formats/join.ts'
import type { Question } from './ask.ts'
import { budgetCapture, type Study } from './study.ts'

/** Shapes tell kernels apart; steps and collectives take launches, ranges and what collectives say. */
export const joinNeeds = ['geometry', 'correlation', 'host-calls', 'ranges', 'collectives'] as const

/** @param hash of the capture's bytes: equal ones are one recording. */
export function joinSourceOf(study: Study, name: string, hash: string): JoinSource {
  const { capture, losses, rules } = study
  let budget: JoinBudget | undefined
  return joinSource(
    {
      name,
      sha256: hash,
      capture,
      losses,
      sequences: () => study.sequences(),
      budget() {
        budget ??= capture.timeline === undefined ? { devices: [], captures: [] } : budgetOf(study)
        return budget
      },
    },
    rules,
  )
}

function budgetOf(study: Study): JoinBudget {
  const { devices, captures } = buildDecodeBudget([budgetCapture(study)], study.rules)
  return { devices, captures }
}

/** @param names of the sources, in the order in which they are opened. */
export function joinQuestion(names: readonly string[]): Question<Omit<JoinReport, 'sources'>> {
  return {
    name: 'join',
    options: { names },
    needs: joinNeeds,
    compute: (studies) => buildJoinReport(studies.map((study, index) => joinSourceOf(study, names[index] ?? '', study.sha256))),
  }
}

/** What captures answer together, without the steps of each: shapes and collectives are enough. */
export function mixQuestion(names: readonly string[]): Question<readonly MixAnswer[]> {
  return {
    name: 'mix',
    options: { names },
    needs: ['geometry', 'collectives'],
    compute: (studies) => answerMix(studies.map((study, index) => joinSourceOf(study, names[index] ?? '', study.sha256))),
  }
}
