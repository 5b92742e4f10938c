/** `kernels` for a person. */
import { formatCount, formatDuration, formatRatio } from '#base/units.ts'
import type { KernelSummary } from '#formats/kernel-summary.ts'
import { familyWords, lossLines, nextLines, section, sourceNames } from './account.ts'
import { sampledKernelsText } from './sampled-kernels-text.ts'
import { kernelsShiftText } from './shift-text.ts'
import { type Column, table } from './table.ts'
import type { TableSize } from './timeline-text.ts'

const right = (title: string): Column => ({ title, align: 'right' })

function duration(value: number | undefined): string {
  return value === undefined ? '' : formatDuration(value)
}

function familyTable({ families }: KernelSummary, size: TableSize): string {
  return table(
    [right('share'), right('total'), right('kernels'), { title: 'family', shrinks: true }, { title: 'role', shrinks: false }],
    families.map(({ family, role, count, totalNs, shareRatio }) => [
      formatRatio(shareRatio),
      formatDuration(totalNs),
      formatCount(count),
      family,
      role ?? '',
    ]),
    size,
  )
}

function kernelTable({ kernels, omittedKernels, by }: KernelSummary, size: TableSize): string {
  return table(
    [
      right('share'),
      right('total'),
      right('count'),
      right('median'),
      { ...right('min'), drops: 1 },
      { ...right('max'), drops: 2 },
      ...(by === 'family' ? [] : [{ title: 'family', shrinks: false, drops: 3 }]),
      { title: by === 'name' ? 'kernel' : by.replace('-', ' '), shrinks: true },
    ],
    kernels.map((row) => [
      formatRatio(row.shareRatio),
      formatDuration(row.totalNs),
      formatCount(row.count),
      duration(row.medianNs),
      duration(row.minNs),
      duration(row.maxNs),
      ...(by === 'family' ? [] : [row.family]),
      row.group ?? row.name,
    ]),
    { ...size, omitted: omittedKernels ?? 0 },
  )
}

function rangeTable({ byRange }: KernelSummary, size: TableSize): string {
  if (byRange === undefined) return ''
  const { rows, outside, unmatched, crossThreadRanges, cutRanges } = byRange
  const text = table(
    [right('kernel time'), right('kernels'), right('own time'), right('ranges'), { title: 'range', shrinks: true }],
    rows.map((row) => [
      formatDuration(row.totalNs),
      formatCount(row.kernels),
      formatDuration(row.ownNs),
      formatCount(row.ranges),
      row.text,
    ]),
    size,
  )
  const apart = [
    `${formatCount(outside.kernels)} kernels (${formatDuration(outside.totalNs)}) were launched in no range`,
    `${formatCount(unmatched.kernels)} kernels (${formatDuration(unmatched.totalNs)}) have no launch call in the capture`,
  ]
  if (crossThreadRanges > 0) apart.push(`${formatCount(crossThreadRanges)} ranges end on another thread and contain nothing`)
  if (cutRanges > 0) apart.push(`${formatCount(cutRanges)} ranges overlap another without nesting: cut where the inner one ends`)
  return `\nBy range of the launching thread\n${text}${apart.map((line) => `  ${line}\n`).join('')}`
}

/** Families that take less are not worth a look at their ceiling. */
const HOT_SHARE = 0.05

/** What each hot family can meet on this device. */
function ceilingLines({ families, ceilingKey }: KernelSummary): string[] {
  if (ceilingKey === undefined) return []
  return families
    .filter(({ shareRatio }) => shareRatio >= HOT_SHARE)
    .map(
      ({ family, ceilings }) =>
        `${familyWords(family)}: ${ceilings === undefined || ceilings.paths.length === 0 ? '' : `${ceilings.paths.join(' or ')}; `}${ceilings?.reason ?? ''}`,
    )
}

/** The device’s ceilings and the capture that would judge against them. */
function adviceText(summary: KernelSummary): string {
  const { ceilingKey, next } = summary
  const key = ceilingKey === undefined ? [] : [`Ceilings:         sextant ceilings ${ceilingKey}`]
  const lines = [...key, ...(next === undefined ? [] : nextLines(next))]
  const hot = section('Ceilings that the hot families can meet', ceilingLines(summary))
  return lines.length === 0 ? hot : `${hot}\n${lines.map((line) => `${line}\n`).join('')}`
}

export function kernelsText(summary: KernelSummary, size: TableSize): string {
  if (summary.samples !== undefined) return sampledKernelsText(summary, summary.samples, size) + adviceText(summary)
  const { sources, count, totalNs, by, source, unknownFamilyRatio, losses } = summary
  const origin = source === 'statistics' ? ' (a vendor summary, without a timeline)' : ''
  return [
    `${sourceNames(sources)}: ${formatCount(count)} kernels, ${formatDuration(totalNs)} summed over streams${origin}\n`,
    by === 'family'
      ? ''
      : `\nBy family (${formatRatio(unknownFamilyRatio)} of kernel time in no known family)\n${familyTable(summary, size)}`,
    `\nBy ${by.replace('-', ' ')}\n${kernelTable(summary, size)}`,
    rangeTable(summary, size),
    kernelsShiftText(summary.against, size),
    section('Not in this account', lossLines(losses)),
    adviceText(summary),
  ].join('')
}
