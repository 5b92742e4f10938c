/**
 * Walks one JSON line byte by byte: keys by number, numbers without text, everything unasked skipped.
 * Malformed input throws `MalformedLine`, which the caller counts.
 *
 * Typed-array reads use `as number`: noUncheckedIndexedAccess types them as possibly undefined; beyond the end they are NaN-like and match nothing.
 */

import { powersOfTen } from '#base/powers-of-ten.ts'
import type { ValueCounter } from '#model/value-counter.ts'
import type { BytePattern } from './byte-pattern.ts'
import type { KeyTable } from './key-table.ts'
import { LIST_BYTES, type ListProgram, openListProgram } from './list-program.ts'
import type { NumberList } from './number-list.ts'

export class MalformedLine extends Error {}

/** Deeper than any line of a load generator; a bomb of brackets ends here. */
const DEEPEST = 256

/** Value of four digits, the first in the lowest byte; -1 where any byte is no digit. Two digits are joined at once, then two pairs. */
function fourDigits(bytes: number): number {
  if ((bytes & -0x0f0f0f10) !== 0x30303030 || ((bytes + 0x06060606) & -0x0f0f0f10) !== 0x30303030) return -1
  const digits = bytes - 0x30303030
  const pairs = Math.imul(digits, 10) + (digits >>> 8)
  return (pairs & 0xff) * 100 + ((pairs >>> 16) & 0xff)
}

/** Shorter rests of a line are not worth copying. */
const LEAST_LIST_BYTES = 128
/** A number, its comma and space: where less is left of a copy, the copy ended inside one. */
const LONGEST_NUMBER = 32

export class LineCursor {
  bytes: Buffer = Buffer.alloc(0)
  at = 0
  end = 0
  /** Range of the last string or key, without its quotes. */
  from = 0
  to = 0

  #view = new DataView(this.bytes.buffer, 0, 0)
  /** Bytes of lists to be seen before the program is assembled: from here on the milliseconds that takes are won back. */
  #listBytesLeft: number
  #program: ListProgram | undefined
  #hasLentCounter = false

  constructor(listBytes = 256 * 1024) {
    this.#listBytesLeft = listBytes
  }

  start(bytes: Buffer, from: number, to: number): void {
    if (bytes !== this.bytes) this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    this.bytes = bytes
    this.at = from
    this.end = to
  }

  /** Moves to the next byte that is no space and returns it; -1 at the end. */
  peek(): number {
    const { bytes } = this
    let at = this.at
    while (at < this.end) {
      const code = bytes[at] as number
      if (code !== 32 && code !== 9 && code !== 13 && code !== 10) {
        this.at = at
        return code
      }
      at++
    }
    this.at = at
    return -1
  }

  expect(code: number): void {
    if (this.peek() !== code) throw new MalformedLine()
    this.at++
  }

  /** Reads `{` and stops before the first key; false for an empty object. */
  openObject(): boolean {
    this.expect(123)
    if (this.peek() !== 125) return true
    this.at++
    return false
  }

  /** After a value: true where another follows, false after the closing bracket. */
  more(closing: number): boolean {
    const code = this.peek()
    this.at++
    if (code === 44) return true
    if (code === closing) return false
    throw new MalformedLine()
  }

  /** Reads `"key":` and returns its number. */
  key(table: KeyTable): number {
    this.expect(34)
    const { bytes } = this
    let hash = 0x811c9dc5 | 0
    let at = this.at
    for (; at < this.end; at++) {
      const code = bytes[at] as number
      if (code === 34) break
      // An escaped key is none of those that are asked for; only its end matters.
      if (code === 92) {
        this.skipString()
        this.expect(58)
        return 0
      }
      hash = Math.imul(hash ^ code, 0x01000193)
    }
    if (at >= this.end) throw new MalformedLine()
    this.from = this.at
    this.to = at
    this.at = at + 1
    this.expect(58)
    return table.find(bytes, this.from, this.to, hash)
  }

  /** After an opening quote: to behind the closing one; `from` and `to` hold the content. */
  skipString(): void {
    const { bytes, end } = this
    let at = this.at
    this.from = at
    while (at < end) {
      const code = bytes[at] as number
      if (code === 34) {
        this.to = at
        this.at = at + 1
        return
      }
      at += code === 92 ? 2 : 1
    }
    throw new MalformedLine()
  }

  skipValue(): void {
    const first = this.peek()
    if (first === 34) {
      this.at++
      this.skipString()
      return
    }
    if (first !== 123 && first !== 91) {
      this.skipScalar()
      return
    }
    let depth = 0
    while (this.at < this.end) {
      const code = this.bytes[this.at] as number
      this.at++
      if (code === 34) this.skipString()
      else if (code === 123 || code === 91) {
        if (++depth > DEEPEST) throw new MalformedLine()
      } else if (code === 125 || code === 93) {
        if (--depth === 0) return
      }
    }
    throw new MalformedLine()
  }

  /** Literals and numbers; `from` and `to` hold the token. */
  skipScalar(): void {
    const { bytes } = this
    let at = this.at
    while (at < this.end) {
      const code = bytes[at] as number
      if (code === 44 || code === 125 || code === 93 || code === 32 || code === 13 || code === 9) break
      at++
    }
    if (at === this.at) throw new MalformedLine()
    this.from = this.at
    this.to = at
    this.at = at
  }

  text(): string {
    return this.bytes.toString('utf8', this.from, this.to)
  }

  /** A number exactly as JSON.parse gives it; NaN for null, texts, Python's NaN and what a double cannot hold. */
  number(): number {
    const first = this.peek()
    if (first === 34 || first === 123 || first === 91) {
      this.skipValue()
      return Number.NaN
    }
    const { bytes, end } = this
    let at = first === 45 ? this.at + 1 : this.at
    // Digits in two integers of 32 bits: a double for each of them costs.
    let high = 0
    let low = 0
    let digits = 0
    let decimals = -1
    for (; at < end; at++) {
      const digit = (bytes[at] as number) - 48
      if (digit >= 0 && digit <= 9) {
        if (digits < 9) high = (Math.imul(high, 10) + digit) | 0
        else low = (Math.imul(low, 10) + digit) | 0
        digits++
        if (decimals >= 0) decimals++
      } else if (digit === -2 && decimals < 0) decimals = 0
      else break
    }
    const next = at < end ? (bytes[at] as number) : 44
    const ends = next === 44 || next === 125 || next === 93 || next === 32 || next === 13
    // Up to 15 digits over a power of ten that is exact: one correctly rounded division (Clinger's fast path).
    if (digits > 0 && digits <= 15 && ends) {
      this.at = at
      const mantissa = digits <= 9 ? high : high * (powersOfTen[digits - 9] as number) + low
      const value = decimals > 0 ? mantissa / (powersOfTen[decimals] as number) : mantissa
      return first === 45 ? -value : value
    }
    this.skipScalar()
    const token = bytes.toString('latin1', this.from, this.to)
    const value = /^-?\d/.test(token) ? Number(token) : Number.NaN
    return Number.isFinite(value) ? value : Number.NaN
  }

  /**
   * The numbers of a list, behind its `[`: digits beyond the fifteenth only scale, for values that are rounded anyway. What is no number
   * is left out. One loop with everything in it: lists are nearly all of a file. Digits are gathered in two integers of 32 bits: a double
   * for each digit is what costs.
   */
  roughList(list: NumberList): void {
    const { bytes, end } = this
    const view = this.#view
    const from = this.at
    if (this.#plainNumbers(list)) return
    let at = this.at
    // A comma was the last of the line.
    if (at > from && at >= end) throw new MalformedLine()
    for (;;) {
      let code = bytes[at] as number
      while (code === 32 && at < end) code = bytes[++at] as number
      const start = at
      const isNegative = code === 45
      if (isNegative) code = bytes[++at] as number
      const digitsAt = at
      let high = 0
      while (code >= 48 && code <= 57 && high < 1e8 && at < end) {
        high = (Math.imul(high, 10) + code - 48) | 0
        code = bytes[++at] as number
      }
      // Zeros in front of a whole number are no JSON, and here would count as digits.
      const isGeneral = at === digitsAt || (bytes[digitsAt] === 48 && at - digitsAt > 1)
      let decimals = 0
      let low = 0
      let lowDigits = 0
      if (code === 46 && at < end) {
        at++
        if (high < 1e5 && at + 4 <= end) {
          const four = fourDigits(view.getInt32(at, true))
          if (four >= 0) {
            high = (Math.imul(high, 10_000) + four) | 0
            decimals = 4
            at += 4
          }
        }
        code = bytes[at] as number
        while (code >= 48 && code <= 57 && high < 1e8 && decimals < 22 && at < end) {
          high = (Math.imul(high, 10) + code - 48) | 0
          decimals++
          code = bytes[++at] as number
        }
        if (high >= 1e8 && at + 4 <= end) {
          low = fourDigits(view.getInt32(at, true))
          if (low >= 0) {
            lowDigits = 4
            decimals += 4
            at += 4
            code = bytes[at] as number
          } else low = 0
        }
        while (code >= 48 && code <= 57 && at < end) {
          // Nine significant digits are in `high`: six more are kept.
          if (lowDigits < 6 && decimals < 22) {
            low = (Math.imul(low, 10) + code - 48) | 0
            lowDigits++
            decimals++
          }
          code = bytes[++at] as number
        }
      }
      if (isGeneral || (code !== 44 && code !== 93)) {
        this.at = start
        if (this.peek() === 93) {
          this.at++
          return
        }
        const value = this.number()
        if (!Number.isNaN(value)) list.add(value)
        code = this.peek()
        at = this.at
      } else {
        // Fifteen digits over a power of ten that is exact: one correctly rounded division.
        const mantissa = lowDigits === 0 ? high : high * (powersOfTen[lowDigits] as number) + low
        const value = decimals > 0 ? mantissa / (powersOfTen[decimals] as number) : mantissa
        list.add(isNegative ? -value : value)
      }
      at++
      if (code === 93 && at <= end) break
      if (code !== 44 || at >= end) throw new MalformedLine()
    }
    this.#listBytesLeft -= at - from
    this.at = at
  }

  /** The plain numbers that the list begins with; true where they are all of it, else `at` is where the first of another shape stands. */
  #plainNumbers(list: NumberList): boolean {
    if (this.#program === undefined) {
      if (this.#listBytesLeft > 0) return false
      this.#program = openListProgram()
      if (this.#program === undefined) this.#listBytesLeft = Number.POSITIVE_INFINITY
    }
    const program = this.#program
    if (program === undefined) return false
    for (;;) {
      const length = Math.min(this.end - this.at, LIST_BYTES)
      if (length < LEAST_LIST_BYTES) return false
      program.window.set(new Uint8Array(this.bytes.buffer, this.bytes.byteOffset + this.at, length))
      const reached = program.run(length)
      list.addAll(program.numbers, program.count())
      this.at += reached
      if (program.isClosed()) return true
      if (reached < length - LONGEST_NUMBER) return false
    }
  }

  /** One that counts values while lists are read; undefined before many were, and for all but the first who asks. */
  takeCounter(): ValueCounter | undefined {
    if (this.#program === undefined || this.#hasLentCounter) return undefined
    this.#hasLentCounter = true
    return this.#program.counter
  }

  /** Steps over `expected` where that is what comes next. */
  passes(expected: BytePattern): boolean {
    if (!expected.isAt(this.#view, this.bytes, this.at, this.end)) return false
    this.at += expected.length
    return true
  }

  /** True for `true`; anything else is false. */
  boolean(): boolean {
    const isTrue = this.peek() === 116
    this.skipValue()
    return isTrue
  }

  isNull(): boolean {
    return this.peek() === 110
  }
}
