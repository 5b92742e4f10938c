/** The frontier for a person. */
import type { RenderOptions } from '#commands/define-command.ts'
import type { ValueRow, ValueView } from '#formats/value-view.ts'
import { type Column, table } from './table.ts'

const columns: readonly Column[] = [
  { title: '#', align: 'right' },
  { title: 'finding' },
  { title: 'state' },
  { title: 'standing' },
  { title: 'speedup', align: 'right' },
  { title: 'saved', align: 'right' },
  { title: 'value' },
  { title: 'next lever', shrinks: true },
]

/** Cents are enough above a dollar; below it three digits. */
const dollars = (value: number): string =>
  `${value < 0 ? '-' : ''}$${Math.abs(value) >= 1 ? Math.abs(value).toFixed(2) : Number(Math.abs(value).toPrecision(3))}`

const rowOf = (row: ValueRow): string[] => [
  String(row.rank),
  row.id,
  row.lifecycle.replaceAll('_', ' '),
  row.standing,
  row.speedup === undefined ? '' : `${row.speedup}× ${row.tier ?? ''}`.trim(),
  row.economics?.usd_saved === undefined ? '' : `${dollars(row.economics.usd_saved)}/Mtok`,
  row.next_value ?? '',
  row.next_lever ?? 'none said',
]

function economicsLines({ id, economics }: ValueRow): string {
  if (economics === undefined) return ''
  const { usd_peak: peak, usd_baseline: base, usd_saved: saved, usd_per_gpu_hour: rate, gpu_hours_saved: hours } = economics
  const money =
    peak === undefined || base === undefined || saved === undefined
      ? 'no rate of its hardware is known'
      : `${dollars(base)} → ${dollars(peak)} (saves ${dollars(saved)}) at ${dollars(rate ?? 0)} a GPU-hour`
  return `  ${id}: ${money}; ${Number((hours ?? 0).toPrecision(3))} GPU-hours saved\n`
}

export function valueText(view: ValueView, size: RenderOptions): string {
  const { frontier, counts, notes, next, baseline_context: context } = view
  const flags = frontier.flatMap(({ id, flags: all }) => all.map(({ flag, why }) => `  ${id}: ${flag}: ${why}\n`)).join('')
  const money = frontier.map(economicsLines).join('')
  return [
    `${counts.findings} findings: ${counts.open} open, ${counts.exhausted} exhausted; ${counts.verdicts} proven as they stand, ${counts.flagged} with flags\n`,
    context === undefined ? '' : `Against: ${context}\n`,
    `\nGrind frontier\n${table([...columns], frontier.map(rowOf), size)}`,
    money === '' ? '' : `\nPer million output tokens\n${money}`,
    flags === '' ? '' : `\nFlags\n${flags}`,
    notes.length === 0 ? '' : `\n${notes.map((note) => `${note}\n`).join('')}`,
    `\nNext: ${next.lever}\n  unlocks: ${next.expectedUnlock}\n  proven by: ${next.gate}\n`,
  ].join('')
}
