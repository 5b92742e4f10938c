/** What moved between two captures, for a person. */
import { formatCount, formatDuration, formatRatio } from '#base/units.ts'
import type { BudgetAgainst, KernelsAgainst } from '#formats/shift.ts'
import { familyWords, sourceNames, stepPartWords } from './account.ts'
import { type Column, table } from './table.ts'
import type { TableSize } from './timeline-text.ts'

const partWords = new Map<string, string>([['cadenceNs', 'step (cadence)'], ...stepPartWords])

const right = (title: string): Column => ({ title, align: 'right' })

function signed(deltaNs: number): string {
  return `${deltaNs < 0 ? '-' : '+'}${formatDuration(Math.abs(deltaNs))}`
}

function points(ratio: number): string {
  const printed = (Math.abs(ratio) * 100).toFixed(1)
  return printed === '0.0' ? '0.0 points' : `${ratio < 0 ? '-' : '+'}${printed} points`
}

export function budgetShiftText(against: BudgetAgainst | undefined, size: TableSize): string {
  if (against === undefined) return ''
  const tables = against.devices.map((device) => {
    const rows = [device.cadence, ...device.parts.filter(({ beforeNs, afterNs }) => beforeNs + afterNs > 0)]
    const cells = rows.map(({ part, beforeNs, afterNs, deltaNs, ofCadenceRatio }) => [
      partWords.get(part) ?? part,
      formatDuration(beforeNs),
      formatDuration(afterNs),
      signed(deltaNs),
      points(ofCadenceRatio),
    ])
    const changed =
      device.classBefore === device.classAfter ? `still ${device.classAfter}` : `${device.classBefore} became ${device.classAfter}`
    const families = device.families.filter(({ deltaNs }) => deltaNs !== 0).slice(0, 5)
    return [
      `  ${changed} (devices matched by ${device.matchedBy})\n`,
      table([{ title: 'mean per step' }, right('before'), right('after'), right('change'), right('of the step before')], cells, {
        width: size.width,
        indent: '  ',
      }),
      ...families.map(({ part, deltaNs }) => `  ${signed(deltaNs).padStart(10)} per step in ${familyWords(part)}\n`),
    ].join('')
  })
  const { before, after } = against.unmatched
  const alone =
    before.length + after.length === 0 ? [] : [`${before.length} devices before and ${after.length} after have no measured partner`]
  return [
    `\nAgainst ${sourceNames(against.sources)}\n`,
    tables.length === 0 ? '  nothing to compare: no device was measured on both sides\n' : tables.join(''),
    ...[...alone, ...against.caveats].map((line) => `  note: ${line}\n`),
  ].join('')
}

export function kernelsShiftText(against: KernelsAgainst | undefined, size: TableSize): string {
  if (against === undefined) return ''
  const rows = against.families.map(({ family, beforeRatio, afterRatio, beforeNs, afterNs, deltaNs, beforeCount, afterCount }) => [
    points(afterRatio - beforeRatio),
    `${formatRatio(beforeRatio)} to ${formatRatio(afterRatio)}`,
    formatDuration(beforeNs),
    formatDuration(afterNs),
    signed(deltaNs),
    `${formatCount(beforeCount)} to ${formatCount(afterCount)}`,
    family,
  ])
  const columns = [
    right('share'),
    { ...right('from, to'), drops: 2 },
    right('before'),
    right('after'),
    right('change'),
    right('kernels'),
    { title: 'family' },
  ]
  const title = `\nAgainst ${sourceNames(against.sources)} (shares compare; sums only where both windows did the same work)\n`
  return title + table(columns, rows, size)
}
