/** Page 1: what a user feels against what a GPU serves, every arm at every concurrency that was measured. */
import { absent, arms, type PageAnswer, type ReportSubject } from '#analysis/report/report-subject.ts'
import { counted, isNumber, measured, name, number } from '#analysis/report/table.ts'
import type { AtlasRow } from '#formats/campaign.ts'
import type { ReportTable, Scatter } from '#formats/report.ts'
import { isMany } from './kernel-breakdown.ts'

/** The field labels these (facts/formats.md section 11): one user, a small batch, a full one. */
const labelled = new Set([1, 8, 32])

/** Points that page 1 can draw: speed of one user and output of one GPU are both measured. */
export const isPlotReady = (row: AtlasRow): boolean => isNumber(row.output_tps_per_user) && isNumber(row.output_tps_per_gpu)

interface Axes {
  readonly title: string
  readonly x: string
  readonly y: string
  /** Which way y is better. */
  readonly better: 'high' | 'low'
  readonly lowerX?: true
  readonly of: (row: AtlasRow) => readonly [number | null | undefined, number | null | undefined]
}

/** The batch limit is part of a series' name where arms differ in it: the field draws one curve per limit. */
function seriesName(cell: string, row: AtlasRow, isMixed: boolean): string {
  const limit = row.max_num_batched_tokens
  return isMixed && isNumber(limit) ? `${cell}, ${limit} batched tokens` : cell
}

function scatterOf(subject: ReportSubject, axes: Axes, isMixed: boolean): Scatter | undefined {
  const series = new Map<string, Scatter['series'][number]['points']>()
  for (const { id, points } of arms(subject)) {
    for (const row of points) {
      const [x, y] = axes.of(row)
      if (!isNumber(x) || !isNumber(y)) continue
      const key = seriesName(id, row, isMixed)
      const list = series.get(key) ?? []
      list.push({ x, y, ...(labelled.has(row.concurrency) ? { label: `c${row.concurrency}` } : {}) })
      series.set(key, list)
    }
  }
  // One point is a number, not a picture: the table has it.
  if ([...series.values()].reduce((sum, points) => sum + points.length, 0) < 2) return undefined
  return {
    kind: 'scatter',
    title: axes.title,
    x: { label: axes.x, scale: 'linear' },
    y: { label: axes.y, scale: 'linear' },
    series: isMany(series.size)
      ? frontFirst(
          [...series].map(([each, points]) => ({ name: each, joined: true, points })),
          axes,
        )
      : [...series].map(([each, points]) => ({ name: each, joined: true, points })),
    lines: [],
  }
}

/** A chart of more series than it can name draws the first ones in colour: those with a point that no other point beats in both axes. */
function frontFirst(series: Scatter['series'], { better, lowerX }: Axes): Scatter['series'] {
  const signX = lowerX === true ? -1 : 1
  const signY = better === 'high' ? 1 : -1
  const all = series.flatMap(({ name: of, points }) => points.map(({ x, y }) => ({ of, x: x * signX, y: y * signY })))
  all.sort((a, b) => b.x - a.x || b.y - a.y)
  const front = new Set<string>()
  let best = Number.NEGATIVE_INFINITY
  for (const { of, y } of all)
    if (y > best) {
      best = y
      front.add(of)
    }
  return [...series.filter((each) => front.has(each.name)), ...series.filter((each) => !front.has(each.name))]
}

const bothAxes: readonly Axes[] = [
  {
    title: 'Speed of one user against output of one GPU',
    x: 'output tokens/s of one user',
    y: 'output tokens/s/GPU',
    better: 'high',
    of: ({ output_tps_per_user, output_tps_per_gpu }) => [output_tps_per_user, output_tps_per_gpu],
  },
  {
    title: 'Time to first token against requests',
    x: 'requests/s of the deployment',
    y: 'mean TTFT (ms)',
    better: 'low',
    of: ({ request_throughput_avg, ttft_avg_ms }) => [request_throughput_avg, ttft_avg_ms],
  },
  {
    title: 'Output of the deployment against the median time of an output token',
    x: 'median ITL or TPOT (ms)',
    lowerX: true,
    y: 'output tokens/s of the deployment',
    better: 'high',
    // Only what a bundle’s benchmark says: a campaign has the two above.
    of: (row) => [row.itl_avg_ms, asNumber(row['deployment_output_tps'])],
  },
]

const asNumber = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined)

function tableOf(subject: ReportSubject): ReportTable {
  const rows = arms(subject).flatMap(({ id, points }) =>
    points.map((row) => [
      id,
      row.concurrency,
      measured(row.output_tps_per_user),
      measured(row.output_tps_per_gpu),
      measured(row.request_throughput_avg),
      measured(row.ttft_avg_ms),
      measured(row.tpot_median_ms),
      measured(row.itl_avg_ms),
      measured(row.max_num_batched_tokens),
      row.trials ?? 1,
    ]),
  )
  return {
    title: 'Every point',
    columns: [
      name('cell'),
      number('c'),
      number('one user', 'tok/s'),
      number('output', 'tok/s/GPU'),
      number('requests', '1/s'),
      number('mean TTFT', 'ms'),
      number('median TPOT', 'ms'),
      number('ITL', 'ms'),
      number('batched tokens', undefined, 9),
      number('trials'),
    ],
    rows,
  }
}

function bundleTable(subject: ReportSubject): ReportTable {
  const rows = arms(subject).flatMap(({ id, points }) =>
    points.map((row) => [
      id,
      row.concurrency,
      measured(asNumber(row['deployment_output_tps'])),
      measured(row.output_tps_per_user),
      measured(row.ttft_median_ms),
      measured(row.itl_avg_ms),
      measured(row.requests),
      measured(row.errors),
    ]),
  )
  return {
    title: 'Every point',
    columns: [
      name('run'),
      number('c'),
      number('output', 'tok/s'),
      number('one user', 'tok/s'),
      number('TTFT p50', 'ms'),
      number('ITL p50', 'ms'),
      number('requests', undefined, 9),
      number('errors', undefined, 9),
    ],
    rows,
  }
}

function leadOf(subject: ReportSubject): string {
  const points = arms(subject).flatMap(({ points: rows }) => rows)
  const best = points
    .filter((row) => isNumber(row.output_tps_per_gpu))
    .toSorted((a, b) => (b.output_tps_per_gpu ?? 0) - (a.output_tps_per_gpu ?? 0))[0]
  const measuredArms = arms(subject).filter(({ points: rows }) => rows.length > 0).length
  const head = `${counted(points.length, 'point')} of ${counted(measuredArms, 'arm')}`
  if (best === undefined) return `${head}.`
  return `${head}; most output per GPU: ${best.cell_id} at concurrency ${best.concurrency}, ${Number((best.output_tps_per_gpu ?? 0).toPrecision(4))} tokens/s.`
}

function definitionsOf(subject: ReportSubject): string[] {
  const said = new Set<string>()
  for (const { points } of arms(subject))
    for (const { definitions } of points) for (const [key, what] of Object.entries(definitions ?? {})) said.add(`${key}: ${what}`)
  return [...said].sort()
}

export function latencyThroughput(subject: ReportSubject): PageAnswer {
  const cells = arms(subject)
  const points = cells.flatMap(({ points: rows }) => rows)
  if (points.length === 0) return absent('no cell has a valid measured point')
  const limits = new Set(points.map((row) => row.max_num_batched_tokens ?? undefined))
  const figures = bothAxes.flatMap((axes) => scatterOf(subject, axes, limits.size > 1) ?? [])
  const without = cells.filter(({ points: rows }) => rows.length > 0 && !rows.some(isPlotReady)).map(({ id }) => id)
  const definitions = definitionsOf(subject)
  return {
    page: {
      id: 'latency-throughput',
      number: '1',
      title: 'Latency against throughput',
      lead: leadOf(subject),
      figures,
      tables: [subject.kind === 'campaign' ? tableOf(subject) : bundleTable(subject)],
      how: [
        'Each point is the median over the valid trials of one cell at one concurrency; runs that prove nothing are left out.',
        'Output per GPU is output tokens per second of the deployment over its GPUs; speed of one user is measured while it decodes.',
        ...(definitions.length === 0 ? [] : [`Definitions, as the load generators have them: ${definitions.join('; ')}.`]),
      ],
      notes: ['Roofline sweeps are on the page of phases and nowhere here.'],
      missing:
        subject.kind === 'campaign' && without.length > 0
          ? [
              `${without.join(', ')}: speed of one user or output per GPU was not measured, so they are in the table and not in the first chart`,
            ]
          : [],
    },
  }
}
