/** A row from the record of a trial's run, where the result itself is in no format that is read. */
import type { AtlasFigure, AtlasRow, CampaignCellConfig } from '#formats/campaign.ts'
import type { TrialRun } from '#formats/trial.ts'
import { rowFacts } from './row-facts.ts'

export interface RecordedIdentity {
  readonly campaign: string
  readonly cell: string
  readonly config?: CampaignCellConfig
  readonly trial: string
  readonly source: string
  /** Of the plan: a trial measures one point. */
  readonly concurrency: number
}

export function recordedRow(run: TrialRun, about: RecordedIdentity): { readonly row: AtlasRow; readonly notes: readonly string[] } {
  const { facts, gpus, notes } = rowFacts(about.config, [], about.source)
  const { values } = run
  const output = values['output-throughput']
  const found: readonly (readonly [AtlasFigure, { value: number; definition: string } | undefined])[] = [
    ['tpot_median_ms', values['tpot-median']],
    ['ttft_median_ms', values['ttft-median']],
    ['request_throughput_avg', values['request-throughput']],
    [
      'output_tps_per_gpu',
      output === undefined || gpus === undefined ? undefined : { value: output.value / gpus, definition: output.definition },
    ],
  ]
  const figures = found.flatMap(([key, each]) => (each === undefined ? [] : [[key, each] as const]))
  return {
    row: {
      campaign_id: about.campaign,
      cell_id: about.cell,
      ...facts,
      concurrency: about.concurrency,
      ...Object.fromEntries(figures.map(([key, { value }]) => [key, value])),
      definitions: Object.fromEntries(figures.map(([key, { definition }]) => [key, definition])),
      ...(run.outputTokensMean === undefined ? {} : { mean_output_tokens: run.outputTokensMean }),
      ...(run.requests === undefined ? {} : { requests: run.requests }),
      ...(run.failed === undefined ? {} : { errors: run.failed }),
      ...(run.started_at_utc === undefined ? {} : { captured_at: run.started_at_utc }),
      ...(gpus === undefined ? {} : { n_gpus: gpus }),
      trial: about.trial,
      raw_sha256: run.artifact.sha256,
    },
    notes: [...notes, `${about.source}: figures of the trial's record, the result is in no format that is read`],
  }
}
