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

/** In each byte: 1, the quote, the backslash. */
const ONES = 0x01010101
const QUOTES = 0x22222222
const BACKSLASHES = 0x5c5c5c5c
const HIGH_BITS = 0x80808080 | 0

/** What a byte within a nested value is, by its code; 0: it has no business there. */
const SEPARATOR = 1
const LITERAL = 2
const OPENING = 3
const CLOSING = 4
const STRING = 5
const tokenKinds = new Uint8Array(256)
for (const [kind, texts] of [
  [SEPARATOR, ', :\n\r\t'],
  [LITERAL, '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+-.'],
  [OPENING, '{['],
  [CLOSING, '}]'],
  [STRING, '"'],
] as const) {
  for (const char of texts) tokenKinds[char.charCodeAt(0)] = kind
}

/** Whether a byte may stand in a number or a word. */
export const isLiteral = (code: number): boolean => tokenKinds[code] === LITERAL

export class ByteCursor {
  bytes: Buffer = Buffer.alloc(SENTINEL_BYTES)
  /** The same bytes, for reads of four at once. */
  view = new DataView(this.bytes.buffer, this.bytes.byteOffset, SENTINEL_BYTES)
  end = 0
  /** Where nesting passed its limit, -1 elsewhere: going back to before it would make a bomb quadratic. */
  tooDeepAt = -1
  readonly #maxNesting: number

  constructor(maxNesting: number) {
    this.#maxNesting = maxNesting
  }

  /** Takes the window in `bytes`, which ends in SENTINEL_BYTES zeros. */
  use(bytes: Buffer): void {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
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

  /**
   * Index of the closing quote of the string whose first character stands at `at`. Four bytes at a time: a byte of zero bits after the
   * exclusive or is the one looked for, and the lowest byte that the subtraction marks is always a true one
   * (https://graphics.stanford.edu/~seander/bithacks.html#ZeroInWord).
   */
  closingQuote(at: number): number {
    const { bytes, view, end } = this
    for (;;) {
      let code = 0
      while (at + 4 <= end) {
        const word = view.getInt32(at, true)
        const quotes = word ^ QUOTES
        const backslashes = word ^ BACKSLASHES
        const found = (((quotes - ONES) & ~quotes) | ((backslashes - ONES) & ~backslashes)) & HIGH_BITS
        if (found !== 0) {
          at += (31 - Math.clz32(found & -found)) >> 3
          code = bytes[at] as number
          break
        }
        at += 4
      }
      // The last three bytes of the window.
      if (code === 0) {
        code = bytes[at] as number
        while (at < end && code !== QUOTE && code !== BACKSLASH) code = bytes[++at] as number
        if (at >= end) return NEED_MORE
      }
      if (code === QUOTE) return at
      at += 2
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
    while (tokenKinds[bytes[next] as number] === LITERAL) next += 1
    // `-nan(ind)`: how Microsoft's library writes a NaN.
    if (bytes[next] === 40 && next > at) {
      const close = bytes.indexOf(41, next)
      if (close > 0 && close - next < LONGEST_NAN) next = close + 1
    }
    if (next >= this.end) return NEED_MORE
    return next === at ? MALFORMED : next
  }

  #afterNested(at: number): number {
    const { bytes } = this
    let depth = 0
    for (;;) {
      const kind = tokenKinds[bytes[at] as number]
      if (kind === SEPARATOR) {
        at += 1
      } else if (kind === STRING) {
        const quote = this.closingQuote(at + 1)
        if (quote < 0) return quote
        at = quote + 1
        // A string that lost its end closes at the next string's opening quote: what follows then is a letter.
        const next = bytes[at] as number
        if (next !== 44 && next !== 58) {
          at = this.afterSpace(at)
          const after = bytes[at] as number
          if (after !== 44 && after !== 58 && after !== 125 && after !== 93) return this.fail(at)
        }
      } else if (kind === OPENING) {
        if (++depth > this.#maxNesting) {
          this.tooDeepAt = at
          return MALFORMED
        }
        at += 1
      } else if (kind === CLOSING) {
        at += 1
        if (--depth === 0) return at
      } else {
        at = this.afterLiteral(at)
        if (at < 0) return at
      }
    }
  }
}
