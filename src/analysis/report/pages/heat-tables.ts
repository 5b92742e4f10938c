/** Page 2 and 2b: output per GPU and TTFT by concurrency, tokens per minute and cost. */
import { absent, arms, type PageAnswer, type ReportSubject } from '#analysis/report/report-subject.ts'
import { isNumber, measured, name, number, text } from '#analysis/report/table.ts'
import type { AtlasRow } from '#formats/campaign.ts'
import type { Heat, ReportTable } from '#formats/report.ts'

interface Quantity {
  readonly title: string
  readonly unit: string
  readonly better: 'high' | 'low'
  readonly of: (row: AtlasRow) => number | null | undefined
}
const quantities: readonly Quantity[] = [
  { title: 'Output per GPU', unit: 'tok/s/GPU', better: 'high', of: ({ output_tps_per_gpu }) => output_tps_per_gpu },
  { title: 'Mean time to first token', unit: 'ms', better: 'low', of: ({ ttft_avg_ms }) => ttft_avg_ms },
  { title: 'Median time per output token', unit: 'ms', better: 'low', of: ({ tpot_median_ms }) => tpot_median_ms },
]

/** One row of a cell per workload: cells measured at two input lengths must not share a field of the table. */
function groupsOf(subject: ReportSubject): Map<string, AtlasRow[]> {
  const groups = new Map<string, AtlasRow[]>()
  for (const { id, points } of arms(subject)) {
    const lengths = new Set(points.map(workload))
    for (const row of points) {
      const key = lengths.size > 1 ? `${id} (${workload(row)})` : id
      groups.set(key, [...(groups.get(key) ?? []), row])
    }
  }
  return groups
}

const workload = (row: AtlasRow): string =>
  [
    `${row.mean_input_tokens ?? '?'} in`,
    `${row.mean_output_tokens ?? '?'} out`,
    row.cache_mode ?? undefined,
    row.dataset ?? undefined,
    isNumber(row.num_speculative_tokens) ? `${row.num_speculative_tokens} speculated` : undefined,
  ]
    .filter((part) => part !== undefined)
    .join(', ')

function heatOf(groups: ReadonlyMap<string, readonly AtlasRow[]>, columns: readonly number[], quantity: Quantity): Heat | undefined {
  const rows = [...groups].map(([label, points]) => ({
    label,
    values: columns.map((c) => {
      const found = points.filter(({ concurrency }) => concurrency === c).map(quantity.of)
      const [value] = found
      // Two rows of one field would be a choice; none is made.
      return found.length === 1 && isNumber(value) ? value : null
    }),
  }))
  const kept = rows.filter(({ values }) => values.some((value) => value !== null))
  if (kept.length === 0) return undefined
  const { title, unit, better } = quantity
  return { kind: 'heat', title, unit, better, columns: columns.map((c) => `c${c}`), rows: kept }
}

const tableOf = ({ title, unit, columns, rows }: Heat): ReportTable => ({
  title: `${title} (${unit})`,
  columns: [name('cell'), ...columns.map((column) => number(column))],
  rows: rows.map(({ label, values }) => [label, ...values]),
})

function tokensTable({ tpm }: ReportSubject): ReportTable {
  return {
    title: 'Tokens per minute and node, and what they cost',
    columns: [
      name('cell'),
      text('point'),
      number('c'),
      number('output', 'tok/min', 5),
      number('all', 'tok/min', 5),
      number('mean TTFT', 'ms'),
      number('median TPOT', 'ms'),
      number('GPUs', 'a node'),
      number('USD', 'GPU-hour'),
      number('USD', '1M output'),
    ],
    rows: tpm.map((row) => [
      row.cell_id,
      row.operating_point,
      row.concurrency,
      measured(row.output_tpm),
      measured(row.total_tpm),
      measured(row.ttft_avg_ms),
      measured(row.tpot_median_ms),
      row.gpus_per_node,
      measured(row.usd_per_gpu_hour),
      measured(row.usd_per_1m_output_tokens),
    ]),
    ...(tpm.length === 0 ? {} : { note: [...new Set(tpm.map(({ operating_point, basis }) => `${operating_point}: ${basis}`))].join('; ') }),
  }
}

export function heatTables(subject: ReportSubject): PageAnswer {
  const groups = groupsOf(subject)
  const columns = [...new Set([...groups.values()].flat().map(({ concurrency }) => concurrency))].sort((a, b) => a - b)
  const figures = quantities.flatMap((quantity) => heatOf(groups, columns, quantity) ?? [])
  if (figures.length === 0) return absent('no point has output per GPU, TTFT or TPOT')
  const holes = figures[0]?.rows.filter(({ values }) => values.includes(null)).length ?? 0
  const tokens = subject.tpm.length === 0 ? [] : [tokensTable(subject)]
  return {
    page: {
      id: 'heat-tables',
      number: '2',
      title: 'By concurrency',
      lead: `Each arm at ${columns.map((c) => `c${c}`).join(', ')}; darker is better${holes === 0 ? '' : '; an empty field was not measured'}.`,
      figures,
      tables: [...figures.map(tableOf), ...tokens],
      how: [
        'Medians over trials, as on page 1; a field without exactly one point stays empty.',
        'Tokens per minute: output tokens per second and GPU × 60 × GPUs of a node. USD per 1M tokens: USD per GPU-hour × 10⁶ ÷ (tokens/s/GPU × 3600).',
      ],
      notes: [],
      missing: tokens.length === 0 && subject.kind === 'campaign' ? ['tokens per minute: no point has output per GPU'] : [],
    },
  }
}
