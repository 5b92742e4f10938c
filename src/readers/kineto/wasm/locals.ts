/** Locals of the program of events, and code that every part of it uses. */
import { type Code, code, constant, get, i32, leave, memory, set, types, when } from '#readers/wasm/assembler.ts'

/** Parameters: where the event's brace stands in the window, and the window's end. */
export const AT = 0
export const END = 1
export const PARAMETERS = 2

export const NODE = 2
export const CHILD = 3
export const LENGTH = 4
export const BYTE = 5
/** Of a string: its closing quote. */
export const QUOTE = 6
/** Where the paths of the event go on behind its arguments; 0 outside of them. */
export const OUTER = 7
export const BITS = 8
export const CLOSING = 9
export const OPENING = 10
export const INSIDE = 11
export const DEPTH = 12
export const WRONG = 13
export const CARRY = 14
export const ESCAPED = 15
export const STRINGS = 16
export const CLOSED = 17
export const TRIES = 18
export const SLOT = 19
export const KEY = 20
export const ADDRESS = 21
export const DIGITS = 22
export const THOUSANDTH = 23
export const FRACTION = 24
export const FOLLOWERS = 25
export const SPACES = 26
export const HASH = 27
export const VALUE = 28
export const VECTOR = 29
export const LOWERED = 30
export const locals: readonly number[] = [
  ...Array.from({ length: HASH - PARAMETERS }, () => types.i32),
  types.i64,
  types.i64,
  types.vector,
  types.vector,
]

/** The careful reader takes the event. */
export const giveUp: Code = code(constant(0), leave)
export const giveUpIf = (condition: Code): Code => code(condition, when(giveUp))

export const isByte = (local: number, text: string): Code => code(get(local), constant(text.charCodeAt(0)), i32.equal)
export const increase = (local: number, by: number): Code => code(get(local), constant(by), i32.add, set(local))
/** Nothing at or behind the window's end counts. */
export const giveUpBehind = (local: number): Code => giveUpIf(code(get(local), get(END), i32.greaterOrEqualUnsigned))
/** The byte at a position of the window. */
export const byteAt = (position: Code, window: number): Code => code(position, memory.loadByte(window))
