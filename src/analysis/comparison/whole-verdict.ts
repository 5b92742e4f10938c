/**
 * The verdict of a whole diff. One primary at 5 %, Holm at 5 % over everything else; a false REGRESSED needs one of the two on its wrong
 * half: at most 2.5 % each, 5 % together, whatever the correlation between metrics, cells and each other.
 */
import { holm } from '#base/rank-tests.ts'
import type { StatisticalVerdict } from '#formats/baseline-diff.ts'
import { type MeasuredRow, measureRow, type RowInput, type UnmeasuredRow, verdictOf } from './row-statistics.ts'

export interface JudgedRow {
  readonly row: MeasuredRow | UnmeasuredRow
  readonly verdict: StatisticalVerdict
  readonly adjustedP: number
}

export interface WholeVerdict {
  readonly verdict: StatisticalVerdict
  readonly rows: ReadonlyMap<string, JudgedRow>
  /** Tests that Holm corrected for. */
  readonly tests: number
}

/** @param primary id of the primary row; absent from the rows = nothing can be said of it. */
export function judgeRows(inputs: readonly RowInput[], primary: string): WholeVerdict {
  const measured = inputs.map(measureRow)
  const pOf = (row: MeasuredRow | UnmeasuredRow) => (row.state === 'measured' ? row.p : Number.NaN)
  const adjusted = holm(measured.map((row) => (row.id === primary ? Number.NaN : pOf(row))))
  const rows = new Map(
    measured.map((row, index): [string, JudgedRow] => {
      const adjustedP = row.id === primary ? pOf(row) : (adjusted[index] ?? Number.NaN)
      const verdict = row.state === 'measured' ? verdictOf(row, adjustedP) : row.state === 'nodes-differ' ? 'INVALID' : 'NOT_ESTIMABLE'
      return [row.id, { row, verdict, adjustedP }]
    }),
  )
  return { verdict: wholeOf(rows, primary), rows, tests: adjusted.filter((p) => !Number.isNaN(p)).length }
}

/**
 * Any regression wins, then any improvement; otherwise the primary speaks for the whole. A diff that both regresses and improves is
 * REGRESSED from either side: a gate fails safe.
 */
function wholeOf(rows: ReadonlyMap<string, JudgedRow>, primary: string): StatisticalVerdict {
  const verdicts = new Set([...rows.values()].map(({ verdict }) => verdict))
  for (const verdict of ['INVALID', 'REGRESSED', 'IMPROVED'] as const) if (verdicts.has(verdict)) return verdict
  return rows.get(primary)?.verdict ?? 'NOT_ESTIMABLE'
}
