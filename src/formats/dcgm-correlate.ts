/** What `dcgm correlate`, `dcgm freeze` and `dcgm summary` return. */
import * as z from 'zod'
import { dcgmCorrelationSchema } from './dcgm-correlation.ts'
import { dcgmFrozenSchema } from './dcgm-frozen.ts'
import { sourceSchema } from './source.ts'

export const dcgmQuerySchema = z.strictObject({
  promql: z.string().describe('Instant query: raw samples'),
  time_utc: z.string(),
  time_s: z.number().describe('The parameter `time`'),
  file: z.string().describe('Name under which --responses looks for the answer'),
  quantity: z.string(),
})
export type DcgmQuery = z.infer<typeof dcgmQuerySchema>

export const dcgmCorrelateSchema = z.object({
  schema: z.literal('dcgm-correlate/1'),
  sources: z.array(sourceSchema),
  dryRun: z.boolean(),
  queries: z.exactOptional(z.array(dcgmQuerySchema).describe('Rehearsal: what would be asked')),
  window: z.exactOptional(z.object({ startUtc: z.string(), endUtc: z.string(), chosenBy: z.string() })),
  selector: z.exactOptional(z.string()),
  correlation: z.exactOptional(dcgmCorrelationSchema),
  written: z.array(z.string()).describe('Files of the cell'),
})
export type DcgmCorrelate = z.infer<typeof dcgmCorrelateSchema>

export const dcgmFreezeSchema = z.object({
  schema: z.literal('dcgm-freeze/1'),
  sources: z.array(sourceSchema),
  frozen: dcgmFrozenSchema,
  written: z.exactOptional(z.string()),
})
export type DcgmFreeze = z.infer<typeof dcgmFreezeSchema>

export const dcgmSummarySchema = z.object({
  schema: z.literal('dcgm-summary/1'),
  sources: z.array(sourceSchema),
  rows: z.array(
    z.object({
      cell: z.string(),
      hwKey: z.string(),
      gpus: z.int().nonnegative(),
      windowS: z.number().positive(),
      hbmPct: z.exactOptional(z.number()),
      tensorActivePct: z.exactOptional(z.number()),
      nvlinkPct: z.exactOptional(z.number()),
      pciePct: z.exactOptional(z.number()),
      powerW: z.exactOptional(z.number()),
      outputTokensPerJoule: z.exactOptional(z.number()),
      warnings: z.int().nonnegative(),
      source: z.string().describe('The correlation file, relative to the campaign'),
    }),
  ),
  cellsWithout: z.array(z.string()).describe('Cells without a correlation'),
  markdown: z.string(),
  written: z.exactOptional(z.string()),
})
export type DcgmSummary = z.infer<typeof dcgmSummarySchema>
