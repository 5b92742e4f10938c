/** Ledger rows of the `synthesis/1` files that lie in a bundle or campaign. */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { type LedgerRow, ledgerRowSchema } from '#formats/ledger.ts'
import { readJsonFile } from '#store/campaign/cell-artifacts.ts'

export interface LedgerFile {
  /** Relative to the folder. */
  readonly path: string
  readonly sha256: string
  readonly rows: readonly LedgerRow[]
  readonly focus?: string
  readonly solRigor?: string
}

const synthesisSchema = z.looseObject({
  schema: z.literal('synthesis/1'),
  focus: z.string().optional(),
  sol_rigor: z.string().optional(),
  ledger: z.array(ledgerRowSchema),
})

/** Newest last, as their names sort; what cannot be read is named. */
export function ledgerFiles(folder: string): {
  readonly files: readonly LedgerFile[]
  readonly unreadable: readonly { path: string; reason: string }[]
} {
  const findings = join(folder, 'findings')
  const names = existsSync(findings) ? readdirSync(findings).filter((name) => /^synthesis-.*\.json$/.test(name)) : []
  const files: LedgerFile[] = []
  const unreadable: { path: string; reason: string }[] = []
  for (const name of names.sort()) {
    const path = `findings/${name}`
    const read = readJsonFile(join(folder, path), path, synthesisSchema)
    if (read.state === 'unreadable') unreadable.push({ path, reason: read.reason })
    if (read.state !== 'read') continue
    const { ledger, focus, sol_rigor: solRigor } = read.value
    files.push({
      path,
      sha256: createHash('sha256').update(read.text).digest('hex'),
      rows: ledger,
      ...(focus === undefined ? {} : { focus }),
      ...(solRigor === undefined ? {} : { solRigor }),
    })
  }
  return { files, unreadable }
}
