/**
 * JSON tokens over a window of bytes. Positions are returned, never thrown: a negative one says why there is none.
 * The window ends in zero bytes (a sentinel), so that inner loops need no bounds check; typed-array reads are within it by construction
 * (hence `as number`: noUncheckedIndexedAccess cannot know).
 * Lenient where profilers are: raw control characters, invalid UTF-8, NaN, Infinity and trailing commas pass (facts: kineto, section 7).
 */

/** The window ends inside the value: fill it and parse again. */
export const NEED_MORE = -1
/** Not JSON, even leniently. */
export const MALFORMED = -2

/** Zero bytes behind the window's end: an escape at the very end may step two bytes beyond. */
export const SENTINEL_BYTES = 16

const QUOTE = 34
/** `(snan)` and longer payloads of a NaN. */
const LONGEST_NAN = 16
const BACKSLASH = 92

export class ByteCursor {
  bytes: Buffer = Buffer.alloc(SENTINEL_BYTES)
  end = 0
  /** Of the last string that `hashedClosingQuote` passed. */
  hash = 0
  /** Where nesting passed its limit, -1 elsewhere: going back to before it would make a bomb quadratic. */
  tooDeepAt = -1
  readonly #maxNesting: number

  constructor(maxNesting: number) {
    this.#maxNesting = maxNesting
  }

  fail(at: number): number {
    return at >= this.end ? NEED_MORE : MALFORMED
  }

  afterSpace(at: number): number {
    const { bytes } = this
    let code = bytes[at] as number
    while (code === 32 || code === 10 || code === 13 || code === 9) code = bytes[++at] as number
    return at
  }

  /** Index of the closing quote of the string whose first character stands at `at`. */
  closingQuote(at: number): number {
    const { bytes, end } = this
    for (;;) {
      let code = bytes[at] as number
      // Lower-case letters first: one comparison for most bytes.
      while (code > BACKSLASH || (code !== QUOTE && code !== BACKSLASH && code !== 0)) code = bytes[++at] as number
      if (code === QUOTE) return at < end ? at : NEED_MORE
      if (code === BACKSLASH) at += 2
      else if (at >= end) return NEED_MORE
      else at += 1
    }
  }

  /** Position behind the value at `at`, whatever it is. */
  afterValue(at: number): number {
    const code = this.bytes[at] as number
    if (code === QUOTE) {
      const quote = this.closingQuote(at + 1)
      return quote < 0 ? quote : quote + 1
    }
    if (code === 123 || code === 91) return this.#afterNested(at)
    return this.afterLiteral(at)
  }

  /** Position behind a number or word (`true`, `null`, `NaN`, `-Infinity`). */
  afterLiteral(at: number): number {
    const { bytes } = this
    let next = at
    for (;;) {
      const code = bytes[next] as number
      const isLiteral =
        (code >= 48 && code <= 57) || (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 45 || code === 46 || code === 43
      if (!isLiteral) break
      next += 1
    }
    // `-nan(ind)`: how Microsoft's library writes a NaN.
    if (bytes[next] === 40 && next > at) {
      const close = bytes.indexOf(41, next)
      if (close > 0 && close - next < LONGEST_NAN) next = close + 1
    }
    if (next >= this.end) return NEED_MORE
    return next === at ? MALFORMED : next
  }

  /** As `closingQuote`, fastest for the keys of an event: two to four letters. */
  closingQuoteOfKey(at: number): number {
    const { bytes } = this
    const first = bytes[at] as number
    const second = bytes[at + 1] as number
    if (first !== QUOTE && first !== BACKSLASH && second !== QUOTE && second !== BACKSLASH) {
      const third = bytes[at + 2] as number
      if (third === QUOTE) return at + 2
      if (third !== BACKSLASH) {
        const fourth = bytes[at + 3] as number
        if (fourth === QUOTE) return at + 3
        if (fourth !== BACKSLASH && bytes[at + 4] === QUOTE) return at + 4
      }
    }
    return this.closingQuote(at)
  }

  /** As `closingQuote`, and leaves a hash of every byte in `hash`. */
  hashedClosingQuote(at: number): number {
    const { bytes, end } = this
    let hash = 0x811c9dc5 | 0
    for (;;) {
      const code = bytes[at] as number
      if (code === QUOTE) {
        this.hash = hash ^ (hash >>> 15)
        return at < end ? at : NEED_MORE
      }
      hash = Math.imul(hash ^ code, 0x01000193)
      if (code === BACKSLASH) {
        hash = Math.imul(hash ^ (bytes[at + 1] as number), 0x01000193)
        at += 2
      } else if (code === 0 && at >= end) return NEED_MORE
      else at += 1
    }
  }

  #afterNested(at: number): number {
    const { bytes } = this
    let depth = 0
    for (;;) {
      const code = bytes[at] as number
      if (code === QUOTE) {
        const quote = this.closingQuote(at + 1)
        if (quote < 0) return quote
        at = this.afterSpace(quote + 1)
        const next = bytes[at] as number
        // A string that lost its end closes at the next string's opening quote: what follows then is a letter.
        if (next !== 44 && next !== 58 && next !== 125 && next !== 93) return this.fail(at)
      } else if (code === 123 || code === 91) {
        if (++depth > this.#maxNesting) {
          this.tooDeepAt = at
          return MALFORMED
        }
        at += 1
      } else if (code === 125 || code === 93) {
        at += 1
        if (--depth === 0) return at
      } else if (code === 44 || code === 58 || code === 32 || code === 10 || code === 13 || code === 9) {
        at += 1
      } else {
        at = this.afterLiteral(at)
        if (at < 0) return at
      }
    }
  }
}
