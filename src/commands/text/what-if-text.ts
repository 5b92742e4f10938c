/** `what-if` for a person: each change with its new step, then what the prediction rests on. */
import { formatDuration, formatRatio } from '#base/units.ts'
import type { RenderOptions } from '#commands/define-command.ts'
import type { WhatIfReport, WhatIfRow } from '#formats/what-if.ts'
import { nextLines, oneLine, section, sourceNames } from './account.ts'
import { table } from './table.ts'

const times = (value: number): string => `${value.toFixed(2)}x`

function cells({ change, effect, stepNs, speedup, savedRatio }: WhatIfRow): string[] {
  return [
    change,
    formatDuration(stepNs.median),
    `${formatDuration(stepNs.low)} to ${formatDuration(stepNs.high)}`,
    `${times(speedup.low)} to ${times(speedup.high)}`,
    savedRatio < 0 ? `-${formatRatio(-savedRatio)}` : formatRatio(savedRatio),
    effect,
  ]
}

export function whatIfText(report: WhatIfReport, { width }: RenderOptions): string {
  const head = `${sourceNames(report.sources)}: ${report.state === 'computed' ? 'predictions (DRAFT): only a trial proves them' : 'nothing can be predicted'}\n`
  const right = (title: string) => ({ title, align: 'right' as const })
  const rows =
    report.changes.length === 0
      ? ''
      : table(
          [
            { title: 'change' },
            right('step'),
            { ...right('5 to 95 %'), drops: 2 },
            right('speedup'),
            right('saved'),
            { title: 'what changes', shrinks: true, drops: 1 },
          ],
          report.changes.map(cells),
          { width, indent: '  ' },
        )
  const measured =
    report.measuredStepNs === undefined
      ? ''
      : `\nDevice ${report.device}: ${report.phase === 'decode' ? 'decode step' : 'repeating step (not known to be decode)'} of ${formatDuration(report.measuredStepNs)}, ${report.steps} steps in ${report.windows} windows replayed ${report.draws} times\n  unchanged, the replay gives it within ${formatRatio(report.replayErrorRatio ?? 0)}; ${formatRatio(report.residualRatio ?? 0)} of it has no known cause and stays\n\n`
  return `${head}${oneLineBlock(measured)}${rows}${section('Assumed', report.assumptions)}${section(
    'Not known',
    report.unknowns.map(({ code, reason, settledBy }) => `${code}: ${reason}. Settled by: ${settledBy}`),
  )}\n${nextLines(report.next).join('\n')}\n`
}

const oneLineBlock = (text: string): string => text.split('\n').map(oneLine).join('\n')
