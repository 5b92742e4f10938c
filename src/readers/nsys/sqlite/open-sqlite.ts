/**
 * nsys SQLite exports (any SQLite 3 file): a scanner of b-tree pages that decodes only the wanted columns.
 * Format: https://www.sqlite.org/fileformat2.html
 * Refused by name: a file beside a non-empty -wal or hot -journal, UTF-16, WITHOUT ROWID tables (when asked for), newer formats, damage.
 * Not supported: indexes, views, virtual tables and virtual generated columns (none of them listed).
 */
import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { SextantError } from '#base/errors.ts'
import { shellWord } from '#base/shell-word.ts'
import { defaultReadLimits } from '#model/reader.ts'
import { openRandomAccess } from '#platform/access.ts'
import { rowCountBound } from '#readers/nsys/sqlite/btree.ts'
import { HEADER_BYTES, parseHeader } from '#readers/nsys/sqlite/header.ts'
import { Pager } from '#readers/nsys/sqlite/pager.ts'
import type { RowWriter, WantedColumn } from '#readers/nsys/sqlite/row-writer.ts'
import { type ScanOptions, scanTree } from '#readers/nsys/sqlite/scan.ts'
import { readSchema, readViewNames, type SqliteTable } from '#readers/nsys/sqlite/schema.ts'
import type { ColumnBatch, ColumnRequest, ScanResult, ScanWishes, TableInfo, TableSource } from '#readers/nsys/table-source.ts'

export interface SqliteOptions extends Partial<ScanOptions> {
  /** What messages call the file; the base name of its path when absent. */
  readonly name?: string
}

/** 8Ki rows: eleven columns are 0.7 MB, which a second-level cache holds beside the pages that they come from. */
const BATCH_ROWS = 8192

/** Batches between two returns to the event loop, so that a server stays responsive during a scan of gigabytes. */
const BATCHES_PER_TURN = 128

const JOURNAL_MAGIC = [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7]

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}

/** A journal whose header is intact holds pages that must be rolled back; finished ones are emptied or zeroed. */
function isHotJournal(path: string): boolean {
  if (sizeOf(path) < JOURNAL_MAGIC.length) return false
  const file = openSync(path, 'r')
  try {
    const head = new Uint8Array(JOURNAL_MAGIC.length)
    readSync(file, head, 0, head.length, 0)
    return JOURNAL_MAGIC.every((byte, i) => head[i] === byte)
  } finally {
    closeSync(file)
  }
}

/** Content that is not in the file itself: reading past it would give an older or half-written state. */
function refuseUnfinished(path: string, name: string): void {
  if (sizeOf(`${path}-wal`) > 0) {
    const hint = `Close the program that writes it, or run: sqlite3 ${shellWord(name)} "PRAGMA wal_checkpoint(TRUNCATE)".`
    throw new SextantError('locked_file', `${name} has changes waiting in ${name}-wal`, hint, { file: name })
  }
  if (isHotJournal(`${path}-journal`)) {
    const hint = `Wait for the program that writes it; if it crashed, run: sqlite3 ${shellWord(name)} "PRAGMA integrity_check" to roll back.`
    throw new SextantError('locked_file', `${name} has an unfinished transaction in ${name}-journal`, hint, { file: name })
  }
}

class SqliteTables implements TableSource {
  readonly container = 'sqlite'
  readonly tables: ReadonlyMap<string, TableInfo>
  readonly views: ReadonlySet<string>
  readonly #schema: ReadonlyMap<string, SqliteTable>
  readonly #pager: Pager
  readonly #options: ScanOptions

  constructor(pager: Pager, options: ScanOptions) {
    this.#pager = pager
    this.#options = options
    this.#schema = readSchema(pager, options.codeGeneration)
    this.views = readViewNames(pager, options.codeGeneration)
    this.tables = new Map([...this.#schema].map(([name, table]) => [name, tableInfo(pager, table)]))
  }

  async scan(
    table: string,
    columns: readonly ColumnRequest[],
    onBatch: (batch: ColumnBatch) => void,
    { tuples = [], isPeek = false }: ScanWishes = {},
  ): Promise<ScanResult> {
    const found = this.#schema.get(table)
    if (found === undefined) throw new Error(`no table ${table}: consumers look it up first`)
    if (found.withoutRowid) {
      const message = `table ${table} is stored WITHOUT ROWID, which no nsys export is`
      throw new SextantError('unsupported_format', message, 'Export the report again with nsys export --type sqlite.', { table })
    }
    const wanted = columns.map((request) => wantedColumn(found, request))
    const options = isPeek ? { ...this.#options, codeGeneration: false } : this.#options
    let rows = 0
    let batches = 0
    let last: RowWriter | undefined
    for (const batch of scanTree(this.#pager, table, found.root, wanted, options, tuples)) {
      if (batch.rows > 0) onBatch(batch)
      rows += batch.rows
      last = batch
      if (++batches % BATCHES_PER_TURN === 0) await new Promise((proceed) => setImmediate(proceed))
    }
    return { rows, losses: last?.losses(table) ?? [] }
  }

  close(): void {
    this.#pager.close()
  }
}

function wantedColumn(table: SqliteTable, request: ColumnRequest): WantedColumn {
  const column = table.columns.find(({ name }) => name === request.name)
  if (column === undefined) throw new Error(`table ${table.name} has no column ${request.name}: consumers look it up first`)
  return { type: request.type, position: column.position, fallback: column.fallback }
}

function tableInfo(pager: Pager, table: SqliteTable): TableInfo {
  let hint: number | undefined
  return {
    name: table.name,
    columns: table.columns.map(({ name }) => name),
    // Asked for few of an export's two hundred tables, and each costs a walk down the tree.
    get rowCountHint() {
      hint ??= table.withoutRowid ? 0 : rowCountBound(pager, table.name, table.root)
      return hint
    },
  }
}

/** Opens a SQLite file and reads its schema. Throws SextantError with the fix where it cannot be read truthfully. */
export function openSqlite(path: string, options: SqliteOptions = {}): TableSource {
  const name = options.name ?? basename(resolve(path))
  const file = openRandomAccess(path)
  try {
    const header = parseHeader(file.read(0, HEADER_BYTES), file.size, name)
    refuseUnfinished(path, name)
    return new SqliteTables(new Pager(file, header, name), {
      batchRows: options.batchRows ?? BATCH_ROWS,
      maxTextBytes: options.maxTextBytes ?? defaultReadLimits.maxTextBytes,
      codeGeneration: options.codeGeneration ?? true,
    })
  } catch (error) {
    file.close()
    throw error
  }
}
