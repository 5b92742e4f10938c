/**
 * What stands behind a cell's figures (facts/formats.md section 11), from content, never from the presence of a file (trap H1): an empty list
 * of kernels proves nothing.
 */
import type { Campaign, CampaignCell } from '#model/campaign.ts'

export interface CellRigor {
  /** Shares of samples or of kernel time. */
  readonly l1: boolean
  /** Categories with bytes or FLOPs of their own. */
  readonly l2: boolean
  /** DCGM measured something against a ceiling. */
  readonly l3: boolean
  /** Counted work of kernels. */
  readonly l4: boolean
}

export type Rigor = 'L1' | 'L2' | 'L3' | 'L4' | 'none'

export function cellRigor({ kernels, ncu, dcgm, roofline }: CampaignCell): CellRigor {
  return {
    l1: kernels?.top_kernels.some(({ samples }) => samples > 0) === true,
    l2: dcgm?.attribution?.state === 'reconciled',
    l3:
      dcgm?.resources.some(({ standing, sol_pct }) => standing !== 'not-usable' && sol_pct !== null) === true ||
      roofline?.points.some(({ dram_active, is_steady }) => typeof dram_active === 'number' && is_steady === true) === true,
    l4:
      ncu?.kernels.some(
        ({ arithmetic_intensity_flops_per_byte, achieved_dram_pct_peak, achieved_tflops }) =>
          typeof (arithmetic_intensity_flops_per_byte ?? achieved_dram_pct_peak ?? achieved_tflops) === 'number',
      ) === true,
  }
}

/** The highest level; of a campaign L2 is never said (facts: it is emitted per row only). */
export const rigorLevel = ({ l1, l2, l3, l4 }: CellRigor): Rigor => (l4 ? 'L4' : l3 ? 'L3' : l2 ? 'L2' : l1 ? 'L1' : 'none')

export interface CampaignRigor {
  readonly sol_rigor: Exclude<Rigor, 'L2'>
  readonly sol_complete: boolean
  readonly dcgm_grounded: boolean
  /** Every arm with a point has something behind it. */
  readonly sol_per_arm_complete: boolean
  readonly arms_uncovered: readonly string[]
}

export function campaignRigor({ cells }: Pick<Campaign, 'cells'>): CampaignRigor {
  const all = cells.map((cell) => ({ cell, rigor: cellRigor(cell) }))
  const any = (level: keyof CellRigor) => all.some(({ rigor }) => rigor[level])
  const arms = cells.filter(({ kind, points }) => kind === 'bench' && points.length > 0)
  const uncovered = arms
    .filter(({ id }) => !all.some(({ cell, rigor }) => cell.arm === id && rigorLevel(rigor) !== 'none'))
    .map(({ id }) => id)
  return {
    sol_rigor: any('l4') ? 'L4' : any('l3') ? 'L3' : any('l1') ? 'L1' : 'none',
    sol_complete: any('l1') || any('l3') || any('l4'),
    dcgm_grounded: any('l3'),
    sol_per_arm_complete: arms.length > 0 && uncovered.length === 0,
    arms_uncovered: uncovered,
  }
}
