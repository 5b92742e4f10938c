/** Decimal text into exact integers: a double holds 250 ns steps at epoch microseconds, the text holds every nanosecond (traps C5). */
import { type ByteCursor, MALFORMED } from './byte-cursor.ts'

/** 2^53: integers beyond are not exact. */
const EXACT_LIMIT = 9007199254740992

export class NumberToken {
  /** Integer part, signed; NaN where the token is no number (null, NaN, Infinity, text) or not exact. */
  whole = Number.NaN
  /** Thousandths, same sign as the number (microseconds in the text: nanoseconds here), rounded half away from zero. */
  thousandths = 0
  /** Anything but zeros behind the decimal point. */
  hasFraction = false

  /** Reads the value at `at`; returns the position behind it, or why not. Quoted numbers are numbers. */
  read(cursor: ByteCursor, at: number): number {
    const { bytes } = cursor
    const first = bytes[at] as number
    this.thousandths = 0
    this.hasFraction = false
    this.whole = Number.NaN
    if (first === 34) {
      const quote = cursor.closingQuote(at + 1)
      if (quote < 0) return quote
      this.#slow(bytes.toString('latin1', at + 1, Math.min(quote, at + 65)))
      return quote + 1
    }
    let next = first === 45 ? at + 1 : at
    let code = bytes[next] as number
    if (code < 48 || code > 57) return cursor.afterValue(at)
    // Nine digits in 32 bits, the rest in a double.
    const small = next + 9
    let low = 0
    while (next < small && code >= 48 && code <= 57) {
      low = (low * 10 + (code - 48)) | 0
      code = bytes[++next] as number
    }
    let whole = low
    while (code >= 48 && code <= 57) {
      whole = whole * 10 + (code - 48)
      code = bytes[++next] as number
    }
    if (code === 46) next = this.#fraction(bytes, next + 1)
    code = bytes[next] as number
    if (code === 101 || code === 69 || code === 43 || code === 45 || (code >= 48 && code <= 57)) return this.#odd(cursor, at)
    if (next >= cursor.end) return cursor.fail(next)
    if (code !== 44 && code !== 125 && code !== 93 && code !== 32 && code !== 10 && code !== 13 && code !== 9) return MALFORMED
    this.#store(first === 45, whole)
    return next
  }

  #store(negative: boolean, whole: number): void {
    if (this.thousandths === 1000) {
      whole += 1
      this.thousandths = 0
    }
    this.whole = whole < EXACT_LIMIT ? whole : Number.NaN
    if (negative) {
      this.whole = -this.whole
      this.thousandths = -this.thousandths
    }
  }

  /** Digits behind the point; the fourth rounds. */
  #fraction(bytes: Buffer, at: number): number {
    let thousandths = 0
    let digits = 0
    let any = 0
    let code = bytes[at] as number
    while (code >= 48 && code <= 57) {
      const digit = code - 48
      any |= digit
      if (digits < 3) thousandths = thousandths * 10 + digit
      else if (digits === 3 && digit >= 5) thousandths += 1
      digits += 1
      code = bytes[++at] as number
    }
    for (; digits < 3; digits += 1) thousandths *= 10
    this.thousandths = thousandths
    this.hasFraction = any !== 0
    return at
  }

  /** Exponents and worse: rare, so through text. */
  #odd(cursor: ByteCursor, at: number): number {
    const next = cursor.afterLiteral(at)
    if (next > 0) this.#slow(cursor.bytes.toString('latin1', at, Math.min(next, at + 64)))
    return next
  }

  /** By its digits, never through a double: `1.699999999123456789e+15` is as exact as the same number written out. */
  #slow(text: string): void {
    this.thousandths = 0
    this.hasFraction = false
    const parts = /^\s*([-+]?)(\d{0,40})(?:\.(\d{0,40}))?(?:[eE]([-+]?\d{1,2}))?\s*$/.exec(text)
    const digits = `${parts?.[2] ?? ''}${parts?.[3] ?? ''}`
    if (parts === null || digits === '') return
    const point = (parts[2] ?? '').length + Number(parts[4] ?? 0)
    const shifted = point < 0 ? '0'.repeat(-point) + digits : digits.padEnd(point, '0')
    const fraction = shifted.slice(Math.max(0, point))
    this.hasFraction = /[1-9]/.test(fraction)
    this.thousandths = Math.round(Number(`${fraction.padEnd(3, '0').slice(0, 3)}.${fraction.slice(3, 4) || '0'}`))
    this.#store(parts[1] === '-', Number(shifted.slice(0, Math.max(0, point)) || '0'))
  }
}
