/** Trials for a person: the plan as a line of arms, the verdict first, then what it rests on. */
import { formatCount, formatRatio, significant } from '#base/units.ts'
import type { RenderOptions } from '#commands/define-command.ts'
import type { TrialJudgement, TrialState } from '#formats/trial.ts'
import { nextLines, oneLine, section } from './account.ts'
import { table } from './table.ts'

const mark = { done: '', invalid: '!', open: '·' } as const

function line(runs: TrialState['runs'], kind: 'aa' | 'ab'): string {
  const pairs = new Map<number, string>()
  for (const run of runs) if (run.kind === kind) pairs.set(run.pair, `${pairs.get(run.pair) ?? ''}${run.arm}${mark[run.state]}`)
  return [...pairs.values()].join(' ')
}

export function trialStateText({ trial, folder, dryRun, plan, runs, recorded }: TrialState): string {
  const open = runs.filter(({ state }) => state === 'open').length
  const lines = [
    `A: ${plan.arms.A.label}${plan.arms.A.url === undefined ? '' : ` at ${plan.arms.A.url}`}`,
    `B: ${plan.arms.B.label}${plan.arms.B.url === undefined ? '' : ` at ${plan.arms.B.url}`}`,
    `decided by ${plan.metric} at concurrency ${plan.concurrency}, ${formatCount(plan.load.requests)} requests a run; up to ${plan.looks} looks`,
    ...(plan.givenFloorRatio === undefined ? [] : [`noise floor given: ${formatRatio(plan.givenFloorRatio)}`]),
    ...(plan.smallestEffectRatio === undefined ? [] : [`smallest effect worth having: ${formatRatio(plan.smallestEffectRatio)}`]),
    ...(line(runs, 'aa') === '' ? [] : [`noise floor: ${line(runs, 'aa')}`]),
    `pairs: ${line(runs, 'ab')}`,
    'A and B are runs in order; · still to run, ! does not count',
    ...recorded.map((name) => `recorded ${name}`),
  ]
  const next = open === 0 ? `sextant trial judge ${trial}` : `sextant trial run ${trial} (${open} runs open)`
  return `${trial}: ${oneLine(plan.title === '' ? folder : plan.title)}${dryRun ? ' (nothing written or sent)' : ''}\n${lines.map((each) => `  ${oneLine(each)}\n`).join('')}\nNext: ${next}\n`
}

const signed = (ratio: number): string => `${ratio >= 0 ? '+' : '-'}${formatRatio(Math.abs(ratio))}`
const figure = (value: number | undefined, unit: string | undefined): string =>
  value === undefined ? 'not known' : `${significant(value)} ${unit ?? ''}`.trim()

export function trialVerdictText(judged: TrialJudgement, { width, rows }: RenderOptions): string {
  const { trial, verdict, standing, reason, metric, absolute, unit, test, testNote, floor, marginRatio, look, pairs } = judged
  const right = (title: string) => ({ title, align: 'right' as const })
  const shown = judged.perPair.slice(0, rows)
  const perPair =
    shown.length === 0
      ? ''
      : `\n${table(
          [{ title: 'pair' }, { title: 'order' }, right(`A ${unit ?? ''}`), right(`B ${unit ?? ''}`), right('B better by')],
          shown.map(({ pair, order, A, B, improvementRatio }) => [
            String(pair),
            order,
            significant(A),
            significant(B),
            signed(improvementRatio),
          ]),
          { width, indent: '  ' },
        )}`
  return [
    `${trial}: ${verdict} (${standing})\n  ${oneLine(reason)}\n`,
    section('Rests on', [
      `${metric}: A ${figure(absolute.A, unit)}, B ${figure(absolute.B, unit)} (medians)`,
      `${pairs.counted} of ${pairs.planned} planned pairs${pairs.excluded > 0 ? `, ${pairs.excluded} excluded` : ''}`,
      ...(test === undefined ? [] : [`test: ${test}; ${testNote ?? ''}`]),
      ...(floor === undefined
        ? []
        : [`noise floor: ${formatRatio(floor.ratio)}, ${floor.origin}${floor.pairs === undefined ? '' : ` on ${floor.pairs} A/A pairs`}`]),
      ...(marginRatio === undefined ? [] : [`NULL is within ${formatRatio(marginRatio)}`]),
      `look ${look.number} of ${look.planned}, each at level ${look.alpha}`,
    ]),
    perPair,
    section('Keeps it a DRAFT', judged.blocks),
    section(
      'Not counted',
      judged.excluded.map(({ kind, pair, why }) => `${kind} ${pair}: ${why}`),
    ),
    section(
      'Beside it (corrected for their number, never the verdict)',
      judged.secondary.map(
        ({ metric: other, A, B, improvementRatio, adjustedP }) =>
          `${other}: A ${significant(A)}, B ${significant(B)}, ${signed(improvementRatio)}, p ${significant(adjustedP)}`,
      ),
    ),
    section('Not written into the ledger', judged.ledgerNote === undefined ? [] : [judged.ledgerNote]),
    `\n${nextLines(judged.next).join('\n')}\n`,
  ].join('')
}
