/** Is a cell full, partial or failed? Decided by what was asked for and what was validly measured, never by what a script printed. */
import type { AtlasRow, CampaignCellConfig, CellStatus } from '#formats/campaign.ts'

export interface CellStanding {
  readonly status: CellStatus
  /** Concurrencies that were asked for and have no valid row. */
  readonly missing: readonly number[]
}

export function cellStanding(config: CampaignCellConfig | undefined, rows: readonly AtlasRow[]): CellStanding {
  const measured = new Set(rows.filter(({ invalid }) => (invalid?.length ?? 0) === 0).map(({ concurrency }) => concurrency))
  const missing = (config?.concurrencies ?? []).filter((concurrency) => !measured.has(concurrency)).sort((a, b) => a - b)
  if (measured.size === 0) return { status: 'failed', missing }
  return { status: missing.length === 0 ? 'full' : 'partial', missing }
}
