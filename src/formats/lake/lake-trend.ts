/** What `sextant lake trend` returns: whether a metric of the same thing, measured in campaign after campaign, has changed. */
import * as z from 'zod'
import { nextLeverSchema, sourceSchema } from '#formats/source.ts'

const count = z.int().nonnegative()

/** Columns of atlas_v1 that can be followed over time, with the direction that is better. */
export const trendMetrics = {
  output_tps_per_gpu: 'higher',
  total_tps_per_gpu: 'higher',
  output_tps_per_user: 'higher',
  request_throughput_avg: 'higher',
  ttft_avg_ms: 'lower',
  tpot_median_ms: 'lower',
  itl_avg_ms: 'lower',
} as const
export type TrendMetric = keyof typeof trendMetrics

const metrics = Object.keys(trendMetrics) as [TrendMetric, ...TrendMetric[]] // its keys

/** Equal in all of these, or it is another series; what is not said matches only what is not said. */
export const trendIdentitySchema = z.strictObject({
  model: z.exactOptional(z.string()),
  hardware: z.exactOptional(z.string()),
  quant: z.exactOptional(z.string()),
  tensor_parallel: z.exactOptional(z.number()),
  parallel_strategy: z.exactOptional(z.string()),
  data_parallel: z.exactOptional(z.number()),
  pipeline_parallel: z.exactOptional(z.number()),
  mtp: z.exactOptional(z.boolean()),
  num_speculative_tokens: z.exactOptional(z.number()),
  serving_engine: z.exactOptional(z.string()),
  dataset: z.exactOptional(z.string()),
  cache_mode: z.exactOptional(z.string()),
  concurrency: z.exactOptional(z.number()),
  n_gpus: z.exactOptional(z.number()),
  definition: z.exactOptional(z.string()).describe('Of the metric'),
  cell_id: z.exactOptional(z.string()).describe('Where one campaign has several arms that are equal in all else'),
})
export type TrendIdentity = z.infer<typeof trendIdentitySchema>

export const trendPointSchema = z.strictObject({
  campaign: z.string(),
  cell: z.string(),
  captured_at_utc: z.string().describe('Start of the campaign'),
  value: z.number().positive(),
  trials: z
    .exactOptional(z.strictObject({ count, deviation: z.number().nonnegative() }))
    .describe('Behind the value, which is their median'),
  mean_input_tokens: z.exactOptional(z.number()),
  mean_output_tokens: z.exactOptional(z.number()),
  image: z.exactOptional(z.string()).describe('Of the engine; not part of the identity'),
  engine_version: z.exactOptional(z.string()),
})
export type TrendPointRow = z.infer<typeof trendPointSchema>

export const trendSeriesSchema = z.strictObject({
  identity: trendIdentitySchema,
  points: z.array(trendPointSchema).describe('By time of capture'),
  verdict: z.enum(['change-shown', 'no-change-shown', 'too-few-points']),
  why: z.string(),
  noise: z.exactOptional(
    z.strictObject({
      ratio: z.number().nonnegative().describe('Deviation of one point: the larger of the two below'),
      neighboursRatio: z.number().nonnegative().describe('Median difference of neighbouring campaigns / (√2 × 0.6745)'),
      trialsRatio: z.exactOptional(z.number().nonnegative()).describe('Error of a point by its trials'),
    }),
  ),
  p: z.exactOptional(z.number().min(0).max(1)).describe('How often an order by chance holds as large a change'),
  change: z.exactOptional(
    z.strictObject({
      before: z.string().describe('Last campaign before it'),
      after: z.string().describe('First campaign after it'),
      effect: z.enum(['better', 'worse']),
      sizeRatio: z.number().describe('After over before - 1: 0.04 is 4 % more'),
      lowRatio: z.number(),
      highRatio: z.number(),
      shape: z.enum(['step', 'drift']).describe('Drift: a line fits better; its size is of the means on both sides'),
      autocorrelation: z.number().describe('Of neighbouring points besides the change; above 0 it widens the interval and raises p'),
    }),
  ),
})
export type TrendSeries = z.infer<typeof trendSeriesSchema>

export const lakeTrendSchema = z.strictObject({
  schema: z.literal('lake-trend/1'),
  sources: z.array(sourceSchema).describe('Objects that were read'),
  lake: z.string(),
  metric: z.enum(metrics),
  betterIs: z.enum(['higher', 'lower']),
  alpha: z.number().describe('Chance of any false alarm over all series that are judged, where campaigns are independent'),
  judged: count.describe('Series with enough points'),
  alphaEach: z.number().describe('alpha / judged (Bonferroni); alpha / series where none is'),
  leastPoints: count.describe('Fewest points in which a clean step can reach alphaEach'),
  series: z.array(trendSeriesSchema).describe('Changes first'),
  omitted: count.describe('Series beyond the limit; they were judged'),
  leftOut: z.array(z.strictObject({ why: z.string(), rows: count })).describe('Rows that are in no series'),
  next: nextLeverSchema,
})
export type LakeTrend = z.infer<typeof lakeTrendSchema>
