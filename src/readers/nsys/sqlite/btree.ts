/** Table b-trees: https://www.sqlite.org/fileformat2.html#b_tree_pages. Only interior pages are read to find the leaves. */
import { HEADER_BYTES } from '#readers/nsys/sqlite/header.ts'
import type { Pager, VisitedPages } from '#readers/nsys/sqlite/pager.ts'
import { rowidValue, uint16, uint32, varintLength } from '#readers/nsys/sqlite/record.ts'

export const TABLE_LEAF = 0x0d
const TABLE_INTERIOR = 0x05
export const LEAF_HEADER_BYTES = 8
const INTERIOR_HEADER_BYTES = 12

/** SQLite's own limit (BTCURSOR_MAX_DEPTH); 20 levels of two children exceed any file. */
const MAX_DEPTH = 20

/** Bytes before the b-tree header: page 1 begins with the file header. */
export function pageHeaderOffset(page: number): number {
  return page === 1 ? HEADER_BYTES : 0
}

/** Most cells a page can hold: SQLite's own guard (MX_CELL), six bytes being the smallest cell with its pointer. */
export function maxCells(pageSize: number): number {
  return Math.floor((pageSize - LEAF_HEADER_BYTES) / 6)
}

/** Child page numbers of an interior page, the right-most last. */
function children(pager: Pager, table: string, page: number, bytes: Uint8Array): number[] {
  const start = pageHeaderOffset(page)
  const cells = uint16(bytes, start + 3)
  const pointersEnd = start + INTERIOR_HEADER_BYTES + cells * 2
  if (cells > maxCells(pager.header.pageSize) || pointersEnd > pager.header.usable) {
    throw pager.damage(table, page, `claims ${cells} children`)
  }
  const result: number[] = []
  for (let i = 0; i < cells; i++) {
    const cell = uint16(bytes, start + INTERIOR_HEADER_BYTES + i * 2)
    if (cell < pointersEnd || cell + 5 > pager.header.usable) throw pager.damage(table, page, 'a cell lies outside the page')
    result.push(uint32(bytes, cell))
  }
  result.push(uint32(bytes, start + 8))
  return result
}

/** Levels below the root, along the leftmost edge: all leaves of a b-tree are equally deep. */
function depthOf(pager: Pager, table: string, root: number): number {
  let page = root
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const bytes = pager.page(table, page)
    const type = bytes[pageHeaderOffset(page)]
    if (type === TABLE_LEAF) return depth
    if (type !== TABLE_INTERIOR) throw pager.damage(table, page, `expected an interior table page, found page type ${type}`)
    page = children(pager, table, page, bytes)[0] ?? root
    pager.checkNumber(table, page)
  }
  throw pager.damage(table, root, `the tree is deeper than ${MAX_DEPTH} levels`)
}

/** Leaves below `page`, which lies `depth` levels above them. */
function* leavesBelow(pager: Pager, table: string, page: number, depth: number, visited: VisitedPages): Generator<readonly number[]> {
  const bytes = pager.page(table, page)
  const found = bytes[pageHeaderOffset(page)]
  if (found !== TABLE_INTERIOR) throw pager.damage(table, page, `expected an interior table page, found page type ${found}`)
  const below = children(pager, table, page, bytes)
  for (const child of below) visited.take(child)
  if (depth === 1) yield below
  else for (const child of below) yield* leavesBelow(pager, table, child, depth - 1, visited)
}

/**
 * The leaf pages in key order, those of one interior page at a time: who needs only the first rows reads only the first pages.
 * Their types are not yet checked.
 */
export function* leafGroups(pager: Pager, table: string, root: number, visited: VisitedPages): Generator<readonly number[]> {
  visited.take(root)
  const depth = depthOf(pager, table, root)
  if (depth === 0) yield [root]
  else yield* leavesBelow(pager, table, root, depth, visited)
}

/** Rowid of the first or last row, by walking one edge of the tree; undefined for an empty table. */
function edgeRowid(pager: Pager, table: string, root: number, last: boolean): bigint | undefined {
  let page = root
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const bytes = pager.page(table, page)
    const start = pageHeaderOffset(page)
    if (bytes[start] === TABLE_LEAF) {
      const cells = uint16(bytes, start + 3)
      if (cells === 0 || cells > maxCells(pager.header.pageSize)) return undefined
      const cell = uint16(bytes, start + LEAF_HEADER_BYTES + (last ? (cells - 1) * 2 : 0))
      if (cell >= pager.header.usable) return undefined
      const at = cell + varintLength(bytes, cell)
      return rowidValue(bytes, at, varintLength(bytes, at))
    }
    if (bytes[start] !== TABLE_INTERIOR) return undefined
    const below = children(pager, table, page, bytes)
    page = (last ? below[below.length - 1] : below[0]) ?? 0
  }
  return undefined
}

/** Upper bound of a table's rows, from its first and last rowid and what the file can hold. Damage is left for the scan to report. */
export function rowCountBound(pager: Pager, table: string, root: number): number {
  const capacity = pager.header.pageCount * maxCells(pager.header.pageSize)
  try {
    const first = edgeRowid(pager, table, root, false)
    const last = edgeRowid(pager, table, root, true)
    if (first === undefined || last === undefined) return 0
    return last < first ? capacity : Math.min(capacity, Number(last - first) + 1)
  } catch {
    return capacity
  }
}
