/** What the parts of a page program share: where things are in its memory, its locals, and where the columns of a row begin. */
import { type Code, code, constant, get, i32, leave, vector, when } from '#readers/wasm/assembler.ts'
import { type MemoPlace, MOST_PARTS, RUN_BYTES } from './tuple-memo.ts'

/** Columns that are wanted together, and the memo that knows their tuples (tuple-memo.ts). */
export interface TupleTarget {
  /** Positions in the record. */
  readonly positions: readonly number[]
  /** Address of the index of the first row: four bytes a row. */
  readonly indices: number
  readonly memo: MemoPlace
}

/** Where a wanted column goes: addresses of its first row. */
export type Target =
  | { readonly type: 'number'; readonly position: number; readonly values: number }
  | { readonly type: 'id64'; readonly position: number; readonly hi: number; readonly lo: number; readonly isNull: number }

export interface ProgramLayout {
  /** Address of the window of pages that `base`, `end`, `pointers` and `low` count from. */
  readonly pages: number
  /** Address of `constantTables`. */
  readonly tables: number
  /** Address of which tuple a row was given up for: its index and one, 0 for none. Four bytes. */
  readonly unknownTuple: number
  readonly maxLocal: number
  readonly targets: readonly Target[]
  readonly tuples: readonly TupleTarget[]
}

export const VECTOR = 16
/** By serial type: bytes of the value. 10 and more are texts, blobs and reserved: not plain. */
export const SIZES = [0, 1, 2, 3, 4, 6, 8, 8, 0, 0]
export const LARGEST_PLAIN = 9

/** Types whose value is an integer, a bit each: 1 to 5, 8 and 9; and those with 6, which a double may not hold. */
export const SHORT_INTEGERS = 0x33e
export const INTEGERS = 0x37e

/** By serial type, eight bytes each: how far the turned bytes are shifted, what is kept of them, what is added. */
export const SHIFTS = 0
export const MASKS = 16 * 8
export const ONES = 32 * 8
/** By length of a run, a vector each: which of its sixteen bytes count. */
export const RUN_MASKS = 48 * 8
export const constantTables: BigInt64Array = (() => {
  const tables = new BigInt64Array(48 + (RUN_BYTES + 1) * 2)
  new Uint8Array(tables.buffer, RUN_MASKS).forEach((_, at, bytes) => {
    bytes[at] = at % RUN_BYTES < Math.floor(at / RUN_BYTES) ? 255 : 0
  })
  for (let type = 1; type <= 6; type++) {
    tables[type] = BigInt(64 - 8 * (SIZES[type] ?? 0))
    tables[16 + type] = -1n
  }
  tables[32 + 9] = 1n
  return tables
})()

// Parameters, then locals.
export const BASE = 0
export const END = 1
export const POINTERS = 2
export const LOW = 3
export const CELLS = 4
export const ROW = 5
export const STOP = 6
export const AT = 7
export const LENGTH = 8
export const HEADER_END = 9
export const RECORD_END = 10
export const OFFSET = 11
export const TYPE = 12
export const SLOT = 13
export const TRIES = 14
/** Bytes of a run. */
export const SPAN = 15
/** Of the runs of a tuple: their types, and their bytes. */
export const FIRST_TYPES = 16
export const VALUE = FIRST_TYPES + MOST_PARTS
export const FIRST_RUN = VALUE + 1
export const FIRST_VECTOR = FIRST_RUN + MOST_PARTS
export const PARAMETERS = 6

/** Two vectors of locals for each sixteen columns (types, ends of values), and where the sixteen begin. */
export const typesOf = (group: number): number => FIRST_VECTOR + group * 3
export const endsOf = (group: number): number => FIRST_VECTOR + group * 3 + 1
export const startOf = (group: number): number => FIRST_VECTOR + group * 3 + 2

export const giveUp: Code = code(get(ROW), leave)
export const giveUpIf = (condition: Code): Code => code(condition, when(giveUp))

export const rowTimes = (shift: number): Code => (shift === 0 ? get(ROW) : code(get(ROW), constant(shift), i32.shiftLeft))

/** Where a column begins. */
export function startOfColumn(position: number): Code {
  const group = Math.floor(position / VECTOR)
  const lane = position % VECTOR
  return code(get(startOf(group)), lane === 0 ? [] : code(get(endsOf(group)), vector.byte(lane - 1), i32.add))
}

export function endOfColumn(position: number): Code {
  const group = Math.floor(position / VECTOR)
  return code(get(startOf(group)), get(endsOf(group)), vector.byte(position % VECTOR), i32.add)
}
