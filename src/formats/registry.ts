/** Every format that is written or returned, one line each. A change of shape is a new integer, an upgrader and a kept old file. */
import type { z } from 'zod'
import { analysisSchema } from './analysis.ts'
import { baselineDiffSchema } from './baseline-diff.ts'
import { baselineBridgeSchema, baselineRecordSchema, baselineSweepSchema } from './baseline-record.ts'
import { benchResultSchema } from './bench-result.ts'
import { atlasRowSchema, campaignConfigSchema, campaignVerdictSchema, cellImportsSchema, rooflineSweepSchema } from './campaign.ts'
import { campaignAggregateSchema, campaignImportSchema, campaignInitSchema, synthesisImportSchema } from './campaign-answers.ts'
import { ceilingsSchema } from './ceilings.ts'
import { championSelectSchema } from './champion.ts'
import { dcgmCorrelateSchema, dcgmFreezeSchema, dcgmSummarySchema } from './dcgm-correlate.ts'
import { dcgmCorrelationSchema } from './dcgm-correlation.ts'
import { dcgmFrozenSchema } from './dcgm-frozen.ts'
import { dcgmProbeSchema } from './dcgm-probe.ts'
import { decodeBudgetSchema } from './decode-budget.ts'
import { deploymentSchema } from './deployment.ts'
import { digestSchema } from './digest.ts'
import { driveCleanSchema, driveResultSchema, driveSchema } from './drive-result.ts'
import { errorSchema } from './error.ts'
import { evidenceChangeSchema, evidenceInitSchema, evidenceVerifySchema } from './evidence.ts'
import { evidenceManifestSchema } from './evidence-manifest.ts'
import { findingsDiffSchema, findingsRecordSchema, findingsRenderSchema } from './findings.ts'
import { formatListSchema } from './format-list.ts'
import { gatesSchema } from './gates.ts'
import { inferencePerfbenchSchema } from './inference-perfbench.ts'
import { joinSchema } from './join.ts'
import { kernelExportSchema } from './kernel-export.ts'
import { kernelSummarySchema } from './kernel-summary.ts'
import { kernelsJsonSchema } from './kernels-json.ts'
import { lakeCommitSchema, lakePublishSchema, lakeQuerySchema, lakeVerifySchema } from './lake/lake-answers.ts'
import { lakeTrendSchema } from './lake/lake-trend.ts'
import { calibrationSchema, ledgerSchema } from './ledger.ts'
import { ledgerVerifySchema } from './ledger-verify.ts'
import { metricsSchema } from './metrics.ts'
import { ncuKernelsJsonSchema } from './ncu-kernels-json.ts'
import { ncuSummarySchema } from './ncu-summary.ts'
import { perfBaselineSchema } from './perf-baseline.ts'
import { provenanceSchema } from './provenance.ts'
import { reportRenderSchema, reportSchema, reportStatusSchema } from './report.ts'
import { rooflineSchema } from './roofline.ts'
import { searchEvidenceSchema, searchRunbooksSchema } from './search.ts'
import { simEngineSchema } from './sim-engine.ts'
import { synthesisSchema } from './synthesis.ts'
import { timelineSummarySchema } from './timeline-summary.ts'
import { trialJudgementSchema, trialPlanSchema, trialRunSchema, trialStateSchema } from './trial.ts'
import { valueFindingsSchema, valueViewSchema } from './value-view.ts'
import { whatIfSchema } from './what-if.ts'

export interface RegisteredFormat {
  /** `name/integer`, or the name that the field already uses. */
  readonly schema: string
  readonly title: string
  readonly use: 'returned' | 'persisted'
  readonly shape: z.ZodObject
}

export const formatRegistry: readonly RegisteredFormat[] = [
  { schema: 'baseline-bridge/1', title: 'What `sextant baseline bridge` returns', use: 'returned', shape: baselineBridgeSchema },
  { schema: 'baseline-diff/1', title: 'What `sextant baseline diff` returns', use: 'returned', shape: baselineDiffSchema },
  { schema: 'baseline-record/1', title: 'What `sextant baseline record` returns', use: 'returned', shape: baselineRecordSchema },
  { schema: 'baseline-sweep/1', title: 'What `sextant baseline sweep` returns', use: 'returned', shape: baselineSweepSchema },
  {
    schema: 'perf_baseline_v1',
    title: 'baseline.json of a registry entry, as the field writes it',
    use: 'persisted',
    shape: perfBaselineSchema,
  },
  { schema: 'error/1', title: 'Operational error, as every door answers it', use: 'returned', shape: errorSchema },
  { schema: 'findings-diff/1', title: 'What `sextant findings diff` returns', use: 'returned', shape: findingsDiffSchema },
  { schema: 'findings-record/1', title: 'What `sextant findings record` returns', use: 'returned', shape: findingsRecordSchema },
  { schema: 'findings-render/1', title: 'What `sextant findings render` returns', use: 'returned', shape: findingsRenderSchema },
  { schema: 'search-evidence/1', title: 'What `sextant search evidence` returns', use: 'returned', shape: searchEvidenceSchema },
  { schema: 'search-runbooks/1', title: 'What `sextant search runbooks` returns', use: 'returned', shape: searchRunbooksSchema },
  { schema: 'format-list/1', title: 'What `sextant formats` returns', use: 'returned', shape: formatListSchema },
  { schema: 'timeline-summary/1', title: 'What `sextant timeline` returns', use: 'returned', shape: timelineSummarySchema },
  { schema: 'kernel-summary/1', title: 'What `sextant kernels` returns', use: 'returned', shape: kernelSummarySchema },
  { schema: 'gates/1', title: 'What `sextant gates` returns', use: 'returned', shape: gatesSchema },
  {
    schema: 'deployment/1',
    title: 'What is served, by which engine, with which arguments, on what',
    use: 'persisted',
    shape: deploymentSchema,
  },
  {
    schema: 'ledger/1',
    title: '`findings/ledger.json` of a bundle: every row and what became of it',
    use: 'persisted',
    shape: ledgerSchema,
  },
  { schema: 'ledger-calibration/1', title: 'What `sextant ledger calibration` returns', use: 'returned', shape: calibrationSchema },
  { schema: 'ledger-verify/1', title: 'What `sextant verify` returns', use: 'returned', shape: ledgerVerifySchema },
  { schema: 'synthesis/1', title: 'One reconciled picture of a bundle and its ledger of levers', use: 'persisted', shape: synthesisSchema },
  { schema: 'evidence_manifest/1', title: '`manifest.json` of an evidence bundle', use: 'persisted', shape: evidenceManifestSchema },
  { schema: 'evidence-init/1', title: 'What `sextant evidence init` returns', use: 'returned', shape: evidenceInitSchema },
  { schema: 'evidence-change/1', title: 'What `sextant evidence add` and `seal` return', use: 'returned', shape: evidenceChangeSchema },
  { schema: 'evidence-verify/1', title: 'What `sextant evidence verify` returns', use: 'returned', shape: evidenceVerifySchema },
  { schema: 'trial-plan/1', title: '`plan.json` of a trial', use: 'persisted', shape: trialPlanSchema },
  { schema: 'trial-run/1', title: 'Record of one run of a trial', use: 'persisted', shape: trialRunSchema },
  { schema: 'trial-state/1', title: 'What `sextant trial plan`, `run` and `record` return', use: 'returned', shape: trialStateSchema },
  {
    schema: 'trial-verdict/1',
    title: 'What `sextant trial judge` returns, and `verdict.json`',
    use: 'persisted',
    shape: trialJudgementSchema,
  },
  { schema: 'what-if/1', title: 'What `sextant what-if` returns', use: 'returned', shape: whatIfSchema },
  { schema: 'dcgm-probe/1', title: 'What `sextant dcgm probe` returns', use: 'returned', shape: dcgmProbeSchema },
  { schema: 'decode-budget/1', title: 'What `sextant decode-budget` returns', use: 'returned', shape: decodeBudgetSchema },
  { schema: 'analysis/1', title: 'What `sextant analyze` returns', use: 'returned', shape: analysisSchema },
  { schema: 'digest/1', title: 'What `sextant digest` returns', use: 'returned', shape: digestSchema },
  { schema: 'ncu-summary/1', title: 'What `sextant ncu` returns', use: 'returned', shape: ncuSummarySchema },
  { schema: 'campaign-init/1', title: 'What `sextant campaign init` returns', use: 'returned', shape: campaignInitSchema },
  { schema: 'campaign-import/1', title: 'What `sextant campaign import` and its kin return', use: 'returned', shape: campaignImportSchema },
  {
    schema: 'campaign-import-synthesis/1',
    title: 'What `sextant campaign import-synthesis` returns',
    use: 'returned',
    shape: synthesisImportSchema,
  },
  { schema: 'campaign-aggregate/1', title: 'What `sextant campaign aggregate` returns', use: 'returned', shape: campaignAggregateSchema },
  {
    schema: 'campaign_config',
    title: 'config.yaml of a campaign, as the field writes it',
    use: 'persisted',
    shape: campaignConfigSchema,
  },
  { schema: 'atlas_row', title: 'A row of normalized.json and atlas.jsonl of a campaign', use: 'persisted', shape: atlasRowSchema },
  { schema: 'roofline_sweep_points_v1', title: 'roofline_sweep.json of a campaign cell', use: 'persisted', shape: rooflineSweepSchema },
  { schema: 'campaign_cell_imports/1', title: 'import.json of a campaign cell', use: 'persisted', shape: cellImportsSchema },
  {
    schema: 'campaign_verdict',
    title: 'verdict.json of a campaign, as the field writes it',
    use: 'persisted',
    shape: campaignVerdictSchema,
  },
  {
    schema: 'experiment_provenance_v1',
    title: 'Where an experiment comes from: fenced YAML in SOURCE.md, and provenance.json',
    use: 'persisted',
    shape: provenanceSchema,
  },
  { schema: 'champion_select_v1', title: 'champion_select.json of a campaign', use: 'persisted', shape: championSelectSchema },
  {
    schema: 'value_findings',
    title: 'Registry of value findings, as people write it (YAML)',
    use: 'persisted',
    shape: valueFindingsSchema,
  },
  { schema: 'value-view/1', title: 'What `sextant value-view` returns', use: 'returned', shape: valueViewSchema },
  { schema: 'lake-commit/1', title: 'Commit object that makes a campaign visible in a lake', use: 'persisted', shape: lakeCommitSchema },
  { schema: 'lake-publish/1', title: 'What `sextant lake publish` returns', use: 'returned', shape: lakePublishSchema },
  { schema: 'lake-query/1', title: 'What `sextant lake query` returns', use: 'returned', shape: lakeQuerySchema },
  { schema: 'lake-trend/1', title: 'What `sextant lake trend` returns', use: 'returned', shape: lakeTrendSchema },
  { schema: 'lake-verify/1', title: 'What `sextant lake verify` returns', use: 'returned', shape: lakeVerifySchema },
  { schema: 'report/1', title: 'report.json: a campaign or bundle as pages, figures as data', use: 'persisted', shape: reportSchema },
  { schema: 'report_status_v1', title: 'report_status.json, as the field writes it', use: 'persisted', shape: reportStatusSchema },
  { schema: 'report-render/1', title: 'What `sextant report render` returns', use: 'returned', shape: reportRenderSchema },
  { schema: 'ceilings/1', title: 'What `sextant ceilings` returns', use: 'returned', shape: ceilingsSchema },
  { schema: 'bench-result/1', title: 'What `sextant bench-result` returns', use: 'returned', shape: benchResultSchema },
  { schema: 'metrics/1', title: 'What `sextant metrics` returns', use: 'returned', shape: metricsSchema },
  { schema: 'dcgm-correlate/1', title: 'What `sextant dcgm correlate` returns', use: 'returned', shape: dcgmCorrelateSchema },
  { schema: 'dcgm-freeze/1', title: 'What `sextant dcgm freeze` returns', use: 'returned', shape: dcgmFreezeSchema },
  { schema: 'dcgm-summary/1', title: 'What `sextant dcgm summary` returns', use: 'returned', shape: dcgmSummarySchema },
  { schema: 'dcgm-correlation/1', title: 'dcgm_correlation.json of a campaign cell', use: 'persisted', shape: dcgmCorrelationSchema },
  { schema: 'dcgm_frozen_v1', title: 'DCGM averages over a window, frozen (YAML)', use: 'persisted', shape: dcgmFrozenSchema },
  {
    schema: 'inference_perfbench_v1',
    title: 'What a serving benchmark measured, per concurrency, as the field exchanges it',
    use: 'persisted',
    shape: inferencePerfbenchSchema,
  },
  { schema: 'kernel-export/1', title: 'What `sextant export-kernels` returns', use: 'returned', shape: kernelExportSchema },
  { schema: 'kernels_json', title: 'kernels.json of a campaign cell, as the field writes it', use: 'persisted', shape: kernelsJsonSchema },
  { schema: 'join/1', title: 'What `sextant join` returns', use: 'returned', shape: joinSchema },
  { schema: 'roofline/1', title: 'What `sextant roofline` returns', use: 'returned', shape: rooflineSchema },
  { schema: 'sim-engine/1', title: 'What `sextant sim engine` returns', use: 'returned', shape: simEngineSchema },
  {
    schema: 'ncu_kernels_json',
    title: 'ncu_kernels.json of a campaign cell, as the field writes it',
    use: 'persisted',
    shape: ncuKernelsJsonSchema,
  },
  { schema: 'drive/1', title: 'What `sextant drive` returns', use: 'returned', shape: driveSchema },
  { schema: 'drive-result/1', title: 'Result of the load driver', use: 'persisted', shape: driveResultSchema },
  { schema: 'drive-clean/1', title: 'What `sextant drive clean` returns', use: 'returned', shape: driveCleanSchema },
]
