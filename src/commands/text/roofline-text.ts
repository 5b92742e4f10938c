/** `roofline` for a person. */

import { levelWords } from '#analysis/joins/level-words.ts'
import { formatDuration, formatRatio, significant } from '#base/units.ts'
import type { RenderOptions } from '#commands/define-command.ts'
import type { Roofline } from '#formats/roofline.ts'
import { lossLines, nextLines, partOf, section } from './account.ts'
import { type Column, table } from './table.ts'

const right = (title: string): Column => ({ title, align: 'right' })

const scaled = (value: number | undefined, by: number): string => (value === undefined ? '' : significant(value / by))

const ofRoof = (value: number | undefined): string => (value === undefined ? '' : formatRatio(value))

function pointTable({ points, omittedPoints }: Roofline, { width, rows }: RenderOptions): string {
  if (points.length === 0) return ''
  const cells = points.map((point) => [
    `${point.lowerBound === true ? '>= ' : ''}${ofRoof(point.roofRatio)}`,
    point.bound ?? 'undecided',
    ofRoof(point.computeRatio),
    ofRoof(point.memoryRatio),
    scaled(point.intensityFlopsPerByte, 1),
    scaled(point.achievedFlopsPerS, 1e12),
    scaled(point.achievedDramBytesPerS, 1e9),
    point.measuredNs === undefined ? '' : formatDuration(point.measuredNs),
    point.name,
  ])
  const columns = [
    right('of roof'),
    { title: 'bound' },
    right('compute'),
    right('memory'),
    right('FLOP/byte'),
    right('TFLOP/s'),
    right('GB/s'),
    right('time'),
    { title: 'kernel', shrinks: true },
  ]
  return `\nKernels, from counters (L4)\n${table(columns, cells, { width, rows, omitted: omittedPoints ?? 0 })}`
}

function familyTable({ families, join }: Roofline, { width, rows }: RenderOptions): string {
  if (families.length === 0) return ''
  const cells = families.map((each) => [
    formatRatio(each.shareRatio),
    formatDuration(each.totalNs),
    formatRatio(each.coveredRatio),
    ofRoof(each.roofRatio),
    each.bound ?? '',
    each.leastNs === undefined ? '' : formatDuration(each.leastNs),
    each.family,
  ])
  const columns = [
    right('share'),
    right('total'),
    right('covered'),
    right('of roof'),
    { title: 'bound' },
    right('at the roof'),
    { title: 'family', shrinks: true },
  ]
  return `\nFamilies, times of the timeline with counters of the same kernels (L2+L4)\n${table(columns, cells, { width, rows })}${joinLines(join)}`
}

/** How much of the kernel time is covered, by what, and why the rest is not. */
function joinLines(join: Roofline['join']): string {
  if (join === undefined) return ''
  const { coveredNs, byLevel, unmatchedNs, ambiguousNs, variantNs, otherShapeNs, undecidedNs, hiddenNs, countersUnmatched } = join
  const wholeNs = coveredNs + unmatchedNs + ambiguousNs + variantNs + otherShapeNs + undecidedNs
  const by = byLevel.map(
    ({ level, timeNs, kernels }) => `${levelWords[level]} (${kernels} kernel${kernels === 1 ? '' : 's'}, ${partOf(timeNs, wholeNs)})`,
  )
  const rest: readonly (readonly [number, string])[] = [
    [unmatchedNs, 'without counters'],
    [otherShapeNs, 'counted at another grid or block only'],
    [variantNs, 'of which only a variant was counted'],
    [ambiguousNs, 'whose name stands for several counted kernels'],
    [undecidedNs, 'whose counters do not decide'],
    [hiddenNs ?? 0, 'in opaque graphs, beside the kernels'],
  ]
  const lines = [
    ...(by.length === 0 ? [] : [`covered by ${by.join(', ')}`]),
    ...rest.filter(([ns]) => ns > 0).map(([ns, why]) => `${partOf(ns, wholeNs)} ${why}`),
    ...(countersUnmatched === 0
      ? []
      : [`${countersUnmatched} kernel${countersUnmatched === 1 ? '' : 's'} with counters that the timeline does not have`]),
  ]
  return section('Joined by kernel and shape', lines)
}

function shareTable({ shares }: Roofline, { width, rows }: RenderOptions): string {
  if (shares.length === 0) return ''
  const cells = shares.map(({ shareRatio, family, ceilingPath }) => [formatRatio(shareRatio), family, ceilingPath ?? ''])
  return `\nShares of samples (L1, proxy)\n${table([right('share'), { title: 'family' }, { title: 'usual ceiling' }], cells, { width, rows })}`
}

function undecidedLines({ points }: Roofline): string[] {
  const reasons = new Map<string, number>()
  for (const { undecidable } of points) if (undecidable !== undefined) reasons.set(undecidable, (reasons.get(undecidable) ?? 0) + 1)
  return [...reasons].map(([reason, count]) => `${count} kernel${count === 1 ? '' : 's'}: ${reason}`)
}

/** The drawing alone where it was asked for, so that it can be written to a file. */
export function rooflineText(roofline: Roofline, options: RenderOptions): string {
  if (roofline.svg !== undefined) return roofline.svg
  const { hardware, roofs, notes, losses, next } = roofline
  return [
    hardware === undefined ? `No roof: ${roofline.hardwareUnknown ?? ''}\n` : `Roofline on ${hardware.key} (${hardware.name})\n`,
    hardware?.assumes === undefined ? '' : `  taken for ${hardware.assumes}\n`,
    ...roofs.map(
      ({ path, kind, perS }) =>
        `  ${path}: ${kind === 'memory' ? `${significant(perS / 1e9)} GB/s` : `${significant(perS / 1e12)} TFLOP/s`}\n`,
    ),
    pointTable(roofline, options),
    familyTable(roofline, options),
    shareTable(roofline, options),
    section('Undecided', undecidedLines(roofline)),
    section('Notes', notes),
    section('Not in this account', lossLines(losses)),
    next === undefined
      ? ''
      : `\n${nextLines(next)
          .map((line) => `${line}\n`)
          .join('')}`,
  ].join('')
}
