/** What an import changes in a cell: raw files, rows, status and what was brought in. One writer per campaign at a time; every file whole. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { SextantError } from '#base/errors.ts'
import { jsonText } from '#base/json-text.ts'
import {
  type AtlasRow,
  type CellImports,
  type CellStatus,
  campaignIdSchema,
  cellImportsSchema,
  normalizedSchema,
} from '#formats/campaign.ts'
import { fileError } from '#platform/access.ts'
import { copyWhole } from '#platform/copy-whole.ts'
import { withLock, writeWhole } from '#platform/files.ts'
import { asText, MAX_REDACTED_BYTES, redactText } from '#store/bundle/redaction.ts'
import { readJsonFile } from './cell-artifacts.ts'

export type ImportRecord = CellImports['imports'][number]

export interface KeptRaw {
  /** Relative to the cell. */
  readonly path: string
  readonly sha256: string
  readonly redactions: number
}

/** Reads the whole of a file; `shown` is how messages name it. */
function bytesOf(path: string, shown: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw fileError(shown, error)
  }
}

/** Copies a result into the cell, secrets in text replaced. Another file of that name with other bytes is refused: results are immutable. */
export function keepRaw(cell: string, path: string, shown: string, name: string): KeptRaw {
  const relative = `raw/${name}`
  const target = join(cell, relative)
  const bytes = bytesOf(path, shown)
  const text = bytes.length <= MAX_REDACTED_BYTES ? asText(bytes) : undefined
  const redacted = text === undefined ? undefined : redactText(text)
  const kept = redacted === undefined || redacted.count === 0 ? bytes : Buffer.from(redacted.text)
  const sha256 = createHash('sha256').update(kept).digest('hex')
  if (existsSync(target)) {
    if (createHash('sha256').update(bytesOf(target, relative)).digest('hex') === sha256)
      return { path: relative, sha256, redactions: redacted?.count ?? 0 }
    throw new SextantError(
      'usage',
      `the cell holds ${relative} with other bytes: results are never replaced`,
      'Import it under its own trial: --trial NAME.',
      { path: relative },
    )
  }
  if (kept === bytes) copyWhole(path, target, shown)
  else writeWhole(target, kept)
  return { path: relative, sha256, redactions: redacted?.count ?? 0 }
}

function read<T>(cell: string, name: string, schema: Parameters<typeof readJsonFile<T>>[2], empty: T): T {
  const found = readJsonFile(join(cell, name), name, schema)
  if (found.state === 'absent') return empty
  if (found.state === 'read') return found.value
  throw new SextantError(
    'corrupt_file',
    `${name} of the cell ${found.reason}`,
    'Restore it from a copy, or take it away and import again.',
    {
      name,
    },
  )
}

export interface CellContent {
  readonly rows: readonly AtlasRow[]
  readonly imports: CellImports
}

export function readCell(cell: string): CellContent {
  return {
    rows: read(cell, 'normalized.json', normalizedSchema, []),
    imports: read(cell, 'import.json', cellImportsSchema, { schema: 'campaign_cell_imports/1', imports: [] }),
  }
}

export interface CellChange {
  readonly rows: readonly AtlasRow[]
  readonly imports: CellImports
  readonly status: CellStatus
  /** More files of the cell by name, written before the rows that speak of them. */
  readonly files?: Readonly<Record<string, string>>
}

/** Writes what changed; the rows last, so that a row never speaks of a file that is not there. */
export function writeCell(cell: string, { rows, imports, status, files = {} }: CellChange): string[] {
  const written: string[] = []
  const all: [string, string][] = [
    ...Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1)),
    ['import.json', jsonText(cellImportsSchema.parse(imports))],
    ['status.txt', `${status}\n`],
    ['normalized.json', jsonText(normalizedSchema.parse(rows))],
  ]
  for (const [name, content] of all) {
    const path = join(cell, name)
    if (existsSync(path) && readFileSync(path, 'utf8') === content) continue
    writeWhole(path, content)
    written.push(name)
  }
  return written
}

/** The folder of a cell, begun where it is not there yet. Throws for an id that is no name. */
export function beginCell(campaign: string, id: string): string {
  if (!campaignIdSchema.safeParse(id).success)
    throw new SextantError('usage', `“${id}” cannot be a cell’s id`, 'Use letters, digits, “.”, “_” and “-”.', { cell: id })
  const cell = join(campaign, 'cells', id)
  mkdirSync(cell, { recursive: true })
  return cell
}

export const inCampaign = <T>(campaign: string, work: () => T | Promise<T>): Promise<T> => withLock(join(campaign, 'cells'), work)
