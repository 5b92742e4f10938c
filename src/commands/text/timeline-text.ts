/** `timeline` for a person: each device's account, why it waited, what the host did, and what may not be claimed. */

import { formatBytes, formatCount, formatDuration, formatRatio } from '#base/units.ts'
import { DEFAULT_TEXT_ROWS } from '#commands/framework/limit.ts'
import type { HostSummary } from '#formats/host-summary.ts'
import type { DeviceSummary, TimelineSummary } from '#formats/timeline-summary.ts'
import { coverageLines, idleCauseWords, lossLines, oneLine, partOf, section, sourceNames } from './account.ts'
import { cut, table } from './table.ts'

export interface TableSize {
  readonly width: number
  readonly rows: number
}

const overlapWords = [
  ['compute alone', 'computeOnlyNs'],
  ['communication exposed', 'communicationExposedNs'],
  ['communication hidden by compute', 'communicationHiddenNs'],
  ['copies exposed', 'copyExposedNs'],
  ['copies hidden by compute', 'copyHiddenNs'],
  ['communication beside copies', 'otherMixtureNs'],
  ['graphs whose kernels were not recorded', 'graphOpaqueNs'],
  ['memset alone', 'memsetOnlyNs'],
  ['idle', 'idleNs'],
] as const

/** Rows of a table that is one of many: fewer than the usual, unless a person asked for a number. */
function unasked({ rows }: TableSize, few: number): number {
  return rows === DEFAULT_TEXT_ROWS ? few : rows
}

function bytes(totals: { count: number; bytes?: number }): string {
  return totals.bytes === undefined ? '' : `, ${formatBytes(totals.bytes)}`
}

export function deviceTitle({ device, name, uuid, processes }: DeviceSummary): string {
  const pids = processes.flatMap(({ pid, rank }) => (pid === undefined ? [] : [rank === undefined ? `${pid}` : `${pid} (rank ${rank})`]))
  const words = [name ?? 'name not in the capture', uuid, pids.length === 0 ? undefined : `process ${pids.join(', ')}`]
  return oneLine(`Device ${device}: ${words.filter((word) => word !== undefined).join(', ')}`)
}

function workLine({ kernels, graphTraces, memcpy, memset }: DeviceSummary): string {
  const words: string[] = [`${formatCount(kernels.count)} kernels (${formatDuration(kernels.sumNs)})`]
  if (graphTraces.count > 0) words.push(`${formatCount(graphTraces.count)} graph rows (${formatDuration(graphTraces.sumNs)})`)
  if (memcpy.count > 0) words.push(`${formatCount(memcpy.count)} copies (${formatDuration(memcpy.sumNs)}${bytes(memcpy)})`)
  if (memset.count > 0) words.push(`${formatCount(memset.count)} memsets (${formatDuration(memset.sumNs)}${bytes(memset)})`)
  return words.join(', ')
}

function causeTable({ idleNs, idleGaps }: DeviceSummary): string {
  const causes = idleGaps.attribution?.causes.filter(({ totalNs }) => totalNs > 0) ?? []
  const right = (title: string) => ({ title, align: 'right' as const })
  return table(
    [right('total'), right('of idle'), right('gaps'), { title: 'cause', shrinks: false }, { title: '', shrinks: true }],
    causes.map(({ cause, totalNs, gaps }) => [
      formatDuration(totalNs),
      idleNs > 0 ? formatRatio(totalNs / idleNs) : '',
      // A cause may be part of many gaps and the largest part of none.
      gaps === 0 ? '' : formatCount(gaps),
      cause,
      idleCauseWords[cause],
    ]),
    { width: Number.POSITIVE_INFINITY, indent: '    ' },
  )
}

/** Ranges in which the host was busy while the device waited: where to look in the program. */
function busyRanges({ idleGaps }: DeviceSummary): string {
  const texts = idleGaps.attribution?.claimable === true ? idleGaps.attribution.rangeTexts.slice(0, 3) : []
  if (texts.length === 0) return ''
  return `  While idle, the host was busy in:\n${texts.map(({ text, totalNs }) => `    ${formatDuration(totalNs).padStart(9)}  ${cut(oneLine(text), 80)}\n`).join('')}`
}

function gapTable({ idleGaps, firstStartNs }: DeviceSummary, size: TableSize): string {
  const neighbour = (row?: { kind: string; name?: string }) => (row === undefined ? '' : (row.name ?? row.kind))
  return table(
    [
      { title: 'gap', align: 'right' },
      { title: 'at', align: 'right' },
      { title: 'cause' },
      { title: 'after', shrinks: false },
      { title: 'before', shrinks: true },
    ],
    idleGaps.largest.map((gap) => [
      formatDuration(gap.durationNs),
      `+${formatDuration(gap.startNs - firstStartNs)}`,
      gap.cause ?? '',
      neighbour(gap.before).slice(0, 48),
      neighbour(gap.after).slice(0, 48),
    ]),
    {
      width: size.width,
      rows: unasked(size, 5),
      omitted: Math.max(0, idleGaps.count - idleGaps.largest.length),
      indent: '    ',
      unshown: size.rows === Number.POSITIVE_INFINITY ? ' shorter ones' : ' (--limit N shows N of them, at most 1000)',
    },
  )
}

function histogramLines({ idleGaps }: DeviceSummary): string {
  const most = Math.max(1, ...idleGaps.histogram.map(({ totalNs }) => totalNs))
  return idleGaps.histogram
    .map(({ fromNs, toNs, count, totalNs }) => {
      const range = `${formatDuration(fromNs)} to ${formatDuration(toNs)}`
      return `    ${range.padEnd(22)} ${formatCount(count).padStart(10)} ${count === 1 ? 'gap ' : 'gaps'} ${formatDuration(totalNs).padStart(9)}  ${'#'.repeat(Math.round((24 * totalNs) / most))}`
        .trimEnd()
        .concat('\n')
    })
    .join('')
}

export function deviceAccount(device: DeviceSummary, size: TableSize): string {
  const { spanNs, busyNs, idleNs, idleGaps, overlap } = device
  const parts = overlapWords.flatMap(([words, key]) =>
    overlap[key] > 0 ? [`    ${words.padEnd(40)} ${partOf(overlap[key], spanNs)}\n`] : [],
  )
  const { attribution } = idleGaps
  const causes = attribution?.causes.filter(({ totalNs }) => totalNs > 0) ?? []
  const claim =
    attribution !== undefined && !attribution.claimable ? ` (not claimable: ${attribution.reason ?? 'too much of it is unknown'})` : ''
  return [
    `\n${deviceTitle(device)}\n`,
    `  Span ${formatDuration(spanNs)}: busy ${partOf(busyNs, spanNs)}, idle ${partOf(idleNs, spanNs)}\n`,
    `  ${workLine(device)}\n`,
    `  Where the span went:\n${parts.join('')}`,
    causes.length === 0 ? '' : `  Why it was idle${claim} (gaps: those whose largest part this is):\n${causeTable(device)}`,
    busyRanges(device),
    idleGaps.count === 0 ? '' : `  Idle gaps by length:\n${histogramLines(device)}`,
    idleGaps.count === 0 ? '' : `  Largest idle gaps:\n${gapTable(device, size)}`,
  ].join('')
}

export function hostAccount(host: HostSummary, size: TableSize): string {
  const calls = table(
    [
      { title: 'total', align: 'right' },
      { title: 'calls', align: 'right' },
      { title: 'median', align: 'right' },
      { title: 'max', align: 'right' },
      { title: 'kind', shrinks: false },
      { title: 'call', shrinks: true },
    ],
    host.calls.map(({ name, class: kind, count, totalNs, medianNs, maxNs }) => [
      formatDuration(totalNs),
      formatCount(count),
      formatDuration(medianNs),
      formatDuration(maxNs),
      kind,
      name,
    ]),
    { width: size.width, rows: unasked(size, 10), omitted: host.omittedCalls ?? 0, indent: '  ' },
  )
  return `\nHost calls\n${calls}`
}

export function timelineText(summary: TimelineSummary, size: TableSize): string {
  const { sources, kind, graphMode, devices, coverage, losses, unknownFamilyRatio, hostCalls } = summary
  const graphs = graphMode === 'unknown' ? '' : `, graphs recorded per ${graphMode === 'node' ? 'node' : 'launch'}`
  const unknown =
    (unknownFamilyRatio ?? 0) > 0 ? [`${formatRatio(unknownFamilyRatio ?? 0)} of kernel time is in kernels of no known family`] : []
  return [
    `${sourceNames(sources)}: ${kind}, ${formatCount(devices.length)} device${devices.length === 1 ? '' : 's'}${graphs}\n`,
    devices.length === 0 ? 'No device did anything in this capture.\n' : '',
    ...devices.map((device) => deviceAccount(device, size)),
    hostCalls === undefined ? '' : hostAccount(hostCalls, size),
    section('What may not be claimed', [...coverageLines(coverage), ...unknown]),
    section('Not in this account', lossLines(losses)),
  ].join('')
}
