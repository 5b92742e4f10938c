/**
 * An nsys `parquetdir` export: one `<TABLE>.parquet` per table, flat columns, as parquet-cpp writes them.
 * https://docs.nvidia.com/nsight-systems/UserGuide/index.html (nsys export), https://parquet.apache.org/docs/file-format/
 * Not read: nested columns, delta encodings, zstd, lz4 and brotli pages (nsys writes none): refused by name.
 */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type FileMetaData, parquetMetadata, type SchemaElement } from 'hyparquet'
import { isSextantError, SextantError } from '#base/errors.ts'
import { type OpenFile, openRandomAccess } from '#platform/access.ts'
import type { ColumnBatch, ColumnRequest, Id64Column, ScanResult, ScanWishes, TableInfo, TableSource } from '#readers/nsys/table-source.ts'
import { TupleRows } from '#readers/nsys/tuple-columns.ts'
import { ColumnCursor, type Page } from './column-cursor.ts'
import type { ColumnShape, PhysicalType } from './plain-values.ts'

const SUFFIX = '.parquet'

/** Footers of nsys tables are a few KiB (40 columns); a larger one is damage. */
const MAX_FOOTER_BYTES = 16 * 1024 * 1024

/** A row of an nsys table takes more than an eighth of a bit: more rows than this per byte are a damaged count. */
const MAX_ROWS_PER_BYTE = 64

const PHYSICAL = new Set<string>(['INT32', 'INT64', 'FLOAT', 'DOUBLE', 'BOOLEAN', 'BYTE_ARRAY'])

/** Rows per batch at most: what the consumer's loops keep in cache. */
const BATCH_ROWS = 65536

interface ParquetTable extends TableInfo {
  readonly path: string
  readonly metadata: FileMetaData
  readonly elements: ReadonlyMap<string, SchemaElement>
}

function damaged(table: string, what: string, cause?: unknown): SextantError {
  return new SextantError(
    'corrupt_file',
    `${table}${SUFFIX} is damaged: ${what}.`,
    'Export it again: nsys export --type parquetdir -o OUT REPORT.nsys-rep',
    { table },
    cause,
  )
}

/** Runs `read`, turning whatever the Parquet library throws at damaged bytes into one operational error. */
function guarded<T>(table: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (isSextantError(error)) throw error
    throw damaged(table, error instanceof Error ? error.message : String(error), error)
  }
}

function readMetadata(table: string, file: OpenFile): FileMetaData {
  return guarded(table, () => {
    const tail = file.read(Math.max(0, file.size - 8), 8)
    const magic = Array.from(tail.subarray(4), (byte) => String.fromCharCode(byte)).join('')
    if (tail.length < 8 || magic !== 'PAR1')
      throw new SextantError('truncated_file', `${table}${SUFFIX} does not end like a Parquet file.`, 'Export or copy it again.', { table })
    const length = new DataView(tail.buffer, tail.byteOffset, 4).getUint32(0, true) + 8
    if (length > file.size || length > MAX_FOOTER_BYTES) throw damaged(table, `footer of ${length} bytes in a file of ${file.size}`)
    return parquetMetadata(file.read(file.size - length, length), { geoparquet: false })
  })
}

function tableOf(name: string, path: string): ParquetTable {
  const file = openRandomAccess(path)
  try {
    const metadata = readMetadata(name, file)
    return guarded(name, () => {
      const [root, ...elements] = metadata.schema
      if (root === undefined || elements.some((element) => (element.num_children ?? 0) > 0)) throw damaged(name, 'its columns are nested')
      // The footer's decoder types a name as text and gives whatever stood there.
      if (elements.some((element) => typeof element.name !== 'string')) throw damaged(name, 'a column has no name')
      const rows = metadata.row_groups.reduce((sum, group) => sum + Number(group.num_rows), 0)
      const isSane =
        Number.isSafeInteger(rows) && metadata.row_groups.every((group) => group.num_rows >= 0n) && rows <= file.size * MAX_ROWS_PER_BYTE
      if (!isSane) throw damaged(name, `it claims ${rows} rows in ${file.size} bytes`)
      return {
        name,
        path,
        metadata,
        columns: elements.map((element) => element.name),
        rowCountHint: rows,
        elements: new Map(elements.map((element) => [element.name, element])),
      }
    })
  } finally {
    file.close()
  }
}

/** The integer is stored unsigned: by converted type or by logical type. */
function isUnsigned({ converted_type, logical_type }: SchemaElement): boolean {
  return String(converted_type).startsWith('UINT_') || (logical_type?.type === 'INTEGER' && logical_type.isSigned === false)
}

function shapeOf(table: ParquetTable, { name, type }: ColumnRequest): { shape: ColumnShape; isOptional: boolean } {
  const element = table.elements.get(name)
  if (element === undefined) throw new Error(`no column ${name} in ${table.name}`)
  if (!PHYSICAL.has(String(element.type)) || element.repetition_type === 'REPEATED')
    throw damaged(table.name, `column ${name} has type ${element.type}`)
  // Checked above against the list of physical types.
  return {
    shape: { physical: element.type as PhysicalType, isUnsigned: isUnsigned(element), request: type },
    isOptional: element.repetition_type !== 'REQUIRED',
  }
}

class GroupReader {
  readonly #cursors: readonly ColumnCursor[]
  readonly #pages: Page[] = []
  readonly #used: number[] = []

  constructor(cursors: readonly ColumnCursor[]) {
    this.#cursors = cursors
  }

  /** Rows that every column has at hand, at most `wanted`; reads pages as they run out. */
  advance(wanted: number): number {
    let rows = wanted
    for (const [index, cursor] of this.#cursors.entries()) {
      let page = this.#pages[index]
      if (page === undefined || this.#used[index] === page.rows) {
        page = cursor.next()
        this.#pages[index] = page
        this.#used[index] = 0
      }
      rows = Math.min(rows, page.rows - (this.#used[index] ?? 0))
    }
    return rows
  }

  batch(rows: number, firstRow: number, tuples: readonly TupleRows[]): ColumnBatch {
    const at = (index: number): { page: Page; from: number } => {
      const page = this.#pages[index]
      if (page === undefined) throw new Error(`no column ${index} in this batch`)
      return { page, from: this.#used[index] ?? 0 }
    }
    const batch: ColumnBatch = {
      rows,
      firstRow,
      number: (index) => {
        const { page, from } = at(index)
        return (page.values.numbers ?? new Float64Array(page.rows)).subarray(from, from + rows)
      },
      id64: (index): Id64Column => {
        const { page, from } = at(index)
        const [hi, lo] = [page.values.hi ?? new Int32Array(page.rows), page.values.lo ?? new Uint32Array(page.rows)]
        return { hi: hi.subarray(from, from + rows), lo: lo.subarray(from, from + rows), isNull: page.isNull.subarray(from, from + rows) }
      },
      text: (index) => {
        const { page, from } = at(index)
        return (page.values.texts ?? []).slice(from, from + rows)
      },
      tuple: (index) => {
        const rowsOf = tuples[index]
        if (rowsOf === undefined) throw new Error(`no tuple ${index} in this scan`)
        return rowsOf.of(batch)
      },
    }
    return batch
  }

  consume(rows: number): void {
    for (const index of this.#cursors.keys()) this.#used[index] = (this.#used[index] ?? 0) + rows
  }
}

class ParquetTables implements TableSource {
  readonly container = 'parquet'
  readonly tables: ReadonlyMap<string, ParquetTable>

  constructor(tables: ReadonlyMap<string, ParquetTable>) {
    this.tables = tables
  }

  async scan(
    name: string,
    columns: readonly ColumnRequest[],
    onBatch: (batch: ColumnBatch) => void,
    { tuples = [] }: ScanWishes = {},
  ): Promise<ScanResult> {
    const table = this.tables.get(name)
    if (table === undefined) throw new Error(`no table ${name}: consumers look it up first`)
    const tupleRows = tuples.map((positions) => new TupleRows(columns, positions))
    const shapes = columns.map((column) => shapeOf(table, column))
    const file = openRandomAccess(table.path)
    try {
      let firstRow = 0
      for (const group of table.metadata.row_groups) {
        const rows = Number(group.num_rows)
        // An empty group (`--lazy false` writes tables without rows too) may point nowhere.
        if (columns.length > 0 && rows > 0) {
          const reader = guarded(
            name,
            () => new GroupReader(columns.map((column, index) => cursorOf(file, group, column.name, shapes[index], rows))),
          )
          for (let done = 0; done < rows; ) {
            const count = guarded(name, () => reader.advance(Math.min(BATCH_ROWS, rows - done)))
            // Outside the guard: what the consumer throws is the consumer's.
            onBatch(reader.batch(count, firstRow + done, tupleRows))
            reader.consume(count)
            done += count
          }
        }
        firstRow += rows
      }
      return { rows: firstRow, losses: [] }
    } finally {
      file.close()
    }
  }

  close(): void {}
}

function cursorOf(
  file: OpenFile,
  group: FileMetaData['row_groups'][number],
  name: string,
  column: ReturnType<typeof shapeOf> | undefined,
  rows: number,
): ColumnCursor {
  const chunk = group.columns.find(({ meta_data }) => meta_data?.path_in_schema.length === 1 && meta_data.path_in_schema[0] === name)
  if (chunk?.meta_data === undefined || column === undefined) throw new RangeError(`column ${name} has no data`)
  return new ColumnCursor(file, chunk.meta_data, column.shape, column.isOptional, rows)
}

/** Opens the folder and reads the footers of its tables. A table that is damaged is an error: a capture without it would lie by omission. */
export function openParquetdir(path: string): TableSource {
  const names = existsSync(path) ? readdirSync(path).filter((name) => name.endsWith(SUFFIX)) : []
  const tables = new Map(
    names
      .sort()
      .map((file) => [file.slice(0, -SUFFIX.length), file] as const)
      .map(([name, file]) => [name, tableOf(name, join(path, file))] as const),
  )
  return new ParquetTables(tables)
}
