/** A metric over all published campaigns: rows from DuckDB, series and their judgement from `analysis/lake`. */
import * as z from 'zod'
import { judgeSeries, TREND_ALPHA } from '#analysis/lake/judge-series.ts'
import { type TrendRow, trendGroups } from '#analysis/lake/trend-series.ts'
import { SextantError } from '#base/errors.ts'
import { type LakeTrend, type TrendIdentity, type TrendMetric, type TrendSeries, trendMetrics } from '#formats/lake/lake-trend.ts'
import type { OpenedLake } from '#store/lake/open-lake.ts'
import { queryLake } from './query.ts'

const text = z.string().nullable()
const figure = z.number().nullable()

/** In the order of the query's columns. */
const rowSchema = z.object({
  campaign_id: z.string(),
  cell_id: text,
  status: text,
  captured_us: z.number().nullable(),
  value: figure,
  image: text,
  vllm_pip_version: text,
  extra_json: text,
  mean_input_tokens: figure,
  mean_output_tokens: figure,
  model: text,
  hardware: text,
  quant: text,
  tensor_parallel: figure,
  parallel_strategy: text,
  data_parallel: figure,
  pipeline_parallel: figure,
  mtp: z.boolean().nullable(),
  num_speculative_tokens: figure,
  serving_engine: text,
  dataset: text,
  cache_mode: text,
  concurrency: figure,
})
type AtlasTrendRow = z.infer<typeof rowSchema>

const spreadSchema = z.object({ n: z.number(), std: z.number() })
const extraSchema = z.object({
  n_gpus: z.number().optional().catch(undefined),
  definitions: z.record(z.string(), z.unknown()).optional().catch(undefined),
  spread: z.record(z.string(), z.unknown()).optional().catch(undefined),
})

/** NaN and infinity are not measured. @param metric a column's name of the closed list. */
const sqlOf = (metric: TrendMetric): string => {
  const finite = (column: string, name: string): string => `CASE WHEN isfinite(a.${column}) THEN a.${column} END AS ${name}`
  const own: Record<string, string> = {
    captured_us: 'epoch_us(c.captured_at_utc) AS captured_us',
    value: finite(metric, 'value'),
    mean_input_tokens: finite('mean_input_tokens', 'mean_input_tokens'),
    mean_output_tokens: finite('mean_output_tokens', 'mean_output_tokens'),
    vllm_pip_version: 'c.vllm_pip_version',
  }
  const columns = Object.keys(rowSchema.shape).map((name) => own[name] ?? `a.${name}`)
  return `SELECT ${columns.join(', ')} FROM atlas_v1 a LEFT JOIN campaign_v1 c USING (campaign_id)`
}

/** What the row says beyond its columns; a text that is no JSON says nothing. */
function extraOf(extra: string | null): z.infer<typeof extraSchema> {
  try {
    const parsed = extraSchema.safeParse(JSON.parse(extra ?? '{}'))
    return parsed.success ? parsed.data : {}
  } catch {
    return {}
  }
}

const isSaid = <T>(value: T | null | undefined): value is T => value !== null && value !== undefined && value !== ''

function identityOf(row: AtlasTrendRow, nGpus: number | undefined, definition: unknown): TrendIdentity {
  const { model, hardware, quant, tensor_parallel, parallel_strategy, data_parallel, pipeline_parallel, mtp } = row
  const { num_speculative_tokens, serving_engine, dataset, cache_mode, concurrency } = row
  return {
    ...(isSaid(model) ? { model } : {}),
    ...(isSaid(hardware) ? { hardware } : {}),
    ...(isSaid(quant) ? { quant } : {}),
    ...(isSaid(tensor_parallel) ? { tensor_parallel } : {}),
    ...(isSaid(parallel_strategy) ? { parallel_strategy } : {}),
    ...(isSaid(data_parallel) ? { data_parallel } : {}),
    ...(isSaid(pipeline_parallel) ? { pipeline_parallel } : {}),
    ...(isSaid(mtp) ? { mtp } : {}),
    ...(isSaid(num_speculative_tokens) ? { num_speculative_tokens } : {}),
    ...(isSaid(serving_engine) ? { serving_engine } : {}),
    ...(isSaid(dataset) ? { dataset } : {}),
    ...(isSaid(cache_mode) ? { cache_mode } : {}),
    ...(isSaid(concurrency) ? { concurrency } : {}),
    ...(isSaid(nGpus) ? { n_gpus: nGpus } : {}),
    ...(typeof definition === 'string' ? { definition } : {}),
  }
}

function trendRow(row: AtlasTrendRow, metric: TrendMetric): TrendRow {
  const extra = extraOf(row.extra_json)
  const spread = spreadSchema.safeParse(extra.spread?.[metric])
  const isSpread = spread.success && Number.isInteger(spread.data.n) && spread.data.n >= 2 && spread.data.std >= 0
  return {
    campaign: row.campaign_id,
    cell: row.cell_id ?? '',
    status: row.status,
    capturedAtUtc: row.captured_us === null ? null : new Date(row.captured_us / 1000).toISOString(),
    value: row.value,
    inputTokens: row.mean_input_tokens,
    outputTokens: row.mean_output_tokens,
    image: row.image,
    engineVersion: row.vllm_pip_version,
    ...(isSpread ? { trials: { count: spread.data.n, deviation: spread.data.std } } : {}),
    identity: identityOf(row, extra.n_gpus, extra.definitions?.[metric]),
  }
}

export interface TrendOptions {
  readonly lake: OpenedLake
  readonly metric: TrendMetric
  /** Only rows that say exactly this; absent: any. */
  readonly model: string | undefined
  readonly hardware: string | undefined
  readonly cell: string | undefined
  readonly concurrency: number | undefined
}

async function rowsOf({ lake, metric }: TrendOptions) {
  const { rows, columns, sources } = await queryLake({ lake, sql: sqlOf(metric), limit: 0 })
  const parsed = z
    .array(rowSchema)
    .safeParse(rows.map((row) => Object.fromEntries(row.map((value, index) => [columns[index] ?? '', value]))))
  if (!parsed.success)
    throw new SextantError(
      'corrupt_file',
      `the lake's atlas_v1 or campaign_v1 holds values of other types than its columns: ${parsed.error.issues[0]?.path.join('.') ?? ''}`,
      'Publish the campaign again with this version: sextant lake publish CAMPAIGN --if-exists overwrite.',
    )
  return { rows: parsed.data, sources }
}

function nextOf(series: readonly TrendSeries[], judged: number, leastPoints: number): LakeTrend['next'] {
  const worst = series.find(({ change }) => change?.effect === 'worse') ?? series.find(({ change }) => change !== undefined)
  if (worst?.change !== undefined)
    return {
      lever: `find what differs between ${worst.change.before} and ${worst.change.after}`,
      expectedUnlock: 'the cause: campaigns differ in more than one thing, and order in time proves none of them',
      gate: 'both states side by side on one node: sextant trial plan, then sextant trial judge',
    }
  return {
    lever: judged === 0 ? `publish the same point in at least ${leastPoints} campaigns` : 'go on publishing the same points',
    expectedUnlock: 'smaller changes become visible with more points; none shown is not none there',
    gate: 'sextant lake trend again',
  }
}

/** Every series of the lake that the filters leave, judged together. Throws `missing_data` where no row is left. */
export async function trendLake(options: TrendOptions): Promise<Omit<LakeTrend, 'schema' | 'omitted'>> {
  const { lake, metric, model, hardware, cell, concurrency } = options
  const { rows, sources } = await rowsOf(options)
  const wanted = rows.filter(
    (row) =>
      (model === undefined || row.model === model) &&
      (hardware === undefined || row.hardware === hardware) &&
      (cell === undefined || row.cell_id === cell) &&
      (concurrency === undefined || row.concurrency === concurrency),
  )
  if (wanted.length === 0)
    throw new SextantError(
      'missing_data',
      `no measured point in ${lake.shown} is of this model, hardware, cell and concurrency`,
      "See what there is: sextant lake query 'SELECT DISTINCT model, hardware, cell_id, concurrency FROM atlas_v1'.",
    )
  const { groups, leftOut } = trendGroups(wanted.map((row) => trendRow(row, metric)))
  const { series, judged, alphaEach, leastPoints } = judgeSeries(groups, metric)
  const next = nextOf(series, judged, leastPoints)
  const shared = { alpha: TREND_ALPHA, judged, alphaEach, leastPoints }
  return { sources, lake: lake.shown, metric, betterIs: trendMetrics[metric], ...shared, series: [...series], leftOut: [...leftOut], next }
}
