/** How well the predictions of each lever held: what its next confidence stands on. */
import { type Calibration, type LedgerRow, settledStatuses, type TrialRecord } from '#formats/ledger.ts'
import { recordFactor } from './confidence.ts'

export const leverId = (lever: string): string => lever.split(' ')[0] ?? lever

export function recordsOf(rows: readonly LedgerRow[]): Record<string, TrialRecord> {
  const records = new Map<string, { trials: number; held: number }>()
  for (const { lever, status, outcome } of rows) {
    if (!settledStatuses.has(status) || outcome === undefined) continue
    const record = records.get(leverId(lever)) ?? { trials: 0, held: 0 }
    record.trials += 1
    if (status === 'PROVEN' && outcome.insidePrediction === true) record.held += 1
    records.set(leverId(lever), record)
  }
  return Object.fromEntries([...records].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** One line a lever; predicted and measured only of rows that have both. */
export function calibrationOf(rows: readonly LedgerRow[]): Calibration['levers'] {
  return Object.entries(recordsOf(rows)).map(([lever, record]) => {
    const tried = rows.filter((row) => leverId(row.lever) === lever && settledStatuses.has(row.status) && row.outcome !== undefined)
    const points = tried.flatMap(({ effects, outcome }) => {
      const predicted = effects[0]?.change
      const value = outcome?.measured
      return predicted === undefined || value === undefined
        ? []
        : [{ ...predicted, measured: value, inside: outcome?.insidePrediction ?? false }]
    })
    return {
      lever,
      ...record,
      proven: tried.filter(({ status }) => status === 'PROVEN').length,
      refuted: tried.filter(({ status }) => status === 'REFUTED').length,
      tried_null: tried.filter(({ status }) => status === 'NULL').length,
      nextRecordFactor: recordFactor(record),
      points,
    }
  })
}
