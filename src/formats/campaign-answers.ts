/** What the commands of campaigns return. */
import * as z from 'zod'
import { atlasRowSchema, cellStatusSchema } from './campaign.ts'
import { ledgerStatusSchema } from './ledger.ts'
import { nextLeverSchema, sourceSchema } from './source.ts'

const count = z.int().nonnegative()
const notes = z.array(z.string())

export const campaignInitSchema = z.strictObject({
  schema: z.literal('campaign-init/1'),
  sources: z.array(sourceSchema),
  campaign: z.string().describe('Its id: run, experiment, campaign and cluster label alike'),
  folder: z.string().describe('Relative to the working folder'),
  dryRun: z.boolean(),
  cells: z.array(z.string()),
  files: z.array(z.string()),
  notes,
})
export type CampaignInit = z.infer<typeof campaignInitSchema>

export const campaignImportSchema = z.strictObject({
  schema: z.literal('campaign-import/1'),
  sources: z.array(sourceSchema),
  campaign: z.string(),
  dryRun: z.boolean(),
  cells: z.array(
    z.strictObject({
      cell: z.string(),
      status: cellStatusSchema,
      missing: z.array(z.int().positive()).describe('Concurrencies that were asked for and have no valid row'),
      added: z.array(atlasRowSchema).describe('New rows'),
      present: count.describe('Rows that were there already'),
      written: z.array(z.string()).describe('Files of the cell that changed'),
      problem: z.exactOptional(z.string()),
    }),
  ),
  notes,
  next: nextLeverSchema,
})
export type CampaignImport = z.infer<typeof campaignImportSchema>

export const synthesisImportSchema = z.strictObject({
  schema: z.literal('campaign-import-synthesis/1'),
  sources: z.array(sourceSchema).describe('Relative to the bundle'),
  campaign: z.string(),
  dryRun: z.boolean(),
  synthesis: z.string().describe('Place in the bundle, and from now on in the campaign'),
  bundle: z.strictObject({ family: z.string(), run_id: z.string() }),
  focus: z.string(),
  sol_rigor: z.string(),
  rows: z.array(
    z.strictObject({
      rank: z.int().positive(),
      lever: z.string(),
      title: z.string(),
      status: ledgerStatusSchema,
      expected_effect: z.string(),
    }),
  ),
  settled: count.describe('Rows whose trial measured something: proven, refuted or null'),
  written: z.array(z.string()).describe('Files of the campaign that changed'),
  next: nextLeverSchema,
})
export type SynthesisImport = z.infer<typeof synthesisImportSchema>

export const tpmRowSchema = z.strictObject({
  cell_id: z.string(),
  operating_point: z.enum(['peak', 'sla']),
  basis: z.string().describe('How the point was chosen'),
  model: z.exactOptional(z.string()),
  hardware: z.exactOptional(z.string()),
  quant: z.exactOptional(z.string()),
  tensor_parallel: z.exactOptional(z.int()),
  parallel_strategy: z.exactOptional(z.string()),
  mtp: z.exactOptional(z.boolean()),
  gpus_per_node: z.int().positive(),
  concurrency: z.int().positive(),
  output_tpm: z.exactOptional(z.number().describe('Output tokens per minute of a node')),
  total_tpm: z.exactOptional(z.number()),
  ttft_avg_ms: z.exactOptional(z.number()),
  tpot_median_ms: z.exactOptional(z.number()),
  itl_avg_ms: z.exactOptional(z.number()),
  mean_isl: z.exactOptional(z.number()),
  mean_osl: z.exactOptional(z.number()),
  cache_mode: z.exactOptional(z.string()),
  usd_per_gpu_hour: z.exactOptional(z.number()),
  usd_per_1m_output_tokens: z.exactOptional(z.number()),
  usd_per_1m_total_tokens: z.exactOptional(z.number()),
  power_watts_per_gpu: z.exactOptional(z.number()),
  output_tokens_per_joule: z.exactOptional(z.number().describe('Tokens per second ÷ watts')),
})
export type TpmRow = z.infer<typeof tpmRowSchema>

export const campaignAggregateSchema = z.strictObject({
  schema: z.literal('campaign-aggregate/1'),
  sources: z.array(sourceSchema),
  campaign: z.string(),
  dryRun: z.boolean(),
  cells: z.array(
    z.strictObject({
      cell: z.string(),
      kind: z.enum(['bench', 'roofline']),
      status: z.union([cellStatusSchema, z.literal('planned')]),
      runs: count,
      invalid: count.describe('Runs that prove nothing'),
      points: z.array(z.int().positive()).describe('Concurrencies'),
      leastTrials: z.exactOptional(z.int().positive().describe('Of any point')),
      problem: z.exactOptional(z.string()),
    }),
  ),
  points: z.array(atlasRowSchema).describe('atlas.jsonl'),
  tpm: z.array(tpmRowSchema),
  unreadable: z.array(z.strictObject({ path: z.string(), reason: z.string() })),
  written: z.array(z.string()),
  notes,
  next: nextLeverSchema,
})
export type CampaignAggregate = z.infer<typeof campaignAggregateSchema>
