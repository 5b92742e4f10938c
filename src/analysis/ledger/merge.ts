/** What a new synthesis makes of an older ledger: rows that were tried keep their outcome for ever, rows not proposed any more stay below. */
import type { Ledger, LedgerRow, LedgerStatus } from '#formats/ledger.ts'
import type { TrialJudgement } from '#formats/trial.ts'
import { unfairBaseline } from './krhpa.ts'

/** @param proposed in rank order. @returns rows renumbered: proposed first, then what only the older ledger knows. */
export function mergeRows(older: readonly LedgerRow[], proposed: readonly LedgerRow[]): LedgerRow[] {
  const known = new Map(older.map((row) => [row.lever, row]))
  const fresh = proposed.map((row) => {
    const before = known.get(row.lever)
    known.delete(row.lever)
    if (before === undefined || before.status === 'DRAFT') return row
    return {
      ...row,
      status: before.status,
      // Coordinates that were given since can show that the baseline was none.
      confidence: unfairBaseline(row) === undefined ? before.confidence : 'DRAFT',
      ...(before.outcome === undefined ? {} : { outcome: before.outcome }),
    }
  })
  return [...fresh, ...known.values()].map((row, index) => ({ ...row, rank: index + 1, handle: `l-${index + 1}` }))
}

export interface Outcome {
  readonly trial: string
  readonly judgement: TrialJudgement
  /** Of verdict.json. */
  readonly artifact: { readonly path: string; readonly sha256: string }
}

/** A predicted metric against what the trial measured of the same metric; undefined where they are not the same. */
const metricOfTrial: Readonly<Record<string, LedgerRow['effects'][number]['metric']>> = {
  'tpot-median': 'tpot',
  'itl-median': 'tpot',
  'itl-p99': 'itl-p99',
  'ttft-median': 'ttft',
  'output-throughput': 'throughput',
  'request-throughput': 'throughput',
}

/** As a ledger says it: of a time, the part that went (a trial says by how much A exceeds B); of a rate, what was gained. */
export function measuredChange({ improvementRatio, betterIs }: TrialJudgement): number | undefined {
  if (improvementRatio === undefined) return undefined
  return betterIs === 'lower' ? 1 - 1 / (1 + improvementRatio) : improvementRatio
}

/**
 * The judged row. PROVEN stands as a VERDICT only where nothing blocks the trial's own standing, and of a kernel only over a fair baseline;
 * everything else keeps its DRAFT, with why.
 * A trial that measured nothing (INVALID, INCONCLUSIVE) leaves the row open for the next one.
 */
export function judgedRow(row: LedgerRow, { trial, judgement, artifact }: Outcome): LedgerRow {
  const { verdict, standing, blocks, reason } = judgement
  const measured = measuredChange(judgement)
  const predicted = row.effects.find(({ metric }) => metric === metricOfTrial[judgement.metric])?.change
  const inside = predicted === undefined || measured === undefined ? undefined : measured >= predicted.low && measured <= predicted.high
  const unfair = verdict === 'PROVEN' ? unfairBaseline(row) : undefined
  const drafted = [...blocks, ...(unfair === undefined ? [] : [unfair])]
  const why = drafted.length === 0 ? reason : `${reason}; a draft because ${drafted.join(', ')}`
  return {
    ...row,
    status: verdict satisfies LedgerStatus,
    confidence: verdict === 'PROVEN' && standing === 'VERDICT' && unfair === undefined ? 'VERDICT' : 'DRAFT',
    outcome: {
      trial,
      why,
      artifact,
      ...(measured === undefined ? {} : { measured }),
      ...(inside === undefined ? {} : { insidePrediction: inside }),
    },
  }
}

/** @returns the ledger with the row judged and the event kept; undefined where it has no such row. */
export function recordOutcome(ledger: Ledger, lever: string, outcome: Outcome, atUtc: string): Ledger | undefined {
  const row = ledger.rows.find((each) => each.lever === lever)
  if (row === undefined) return undefined
  const judged = judgedRow(row, outcome)
  const event = { at_utc: atUtc, lever, from: row.status, to: judged.status, why: judged.outcome?.why ?? '' }
  return { ...ledger, rows: ledger.rows.map((each) => (each === row ? judged : each)), events: [...ledger.events, event] }
}
