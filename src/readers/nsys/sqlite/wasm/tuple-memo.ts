/**
 * The tuples that a page program knows: a hash table in its memory, written here and only read there. What it compares are the bytes of the
 * record, not values: columns that stand side by side are one run of at most sixteen bytes with up to four serial types. Equal bytes of
 * equal types are equal values; a value that is stored in two ways (1 in no byte, and in one) merely has two slots.
 *
 * A slot: one more than the tuple's index (0: free), four bytes; the types of each run, four bytes; the bytes of each run, sixteen.
 */

/** Of one tuple: the geometry of a launch has six. */
export const MOST_PARTS = 8
/** Columns of a run: their types are one word. */
const RUN_COLUMNS = 4
/** Bytes of a run that are compared: one vector. Ids, ordinals and sizes of a launch have one to four bytes each. */
export const RUN_BYTES = 16
/** Slots looked at, from the one that the hash names: with half of the slots taken, two are looked at on average. */
export const MEMO_TRIES = 8
/** More than the kernels of most captures; a quarter of a megabyte for names, read where it is needed only. */
const SLOTS = 8192
/** The hash is taken from the upper bits of a sum of products. */
export const MEMO_SHIFT = 64 - Math.log2(SLOTS)

export interface Run {
  /** Position in the record of the first column. */
  readonly first: number
  readonly columns: number
}

/** The columns at these positions of a record, in any order, as runs of neighbours. */
export function runsOf(positions: readonly number[]): Run[] {
  const runs: Run[] = []
  for (const position of [...new Set(positions)].sort((a, b) => a - b)) {
    const last = runs.at(-1)
    if (last !== undefined && last.first + last.columns === position && last.columns < RUN_COLUMNS)
      runs[runs.length - 1] = { first: last.first, columns: last.columns + 1 }
    else runs.push({ first: position, columns: 1 })
  }
  return runs
}

export interface MemoPlace {
  readonly runs: readonly Run[]
  readonly address: number
  readonly slots: number
  /** Bytes of a slot: a power of two. */
  readonly stride: number
  /** Laid out as a slot: where the program leaves what it did not find. */
  readonly asked: number
  /** Where the program leaves the address of the slot for it, counted from `address`. */
  readonly slotAsked: number
}

/** Within a slot. */
export const INDEX_AT = 0
export const typesAt = (run: number): number => 4 + run * 4
export const bytesAt = (runs: number, run: number): number => ((typesAt(runs) + RUN_BYTES - 1) & -RUN_BYTES) + run * RUN_BYTES

/** Odd, so that no bit is lost: one for each half of a run and one for its types. */
export const memoFactor = (part: number): bigint => (BigInt(part) * 0x9e3779b97f4a7c16n + 0x9e3779b97f4a7c15n) | 1n

export function memoPlace(positions: readonly number[], take: (bytes: number) => number): MemoPlace {
  const runs = runsOf(positions)
  const stride = 2 ** Math.ceil(Math.log2(bytesAt(runs.length, runs.length)))
  return { runs, address: take(SLOTS * stride), slots: SLOTS, stride, asked: take(stride), slotAsked: take(8) }
}

export class TupleMemo {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #place: MemoPlace

  constructor(buffer: ArrayBuffer, place: MemoPlace) {
    this.#bytes = new Uint8Array(buffer)
    this.#view = new DataView(buffer)
    this.#place = place
  }

  /** Serial type of a column in the tuple that the program did not find. */
  typeAsked(position: number): number {
    const { runs, asked } = this.#place
    const run = runs.findIndex(({ first, columns }) => position >= first && position < first + columns)
    return this.#bytes[asked + typesAt(run) + position - (runs[run]?.first ?? 0)] as number // positions are those of the runs
  }

  /** Remembers the tuple that the program did not find, in the slot that it named, whoever has it. */
  add(index: number): void {
    const { address, asked, slotAsked, stride } = this.#place
    const slot = address + this.#view.getInt32(slotAsked, true)
    this.#bytes.copyWithin(slot, asked, asked + stride)
    this.#view.setInt32(slot + INDEX_AT, index + 1, true)
  }
}
