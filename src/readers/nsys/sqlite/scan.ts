/** Streams the wanted columns of one b-tree. Leaves that lie near each other are read in one go. */
import { LEAF_HEADER_BYTES, leafGroups, maxCells, pageHeaderOffset, TABLE_LEAF } from '#readers/nsys/sqlite/btree.ts'
import { generatedDecoder, interpretingDecoder, machineDecoder, type PageDecoder, READ_AHEAD_BYTES } from '#readers/nsys/sqlite/decoder.ts'
import { maxLocalPayload } from '#readers/nsys/sqlite/overflow.ts'
import { type Pager, VisitedPages } from '#readers/nsys/sqlite/pager.ts'
import { uint16 } from '#readers/nsys/sqlite/record.ts'
import { RowReader } from '#readers/nsys/sqlite/row-reader.ts'
import { RowWriter, type WantedColumn, type WantedColumns } from '#readers/nsys/sqlite/row-writer.ts'
import { openMachine } from '#readers/nsys/sqlite/wasm/machine.ts'

/** One read call: large enough that calls cost little, small enough that a second-level cache holds it beside the columns of a batch. */
const RUN_BYTES = 256 * 1024
/** Pages of others between two leaves are read along rather than skipped by another call: about what a call costs. */
const GAP_BYTES = 64 * 1024

export interface ScanOptions {
  readonly batchRows: number
  readonly maxTextBytes: number
  /**
   * False reads every row without generated code; `large` generates it only for tables of many pages, where it pays. True and `large`
   * mean WebAssembly where that can read the columns, else JavaScript; `script` means JavaScript always.
   */
  readonly codeGeneration: boolean | 'large' | 'script'
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

/** Whether reading `group`, the first leaves of a table, is worth generating code for: that takes as long as reading a few pages. */
function isLarge(group: readonly number[]): boolean {
  return group.length > 8
}

/** Reads pages of neighbouring leaves into one buffer, which grows to what a run needs. */
class LeafBuffer {
  readonly #pager: Pager
  readonly #table: string
  bytes: Buffer
  view: DataView

  /** `bytes`: a buffer for any run, where there is one. */
  constructor(pager: Pager, table: string, bytes: Buffer = Buffer.alloc(0)) {
    this.#pager = pager
    this.#table = table
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  load(firstPage: number, pages: number, groupPages: number): void {
    const { pageSize } = this.#pager.header
    const length = pages * pageSize
    if (length + READ_AHEAD_BYTES > this.bytes.length) {
      this.bytes = Buffer.allocUnsafeSlow(Math.min(Math.max(length, groupPages * pageSize), RUN_BYTES) + READ_AHEAD_BYTES)
      this.view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length)
    }
    this.#pager.run(this.#table, firstPage, this.bytes.subarray(0, length))
  }
}

/** Yields the same writer again and again: its rows are to be used before the next step. The first page comes alone, for those who only peek. */
export function* scanTree(
  pager: Pager,
  table: string,
  root: number,
  wanted: readonly WantedColumn[],
  options: ScanOptions,
  tuples: readonly (readonly number[])[] = [],
): Generator<RowWriter> {
  const { pageSize, usable } = pager.header
  const mostCells = maxCells(pageSize)
  const visited = new VisitedPages(pager, table)
  let tree: OpenTree | undefined
  for (const leaves of leafGroups(pager, table, root, visited)) {
    tree ??= openTree(pager, table, visited, leaves, { wanted, tuples }, options)
    const { writer, reader, decode, buffer } = tree
    for (let from = 0; from < leaves.length; ) {
      const isFirst = writer.firstRow + writer.rows === 0
      const count = isFirst ? 1 : runLength(leaves, from, pageSize)
      const firstPage = leaves[from] ?? 0
      buffer.load(firstPage, (leaves[from + count - 1] ?? 0) - firstPage + 1, leaves.length)
      const { bytes, view } = buffer
      for (let i = from; i < from + count; i++) {
        const page = leaves[i] ?? 0
        const base = (page - firstPage) * pageSize
        const start = base + pageHeaderOffset(page)
        const cells = uint16(bytes, start + 3)
        const pointers = start + LEAF_HEADER_BYTES
        const low = pointers + cells * 2
        if (bytes[start] !== TABLE_LEAF) throw pager.damage(table, page, `expected a table leaf, found page type ${bytes[start]}`)
        if (cells > mostCells || low > base + usable) throw pager.damage(table, page, `claims ${cells} rows`)
        if (writer.rows + cells > writer.capacity) yield* emptied(writer)
        reader.enter(bytes, page, base, low)
        decode(bytes, view, base, base + usable, pointers, cells, writer.rows)
        writer.rows += cells
      }
      if (isFirst && leaves.length > 1) yield* emptied(writer)
      from += count
    }
  }
  if (tree !== undefined) yield tree.writer
}

function* emptied(writer: RowWriter): Generator<RowWriter> {
  yield writer
  writer.firstRow += writer.rows
  writer.rows = 0
}

interface OpenTree {
  readonly writer: RowWriter
  readonly reader: RowReader
  readonly decode: PageDecoder
  readonly buffer: LeafBuffer
}

/** `leaves`: the first group, which is all of a small table. */
function openTree(
  pager: Pager,
  table: string,
  visited: VisitedPages,
  leaves: readonly number[],
  columns: WantedColumns,
  options: ScanOptions,
): OpenTree {
  const { pageSize, usable } = pager.header
  const mostCells = maxCells(pageSize)
  const rows = Math.max(mostCells, isLarge(leaves) ? options.batchRows : Math.min(options.batchRows, leaves.length * mostCells))
  const maxLocal = maxLocalPayload(usable)
  const { codeGeneration } = options
  const generate = codeGeneration === 'large' ? isLarge(leaves) : codeGeneration !== false
  const machine = generate && codeGeneration !== 'script' ? openMachine(columns, rows, RUN_BYTES + READ_AHEAD_BYTES, maxLocal) : undefined
  const writer = new RowWriter(columns, rows, options.maxTextBytes, machine?.placed)
  const reader = new RowReader(pager, table, visited, writer)
  const parts = { reader, writer, maxLocal }
  const decode =
    machine === undefined
      ? ((generate ? generatedDecoder(parts) : undefined) ?? interpretingDecoder(parts))
      : machineDecoder(machine, parts)
  return { writer, reader, decode, buffer: new LeafBuffer(pager, table, machine?.pages) }
}
