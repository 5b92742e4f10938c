/** What a pair of captures can answer together, question by question. */
import type { JoinAnswer, JoinPair } from '#formats/join.ts'
import { perStepAnswer, ranksAnswer, roofsAnswer, sharesAnswer } from './figure-answers.ts'
import { devicesAnswer, kernelsAnswer, windowAnswer } from './identity-answers.ts'
import { launchesAnswer } from './launch-answer.ts'
import type { CapturePair } from './relate.ts'
import type { RowJoin } from './row-join.ts'

export interface PairAnswers {
  readonly answers: readonly JoinAnswer[]
  readonly launches?: RowJoin
  readonly perStep?: NonNullable<JoinPair['perStep']>
  readonly shares?: NonNullable<JoinPair['shares']>
}

/** Questions that neither capture could ever be asked (a step of a dump of metrics) are left out. */
export function answerPair(pair: CapturePair): PairAnswers {
  const launches = launchesAnswer(pair)
  const perStep = perStepAnswer(pair)
  const shares = sharesAnswer(pair)
  const answers = [
    kernelsAnswer(pair),
    devicesAnswer(pair),
    windowAnswer(pair),
    launches?.answer,
    ranksAnswer(pair),
    perStep?.answer,
    roofsAnswer(pair),
    shares?.answer,
  ].flatMap((answer) => answer ?? [])
  return {
    answers,
    ...(launches?.rows === undefined ? {} : { launches: launches.rows }),
    ...(perStep?.rows === undefined ? {} : { perStep: perStep.rows }),
    ...(shares?.rows === undefined ? {} : { shares: shares.rows }),
  }
}
