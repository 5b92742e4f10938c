/** What a report is made of, whether it comes from a campaign or from an evidence bundle. */
import type { Ceiling } from '#analysis/ceilings.ts'
import type { TpmRow } from '#formats/campaign-answers.ts'
import type { ChampionSelect } from '#formats/champion.ts'
import type { DecodeBudget } from '#formats/decode-budget.ts'
import type { Finding } from '#formats/findings.ts'
import type { LedgerRow } from '#formats/ledger.ts'
import type { Provenance } from '#formats/provenance.ts'
import type { ReportPage } from '#formats/report.ts'
import type { SourceReference } from '#formats/source.ts'
import type { Synthesis } from '#formats/synthesis.ts'
import type { CampaignCell } from '#model/campaign.ts'

/** Peaks of one hardware, per device that software sees. */
export interface DevicePeaks {
  readonly name: string
  readonly memory?: Ceiling
  /** Dense peaks of the matrix units, by data type. */
  readonly compute: readonly { readonly dtype: string; readonly ceiling: Ceiling }[]
  /** In base units (bytes/s, FLOP/s) per device. */
  perSecond(ceiling: Ceiling): number | undefined
}

export interface ReportSubject {
  readonly id: string
  readonly kind: 'campaign' | 'bundle'
  readonly title: string
  readonly question?: string
  readonly focus?: 'latency' | 'throughput' | 'mixed' | 'accuracy' | 'cost'
  readonly standing: 'draft' | 'verdict'
  readonly cells: readonly CampaignCell[]
  readonly provenance?: Provenance
  readonly tpm: readonly TpmRow[]
  readonly champion?: ChampionSelect
  readonly synthesis?: Synthesis
  /** Rows as trials left them; those of the synthesis are as it proposed them. */
  readonly ledger: readonly LedgerRow[]
  readonly findings: readonly Finding[]
  readonly budgets: readonly { readonly name: string; readonly budget: DecodeBudget }[]
  /** Undefined where the name is of no known hardware: then nothing is held against a ceiling (trap H9). */
  peaks(hardware: string): DevicePeaks | undefined
  readonly categoryCeilings: Readonly<Record<string, { readonly metric: string; readonly bound: 'bandwidth' | 'compute' }>>
  readonly sources: readonly SourceReference[]
  readonly notes: readonly string[]
}

/** A page, or why there is none. */
export type PageAnswer = { readonly page: ReportPage } | { readonly absent: string }

export const absent = (reason: string): PageAnswer => ({ absent: reason })

/** Cells that loads were driven against: roofline shards are none (trap H8). */
export const arms = ({ cells }: Pick<ReportSubject, 'cells'>): readonly CampaignCell[] => cells.filter(({ kind }) => kind === 'bench')

/** Which hardware a cell ran on: what counters say, then what config.yaml says. */
export const hardwareOf = (cell: CampaignCell): string | undefined =>
  cell.ncu?.hw_key ?? cell.dcgm?.hardware.key ?? cell.roofline?.hw_key ?? cell.config?.hardware ?? cell.kernels?.per_gpu[0]?.gpu_name
