/** `kernels` of a sampling profiler, for a person: shares and intervals, never a time. */
import { formatCount, formatDuration, formatRatio } from '#base/units.ts'
import type { KernelSummary } from '#formats/kernel-summary.ts'
import type { SampleSharesSummary } from '#formats/sample-shares.ts'
import { lossLines, section, sourceNames } from './account.ts'
import { type Column, table } from './table.ts'
import type { TableSize } from './timeline-text.ts'

const right = (title: string): Column => ({ title, align: 'right' })

interface ShareCells {
  readonly shareRatio: number
  readonly shareLowRatio?: number
  readonly shareHighRatio?: number
  readonly samples?: number
}

/** Below a thousand samples a share has no decimal: the interval is what is known (trap E19). */
function share({ shareRatio, shareLowRatio, shareHighRatio }: ShareCells, weak: boolean): string {
  if (!weak || shareLowRatio === undefined || shareHighRatio === undefined) return formatRatio(shareRatio)
  const percent = (ratio: number) => Math.round(ratio * 100)
  return `${percent(shareLowRatio)} to ${percent(shareHighRatio)} %`
}

function amount(samples: number | undefined, unit: SampleSharesSummary['unit']): string {
  return unit === 'ns' ? formatDuration(samples) : formatCount(samples)
}

function frames(heading: string, rows: SampleSharesSummary['hostFramesUnderGpu'], weak: boolean, size: TableSize): string {
  if (rows.length === 0) return ''
  const cells = rows.map((row) => [
    share(row, weak),
    formatCount(row.samples),
    row.file === undefined ? row.frame : `${row.file}::${row.frame}`,
  ])
  return `\n${heading}\n${table([right('share'), right('samples'), { title: 'frame', shrinks: true }], cells, size)}`
}

export function sampledKernelsText(summary: KernelSummary, samples: SampleSharesSummary, size: TableSize): string {
  const { unit, total, totalFrom, listed, weak } = samples
  const families = summary.families.map((row) => [share(row, weak), amount(row.samples, unit), row.family, row.role ?? ''])
  const kernels = summary.kernels.map((row) => [share(row, weak), amount(row.samples, unit), row.family, row.group ?? row.name])
  const classes = Object.entries(samples.kernelClassGpuPct).map(([name, pct]) => `${name}: ${pct.toFixed(1)} %`)
  const spin = samples.cpuSpinpollPct
  const what = unit === 'ns' ? 'kernel time' : 'GPU samples'
  return [
    `${sourceNames(summary.sources)}: ${amount(total, unit)} ${unit === 'ns' ? 'of kernel time' : 'GPU samples'}${totalFrom === 'listed-frames' ? ' (those of the frames listed)' : ''}; rigor ${samples.rigor}\n`,
    `  ${samples.meaning}\n`,
    weak ? `  weak: fewer than 1000 samples; shares are 95 % intervals\n` : '',
    `\nBy family, share of ${what} (${formatRatio(summary.unknownFamilyRatio)} of those listed unknown)\n`,
    table(
      [right('share'), right(unit === 'ns' ? 'total' : 'samples'), { title: 'family', shrinks: true }, { title: 'role', shrinks: false }],
      families,
      size,
    ),
    `\nBy ${summary.by.replace('-', ' ')} (${formatRatio(total === 0 ? 0 : listed / total)} of ${what} listed)\n`,
    table(
      [right('share'), right(unit === 'ns' ? 'total' : 'samples'), { title: 'family', shrinks: false }, { title: 'kernel', shrinks: true }],
      kernels,
      { ...size, omitted: summary.omittedKernels ?? 0 },
    ),
    frames('Host frames under GPU samples (share of this list)', samples.hostFramesUnderGpu, weak, size),
    frames('CPU view', samples.cpuFrames ?? [], weak, size),
    section(
      'Kernel classes, of GPU samples',
      classes.length === 0 ? [] : [...classes, `remainder: ${samples.kernelClassRemainderPct.toFixed(1)} %`],
    ),
    spin === undefined ? '' : `\nBusy-wait of the engine on the CPU: ${spin.toFixed(1)} % of on_cpu samples\n`,
    section('Contradictions', samples.contradictions),
    section('Not in this account', lossLines(summary.losses)),
  ].join('')
}
