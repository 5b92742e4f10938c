/** Page 5: kernels with counters on the roofline of their device, all cells. The data type is not in ncu_kernels.json: no compute roof is claimed. */
import { absent, type DevicePeaks, hardwareOf, type PageAnswer, type ReportSubject } from '#analysis/report/report-subject.ts'
import { counted, isNumber, measured, name, number } from '#analysis/report/table.ts'
import type { NcuKernelsJson } from '#formats/ncu-kernels-json.ts'
import type { ReportTable, Scatter } from '#formats/report.ts'
import type { CampaignCell } from '#model/campaign.ts'

type Kernel = NcuKernelsJson['kernels'][number]

/** Counted work of any kind: a name and a time alone prove nothing (trap H1). */
const isCounted = (kernel: Kernel): boolean =>
  isNumber(kernel.dram_bytes_total) || isNumber(kernel.achieved_tflops) || isNumber(kernel.achieved_dram_pct_peak)

/** Percent of the peak bandwidth over the kernels of a category that have bytes and time; null where none has. */
export function countedBandwidth(cell: CampaignCell, category: string, peaks: DevicePeaks | undefined): number | null {
  return bandwidthPct(cell.ncu?.kernels.filter((kernel) => kernel.category === category) ?? [], peaks)
}

function bandwidthPct(kernels: readonly Kernel[], peaks: DevicePeaks | undefined): number | null {
  const peak = peaks?.memory === undefined ? undefined : peaks.perSecond(peaks.memory)
  let [bytes, seconds] = [0, 0]
  for (const { dram_bytes_total, kernel_time_ns } of kernels) {
    if (!isNumber(dram_bytes_total) || !isNumber(kernel_time_ns) || kernel_time_ns === 0) continue
    bytes += dram_bytes_total
    seconds += kernel_time_ns / 1e9
  }
  return peak === undefined || seconds === 0 ? null : (bytes / seconds / peak) * 100
}

const isOnChart = ({ arithmetic_intensity_flops_per_byte: x, achieved_tflops: y }: Kernel): boolean =>
  isNumber(x) && isNumber(y) && x > 0 && y > 0

/** Roofs meet the slope of the memory at peak ÷ bandwidth; drawn from a tenth of the lowest intensity to ten times the ridge. */
function roofs(peaks: DevicePeaks, least: number): Scatter['lines'] {
  const bytes = peaks.memory === undefined ? undefined : peaks.perSecond(peaks.memory)
  if (bytes === undefined) return []
  const ends = peaks.compute.flatMap(({ dtype, ceiling }) => {
    const flops = peaks.perSecond(ceiling)
    return flops === undefined ? [] : [{ dtype, flops }]
  })
  const highest = Math.max(0, ...ends.map(({ flops }) => flops))
  if (highest === 0) return []
  const from = least / 2
  const lines = ends.map(({ dtype, flops }) => ({
    name: `${dtype} (${Number((flops / 1e12).toPrecision(3))} TFLOP/s)`,
    points: [
      { x: flops / bytes, y: flops / 1e12 },
      { x: (highest / bytes) * 4, y: flops / 1e12 },
    ],
  }))
  const slope = {
    name: `memory (${Number((bytes / 1e12).toPrecision(3))} TB/s)`,
    points: [
      { x: from, y: (from * bytes) / 1e12 },
      { x: highest / bytes, y: highest / 1e12 },
    ],
  }
  return [slope, ...lines]
}

/** With many cells the five that take most time of each; ncu_kernels.json has all. */
const MOST_OF_MANY = 5
const FEW_CELLS = 10

interface Counted {
  readonly cell: CampaignCell
  readonly kernels: readonly Kernel[]
  readonly peaks: DevicePeaks | undefined
}

/** A chart per hardware: one device's roofs say nothing of another's kernels. */
function figures(all: readonly Counted[]): Scatter[] {
  const groups = new Map<string, Counted[]>()
  for (const each of all) {
    const key = each.peaks?.name ?? 'unknown hardware'
    groups.set(key, [...(groups.get(key) ?? []), each])
  }
  return [...groups].flatMap(([hardware, members]) => {
    const series = members.flatMap(({ cell, kernels }) => {
      const points = (members.length > FEW_CELLS ? longest(kernels) : kernels)
        .filter(isOnChart)
        .map((kernel) => ({ x: kernel.arithmetic_intensity_flops_per_byte ?? 0, y: kernel.achieved_tflops ?? 0 }))
      return points.length === 0 ? [] : [{ name: cell.id, joined: false, points }]
    })
    if (series.length === 0) return []
    const least = Math.min(...series.flatMap(({ points }) => points.map(({ x }) => x)))
    const peaks = members[0]?.peaks
    return [
      {
        kind: 'scatter' as const,
        title: `Kernels on ${hardware}`,
        x: { label: 'FLOP per byte of DRAM', scale: 'log' as const },
        y: { label: 'TFLOP/s', scale: 'log' as const },
        series,
        lines: peaks === undefined ? [] : roofs(peaks, least),
      },
    ]
  })
}

const longest = (kernels: readonly Kernel[]): readonly Kernel[] =>
  kernels.toSorted((a, b) => (b.kernel_time_ns ?? 0) - (a.kernel_time_ns ?? 0)).slice(0, MOST_OF_MANY)

function tableOf(all: readonly Counted[]): ReportTable {
  const isMany = all.length > FEW_CELLS
  return {
    title: isMany ? `The ${MOST_OF_MANY} longest kernels with counters of each cell` : 'Every kernel with counters',
    columns: [
      name('cell'),
      name('kernel'),
      name('category'),
      number('time', 'us'),
      number('FLOP per byte'),
      number('reached', 'TFLOP/s'),
      number('of the bandwidth', '%'),
      number('SM busy', '%'),
      number('occupancy', '%'),
    ],
    rows: all.flatMap(({ cell, kernels, peaks }) =>
      (isMany ? longest(kernels) : kernels).map((kernel) => [
        cell.id,
        kernel.name,
        kernel.category,
        isNumber(kernel.kernel_time_ns) ? kernel.kernel_time_ns / 1e3 : null,
        measured(kernel.arithmetic_intensity_flops_per_byte),
        measured(kernel.achieved_tflops),
        bandwidthPct([kernel], peaks) ?? measured(kernel.achieved_dram_pct_peak),
        measured(kernel.achieved_sm_pct_peak),
        measured(kernel.achieved_occupancy_pct),
      ]),
    ),
  }
}

export function ncuRoofline(subject: ReportSubject): PageAnswer {
  const all = subject.cells.flatMap((cell) => {
    const kernels = cell.ncu?.kernels.filter(isCounted) ?? []
    const hardware = hardwareOf(cell)
    return kernels.length === 0 ? [] : [{ cell, kernels, peaks: hardware === undefined ? undefined : subject.peaks(hardware) }]
  })
  if (all.length === 0)
    return absent('no cell has ncu_kernels.json with counted work (sextant export-kernels from a report of Nsight Compute)')
  const charts = figures(all)
  const without = all.filter(({ peaks }) => peaks === undefined).map(({ cell }) => cell.id)
  const kernels = all.reduce((sum, each) => sum + each.kernels.length, 0)
  const offChart = all.reduce((sum, each) => sum + each.kernels.filter((kernel) => !isOnChart(kernel)).length, 0)
  return {
    page: {
      id: 'ncu-roofline',
      number: '5',
      title: 'Kernels on the roofline',
      lead: `${counted(kernels, 'kernel')} with counters in ${counted(all.length, 'cell')}.`,
      figures: charts,
      tables: [tableOf(all)],
      how: [
        'Counted by Nsight Compute under replay: clocks and caches differ from serving. FLOP per byte: FLOPs ÷ bytes of DRAM. L4.',
        'Of the bandwidth: DRAM bytes ÷ time ÷ the device’s peak. Roofs of every data type are drawn: the file does not say which one a kernel used, so no share of a compute roof is given.',
      ],
      notes: offChart === 0 ? [] : [`${counted(offChart, 'kernel')} without FLOPs or bytes: in the table, not on the logarithmic chart.`],
      missing: [
        ...(without.length === 0 ? [] : [`${without.join(', ')}: no ceilings are known for its hardware, so no roof is drawn`]),
        ...(charts.length === 0 ? ['the chart: no kernel has both FLOPs and bytes'] : []),
      ],
    },
  }
}
