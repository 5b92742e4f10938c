/**
 * Page 4: time share of a category beside the ceiling that bounds it (L1). A share of time is no distance to a roof: a percentage of
 * speed of light stands here only where counters of the category's own kernels give it.
 */
import { absent, type DevicePeaks, hardwareOf, type PageAnswer, type ReportSubject } from '#analysis/report/report-subject.ts'
import { name, number, text } from '#analysis/report/table.ts'
import type { ReportCell } from '#formats/report.ts'
import type { CampaignCell } from '#model/campaign.ts'
import { type CellKernels, cellKernels, isMany } from './kernel-breakdown.ts'
import { countedBandwidth } from './ncu-roofline.ts'

interface Line {
  readonly cell: string
  readonly category: string
  readonly sharePct: number
  readonly ceiling: string
  readonly bound: string
  readonly solPct: number | null
}

function lineOf({ cell, kernels, total }: CellKernels, category: string, of: CampaignCell, subject: ReportSubject): Line {
  const hardware = hardwareOf(of)
  const peaks = hardware === undefined ? undefined : subject.peaks(hardware)
  const rule = subject.categoryCeilings[category]
  return {
    cell,
    category,
    sharePct: ((kernels.per_category[category] ?? 0) / total) * 100,
    ceiling: rule === undefined ? 'no ceiling for this category' : ceilingText(rule, peaks),
    bound: rule?.bound ?? 'unknown',
    solPct: rule?.bound === 'bandwidth' && category !== 'NCCL' ? countedBandwidth(of, category, peaks) : null,
  }
}

/** A data type is not chosen here: which one a category uses is the deployment's business, not the table's. */
function ceilingText({ bound, metric }: ReportSubject['categoryCeilings'][string], peaks: DevicePeaks | undefined): string {
  if (peaks === undefined) return 'hardware unknown'
  if (metric.startsWith('nvlink')) return `links of ${peaks.name}`
  if (bound === 'compute') return `matrix units of ${peaks.name}, by data type`
  return peaks.memory === undefined
    ? 'no bandwidth known'
    : `${peaks.memory.path} (${String(peaks.memory.value)} ${peaks.memory.units ?? ''})`
}

export function categorySol(subject: ReportSubject): PageAnswer {
  const all = cellKernels(subject)
  if (all.length === 0) return absent('no cell has kernels.json with time in it')
  const lines = all.flatMap((each) => {
    const of = subject.cells.find(({ id }) => id === each.cell)
    if (of === undefined) return []
    return Object.entries(each.kernels.per_category)
      .filter(([, value]) => value > 0)
      .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
      .map(([category]) => lineOf(each, category, of, subject))
  })
  // With many cells a chart of every category would be longer than anybody reads: the table has them all.
  const drawn = isMany(all.length) ? lines.filter((line, index) => index < 3 || lines[index - 3]?.cell !== line.cell) : lines
  const counters = lines.filter(({ solPct }) => solPct !== null)
  const unknown = [...new Set(lines.filter(({ ceiling }) => ceiling === 'hardware unknown').map(({ cell }) => cell))]
  const rows: ReportCell[][] = lines.map(({ cell, category, sharePct, bound, ceiling, solPct }) => [
    cell,
    category,
    sharePct,
    bound,
    ceiling,
    solPct,
  ])
  return {
    page: {
      id: 'category-sol',
      number: '4',
      title: 'Categories and their ceilings',
      lead:
        counters.length === 0
          ? 'What bounds each category; how near it is, no counter says.'
          : `What bounds each category; where its kernels have counters, how near it is.`,
      figures: [
        {
          kind: 'bars',
          title:
            drawn.length === lines.length
              ? 'Share of kernel time, and what bounds it'
              : 'The three largest categories of each cell, and what bounds them',
          unit: '%',
          end: 100,
          rows: drawn.map(({ cell, category, sharePct, bound, solPct }) => ({
            label: `${cell} · ${category}`,
            value: sharePct,
            detail: solPct === null ? bound : `${bound}, ${solPct.toFixed(0)} % of it`,
          })),
        },
      ],
      tables: [
        {
          title: 'Every category',
          columns: [
            name('cell'),
            name('category'),
            number('time share', '%'),
            text('bound'),
            text('ceiling'),
            number('of the ceiling', '%'),
          ],
          rows,
        },
      ],
      how: [
        'Time share: kernels.json. Bound and ceiling of a category: configs/sol-ceilings.yaml, a rule of thumb and no measurement.',
        'Of the ceiling: DRAM bytes ÷ kernel time ÷ peak bandwidth, summed over the category’s kernels with counters. A time share is never turned into a share of speed of light (L1).',
      ],
      notes: unknown.length === 0 ? [] : [`${unknown.join(', ')}: the hardware is not known, so nothing is held against a ceiling.`],
      missing: counters.length === 0 ? ['share of the ceiling: no category has kernels with counted bytes'] : [],
    },
  }
}
