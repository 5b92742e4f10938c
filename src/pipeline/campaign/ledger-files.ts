/** Ledger rows of the `synthesis/1` files that lie in a bundle or campaign, with what became of them since. */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { type Ledger, type LedgerRow, ledgerRowSchema, ledgerSchema } from '#formats/ledger.ts'
import { readJsonFile } from '#store/campaign/cell-artifacts.ts'

interface BundleName {
  readonly family: string
  readonly run_id: string
}

export interface LedgerFile {
  /** Relative to the folder. */
  readonly path: string
  readonly sha256: string
  readonly rows: readonly LedgerRow[]
  readonly focus?: string
  readonly solRigor?: string
  readonly bundle?: BundleName
}

export interface FoundLedgers {
  readonly files: readonly LedgerFile[]
  /** Ledgers whose outcomes stand in the rows. */
  readonly outcomes: readonly { readonly path: string; readonly sha256: string }[]
  readonly unreadable: readonly { readonly path: string; readonly reason: string }[]
}

const synthesisSchema = z.looseObject({
  schema: z.literal('synthesis/1'),
  bundle: z.object({ family: z.string(), run_id: z.string() }).optional(),
  focus: z.string().optional(),
  sol_rigor: z.string().optional(),
  ledger: z.array(ledgerRowSchema),
})

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/** A row that was tried says so: a synthesis is written before its trials, the bundle's ledger after them. */
export function withOutcomes(
  rows: readonly LedgerRow[],
  bundle: BundleName | undefined,
  ledgers: readonly Pick<Ledger, 'family' | 'run_id' | 'rows'>[],
): LedgerRow[] {
  const own = ledgers.find(({ family, run_id }) => family === bundle?.family && run_id === bundle.run_id)
  const known = new Map(own?.rows.map((row) => [row.lever, row]) ?? [])
  return rows.map((row) => {
    const after = known.get(row.lever)
    if (after === undefined || after.status === 'DRAFT') return row
    const { status, confidence, outcome } = after
    return { ...row, status, confidence, ...(outcome === undefined ? {} : { outcome }) }
  })
}

/** Newest last, as their names sort; what cannot be read is named. */
export function ledgerFiles(folder: string): FoundLedgers {
  const findings = join(folder, 'findings')
  const names = existsSync(findings) ? readdirSync(findings).sort() : []
  const unreadable: { path: string; reason: string }[] = []
  function read<T>(name: string, schema: z.ZodType<T>) {
    const path = `findings/${name}`
    const found = readJsonFile(join(folder, path), path, schema)
    if (found.state === 'unreadable') unreadable.push({ path, reason: found.reason })
    return found.state === 'read' ? [{ path, sha256: sha256(found.text), value: found.value }] : []
  }
  const ledgers = names.filter((name) => /^ledger(?:-.*)?\.json$/.test(name)).flatMap((name) => read(name, ledgerSchema))
  const syntheses = names.filter((name) => /^synthesis-.*\.json$/.test(name)).flatMap((name) => read(name, synthesisSchema))
  return {
    files: syntheses.map(({ path, sha256: hash, value: { ledger, bundle, focus, sol_rigor: solRigor } }) => ({
      path,
      sha256: hash,
      rows: withOutcomes(
        ledger,
        bundle,
        ledgers.map(({ value }) => value),
      ),
      ...(focus === undefined ? {} : { focus }),
      ...(solRigor === undefined ? {} : { solRigor }),
      ...(bundle === undefined ? {} : { bundle }),
    })),
    outcomes: ledgers.map(({ path, sha256: hash }) => ({ path, sha256: hash })),
    unreadable,
  }
}
