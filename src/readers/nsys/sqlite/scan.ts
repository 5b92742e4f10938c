/** Streams the wanted columns of one b-tree. Leaves that lie near each other are read in one go. */
import { LEAF_HEADER_BYTES, listLeaves, maxCells, pageHeaderOffset, TABLE_LEAF } from '#readers/nsys/sqlite/btree.ts'
import { generatedDecoder, interpretingDecoder } from '#readers/nsys/sqlite/decoder.ts'
import { maxLocalPayload } from '#readers/nsys/sqlite/overflow.ts'
import type { Pager } from '#readers/nsys/sqlite/pager.ts'
import { uint16 } from '#readers/nsys/sqlite/record.ts'
import { RowReader } from '#readers/nsys/sqlite/row-reader.ts'
import { RowWriter, type WantedColumn } from '#readers/nsys/sqlite/row-writer.ts'

/** One read call: large enough that calls cost nothing, small enough to stay in a processor's cache hierarchy (measured, A1). */
const RUN_BYTES = 4 * 1024 ** 2
/** Pages of others between two leaves are read along rather than skipped by another call: about what a call costs. */
const GAP_BYTES = 64 * 1024

export interface ScanOptions {
  readonly batchRows: number
  readonly maxTextBytes: number
  /** False reads every row without generated code. */
  readonly codeGeneration: boolean
}

/** How many of the leaves from `from` on one read covers. */
function runLength(leaves: readonly number[], from: number, pageSize: number): number {
  const first = leaves[from] ?? 0
  let previous = first
  let count = 1
  for (;;) {
    const next = leaves[from + count]
    if (next === undefined || next <= previous) return count
    if ((next - previous - 1) * pageSize > GAP_BYTES || (next - first + 1) * pageSize > RUN_BYTES) return count
    previous = next
    count++
  }
}

/** Yields the same writer again and again: its rows are to be used before the next step. */
export function* scanTree(
  pager: Pager,
  table: string,
  root: number,
  wanted: readonly WantedColumn[],
  options: ScanOptions,
): Generator<RowWriter> {
  const { pageSize, usable } = pager.header
  const { leaves, visited } = listLeaves(pager, table, root)
  const mostCells = maxCells(pageSize)
  const writer = new RowWriter(wanted, Math.max(mostCells, Math.min(options.batchRows, leaves.length * mostCells)), options.maxTextBytes)
  const reader = new RowReader(pager, table, visited, writer)
  const parts = { reader, writer, maxLocal: maxLocalPayload(usable) }
  const decode = (options.codeGeneration ? generatedDecoder(parts) : undefined) ?? interpretingDecoder(parts)
  let buffer = Buffer.alloc(0)
  let view = new DataView(buffer.buffer, 0, 0)
  for (let from = 0; from < leaves.length; ) {
    const count = runLength(leaves, from, pageSize)
    const firstPage = leaves[from] ?? 0
    const bytes = ((leaves[from + count - 1] ?? 0) - firstPage + 1) * pageSize
    if (bytes > buffer.length) {
      buffer = Buffer.allocUnsafeSlow(Math.min(Math.max(bytes, leaves.length * pageSize), RUN_BYTES))
      view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length)
    }
    pager.run(table, firstPage, buffer.subarray(0, bytes))
    for (let i = from; i < from + count; i++) {
      const page = leaves[i] ?? 0
      const base = (page - firstPage) * pageSize
      const start = base + pageHeaderOffset(page)
      const cells = uint16(buffer, start + 3)
      const pointers = start + LEAF_HEADER_BYTES
      const low = pointers + cells * 2
      if (buffer[start] !== TABLE_LEAF) throw pager.damage(table, page, `expected a table leaf, found page type ${buffer[start]}`)
      if (cells > mostCells || low > base + usable) throw pager.damage(table, page, `claims ${cells} rows`)
      if (writer.rows + cells > writer.capacity) {
        yield writer
        writer.firstRow += writer.rows
        writer.rows = 0
      }
      reader.enter(buffer, page, base, low)
      decode(buffer, view, base, base + usable, pointers, cells, writer.rows)
      writer.rows += cells
    }
    from += count
  }
  yield writer
}
