/** Nanoseconds since 1970, exact: a double of them is rounded to 256 ns (trap F14), and a bigint for every request is slow. */
import type { LineCursor } from '#readers/json/line-cursor.ts'

/** Up to this many seconds a double holds their nanoseconds. */
const EXACT_SECONDS = 9_000_000

export interface Epoch {
  /** NaN = not given. */
  readonly seconds: number
  /** 0 to 999,999,999. */
  readonly nanoseconds: number
}

/** Decimal integer as text. */
export function epochText({ seconds, nanoseconds }: Epoch): string {
  return seconds === 0 ? String(nanoseconds) : `${seconds}${String(nanoseconds).padStart(9, '0')}`
}

export function isBefore(a: Epoch, b: Epoch): boolean {
  return a.seconds === b.seconds ? a.nanoseconds < b.nanoseconds : a.seconds < b.seconds
}

/** Nanoseconds from `origin` to `epoch`, to the nearest double. */
export function nanosecondsBetween(origin: Epoch, epoch: Epoch): number {
  const seconds = epoch.seconds - origin.seconds
  if (Math.abs(seconds) <= EXACT_SECONDS) return seconds * 1e9 + (epoch.nanoseconds - origin.nanoseconds)
  return Number(BigInt(epochText(epoch)) - BigInt(epochText(origin)))
}

/** Reads them from lines into two numbers of its own. */
export class EpochReader implements Epoch {
  seconds = Number.NaN
  nanoseconds = 0

  clear(): void {
    this.seconds = Number.NaN
  }

  set({ seconds, nanoseconds }: Epoch): void {
    this.seconds = seconds
    this.nanoseconds = nanoseconds
  }

  copy(): Epoch {
    return { seconds: this.seconds, nanoseconds: this.nanoseconds }
  }

  /** The value at the cursor, a decimal integer of 1 to 19 digits, bare or quoted; NaN seconds for anything else. */
  read(cursor: LineCursor): void {
    this.clear()
    cursor.peek()
    const { bytes, at: from, end } = cursor
    let to = from
    while (to < end && isDigit(bytes[to])) to++
    const next = to < end ? bytes[to] : 44
    if (to - from > 9 && to - from <= 19 && bytes[from] !== 48 && (next === 44 || next === 125 || next === 32)) {
      this.#digits(bytes, from, to)
      cursor.at = to
      return
    }
    cursor.skipValue()
    const text = cursor.to - cursor.from <= 20 ? cursor.text() : ''
    if (!/^\d{1,19}$/.test(text)) return
    const digits = Buffer.from(text.padStart(10, '0'))
    this.#digits(digits, 0, digits.length)
  }

  #digits(bytes: Uint8Array, from: number, to: number): void {
    const split = to - 9
    let seconds = 0
    for (let at = from; at < split; at++) seconds = seconds * 10 + ((bytes[at] ?? 48) - 48)
    let nanoseconds = 0
    for (let at = split; at < to; at++) nanoseconds = (Math.imul(nanoseconds, 10) + (bytes[at] ?? 48) - 48) | 0
    this.seconds = seconds
    this.nanoseconds = nanoseconds
  }
}

function isDigit(code: number | undefined): boolean {
  return code !== undefined && code >= 48 && code <= 57
}
