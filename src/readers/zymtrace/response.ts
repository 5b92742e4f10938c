/**
 * A saved response of the store: rows as objects (ClickHouse JSON, JSONEachRow in an array, `{"rows": […]}`) or as arrays with the columns
 * named beside them (JSONCompact). Counts of 64 bits come as strings there.
 */
import { SextantError } from '#base/errors.ts'
import { type ShareRow, SharesBuilder, shareColumns } from './shares-builder.ts'
import { sampleCount } from './tsv.ts'

/** Enough of a head to know such a response by: it counts samples of kernels, frames, GPUs or event kinds. */
export function looksLikeResponse(head: string): boolean {
  if (!/^\s*[{[]/.test(head) || /"(top_kernels|traceEvents)"/.test(head)) return false
  return /"(samples|sample_count)"/.test(head) && /"(event_kind|kernel|kernel_name|python_frame|py_file|gpu_uuid)"/.test(head)
}

export interface Response {
  readonly builder: SharesBuilder
  readonly rowCount: number
  /** Rows without a whole number of samples. */
  readonly unread: number
}

export function parseResponse(text: string, name: string, maxNesting: number): Response {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new SextantError('corrupt_file', `${name} is not whole JSON`, 'Save the response again.', {}, error)
  }
  const found = findRows(value, maxNesting)
  if (found === undefined) throw new SextantError('corrupt_file', `${name} holds no rows`, 'Save the response again, with its rows.')
  const builder = new SharesBuilder()
  let unread = 0
  for (const cells of found.rows) {
    const row = rowOf(cells, found.columns)
    if (row === undefined) unread += 1
    else builder.add(row, name)
  }
  return { builder, rowCount: found.rows.length, unread }
}

interface Rows {
  readonly rows: readonly unknown[]
  readonly columns: readonly string[]
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function findRows(value: unknown, depth: number): Rows | undefined {
  if (Array.isArray(value)) return { rows: value, columns: [] }
  if (!isRecord(value) || depth === 0) return undefined
  for (const key of ['data', 'rows', 'results', 'result']) {
    const inner = value[key]
    if (Array.isArray(inner)) return { rows: inner, columns: columnNames(value) }
    const nested = isRecord(inner) ? findRows(inner, depth - 1) : undefined
    if (nested !== undefined) return nested
  }
  return undefined
}

function columnNames({ meta, columns }: Readonly<Record<string, unknown>>): string[] {
  const listed = Array.isArray(meta) ? meta : Array.isArray(columns) ? columns : []
  return listed.map((each: unknown) =>
    typeof each === 'string' ? each : isRecord(each) && typeof each['name'] === 'string' ? each['name'] : '',
  )
}

function rowOf(cells: unknown, columns: readonly string[]): ShareRow | undefined {
  const pairs: [string, unknown][] = Array.isArray(cells)
    ? cells.map((cell: unknown, index) => [columns[index] ?? '', cell])
    : isRecord(cells)
      ? Object.entries(cells)
      : []
  const row: Record<string, string> = {}
  for (const [column, cell] of pairs) {
    const key = Object.hasOwn(shareColumns, column) ? shareColumns[column] : undefined
    if (key !== undefined) row[key] = cell === null || cell === undefined ? '' : String(cell)
  }
  const { samples: text, ...rest } = row
  const samples = sampleCount(text ?? '')
  return samples === undefined ? undefined : { ...(rest as Omit<ShareRow, 'samples'>), samples }
}
