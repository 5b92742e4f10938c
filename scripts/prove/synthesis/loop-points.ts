/** Point 4: the loop without a hand in between, and what becomes of a lever that helps, does nothing, harms. */
import type { Point, Proof } from '../point.ts'
import { type LoopOutcome, type Loops, runLoops } from './loop.ts'

let looped: Promise<Loops> | undefined
const loops = (): Promise<Loops> => {
  looped ??= runLoops()
  return looped
}

const percent = (ratio: number | undefined): string => (ratio === undefined ? 'not known' : `${(100 * ratio).toFixed(1)} %`)

/** Why a trial says what it says, and the first of the pairs that it could not count. */
const reasonOf = ({ reason, excluded }: LoopOutcome['judgement']): string =>
  excluded[0] === undefined ? reason : `${reason}; pair ${excluded[0].pair}: ${excluded[0].why}`

function shown({ synthesis, judgement, ledger, verified }: LoopOutcome, status: string): Proof {
  const row = ledger.rows.find(({ lever }) => lever === synthesis.ledger[0]?.lever)
  const predicted = synthesis.ledger[0]?.effects[0]?.change
  const sources = synthesis.inventory.filter(({ state, kind }) => state === 'valid' && ['nsys', 'dcgm'].includes(kind)).length
  const holds = row?.status === status && verified.verdict === 'holds' && sources === 2
  return {
    holds,
    figure: `${row?.lever ?? 'no row'}: predicted ${percent(predicted?.low)} to ${percent(predicted?.high)}, measured ${percent(row?.outcome?.measured)} over ${judgement.pairs.counted} pairs: ${row?.status} (${row?.confidence}); verify ${verified.verdict}${verified.problems.length > 0 ? ` (${verified.problems[0]?.what})` : ''}${holds ? '' : `; ${reasonOf(judgement)}`}`,
  }
}

export const loopPoints: readonly Point[] = [
  {
    title: '4 capture, synthesize, stage, trial, verdict, ledger: the lever that helps is PROVEN, a VERDICT inside its prediction',
    async prove() {
      const { helps } = await loops()
      const proof = shown(helps, 'PROVEN')
      const row = helps.ledger.rows.find(({ status }) => status === 'PROVEN')
      return { ...proof, holds: proof.holds && row?.confidence === 'VERDICT' && row.outcome?.insidePrediction === true }
    },
  },
  {
    title: '4 a lever that does nothing ends NULL',
    prove: async () => shown((await loops()).nothing, 'NULL'),
  },
  {
    title: '4 a lever that harms ends REFUTED',
    prove: async () => shown((await loops()).harms, 'REFUTED'),
  },
  {
    title: '4 calibration holds predicted against measured, and feeds the next confidence',
    async prove() {
      const { helps, nothing, harms } = await loops()
      const [lever] = harms.calibration.levers
      const factors = [helps, nothing, harms].map(({ synthesis }) => synthesis.ledger[0]?.factors.record ?? Number.NaN)
      return {
        holds: lever?.trials === 3 && lever.held === 1 && (factors[1] ?? 0) > (factors[0] ?? 1) && (factors[2] ?? 1) < (factors[1] ?? 0),
        figure: `${lever?.lever}: ${lever?.trials} trials, ${lever?.held} as predicted; record factor ${factors.map((factor) => factor.toFixed(2)).join(', then ')}`,
      }
    },
  },
]
