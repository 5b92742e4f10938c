/**
 * The program that decodes the cells of one leaf page: straight-line code for one set of wanted columns, made of column positions and
 * addresses only, never of names or other text of the file. A record's serial types are bytes in a row, so that a table look-up and a
 * running sum over sixteen of them at once give where every column begins; a value is eight bytes turned round and shifted.
 *
 * It reads plain rows: types of one byte, integers, doubles, NULL, no column missing. At any other row it stops and says which.
 * https://www.sqlite.org/fileformat2.html#record_format
 */
import {
  assemble,
  block,
  branch,
  branchIf,
  type Code,
  code,
  constant,
  get,
  i32,
  i64,
  loop,
  memory,
  nan,
  set,
  tee,
  types,
  vector,
  when,
} from '#readers/wasm/assembler.ts'
import {
  AT,
  BASE,
  CELLS,
  END,
  endsOf,
  giveUp,
  giveUpIf,
  HEADER_END,
  INTEGERS,
  LARGEST_PLAIN,
  LENGTH,
  LOW,
  MASKS,
  OFFSET,
  ONES,
  PARAMETERS,
  POINTERS,
  type ProgramLayout,
  RECORD_END,
  ROW,
  rowTimes,
  SHIFTS,
  SHORT_INTEGERS,
  SIZES,
  STOP,
  startOf,
  startOfColumn,
  type Target,
  TYPE,
  typesOf,
  VALUE,
  VECTOR,
} from './program-parts.ts'
import { MOST_PARTS } from './tuple-memo.ts'
import { tupleSource } from './tuple-program.ts'

/** Turns the eight bytes at OFFSET of the page window round: the value's first byte is the highest. */
const turned = (pages: number): Code =>
  code(
    get(OFFSET),
    memory.loadHalfVector(pages),
    vector.constant([]),
    vector.shuffle([7, 6, 5, 4, 3, 2, 1, 0, 16, 16, 16, 16, 16, 16, 16, 16]),
    vector.low64,
  )

const isType = (bits: number): Code => code(constant(1), get(TYPE), i32.shiftLeft, constant(bits), i32.and)
const tableEntry = (layout: ProgramLayout, table: number): Code =>
  code(get(TYPE), constant(3), i32.shiftLeft, memory.loadI64(layout.tables + table))

const integer = (layout: ProgramLayout): Code =>
  code(
    turned(layout.pages),
    tableEntry(layout, SHIFTS),
    i64.shiftRightSigned,
    tableEntry(layout, MASKS),
    i64.and,
    tableEntry(layout, ONES),
    i64.or,
  )

function storeNumber(layout: ProgramLayout, values: number): Code {
  const store = (value: Code): Code => code(rowTimes(3), value, memory.storeDouble(values))
  const double = code(get(TYPE), constant(7), i32.equal, when(store(code(turned(layout.pages), i64.asDouble)), giveUp))
  const orNull = code(get(TYPE), i32.equalsZero, when(store(nan), double))
  return code(isType(SHORT_INTEGERS), when(store(code(integer(layout), i64.toDouble)), orNull))
}

function storeId(layout: ProgramLayout, { hi, lo, isNull }: Extract<Target, { type: 'id64' }>): Code {
  const store = (high: Code, low: Code, missing: number): Code =>
    code(
      rowTimes(2),
      high,
      memory.storeI32(hi),
      rowTimes(2),
      low,
      memory.storeI32(lo),
      rowTimes(0),
      constant(missing),
      memory.storeByte(isNull),
    )
  const high = code(get(VALUE), constant(32), i64.extendUnsigned, i64.shiftRightSigned, i32.wrap)
  const present = code(integer(layout), set(VALUE), store(high, code(get(VALUE), i32.wrap), 0))
  return code(isType(INTEGERS), when(present, code(get(TYPE), i32.equalsZero, when(store(constant(0), constant(0), 1), giveUp))))
}

/** Type and offset of a column into their locals. */
function locate(position: number): Code {
  const type = code(get(typesOf(Math.floor(position / VECTOR))), vector.byte(position % VECTOR), set(TYPE))
  return code(type, startOfColumn(position), set(OFFSET))
}

function column(layout: ProgramLayout, target: Target): Code {
  return code(locate(target.position), target.type === 'number' ? storeNumber(layout, target.values) : storeId(layout, target))
}

/** From the serial types at AT (behind the header's length) to the ends of the values, counted from the first of each sixteen. */
function groupSource(pages: number, group: number, lanes: number): Code {
  const used = new Array<number>(lanes).fill(255)
  // A running sum in four steps: each lane takes what stood 1, 2, 4, 8 lanes before it.
  const sum = [1, 2, 4, 8].map((step) =>
    code(
      get(endsOf(group)),
      get(endsOf(group)),
      vector.constant([]),
      vector.shuffle(Array.from({ length: VECTOR }, (_, lane) => (lane < step ? VECTOR : lane - step))),
      vector.addBytes,
      set(endsOf(group)),
    ),
  )
  return code(
    code(get(AT), memory.loadVector(pages + group * VECTOR), vector.constant(used), vector.and, set(typesOf(group))),
    giveUpIf(
      code(get(typesOf(group)), vector.constant(new Array<number>(VECTOR).fill(LARGEST_PLAIN)), vector.greaterUnsigned, vector.anyTrue),
    ),
    code(vector.constant(SIZES), get(typesOf(group)), vector.lookUp, set(endsOf(group))),
    ...sum,
    group === 0
      ? code(get(HEADER_END), set(startOf(0)))
      : code(get(startOf(group - 1)), get(endsOf(group - 1)), vector.byte(VECTOR - 1), i32.add, set(startOf(group))),
  )
}

/** Over the cell's pointer, its length and its rowid to the record: AT stands behind the header's length. */
function cellSource({ pages, maxLocal }: ProgramLayout): Code {
  const byte = (offset = 0): Code => code(get(AT), memory.loadByte(pages + offset))
  const step = (by: number): Code => code(get(AT), constant(by), i32.add, set(AT))
  const pointer = code(
    code(get(POINTERS), memory.loadByte(pages), constant(8), i32.shiftLeft),
    code(get(POINTERS), memory.loadByte(pages + 1), i32.or, get(BASE), i32.add, tee(AT)),
  )
  const longLength = code(
    giveUpIf(code(byte(1), constant(127), i32.greaterUnsigned)),
    code(get(LENGTH), constant(127), i32.and, constant(7), i32.shiftLeft, byte(1), i32.or, set(LENGTH)),
    step(1),
  )
  return code(
    // A cell lies behind the pointers, and its first bytes within the page.
    giveUpIf(code(pointer, get(LOW), i32.lessUnsigned)),
    giveUpIf(code(get(AT), constant(12), i32.add, get(END), i32.greaterUnsigned)),
    code(byte(), tee(LENGTH), constant(127), i32.greaterUnsigned, when(longLength)),
    step(1),
    // The rowid: at most nine bytes, of which the last may be anything.
    block(...Array.from({ length: 8 }, (): Code => code(byte(), constant(128), i32.lessUnsigned, branchIf(0), step(1)))),
    step(1),
    code(get(AT), get(LENGTH), i32.add, set(RECORD_END)),
    giveUpIf(code(get(LENGTH), constant(maxLocal), i32.greaterUnsigned)),
    giveUpIf(code(get(RECORD_END), get(END), i32.greaterUnsigned)),
    code(get(AT), byte(), tee(LENGTH), i32.add, set(HEADER_END)),
    step(1),
    giveUpIf(code(get(LENGTH), constant(127), i32.greaterUnsigned)),
    giveUpIf(code(get(HEADER_END), get(RECORD_END), i32.greaterUnsigned)),
  )
}

/** `run(base, end, pointers, low, cells, row)` decodes cells into the rows from `row` on; returns the first row it did not. */
export function pageProgram(layout: ProgramLayout): Uint8Array {
  const positions = [...layout.targets.map(({ position }) => position), ...layout.tuples.flatMap((wanted) => wanted.positions)]
  const last = Math.max(...positions)
  const groups = Math.floor(last / VECTOR) + 1
  const body: Code[] = []
  for (let group = 0; group < groups; group++) body.push(groupSource(layout.pages, group, Math.min(VECTOR, last + 1 - group * VECTOR)))
  const walked = code(get(startOf(groups - 1)), get(endsOf(groups - 1)), vector.byte(last % VECTOR), i32.add, tee(OFFSET))
  const program = code(
    code(get(ROW), get(CELLS), i32.add, set(STOP)),
    code(constant(layout.unknownTuple), constant(0), memory.storeI32(0)),
    block(
      loop(
        code(get(ROW), get(STOP), i32.equal, branchIf(1)),
        cellSource(layout),
        // Every column walked has a type of one byte within the header.
        giveUpIf(code(get(LENGTH), constant(last + 2), i32.lessUnsigned)),
        ...body,
        giveUpIf(code(walked, get(RECORD_END), i32.greaterUnsigned)),
        // A record that ends with the last of them is filled by its columns.
        giveUpIf(code(get(LENGTH), constant(last + 2), i32.equal, get(OFFSET), get(RECORD_END), i32.lessUnsigned, i32.and)),
        ...layout.targets.map((target) => column(layout, target)),
        ...layout.tuples.map((target, index) => tupleSource(layout, target, index)),
        code(get(ROW), constant(1), i32.add, set(ROW)),
        code(get(POINTERS), constant(2), i32.add, set(POINTERS)),
        branch(0),
      ),
    ),
    get(ROW),
  )
  const locals = [
    ...new Array<number>(VALUE - PARAMETERS).fill(types.i32),
    types.i64,
    ...new Array<number>(MOST_PARTS).fill(types.vector),
    ...Array.from({ length: groups }, () => [types.vector, types.vector, types.i32]).flat(),
  ]
  return assemble(PARAMETERS, locals, program)
}
