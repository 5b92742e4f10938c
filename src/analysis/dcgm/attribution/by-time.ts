/**
 * Where only shares of time are known. Bytes by time give every category the same bandwidth by construction (facts/dcgm.md section 6.1):
 * the table says that it distributes the total, and has neither bandwidth nor %SoL (trap E2).
 */
import type { DcgmAttribution, DcgmCategory } from '#formats/dcgm-correlation.ts'
import { emptyRow } from './by-counters.ts'

export interface TimeShare {
  readonly category: string
  readonly ratio: number
}

export interface TimeAttribution {
  readonly categories: readonly DcgmCategory[]
  readonly attribution: DcgmAttribution
}

/** @param what the shares are of: `samples`, `kernel time`. */
export function attributeByTime(shares: readonly TimeShare[], what: string, measuredBytes: number | undefined): TimeAttribution {
  const categories = shares
    .map(({ category, ratio }) => ({
      ...emptyRow(category),
      time_share_pct: ratio * 100,
      attributed_bytes_total: measuredBytes === undefined ? null : measuredBytes * ratio,
    }))
    .sort((a, b) => b.time_share_pct - a.time_share_pct || (a.category < b.category ? -1 : 1))
  return {
    categories,
    attribution: {
      basis: 'time-share',
      measured_bytes_total: measuredBytes ?? null,
      attributed_bytes_total: measuredBytes ?? null,
      residual_bytes: null,
      residual_pct: null,
      state: 'cannot-rank',
      notes: [
        `shares of ${what} distribute the total: no observation could contradict the result, so it has no bandwidth and no %SoL per category`,
        'for figures per category give the launches (--timeline) and what one launch moves (--counters)',
      ],
    },
  }
}
