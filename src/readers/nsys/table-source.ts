/**
 * The tables of an nsys export, whatever container they came in (SQLite file, Parquet folder).
 * Rows stream in batches of plain columns; the consumer interns and narrows them. Batches are reused: copy what you keep.
 */
import type { Loss } from '#model/capture.ts'
import type { TupleColumn } from './tuple-columns.ts'

/**
 * `number`: Float64Array, NaN for NULL, blob or text that is no number (counted); integers beyond 2^53 are rounded (counted).
 * `id64`: two halves, for ids that use high bits (globalPid, globalTid, graphNodeId).
 * `text`: decoded as UTF-8 with replacement; undefined for NULL; numbers are printed.
 */
export type ColumnType = 'number' | 'id64' | 'text'

export interface ColumnRequest {
  readonly name: string
  readonly type: ColumnType
}

export interface Id64Column {
  readonly hi: Int32Array
  readonly lo: Uint32Array
  /** 1 where NULL (then both halves are 0). */
  readonly isNull: Uint8Array
}

export interface ColumnBatch {
  readonly rows: number
  /** Row number of the first row of this batch within the scan. */
  readonly firstRow: number
  number(index: number): Float64Array
  id64(index: number): Id64Column
  text(index: number): readonly (string | undefined)[]
  /** Of the scan's `tuples`, by index. */
  tuple(index: number): TupleColumn
}

export interface TableInfo {
  readonly name: string
  /** As declared, in order. */
  readonly columns: readonly string[]
  /** Upper bound of the row count, for sizing only. */
  readonly rowCountHint: number
}

export interface ScanResult {
  readonly rows: number
  readonly losses: readonly Loss[]
}

export interface ScanWishes {
  /** Positions of columns (numbers and id64) that are wanted together; a column that is part of one is delivered in it only. */
  readonly tuples?: readonly (readonly number[])[]
  /** The consumer will look at the first rows and throw: nothing is prepared for many. */
  readonly isPeek?: boolean
}

export interface TableSource {
  readonly container: 'sqlite' | 'parquet'
  /** By exact name. */
  readonly tables: ReadonlyMap<string, TableInfo>
  /** Names that stand for a query over other tables: nobody may take them for absent. */
  readonly views?: ReadonlySet<string>
  /**
   * Streams the wanted columns of one table. Every requested column must exist in `TableInfo.columns`: the consumer feature-detects.
   * Throws SextantError `corrupt_file`/`truncated_file` with table and page where the container is damaged.
   */
  scan(table: string, columns: readonly ColumnRequest[], onBatch: (batch: ColumnBatch) => void, wishes?: ScanWishes): Promise<ScanResult>
  close(): void
}
