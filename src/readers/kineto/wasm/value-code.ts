/** Code that reads values: numbers to a thousandth, and the ids of texts that were seen before. */
import {
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
  set,
  tee,
  when,
  wide,
} from '#readers/wasm/assembler.ts'
import {
  HASH_FACTOR,
  HASH_FOLD,
  KIND_BITS,
  type Layout,
  MOST_TRIES,
  node,
  SLOT_BYTES,
  slot,
  TEXT_SLOTS,
  THOUSANDTHS,
  words,
} from './layout.ts'
import {
  ADDRESS,
  AT,
  BYTE,
  byteAt,
  CHILD,
  DIGITS,
  FRACTION,
  giveUp,
  giveUpIf,
  HASH,
  increase,
  isByte,
  KEY,
  LENGTH,
  QUOTE,
  SLOT,
  THOUSANDTH,
  TRIES,
  VALUE,
} from './locals.ts'

/** 2^53: integers from here on are not exact. */
const EXACT_LIMIT = 2n ** 53n
/** More digits could pass 2^63 on the way. */
const MOST_DIGITS = 18
const LAST_START = 8

const fieldOf = (offset: number): Code => code(get(CHILD), memory.loadI32(offset))
/** The byte at AT as a digit, into BYTE; leaves whether it is none on the stack. */
const noDigit = (window: number): Code =>
  code(byteAt(get(AT), window), constant(48), i32.subtract, tee(BYTE), constant(9), i32.greaterUnsigned)

/** VALUE: the digits at AT; DIGITS is where they began. */
const wholeDigits = (window: number): Code =>
  code(
    code(get(AT), set(DIGITS), wide(0n), set(VALUE)),
    block(
      loop(
        code(noDigit(window), branchIf(1)),
        code(get(VALUE), wide(10n), i64.multiply, get(BYTE), i64.extendUnsigned, i64.add, set(VALUE)),
        increase(AT, 1),
        branch(0),
      ),
    ),
    giveUpIf(code(get(AT), get(DIGITS), i32.subtract, constant(1), i32.subtract, constant(MOST_DIGITS - 1), i32.greaterUnsigned)),
  )

const timesTen: Code = code(get(THOUSANDTH), constant(10), i32.multiply)

/** THOUSANDTH: three digits behind a point, rounded by the fourth; FRACTION: all of them together, 0 where they are zeros. */
const fraction = (window: number): Code =>
  code(
    code(increase(AT, 1), get(AT), set(DIGITS)),
    block(
      loop(
        code(noDigit(window), branchIf(1)),
        code(get(FRACTION), get(BYTE), i32.or, set(FRACTION)),
        code(get(AT), get(DIGITS), i32.subtract, constant(3), i32.lessUnsigned),
        when(
          code(timesTen, get(BYTE), i32.add, set(THOUSANDTH)),
          code(
            code(get(AT), get(DIGITS), i32.subtract, constant(3), i32.equal),
            code(get(BYTE), constant(4), i32.greaterUnsigned, i32.and, get(THOUSANDTH), i32.add, set(THOUSANDTH)),
          ),
        ),
        increase(AT, 1),
        branch(0),
      ),
    ),
    code(get(AT), get(DIGITS), i32.subtract, set(DIGITS)),
    block(
      loop(
        code(get(DIGITS), constant(2), i32.greaterUnsigned, branchIf(1)),
        code(timesTen, set(THOUSANDTH), increase(DIGITS, 1)),
        branch(0),
      ),
    ),
    code(get(THOUSANDTH), constant(1000), i32.equal),
    when(code(code(constant(0), set(THOUSANDTH)), code(get(VALUE), wide(1n), i64.add, set(VALUE)))),
  )

/** What may follow a number here; the careful reader knows more. */
const endsNumber = (window: number): Code =>
  code(
    code(byteAt(get(AT), window), set(BYTE)),
    code(isByte(BYTE, ','), isByte(BYTE, '}'), i32.or, isByte(BYTE, '\n'), i32.or, isByte(BYTE, ' '), i32.or),
  )

/** A plain number at AT into the place that its node says: no sign, no exponent, exact. */
export const readNumber = (window: number): Code =>
  code(
    wholeDigits(window),
    code(constant(0), set(THOUSANDTH), constant(0), set(FRACTION)),
    code(byteAt(get(AT), window), constant(46), i32.equal),
    when(fraction(window)),
    giveUpIf(code(endsNumber(window), i32.equalsZero)),
    giveUpIf(code(get(VALUE), wide(EXACT_LIMIT - 1n), i64.greaterUnsigned)),
    code(fieldOf(node.slot), tee(SLOT), get(VALUE), i64.toDouble, memory.storeDouble(0)),
    code(get(SLOT), constant(1), i32.shiftRight, get(THOUSANDTH), memory.storeI32(THOUSANDTHS)),
    code(get(SLOT), constant(LAST_START), i32.greaterUnsigned, get(FRACTION), i32.equalsZero, i32.or, i32.equalsZero),
    when(code(constant(0), constant(1), memory.storeI32(words.fraction))),
  )

const isSpace: Code = code(
  code(get(BYTE), constant(32), i32.equal, get(BYTE), constant(9), i32.subtract, constant(2), i32.lessUnsigned, i32.or),
  code(isByte(BYTE, '\r'), i32.or),
)
/** BYTE: the first at or behind AT that is no space, and AT goes there. */
const skipSpace = (window: number): Code =>
  block(loop(code(byteAt(get(AT), window), set(BYTE), isSpace, i32.equalsZero, branchIf(1)), increase(AT, 1), branch(0)))

/** `[x, y, z]` of plain whole numbers into the three places from the node's on. */
export const readTriple = (window: number): Code => {
  const one = (index: number): Code =>
    code(
      code(increase(AT, 1), skipSpace(window), wholeDigits(window), skipSpace(window)),
      giveUpIf(code(get(VALUE), wide(EXACT_LIMIT - 1n), i64.greaterUnsigned)),
      code(fieldOf(node.slot), get(VALUE), i64.toDouble, memory.storeDouble(index * 8)),
      giveUpIf(code(isByte(BYTE, index < 2 ? ',' : ']'), i32.equalsZero)),
    )
  return code(one(0), one(1), one(2), increase(AT, 1))
}

const mixed = (word: Code): Code =>
  code(
    code(get(HASH), word, i64.exclusiveOr, wide(HASH_FACTOR), i64.multiply, tee(HASH)),
    code(get(HASH), wide(HASH_FOLD), i64.shiftRight, i64.exclusiveOr, set(HASH)),
  )
const ofWindow = (window: number): Code => code(get(AT), get(LENGTH), i32.add, memory.loadI64(window))
/** The bytes of the last, unfinished word of a text. */
const kept: Code = code(
  wide(1n),
  code(get(QUOTE), get(AT), i32.subtract, constant(7), i32.and, constant(3), i32.shiftLeft, i64.extendUnsigned),
  code(i64.shiftLeft, wide(-1n), i64.add, i64.and),
)
/** Whether a whole word of the text begins at LENGTH. */
const hasWord: Code = code(get(QUOTE), get(AT), i32.subtract, get(LENGTH), i32.subtract, constant(7), i32.greaterUnsigned)

/** Branches `differs` levels out of where it stands unless the bytes at AT are those of ADDRESS. */
const compare = (window: number, differs: number): Code => {
  const difference = code(ofWindow(window), get(ADDRESS), get(LENGTH), i32.add, memory.loadI64(0), i64.exclusiveOr)
  return code(
    code(constant(0), set(LENGTH)),
    block(
      loop(
        code(hasWord, i32.equalsZero, branchIf(1)),
        code(difference, wide(0n), i64.notEqual, branchIf(differs + 2)),
        increase(LENGTH, 8),
        branch(0),
      ),
    ),
    code(difference, kept, wide(0n), i64.notEqual, branchIf(differs)),
  )
}

/** KEY becomes the id of the text from AT to QUOTE, of the node's kind. */
export const findText = ({ slots, window }: Layout): Code =>
  code(
    code(get(QUOTE), get(AT), i32.subtract, constant(KIND_BITS), i32.shiftLeft, fieldOf(node.kind), i32.or, tee(KEY)),
    code(i64.extendUnsigned, set(HASH), constant(0), set(LENGTH)),
    block(loop(code(hasWord, i32.equalsZero, branchIf(1)), mixed(ofWindow(window)), increase(LENGTH, 8), branch(0))),
    mixed(code(ofWindow(window), kept)),
    code(get(HASH), i32.wrap, constant(TEXT_SLOTS - 1), i32.and, constant(4), i32.shiftLeft, set(SLOT)),
    code(constant(MOST_TRIES), set(TRIES)),
    block(
      loop(
        code(get(SLOT), memory.loadI32(slots + slot.text), tee(ADDRESS), i32.equalsZero, when(giveUp)),
        block(
          code(get(SLOT), memory.loadI32(slots + slot.key), get(KEY), i32.notEqual, branchIf(0)),
          code(get(SLOT), memory.loadI32(slots + slot.hash), get(HASH), wide(32n), i64.shiftRight, i32.wrap, i32.notEqual, branchIf(0)),
          compare(window, 0),
          code(get(SLOT), memory.loadI32(slots + slot.id), set(KEY)),
          branch(2),
        ),
        increase(SLOT, SLOT_BYTES),
        code(get(TRIES), constant(1), i32.subtract, tee(TRIES), branchIf(0)),
        giveUp,
      ),
    ),
  )
