/** Ledger rows as they stand: proposed by the syntheses of a folder, with what trials made of them since (`findings/ledger.json`). */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { type LedgerRow, ledgerSchema } from '#formats/ledger.ts'
import type { SourceReference } from '#formats/source.ts'
import { readJsonFile } from '#store/campaign/cell-artifacts.ts'
import { ledgerFiles } from './ledger-files.ts'

const LEDGER = 'findings/ledger.json'

export interface StandingRow {
  readonly row: LedgerRow
  /** File that says so. */
  readonly from: string
}

export interface StandingLedger {
  readonly rows: readonly StandingRow[]
  readonly sources: readonly SourceReference[]
  readonly unreadable: readonly { readonly path: string; readonly reason: string }[]
}

/** One row per lever: the ledger's, else of the newest synthesis that has it. What cannot be read is named. */
export function standingLedger(folder: string): StandingLedger {
  const { files, unreadable } = ledgerFiles(folder)
  const rows = new Map<string, StandingRow>()
  for (const { path, rows: proposed } of files) for (const row of proposed) rows.set(row.lever, { row, from: path })
  const sources = files.map(({ path, sha256 }) => ({ path, sha256 }))
  const kept = readJsonFile(join(folder, LEDGER), LEDGER, ledgerSchema)
  if (kept.state === 'read') {
    for (const row of kept.value.rows) rows.set(row.lever, { row, from: LEDGER })
    sources.push({ path: LEDGER, sha256: createHash('sha256').update(kept.text).digest('hex') })
  }
  return {
    rows: [...rows.values()],
    sources,
    unreadable: [...unreadable, ...(kept.state === 'unreadable' ? [{ path: LEDGER, reason: kept.reason }] : [])],
  }
}
