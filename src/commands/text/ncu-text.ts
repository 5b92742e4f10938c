/** `ncu` for a person. */
import { formatBytes, formatCount, formatDuration, formatRatio, significant } from '#base/units.ts'
import type { NcuKernel, NcuResult, NcuSummary } from '#formats/ncu-summary.ts'
import { lossLines, section } from './account.ts'
import { type Column, table } from './table.ts'
import type { TableSize } from './timeline-text.ts'

const right = (title: string): Column => ({ title, align: 'right' })

/** Decimal multiples of a rate or amount of work: `1.23 T`. */
function scaled(value: number | undefined): string {
  if (value === undefined) return ''
  const [size, prefix] = (
    [
      [1e15, 'P'],
      [1e12, 'T'],
      [1e9, 'G'],
      [1e6, 'M'],
      [1e3, 'k'],
    ] as const
  ).find(([each]) => value >= each) ?? [1, '']
  return `${significant(value / size)} ${prefix}`.trim()
}

function ratio(value: number | undefined): string {
  return value === undefined ? '' : formatRatio(value)
}

/** `at least` where the number is a lower bound. */
function flopsText({ flops, achievedFlopsPerSecond }: NcuKernel): string {
  if (flops.state === 'unknown') return 'unknown'
  return `${flops.lowerBound === undefined ? '' : '≥ '}${scaled(achievedFlopsPerSecond)}`
}

function intensityText({ arithmeticIntensityFlopsPerByte: value, arithmeticIntensityBound: bound }: NcuKernel): string {
  if (value === undefined) return ''
  return `${bound === 'lower' ? '≥ ' : bound === 'upper' ? '≤ ' : ''}${significant(value)}`
}

function kernelTable({ kernels }: NcuSummary, size: TableSize): string {
  return table(
    [
      right('time'),
      right('launches'),
      right('FLOP/s'),
      right('DRAM B/s'),
      right('FLOP/B'),
      right('SM busy'),
      right('DRAM'),
      right('tensor'),
      right('occupancy'),
      { title: 'kernel', shrinks: true },
    ],
    kernels.map((kernel) => [
      formatDuration(kernel.totalNs),
      formatCount(kernel.launches),
      flopsText(kernel),
      scaled(kernel.achievedDramBytesPerSecond),
      intensityText(kernel),
      ratio(kernel.computeThroughputRatio),
      ratio(kernel.dramThroughputRatio),
      ratio(kernel.tensorPipeElapsedRatio ?? kernel.tensorPipeActiveRatio),
      ratio(kernel.achievedOccupancyRatio),
      kernel.name,
    ]),
    size,
  )
}

function extentText(extent: readonly number[] | undefined): string {
  return extent === undefined ? '' : extent.join(' × ')
}

function resultTable({ results, omittedResults }: NcuSummary, size: TableSize): string {
  return table(
    [
      right('#'),
      right('time'),
      right('grid'),
      right('block'),
      right('registers'),
      right('shared'),
      { title: 'limited by', shrinks: false },
      { title: 'top stall', shrinks: false },
      { title: 'kernel', shrinks: true },
    ],
    results.map(({ index, durationNs, grid, block, derived, functionName, scope }) => [
      String(index),
      formatDuration(durationNs),
      extentText(grid),
      extentText(block),
      derived.registersPerThread === undefined ? '' : formatCount(derived.registersPerThread),
      derived.sharedMemoryPerBlockBytes === undefined ? '' : formatBytes(derived.sharedMemoryPerBlockBytes),
      derived.occupancyLimiters?.join(', ') ?? '',
      stallText(derived.stalls),
      functionName ?? scope,
    ]),
    { ...size, omitted: omittedResults ?? 0 },
  )
}

function stallText(stalls: NcuResult['derived']['stalls']): string {
  const [top] = stalls ?? []
  return top === undefined ? '' : `${top.reason} ${formatRatio(top.shareRatio)}`
}

/** Findings of the profiler's rules: those that ask for something. */
function ruleLines({ results }: NcuSummary, rows: number): string[] {
  const lines = results.flatMap(({ index, rules }) =>
    rules
      .filter(({ kind }) => kind === 'optimization' || kind === 'warning')
      .map(({ identifier, title, speedup, message }) => {
        const gain = speedup === undefined ? '' : ` (${speedup.scope} estimate ${formatRatio(speedup.ratio)})`
        return `#${index} ${identifier}: ${title}${gain}: ${message}`
      }),
  )
  return lines.length <= rows ? lines : [...lines.slice(0, rows), `… and ${lines.length - rows} more (--limit 0 shows all)`]
}

function headroomLines({ kernels }: NcuSummary, rows: number): string[] {
  const undecided = kernels.filter(({ headroom }) => headroom.state === 'undecidable')
  return undecided.slice(0, rows).map(({ name, headroom }) => `${name}: ${headroom.reason ?? ''}`)
}

export function ncuText(summary: NcuSummary, size: TableSize): string {
  const { sources, count, devices, rules, losses, notes, withoutDuration } = summary
  const chips = devices.map(({ name, computeCapability }) => name ?? `compute capability ${computeCapability ?? 'unknown'}`).join(', ')
  const unmeasured = withoutDuration === 0 ? '' : `, ${formatCount(withoutDuration)} without a measured duration`
  const rows = size.rows ?? Number.POSITIVE_INFINITY
  return [
    `${sources[0]?.path ?? ''}: ${formatCount(count)} profiled launches${chips === '' ? '' : ` on ${chips}`}${unmeasured}\n`,
    `\nBy kernel\n${kernelTable(summary, size)}`,
    section('Headroom cannot be decided', headroomLines(summary, rows)),
    `\nBy launch\n${resultTable(summary, size)}`,
    rules === 'run' ? section('What the profiler’s rules found', ruleLines(summary, rows)) : '',
    section('Mind', notes),
    section('Not in this account', lossLines(losses)),
  ].join('')
}
