import * as z from 'zod'
import { lakeTrendSchema, type TrendMetric, trendMetrics } from '#formats/lake/lake-trend.ts'
import { trendLake } from '#pipeline/lake/trend.ts'
import { defineCommand } from './define-command.ts'
import { lakeInput, openedLake } from './framework/lake-input.ts'
import { limited, limitInput } from './framework/limit.ts'
import { lakeTrendText } from './text/lake-trend-text.ts'

const metrics = Object.keys(trendMetrics) as [TrendMetric, ...TrendMetric[]] // its keys

export const command = defineCommand({
  name: 'lake trend',
  summary: 'Has a metric changed over the published campaigns, beyond what noise explains? Change-points with size, interval and campaigns',
  effect: 'read_only',
  input: z.object({
    metric: z.enum(metrics).default('output_tps_per_gpu').describe('Column of atlas_v1'),
    model: z.string().optional().describe('Only this model'),
    hardware: z.string().optional().describe('Only this hardware'),
    cell: z.string().optional().describe('Only this arm'),
    concurrency: z
      .number()
      .int()
      .min(1)
      .optional()
      .describe('Only this concurrency. Fewer series need fewer points; choose before looking'),
    ...lakeInput,
    limit: limitInput,
  }),
  output: lakeTrendSchema,
  examples: [
    { title: 'has throughput changed since the first campaign?', args: ['--lake', 'examples/lake'] },
    {
      title: 'has the time per token of one arm?',
      args: ['--metric', 'tpot_median_ms', '--cell', 'tp8', '--concurrency', '32', '--lake', 'examples/lake'],
    },
  ],
  async run(context, { metric, model, hardware, cell, concurrency, limit, ...where }) {
    const { series, ...trend } = await trendLake({ lake: openedLake(context, where), metric, model, hardware, cell, concurrency })
    const { rows, omitted } = limited(series, limit)
    return { schema: 'lake-trend/1' as const, ...trend, series: [...rows], omitted }
  },
  render: lakeTrendText,
})
