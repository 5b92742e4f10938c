/**
 * Levers that a trial proved, as arms: the cell that ran one is that lever's arm; one that no cell ran is an arm without data, because what
 * a trial measured elsewhere is no figure of this campaign. What another source proved is no arm at all (trap H16).
 */
import { provenanceMatch } from '#analysis/value/provenance-match.ts'
import type { ChampionArm, ChampionSelect } from '#formats/champion.ts'
import type { LedgerRow } from '#formats/ledger.ts'
import type { Campaign, CampaignCell } from '#model/campaign.ts'

export interface ProvenLever {
  readonly row: LedgerRow
  readonly from: string
}

type Arm = Omit<ChampionArm, 'is_recommended'>

const leverOf = ({ row: { lever, title, outcome } }: ProvenLever): NonNullable<ChampionArm['lever']> => ({
  id: lever,
  title,
  ...(outcome === undefined ? {} : { trial: outcome.trial }),
  ...(outcome?.measured === undefined ? {} : { measured: outcome.measured }),
})

/** A variant names its lever, by id or whole, or by the change as the trial's plan names its arm. */
function isArmOf({ rows, config }: CampaignCell, { lever, change }: LedgerRow): boolean {
  const names = new Set([lever, lever.split(' ')[0], change.summary])
  return [config?.variant_key, ...rows.map(({ variant_key: key }) => key)].some((key) => typeof key === 'string' && names.has(key))
}

const percent = (ratio: number): string => `${ratio > 0 ? '+' : ''}${(100 * ratio).toFixed(1)} %`

function emptyArm(proven: ProvenLever, at: number): Arm {
  const { lever, outcome } = proven.row
  const measured = outcome?.measured === undefined ? '' : ` (${percent(outcome.measured)})`
  return {
    cell_id: lever,
    is_baseline: false,
    verdict: 'NO-DATA',
    why: `proven by ${outcome === undefined ? 'a trial' : `the trial ${outcome.trial}`}${measured}, but no cell ran it at concurrency ${at}: sextant campaign import-trial`,
    sol_rigor: 'none',
    l1_present: false,
    l2_present: false,
    l3_present: false,
    l4_present: false,
    lever: leverOf(proven),
  }
}

export interface LeverArms {
  readonly arms: readonly Arm[]
  readonly proven: ChampionSelect['proven_levers']
  readonly notes: readonly string[]
}

/** @param arms of the cells. Rows that are not PROVEN are left out. */
export function withLevers(arms: readonly Arm[], campaign: Campaign, at: number, ledger: readonly ProvenLever[]): LeverArms {
  const proven = ledger.filter(({ row }) => row.status === 'PROVEN')
  const isForeign = ({ row }: ProvenLever): boolean =>
    row.source_refs.length > 0 && provenanceMatch(row.source_refs, campaign.provenance?.source) === 'mismatch'
  const own = proven.filter((each) => !isForeign(each))
  const cellOf = ({ row }: ProvenLever): string | undefined => campaign.cells.find((cell) => isArmOf(cell, row))?.id
  const byCell = new Map(own.flatMap((each) => (cellOf(each) === undefined ? [] : [[cellOf(each), each] as const])))
  const marked = arms.map((arm): Arm => {
    const lever = byCell.get(arm.cell_id)
    return lever === undefined ? arm : { ...arm, lever: leverOf(lever) }
  })
  return {
    arms: [...marked, ...own.filter((each) => cellOf(each) === undefined).map((each) => emptyArm(each, at))],
    proven: own.map((each) => {
      const { id, ...rest } = leverOf(each)
      return { lever: id, ...rest, from: each.from }
    }),
    notes: proven
      .filter(isForeign)
      .map(
        ({ row }) =>
          `cross-tier defect: ${row.lever} was proven of ${row.source_refs.map(({ repo, commit, delivery }) => `${repo} ${commit.slice(0, 12)} by ${delivery}`).join(', ')}, which is not what this campaign measured: it is no arm`,
      ),
  }
}
