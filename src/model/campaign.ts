/** A campaign as it was read: what was meant, what was measured, what could not be read, and the files that all of it comes from. */
import type {
  AtlasRow,
  CampaignCellConfig,
  CampaignConfig,
  CampaignVerdict,
  CellImports,
  CellQuality,
  CellStatus,
  RooflineSweep,
} from '#formats/campaign.ts'
import type { DcgmCorrelation } from '#formats/dcgm-correlation.ts'
import type { KernelsJson } from '#formats/kernels-json.ts'
import type { NcuKernelsJson } from '#formats/ncu-kernels-json.ts'
import type { Provenance } from '#formats/provenance.ts'
import type { SourceReference } from '#formats/source.ts'

export interface CampaignCell {
  readonly id: string
  /** The cell of config.yaml that this belongs to: of `<id>-decode` and `<id>-prefill` it is `<id>`. */
  readonly arm: string
  /** Roofline sweeps are shards of an arm: their rows belong to the roofline page and nowhere else (trap H8). */
  readonly kind: 'bench' | 'roofline'
  /** Absent where config.yaml does not name the arm. */
  readonly config?: CampaignCellConfig
  /** `planned`: in config.yaml, and nothing of it is there yet. */
  readonly status: CellStatus | 'planned'
  readonly problem?: CellImports['problem']
  readonly imports: CellImports['imports']
  /** A row per run, nulls dropped; valid and invalid ones. */
  readonly rows: readonly AtlasRow[]
  /** A row per point over its valid runs: medians, with `trials` and `spread`. Sorted by concurrency. */
  readonly points: readonly AtlasRow[]
  readonly kernels?: KernelsJson
  readonly ncu?: NcuKernelsJson
  readonly dcgm?: DcgmCorrelation
  readonly roofline?: RooflineSweep
  readonly quality?: CellQuality
  /** Tools whose artifacts are declared in capture_sources.json. */
  readonly capturedSources: readonly string[]
  /** Files that are there and cannot be used, with the reason. */
  readonly unreadable: readonly { readonly path: string; readonly reason: string }[]
}

export interface Campaign {
  readonly id: string
  readonly config: CampaignConfig
  readonly provenance?: Provenance
  readonly verdict?: CampaignVerdict
  /** Sorted by id. */
  readonly cells: readonly CampaignCell[]
  /** Every file read, relative to the campaign, sorted. */
  readonly sources: readonly SourceReference[]
  readonly notes: readonly string[]
}
