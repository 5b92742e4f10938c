/** Payloads that continue on overflow pages: https://www.sqlite.org/fileformat2.html#cell_payload_overflow_pages */
import type { Pager, VisitedPages } from '#readers/nsys/sqlite/pager.ts'

/** SQLite's default SQLITE_MAX_LENGTH: no writer makes a longer record. */
const MAX_PAYLOAD = 1_000_000_000

/** Longest payload that stays wholly in a leaf cell. */
export function maxLocalPayload(usable: number): number {
  return usable - 35
}

/** Bytes of a payload longer than `maxLocalPayload` that are kept in the leaf cell. */
export function spilledLocalPayload(usable: number, payload: number): number {
  const minimum = Math.floor(((usable - 12) * 32) / 255) - 23
  const kept = minimum + ((payload - minimum) % (usable - 4))
  return kept <= maxLocalPayload(usable) ? kept : minimum
}

/** Random access to one spilled payload: reads only the overflow pages that hold the wanted bytes (and those before them, for their links). */
export class SpilledPayload {
  readonly length: number
  readonly #pager: Pager
  readonly #visited: VisitedPages
  readonly #table: string
  readonly #local: Uint8Array
  /** Overflow pages found so far; the link of the last one is `#next`. */
  readonly #pages: number[] = []
  #next: number

  constructor(
    pager: Pager,
    visited: VisitedPages,
    place: { table: string; page: number },
    local: Uint8Array,
    length: number,
    first: number,
  ) {
    const room = pager.header.pageCount * (pager.header.usable - 4)
    if (length > MAX_PAYLOAD || length - local.length > room) {
      throw pager.damage(place.table, place.page, `a record claims ${length} bytes, more than the file holds`)
    }
    this.#pager = pager
    this.#visited = visited
    this.#table = place.table
    this.#local = local
    this.length = length
    this.#next = first
  }

  /** `length` bytes from `from`, in a new array; the caller stays within `this.length`. */
  bytes(from: number, length: number): Uint8Array {
    const result = new Uint8Array(length)
    const end = from + length
    if (from < this.#local.length) result.set(this.#local.subarray(from, Math.min(end, this.#local.length)))
    const perPage = this.#pager.header.usable - 4
    const firstPage = Math.max(0, Math.floor((from - this.#local.length) / perPage))
    for (let i = firstPage; this.#local.length + i * perPage < end; i++) {
      const start = this.#local.length + i * perPage
      const page = this.#content(i)
      const low = Math.max(from, start)
      const high = Math.min(end, start + perPage)
      result.set(page.subarray(4 + low - start, 4 + high - start), low - from)
    }
    return result
  }

  /** The `index`-th overflow page of the chain. */
  #content(index: number): Uint8Array {
    const known = this.#pages[index]
    if (known !== undefined) return this.#pager.page(this.#table, known)
    for (;;) {
      const number = this.#next
      this.#visited.take(number)
      const page = this.#pager.page(this.#table, number)
      this.#pages.push(number)
      this.#next = new DataView(page.buffer, page.byteOffset, 4).getUint32(0)
      if (this.#pages.length > index) return page
    }
  }
}
