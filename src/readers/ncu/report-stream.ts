/** Sequential reading of a report through one window, whatever the size of the file. */
import type { RandomAccess } from '#model/reader.ts'

/** Most messages are a few kilobytes: one system call serves many of them. */
const WINDOW_BYTES = 1 << 20

/** Little-endian; four bytes are there. */
function unsigned(bytes: Uint8Array, at: number): number {
  // In bounds, as said.
  const low = (bytes[at] as number) | ((bytes[at + 1] as number) << 8)
  return (low | ((bytes[at + 2] as number) << 16) | ((bytes[at + 3] as number) << 24)) >>> 0
}

export class ReportStream {
  readonly #access: RandomAccess
  #window: Uint8Array = new Uint8Array(0)
  #buffer: Uint8Array = new Uint8Array(0)
  #windowAt = 0
  #at: number

  constructor(access: RandomAccess, start = 0) {
    this.#access = access
    this.#at = start
  }

  get at(): number {
    return this.#at
  }

  get remaining(): number {
    return this.#access.size - this.#at
  }

  /** Undefined where fewer than four bytes are left. */
  size(): number | undefined {
    const from = this.#at - this.#windowAt
    const window = this.#window
    if (from < 0 || from + 4 > window.length) {
      const bytes = this.take(4)
      return bytes === undefined ? undefined : unsigned(bytes, 0)
    }
    this.#at += 4
    return unsigned(window, from)
  }

  /** The next `length` bytes, valid until the next call; undefined, and nothing consumed, where the file is shorter. */
  take(length: number): Uint8Array | undefined {
    if (length > this.remaining) return undefined
    const from = this.#at - this.#windowAt
    if (from < 0 || from + length > this.#window.length) {
      this.#fill(length)
      if (this.#window.length < length) return undefined
    }
    const start = this.#at - this.#windowAt
    this.#at += length
    return this.#window.subarray(start, start + length)
  }

  /** One buffer for the whole file: a new one per megabyte is work for the garbage collector. */
  #fill(length: number): void {
    if (this.#buffer.length < length) this.#buffer = new Uint8Array(Math.min(this.remaining, Math.max(length, WINDOW_BYTES)))
    const filled = this.#access.readInto(this.#buffer, this.#at)
    this.#window = this.#buffer.subarray(0, filled)
    this.#windowAt = this.#at
  }

  skipTo(offset: number): void {
    this.#at = offset
  }
}
