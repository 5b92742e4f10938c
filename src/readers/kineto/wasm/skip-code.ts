/**
 * Code that steps over values. It takes less than the careful reader does and gives up at everything else, so that whatever it accepts,
 * that one accepts to the same byte.
 */
import {
  block,
  branch,
  branchIf,
  type Code,
  code,
  constant,
  get,
  i32,
  loop,
  memory,
  set,
  tee,
  vector,
  when,
} from '#readers/wasm/assembler.ts'
import { LITERALS } from './layout.ts'
import {
  AT,
  BITS,
  byteAt,
  CARRY,
  CLOSED,
  CLOSING,
  DEPTH,
  ESCAPED,
  FOLLOWERS,
  giveUpBehind,
  giveUpIf,
  INSIDE,
  increase,
  LOWERED,
  OPENING,
  QUOTE,
  SPACES,
  STRINGS,
  VECTOR,
  WRONG,
} from './locals.ts'

const QUOTE_BYTE = 34
const BACKSLASH_BYTE = 92
/** Brackets and braces differ in one bit: with it set they are `{` and `}`. */
const LOWER_BIT = 0x20
const OPENING_BYTE = 123
const CLOSING_BYTE = 125
/** Far below the reader's limit on nesting (256), which a block of sixteen brackets cannot cross unseen. */
const MOST_DEPTH = 100
const ALL = 0xffff

const every = (byte: number): Code => vector.constant(new Array<number>(16).fill(byte))
const equals = (source: Code, byte: number): Code => code(source, every(byte), vector.equalBytes)

/** QUOTE becomes the place of the closing quote of the string whose opening one stands at AT. */
export const findQuote = (window: number): Code =>
  code(
    code(get(AT), constant(1), i32.add, set(QUOTE)),
    block(
      loop(
        code(get(QUOTE), memory.loadVector(window), set(VECTOR)),
        code(equals(get(VECTOR), QUOTE_BYTE), equals(get(VECTOR), BACKSLASH_BYTE), vector.or, vector.bits, tee(BITS), i32.equalsZero),
        when(code(increase(QUOTE, 16), giveUpBehind(QUOTE), branch(1))),
        code(get(QUOTE), get(BITS), i32.trailingZeros, i32.add, set(QUOTE)),
        giveUpBehind(QUOTE),
        code(byteAt(get(QUOTE), window), constant(QUOTE_BYTE), i32.equal, branchIf(1)),
        increase(QUOTE, 2),
        branch(0),
      ),
    ),
  )

/** Over a number or a word: at least one byte of those that stand in them. */
export const skipLiteral = (window: number): Code => {
  const isLiteral = code(byteAt(get(AT), window), memory.loadByte(LITERALS))
  return code(giveUpIf(code(isLiteral, i32.equalsZero)), loop(increase(AT, 1), code(isLiteral, branchIf(0))))
}

/**
 * Bytes that may stand outside strings, by low and high half of their code: allowed where the two rows share a bit. Spaces, line breaks,
 * quotes, digits, letters, brackets, and the five signs of numbers and between values.
 */
const byLow = [22, 28, 30, 28, 28, 28, 28, 28, 28, 29, 29, 26, 10, 27, 10, 8]
const byHigh = [1, 0, 2, 4, 8, 16, 8, 16, 0, 0, 0, 0, 0, 0, 0, 0]
const notAllowed: Code = code(
  code(vector.constant(byLow), get(VECTOR), every(15), vector.and, vector.lookUp),
  code(vector.constant(byHigh), get(VECTOR), constant(4), vector.shiftRight16, every(15), vector.and, vector.lookUp),
  code(vector.and, every(0), vector.equalBytes, vector.bits),
)

/** Takes escaped bytes out of STRINGS, which has a bit for each quote: what follows a backslash is no quote, and no backslash. */
const dropEscaped: Code = code(
  get(BITS),
  get(ESCAPED),
  i32.or,
  when(
    code(
      code(get(ESCAPED), constant(-1), i32.exclusiveOr, tee(CARRY), get(STRINGS), i32.and, set(STRINGS)),
      code(get(BITS), get(CARRY), i32.and, set(BITS)),
      code(constant(0), set(ESCAPED)),
      block(
        loop(
          code(get(BITS), i32.equalsZero, branchIf(1)),
          code(constant(3), get(BITS), i32.trailingZeros, i32.shiftLeft, tee(CARRY)),
          code(constant(16), i32.shiftRight, get(ESCAPED), i32.or, set(ESCAPED)),
          code(get(CARRY), constant(-1), i32.exclusiveOr, tee(CARRY), get(STRINGS), i32.and, set(STRINGS)),
          code(get(BITS), get(CARRY), i32.and, set(BITS)),
          branch(0),
        ),
      ),
    ),
  ),
)

/** INSIDE: a bit for each byte within a string, its opening quote included; from quotes by a running exclusive or. */
const findInside: Code = code(
  code(get(STRINGS), set(BITS)),
  ...[1, 2, 4, 8].map((distance) => code(get(BITS), get(BITS), constant(distance), i32.shiftLeft, i32.exclusiveOr, set(BITS))),
  code(get(BITS), get(INSIDE), i32.exclusiveOr, constant(ALL), i32.and, set(INSIDE)),
)

const outside: Code = code(get(INSIDE), constant(-1), i32.exclusiveOr, i32.and)

const isOneOf = (text: string): Code =>
  code(...Array.from(text, (char, index) => code(equals(get(VECTOR), char.charCodeAt(0)), index === 0 ? [] : vector.or)), vector.bits)

/**
 * FOLLOWERS: a bit for the first byte behind each closing quote that is no space, bit 16 where that stands in the next block. Adding the
 * first bit of a run of spaces to the run moves it behind the run, and carries where the run fills the block.
 */
const overSpaces: Code = code(
  code(isOneOf(' \n\r\t'), tee(SPACES), get(FOLLOWERS), i32.and, get(SPACES), i32.add, get(FOLLOWERS), i32.or),
  code(get(SPACES), constant(-1), i32.exclusiveOr, i32.and, set(FOLLOWERS)),
)

/** WRONG: a bit for each of these that is no comma, colon or closing bracket. CLOSED: one stands in the next block. */
const followers: Code = code(
  code(get(STRINGS), outside, constant(1), i32.shiftLeft, get(CLOSED), i32.or, set(FOLLOWERS)),
  code(isOneOf(',:'), get(CLOSING), i32.or, constant(-1), i32.exclusiveOr, constant(ALL), i32.and, tee(WRONG), get(FOLLOWERS), i32.and),
  when(overSpaces),
  code(get(FOLLOWERS), get(WRONG), i32.and, set(WRONG), get(FOLLOWERS), constant(16), i32.shiftRight, set(CLOSED)),
)

/** Bracket by bracket through one block; leaves by `branch(levels)` behind the one that closes the value, with AT behind it. */
const walkBrackets = (levels: number): Code =>
  loop(
    code(get(OPENING), get(CLOSING), i32.or, tee(BITS)),
    when(
      code(
        code(get(BITS), constant(0), get(BITS), i32.subtract, i32.and, tee(BITS), get(CLOSING), i32.and),
        when(
          code(
            code(get(DEPTH), constant(1), i32.subtract, tee(DEPTH), i32.equalsZero),
            when(
              code(
                // Only what stands before the value's end is its business.
                giveUpIf(code(get(BITS), constant(1), i32.subtract, get(WRONG), i32.and)),
                code(get(AT), get(BITS), i32.trailingZeros, constant(1), i32.add, i32.add, set(AT)),
                branch(levels + 4),
              ),
            ),
            code(get(CLOSING), get(BITS), i32.exclusiveOr, set(CLOSING)),
          ),
          code(increase(DEPTH, 1), get(OPENING), get(BITS), i32.exclusiveOr, set(OPENING)),
        ),
        branch(1),
      ),
    ),
  )

/**
 * Over an array or an object at AT, sixteen bytes at a time. Gives up where a byte outside strings has no business there, or where a
 * string is not followed by a comma, a colon or a closing bracket: both are signs of damage that the careful reader judges.
 */
export const skipNested = (window: number): Code =>
  code(
    ...[DEPTH, INSIDE, ESCAPED, CLOSED].map((local) => code(constant(0), set(local))),
    block(
      loop(
        giveUpBehind(AT),
        code(get(AT), memory.loadVector(window), tee(VECTOR), every(LOWER_BIT), vector.or, set(LOWERED)),
        code(equals(get(VECTOR), QUOTE_BYTE), vector.bits, set(STRINGS)),
        code(equals(get(VECTOR), BACKSLASH_BYTE), vector.bits, set(BITS)),
        dropEscaped,
        // A whole string so far, or the rest of one: all bits or none.
        code(constant(0), get(INSIDE), constant(15), i32.shiftRight, i32.subtract, set(INSIDE)),
        findInside,
        code(equals(get(LOWERED), OPENING_BYTE), vector.bits, outside, set(OPENING)),
        code(equals(get(LOWERED), CLOSING_BYTE), vector.bits, outside, set(CLOSING)),
        followers,
        code(notAllowed, outside, get(WRONG), i32.or, set(WRONG)),
        walkBrackets(1),
        giveUpIf(get(WRONG)),
        giveUpIf(code(get(DEPTH), constant(MOST_DEPTH), i32.greaterUnsigned)),
        increase(AT, 16),
        branch(0),
      ),
    ),
  )
