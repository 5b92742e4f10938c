/**
 * The program that reads lists of plain numbers: whole digits, a fraction perhaps, eight digits at a time. It stops before the first
 * token of another shape, which is the careful reader's, and gives the double that that one gives: the first fifteen significant digits
 * over a power of ten, divided once.
 * Eight digits at once: https://lemire.me/blog/2022/01/21/swar-explained-parsing-eight-digits/
 */

import { powersOfTen } from '#base/powers-of-ten.ts'
import type { ValueCounter } from '#model/value-counter.ts'
import {
  assemble,
  block,
  branch,
  branchIf,
  type Code,
  code,
  constant,
  f64,
  get,
  i32,
  i64,
  leave,
  loop,
  memory,
  set,
  tee,
  types,
  vector,
  when,
  wide,
} from '#readers/wasm/assembler.ts'
import { startProgram } from '#readers/wasm/program.ts'
import { COUNT_BYTES, countLocals, countStep, QueuedCounter } from './count-step.ts'

/** Bytes of a list that are copied into the program's memory at once. */
export const LIST_BYTES = 32 * 1024
/** A number and the comma behind it take two bytes at least. */
export const LIST_NUMBERS = LIST_BYTES / 2

/** Digits of a double that are kept. */
const KEPT_DIGITS = 15
const EIGHT = 8
const SIXTEEN = 16

// Addresses: powers of ten as doubles and as integers, what was found, the numbers, the bytes.
const POWERS = 0
const WHOLE_POWERS = 23 * 8
const COUNT = 400
const CLOSED = 404
const SHUFFLES = 512
const SHUFFLE_BYTES = (EIGHT + 1) * 17 * 16
const NUMBERS = SHUFFLES + SHUFFLE_BYTES + 64
const WINDOW = NUMBERS + LIST_NUMBERS * 8
/** Eight bytes are read past the last one. */
const SLACK_BYTES = 64
const COUNTING = WINDOW + LIST_BYTES + SLACK_BYTES

// Parameters and locals: END is behind the last byte, START where the token begins, TO where its number goes.
const END = 0
const AT = 1
const START = 2
const TO = 3
const DIGITS = 4
const WHOLE_DIGITS = 5
const DECIMALS = 6
const BYTE = 7
const WORD = 8
const MASK = 9
const MANTISSA = 10
const POINT = 11
const MARKS = 12
const VECTOR = 13
/** Those of the step that counts values. */
const COUNT_LOCAL = 14

const byteHere: Code = code(get(AT), memory.loadByte(WINDOW), set(BYTE))
const isByte = (value: number): Code => code(get(BYTE), constant(value), i32.equal)
const increase = (local: number, by: Code): Code => code(get(local), by, i32.add, set(local))

const counting = countStep(COUNTING, COUNT_LOCAL)

/** What was read before this token counts; it itself is the careful reader's. */
const stop: Code = code(
  code(constant(0), get(TO), constant(NUMBERS), i32.subtract, constant(3), i32.shiftRight, memory.storeI32(COUNT)),
  counting.store,
  code(get(START), leave),
)
const stopIf = (condition: Code): Code => code(condition, when(stop))

/** DIGITS: how many of the eight bytes at AT are digits before the first that is none; AT goes behind them. MASK: their value. */
const upToEight: Code = code(
  code(get(AT), memory.loadI64(WINDOW), wide(0x3030303030303030n), i64.exclusiveOr, tee(WORD)),
  code(wide(0x7676767676767676n), i64.add, get(WORD), i64.or, wide(0x8080808080808080n), i64.and, set(MASK)),
  code(constant(EIGHT), set(DIGITS)),
  code(get(MASK), i64.equalsZero, i32.equalsZero),
  when(code(get(MASK), i64.trailingZeros, i32.wrap, constant(3), i32.shiftRight, set(DIGITS))),
  stopIf(code(get(DIGITS), i32.equalsZero)),
  // Leading zeros in the place of what is missing.
  code(get(WORD), constant(64), get(DIGITS), constant(3), i32.shiftLeft, i32.subtract, i64.extendUnsigned, i64.shiftLeft, set(WORD)),
  code(get(WORD), wide(2561n), i64.multiply, wide(8n), i64.shiftRight, wide(0x00ff00ff00ff00ffn), i64.and, set(WORD)),
  code(get(WORD), wide(6553601n), i64.multiply, wide(16n), i64.shiftRight, wide(0x0000ffff0000ffffn), i64.and, set(WORD)),
  code(get(WORD), wide(42949672960001n), i64.multiply, wide(32n), i64.shiftRight, set(MASK)),
  increase(AT, get(DIGITS)),
)

const power = (exponent: Code): Code => code(exponent, constant(3), i32.shiftLeft, memory.loadI64(WHOLE_POWERS))
const append = (digits: number): Code => code(get(MANTISSA), power(get(digits)), i64.multiply, get(MASK), i64.add, set(MANTISSA))

/** Nine digits behind the point and more: those beyond the fifteenth significant one are dropped. WHOLE_DIGITS becomes what is still kept. */
const longFraction: Code = code(
  stopIf(code(get(MANTISSA), power(constant(EIGHT)), i64.lessUnsigned)),
  code(get(AT), memory.loadByte(WINDOW), constant(48), i32.subtract, constant(10), i32.lessUnsigned),
  when(
    code(
      upToEight,
      code(constant(KEPT_DIGITS - EIGHT), get(WHOLE_DIGITS), i32.subtract, set(WHOLE_DIGITS)),
      code(get(WHOLE_DIGITS), get(DIGITS), i32.lessUnsigned),
      when(
        code(
          code(get(MASK), power(code(get(DIGITS), get(WHOLE_DIGITS), i32.subtract)), i64.divideUnsigned, set(MASK)),
          code(get(WHOLE_DIGITS), set(DIGITS)),
        ),
      ),
      append(DIGITS),
      increase(DECIMALS, get(DIGITS)),
      block(
        loop(
          code(get(AT), memory.loadByte(WINDOW), constant(48), i32.subtract, constant(9), i32.greaterUnsigned, branchIf(1)),
          increase(AT, constant(1)),
          branch(0),
        ),
      ),
    ),
  ),
)

const fraction: Code = code(
  code(increase(AT, constant(1)), upToEight, get(DIGITS), set(DECIMALS)),
  append(DIGITS),
  code(get(DIGITS), constant(EIGHT), i32.equal),
  when(longFraction),
)

const sixteenOf = (...bytes: number[]): Code => vector.constant(Array.from({ length: 16 }, (_, lane) => bytes[lane % bytes.length] ?? 0))
/** Of the sixteen bytes at AT: what each is above `0` (VECTOR), and a bit for each that is no digit (on the stack). */
const noDigits: Code = code(
  code(get(AT), memory.loadVector(WINDOW), sixteenOf(48), vector.subtractBytes, tee(VECTOR)),
  code(sixteenOf(9), vector.greaterUnsigned, vector.bits),
)

/** MANTISSA: sixteen digits in VECTOR, joined to pairs, fours and eights. */
const joinDigits: Code = code(
  code(sixteenOf(0x01, 0x0a), vector.multiply16, constant(8), vector.shiftRight16),
  code(sixteenOf(100, 0, 1, 0), vector.dot16, tee(VECTOR), get(VECTOR), vector.narrow32),
  code(sixteenOf(0x10, 0x27, 1, 0), vector.dot16, vector.low64, tee(WORD)),
  code(wide(0xffffffffn), i64.and, wide(100_000_000n), i64.multiply, get(WORD), wide(32n), i64.shiftRight, i64.add, set(MANTISSA)),
)

/** Digits behind the sixteenth byte: they are more than are kept. */
const skipDigits: Code = block(
  loop(
    code(get(AT), get(END), i32.greaterOrEqualUnsigned, branchIf(1)),
    code(noDigits, constant(1 << SIXTEEN), i32.or, i32.trailingZeros, set(DIGITS)),
    increase(AT, get(DIGITS)),
    code(get(DIGITS), constant(SIXTEEN), i32.equal, branchIf(0)),
  ),
)

/**
 * `18.349402` at once, where its whole digits are one to eight: sixteen bytes hold it, or a point and its first fifteen digits. AT goes
 * behind it. Branches `depth` levels out, with AT as it was, where another shape stands.
 */
const decimal = (depth: number): Code =>
  code(
    code(noDigits, tee(MARKS), i32.trailingZeros, set(POINT)),
    code(get(AT), get(POINT), i32.add, memory.loadByte(WINDOW), constant(46), i32.notEqual, branchIf(depth)),
    code(get(POINT), constant(1), i32.subtract, constant(7), i32.greaterUnsigned, branchIf(depth)),
    code(get(MARKS), get(MARKS), constant(1), i32.subtract, i32.and, constant(1 << SIXTEEN), i32.or, i32.trailingZeros, set(DIGITS)),
    // A zero in front is a digit that does not count, and before another one no JSON.
    code(get(AT), memory.loadByte(WINDOW), constant(48), i32.equal),
    code(get(POINT), constant(1), i32.greaterUnsigned, get(DIGITS), constant(SIXTEEN), i32.equal, i32.or, i32.and, branchIf(depth)),
    code(get(VECTOR), get(POINT), constant(17), i32.multiply, get(DIGITS), i32.add, constant(4), i32.shiftLeft),
    code(memory.loadVector(SHUFFLES), vector.lookUp, joinDigits),
    code(get(DIGITS), get(POINT), i32.subtract, constant(1), i32.subtract, set(DECIMALS)),
    increase(AT, get(DIGITS)),
    code(get(DIGITS), constant(SIXTEEN), i32.equal, when(skipDigits)),
  )

/** By the place of the point and the length: where each of sixteen digits comes from, the last one last; what is not there becomes 0. */
function shuffles(): Uint8Array {
  const lanes = new Uint8Array(SHUFFLE_BYTES).fill(255)
  for (let point = 1; point <= EIGHT; point++)
    for (let length = point + 1; length <= SIXTEEN; length++)
      for (let digit = 0; digit < length - 1; digit++)
        lanes[(point * 17 + length) * SIXTEEN + SIXTEEN - (length - 1) + digit] = digit < point ? digit : digit + 1
  return lanes
}

/** Any number that is read, eight digits at a time. */
const general: Code = code(
  upToEight,
  // Eight digits may go on; zeros in front are no JSON.
  stopIf(code(get(DIGITS), constant(EIGHT), i32.equal)),
  stopIf(code(isByte(48), get(DIGITS), constant(1), i32.greaterUnsigned, i32.and)),
  code(get(MASK), set(MANTISSA), get(DIGITS), set(WHOLE_DIGITS), constant(0), set(DECIMALS)),
  code(byteHere, isByte(46), when(fraction)),
)

/** One number and what stands behind it. */
const token: Code = code(
  block(loop(code(byteHere, isByte(32), i32.equalsZero, branchIf(1)), increase(AT, constant(1)), branch(0))),
  code(get(AT), set(START)),
  stopIf(code(get(AT), get(END), i32.greaterOrEqualUnsigned)),
  block(block(decimal(0), branch(1)), general),
  code(byteHere, stopIf(code(isByte(44), isByte(93), i32.or, i32.equalsZero))),
  stopIf(code(get(AT), get(END), i32.greaterOrEqualUnsigned)),
  code(get(TO), get(MANTISSA), i64.toDouble),
  code(get(DECIMALS), constant(3), i32.shiftLeft, memory.loadDouble(POWERS), f64.divide, memory.storeDouble(0)),
  code(increase(TO, constant(8)), increase(AT, constant(1))),
  counting.step,
)

/** `run(end)`: the position behind the last token that was read; positions are of the window. */
const program = (): Uint8Array =>
  assemble(
    1,
    [...Array.from({ length: BYTE }, () => types.i32), types.i64, types.i64, types.i64, types.i32, types.i32, types.vector, ...countLocals],
    code(
      counting.load,
      // Nothing to read: whatever waits is counted.
      code(get(END), i32.equalsZero),
      when(code(loop(code(counting.step, counting.waits, branchIf(0))), counting.store, constant(0), leave)),
      code(constant(NUMBERS), set(TO), constant(0), constant(0), memory.storeI32(CLOSED)),
      loop(token, code(isByte(44), branchIf(0)), code(constant(0), constant(1), memory.storeI32(CLOSED)), code(get(AT), set(START), stop)),
      constant(0),
    ),
  )

export interface ListProgram {
  /** Where the list's bytes go. */
  readonly window: Uint8Array
  readonly numbers: Float64Array
  /** Reads the first `end` bytes of the window; returns where the first token stands that is not read, or what is behind the list. */
  readonly run: (end: number) => number
  /** Numbers that were read. */
  count(): number
  /** Whether the list ended. */
  isClosed(): boolean
  /** Counts values while lists are read. */
  readonly counter: ValueCounter
}

/** Undefined where the runtime cannot. */
export function openListProgram(): ListProgram | undefined {
  const started = startProgram(COUNTING + COUNT_BYTES, program)
  if (started === undefined) return undefined
  const { memory: buffer } = started
  new Float64Array(buffer, POWERS, powersOfTen.length).set(powersOfTen)
  new BigUint64Array(buffer, WHOLE_POWERS, 17).set(Array.from({ length: 17 }, (_, index) => 10n ** BigInt(index)))
  new Uint8Array(buffer, SHUFFLES, SHUFFLE_BYTES).set(shuffles())
  const found = new Int32Array(buffer, COUNT, 2)
  const run = started.run as ListProgram['run'] // the program exports one function, of this type
  return {
    window: new Uint8Array(buffer, WINDOW, LIST_BYTES + SLACK_BYTES),
    numbers: new Float64Array(buffer, NUMBERS, LIST_NUMBERS),
    run,
    count: () => found[0] ?? 0,
    isClosed: () => found[1] === 1,
    counter: new QueuedCounter(buffer, COUNTING, () => run(0)),
  }
}
