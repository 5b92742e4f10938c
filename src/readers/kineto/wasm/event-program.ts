/**
 * The program that reads one event of a trace: member after member along the paths that the careful reader has learned, its values into
 * the places of `layout.ts`. It knows plain numbers and texts that were seen before. At anything else it gives up, writes nothing that
 * counts, and the careful reader takes the event and learns what was new.
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
  leave,
  loop,
  memory,
  set,
  tee,
  vector,
  when,
} from '#readers/wasm/assembler.ts'
import {
  ARGUMENTS_READ,
  BLOCK_READ,
  GRID_READ,
  type Layout,
  LITERALS,
  MOST_CATEGORIES,
  NODES,
  NONE_WORDS,
  node,
  numbers,
  operations,
  RESET_NUMBERS_BYTES,
  ROOTS,
  SKIPPED,
  THOUSANDTHS,
  words,
  ZERO_WORDS,
} from './layout.ts'
import {
  AT,
  BYTE,
  byteAt,
  CHILD,
  END,
  giveUp,
  giveUpBehind,
  giveUpIf,
  increase,
  isByte,
  KEY,
  LENGTH,
  locals,
  NODE,
  OUTER,
  PARAMETERS,
  QUOTE,
  VECTOR,
} from './locals.ts'
import { findQuote, skipLiteral, skipNested } from './skip-code.ts'
import { findText, readNumber, readTriple } from './value-code.ts'

const fieldOf = (offset: number): Code => code(get(CHILD), memory.loadI32(offset))
const storeWord = (address: number, value: Code): Code => code(constant(0), value, memory.storeI32(address))
const wordAt = (address: number): Code => code(constant(0), memory.loadI32(address))

const reset: Code = code(
  vector.constant([0, 0, 0, 0, 0, 0, 0xf8, 0x7f, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f]),
  set(VECTOR),
  ...Array.from({ length: RESET_NUMBERS_BYTES / 16 }, (_, index) => code(constant(index * 16), get(VECTOR), memory.storeVector(0))),
  code(constant(0), vector.constant([]), memory.storeVector(ZERO_WORDS.from)),
  code(constant(0), vector.constant([]), memory.storeVector(THOUSANDTHS)),
  code(vector.constant(new Array<number>(16).fill(255)), set(VECTOR)),
  ...Array.from({ length: NONE_WORDS.bytes / 16 }, (_, index) =>
    code(constant(index * 16), get(VECTOR), memory.storeVector(NONE_WORDS.from)),
  ),
)

/** Branches `levels` out where sixteen bytes of the node's text, from `from` on, do not stand at AT. */
const differsAt = (window: number, from: number, levels: number): Code =>
  code(
    code(get(AT), memory.loadVector(window + from), get(CHILD), memory.loadVector(node.text + from), vector.exclusiveOr),
    code(get(CHILD), memory.loadVector(node.mask + from), vector.and, vector.anyTrue, branchIf(levels)),
  )

/** To the node behind NODE whose text stands at AT, and behind that text: CHILD, BYTE. */
const follow = (window: number): Code => {
  const longer = (from: number): Code => code(get(LENGTH), constant(from), i32.greaterUnsigned, when(differsAt(window, from, 1)))
  return code(
    code(get(NODE), memory.loadI32(node.first), set(CHILD)),
    block(
      loop(
        code(get(CHILD), i32.equalsZero, when(giveUp)),
        block(
          differsAt(window, 0, 0),
          code(fieldOf(node.length), set(LENGTH)),
          code(longer(16), longer(32), longer(48)),
          // Here may be more space before the value than there was.
          code(byteAt(code(get(AT), get(LENGTH), i32.add), window), tee(BYTE), constant(32), i32.greaterUnsigned),
          code(fieldOf(node.isEnd), i32.or, branchIf(2)),
        ),
        code(fieldOf(node.next), set(CHILD)),
        branch(0),
      ),
    ),
    code(get(AT), get(LENGTH), i32.add, set(AT), get(CHILD), set(NODE)),
  )
}

const skip = (window: number): Code =>
  code(
    isByte(BYTE, '"'),
    when(
      code(findQuote(window), get(QUOTE), constant(1), i32.add, set(AT)),
      code(code(isByte(BYTE, '{'), isByte(BYTE, '['), i32.or), when(skipNested(window), skipLiteral(window))),
    ),
  )

/** A category behind the arguments would say too late whether to read them. */
const giveUpOnLateCategory: Code = giveUpIf(
  code(code(fieldOf(node.slot), constant(words.category), i32.equal), code(wordAt(words.argumentsAt), constant(-1), i32.notEqual, i32.and)),
)

const text = (layout: Layout): Code =>
  code(
    giveUpIf(code(isByte(BYTE, '"'), i32.equalsZero)),
    giveUpOnLateCategory,
    findQuote(layout.window),
    increase(AT, 1),
    findText(layout),
    code(fieldOf(node.slot), get(KEY), memory.storeI32(0)),
    code(get(QUOTE), constant(1), i32.add, set(AT)),
  )

/** A process or thread: a number, or a text. Whichever came last counts. */
const id = (layout: Layout): Code => {
  const storeText = (value: Code): Code =>
    code(fieldOf(node.slot), constant(1), i32.shiftRight, value, memory.storeI32(words.pidText - numbers.pid / 2))
  return code(
    isByte(BYTE, '"'),
    when(
      code(
        code(findQuote(layout.window), increase(AT, 1), findText(layout)),
        code(storeText(get(KEY)), get(QUOTE), constant(1), i32.add, set(AT)),
      ),
      code(readNumber(layout.window), storeText(constant(-1))),
    ),
  )
}

/** Digits as a text, as ids of 64 bits are kept; a lone zero says that there is none. */
const digits = (layout: Layout): Code =>
  code(
    code(get(AT), set(QUOTE)),
    block(
      loop(
        code(byteAt(get(QUOTE), layout.window), constant(48), i32.subtract, constant(9), i32.greaterUnsigned, branchIf(1)),
        increase(QUOTE, 1),
        branch(0),
      ),
    ),
    giveUpIf(code(get(AT), get(QUOTE), i32.equal)),
    // `12.5` or `12e3`: more than digits.
    giveUpIf(code(byteAt(get(QUOTE), layout.window), memory.loadByte(LITERALS))),
    code(get(QUOTE), get(AT), i32.subtract, constant(1), i32.equal, isByte(BYTE, '0'), i32.and, i32.equalsZero),
    when(code(findText(layout), code(fieldOf(node.slot), get(KEY), memory.storeI32(0)))),
    code(get(QUOTE), set(AT)),
  )

/** One character between quotes. */
const phase = (window: number): Code =>
  code(
    giveUpIf(code(isByte(BYTE, '"'), i32.equalsZero)),
    code(byteAt(get(AT), window + 1), set(BYTE)),
    giveUpIf(code(isByte(BYTE, '"'), isByte(BYTE, '\\'), i32.or)),
    giveUpIf(code(byteAt(get(AT), window + 2), constant(34), i32.notEqual)),
    code(storeWord(words.phase, get(BYTE)), increase(AT, 3)),
  )

/** Into the arguments where the category reads them, else over them. */
const enterArguments = (window: number): Code =>
  code(
    giveUpIf(code(isByte(BYTE, '{'), i32.equalsZero)),
    giveUpIf(code(wordAt(words.argumentsAt), constant(-1), i32.notEqual)),
    storeWord(words.argumentsAt, get(AT)),
    giveUpIf(code(wordAt(words.category), constant(MOST_CATEGORIES - 1), i32.greaterUnsigned)),
    code(wordAt(words.category), constant(2), i32.shiftLeft, memory.loadI32(ROOTS), tee(LENGTH), i32.equalsZero, when(giveUp)),
    code(get(LENGTH), constant(SKIPPED), i32.equal),
    when(
      skipNested(window),
      code(
        code(get(NODE), set(OUTER), get(LENGTH), set(NODE), increase(AT, 1)),
        code(wordAt(words.flags), constant(ARGUMENTS_READ), i32.or, set(LENGTH), storeWord(words.flags, get(LENGTH))),
      ),
    ),
  )

const triple = (window: number): Code =>
  code(
    giveUpIf(code(isByte(BYTE, '['), i32.equalsZero)),
    readTriple(window),
    code(fieldOf(node.slot), constant(numbers.grid), i32.equal),
    when(code(constant(GRID_READ), set(LENGTH)), code(constant(BLOCK_READ), set(LENGTH))),
    storeWord(words.flags, code(wordAt(words.flags), get(LENGTH), i32.or)),
  )

/** Out of the arguments, or behind the event. */
const finish: Code = code(
  get(OUTER),
  when(
    code(code(get(OUTER), set(NODE), constant(0), set(OUTER))),
    code(giveUpIf(code(get(AT), get(END), i32.greaterUnsigned)), get(AT), leave),
  ),
)

/** `run(at, end)`: the position behind the event whose brace stands at `at`, or 0. Positions are of the window. */
export function eventProgram(layout: Layout): Uint8Array {
  const { window } = layout
  const cases: readonly (readonly [number, Code])[] = [
    [operations.skip, skip(window)],
    [operations.number, readNumber(window)],
    [operations.id, id(layout)],
    [operations.text, text(layout)],
    [operations.end, finish],
    [operations.phase, phase(window)],
    [operations.arguments, enterArguments(window)],
    [operations.triple, triple(window)],
    [operations.digits, digits(layout)],
  ]
  const dispatch = cases.map(([operation, body]) => code(get(LENGTH), constant(operation), i32.equal, when(code(body, branch(1)))))
  return assemble(
    PARAMETERS,
    locals,
    code(
      reset,
      code(constant(NODES), set(NODE), increase(AT, 1)),
      loop(giveUpBehind(AT), follow(window), code(fieldOf(node.operation), set(LENGTH)), ...dispatch, giveUp),
      constant(0),
    ),
  )
}
