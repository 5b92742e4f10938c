/** `ceilings` for a person. */
import { significant } from '#base/units.ts'
import type { RenderOptions } from '#commands/define-command.ts'
import type { CeilingRow, CeilingsReport } from '#formats/ceilings.ts'
import { section } from './account.ts'
import { type Column, table } from './table.ts'

const right = (title: string): Column => ({ title, align: 'right' })

function scaled(value: number | undefined, by: number): string {
  return value === undefined ? '' : significant(value / by)
}

function hardwareTable({ hardware }: CeilingsReport, { width, rows }: RenderOptions): string {
  return table(
    [
      { title: 'key' },
      right('BF16 TFLOP/s'),
      right('FP8'),
      right('FP4'),
      right('memory GB/s'),
      right('link GB/s each way'),
      { title: 'conf.' },
      { title: 'hardware', shrinks: true },
    ],
    hardware.map((each) => [
      each.key,
      scaled(each.bf16DenseFlopPerS, 1e12),
      scaled(each.fp8DenseFlopPerS, 1e12),
      scaled(each.fp4DenseFlopPerS, 1e12),
      scaled(each.memoryBytesPerS, 1e9),
      scaled(each.linkBytesPerSPerDirection, 1e9),
      each.confidence ?? '',
      each.name,
    ]),
    { width, rows },
  )
}

function meaning({ quantity, dtype, sparsity, direction }: CeilingRow): string {
  if (quantity === 'compute') return `${dtype ?? ''} ${sparsity ?? ''}`
  const way = direction === 'one' ? ', one direction' : direction === 'both' ? ', both directions' : ''
  return quantity === 'other' ? '' : `${quantity.replace('-', ' ')}${way}`
}

function askedText(asked: NonNullable<CeilingsReport['asked']>, { width, rows }: RenderOptions): string {
  const ceilings = table(
    [{ title: 'metric' }, right('value'), { title: 'units' }, { title: 'what' }, { title: 'conf.' }, { title: 'source', shrinks: true }],
    asked.ceilings.map((row) => [
      row.metric,
      String(row.value),
      row.units ?? '',
      meaning(row),
      row.confidence ?? '',
      row.sources.join('; '),
    ]),
    { width, rows },
  )
  const corrections = asked.ceilings.flatMap(({ metric, corrections: rows = [] }) =>
    rows.map(({ fieldValue, reason }) => `${metric}${fieldValue === undefined ? '' : `, elsewhere ${fieldValue}`}: ${reason}`),
  )
  return [
    `${asked.key}: ${asked.name}\n`,
    asked.assumes === undefined ? '' : `  taken for ${asked.assumes}\n`,
    asked.devicesPerEntry === undefined ? '' : `  software sees ${asked.devicesPerEntry} devices per entry: divide by that\n`,
    asked.notes === undefined ? '' : `  ${asked.notes}\n`,
    `\n${ceilings}`,
    section('Where published files say otherwise', [...new Set(corrections)]),
    section('Where documents disagree', asked.disagreements),
  ].join('')
}

export function ceilingsText(report: CeilingsReport, options: RenderOptions): string {
  const { asked, check } = report
  const rows = check.disagreeing.map(
    ({ path, publishedPerS, derivedPerS, ratio }) =>
      `${path}: published ${significant(publishedPerS / 1e12, 4)}, derived ${significant(derivedPerS / 1e12, 4)} TFLOP/s (${significant(ratio)} of it)`,
  )
  return [
    asked === undefined
      ? `Dense peaks per hardware, as of ${report.asOf ?? 'unknown'}\n\n${hardwareTable(report, options)}`
      : askedText(asked, options),
    `\nSM count x FLOP per SM and clock x clock: ${check.agreeing} of ${check.compared} dense peaks within ${check.toleranceRatio * 100} %\n`,
    ...rows.map((row) => `  ${row}\n`),
  ].join('')
}
