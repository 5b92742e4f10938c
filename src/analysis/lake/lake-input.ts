/** What the tables of a campaign are made of. */
import type { Hardware } from '#analysis/ceilings.ts'
import type { TpmRow } from '#formats/campaign-answers.ts'
import type { ChampionSelect } from '#formats/champion.ts'
import type { DecodeBudget } from '#formats/decode-budget.ts'
import type { LakeRow } from '#formats/lake/tables.ts'
import type { LedgerRow } from '#formats/ledger.ts'
import type { TrialJudgement } from '#formats/trial.ts'
import type { Campaign } from '#model/campaign.ts'

export interface FileOf<T> {
  /** Relative to the campaign. */
  readonly path: string
  readonly sha256: string
  readonly value: T
}

export interface LedgerContent {
  readonly rows: readonly LedgerRow[]
  readonly focus?: string
  readonly bundle?: { readonly family: string; readonly run_id: string }
}

export interface ReportStatus {
  readonly omitted_pages?: readonly string[]
  readonly partial_pages?: readonly string[]
  readonly plot_ready_points?: number
}

export interface LakeInput {
  readonly campaign: Campaign
  readonly tpm: readonly TpmRow[]
  readonly champion?: ChampionSelect
  readonly ledgers: readonly FileOf<LedgerContent>[]
  readonly verdicts: readonly FileOf<TrialJudgement>[]
  readonly budgets: readonly (FileOf<DecodeBudget> & { readonly cell: string })[]
  readonly status?: ReportStatus
  readonly configSha256: string
  readonly sourceSha256?: string
  readonly ceilingsSha256: string
  /** Peaks by a hardware’s key or name; undefined where it is of no known hardware: never another’s (trap H9). */
  readonly hardwareOf: (given: string) => Hardware | undefined
  /** Start of the first run. */
  readonly capturedAtUtc: string
}

export type Rows = ReadonlyMap<string, readonly LakeRow[]>

/** Microseconds since 1970. */
export const microseconds = (utc: string): number => Date.parse(utc) * 1000

/** Lists of names in one column; empty is null, not ''. */
export const joined = (values: readonly string[] | undefined | null): string | null =>
  values === undefined || values === null || values.length === 0 ? null : [...values].join(',')
