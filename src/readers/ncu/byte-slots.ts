/** What was made of bytes that repeat, found again by the bytes: to decode each of them again is what costs. */

/** Captures hold some hundred kernels and sections: few of so many fall into one pair of slots. */
const SLOTS = 4096
/** Bytes that a slot depends on: all of a short run, 256 to 512 of a long one. */
const LOOKED_AT_BITS = 8

interface Kept<T> {
  readonly bytes: Uint8Array
  readonly value: T
}

/** Pairs of slots, each with the last two runs of bytes that fell into it: bounded, whatever a file holds. */
export class ByteSlots<T> {
  readonly #slots: (Kept<T> | undefined)[] = new Array(SLOTS).fill(undefined)
  #slot = 0

  /** Undefined = not known. */
  find(bytes: Uint8Array, from: number, to: number): T | undefined {
    const length = to - from
    const step = (length >> LOOKED_AT_BITS) + 1
    let hash = length
    for (let at = from; at < to; at += step) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193)
    this.#slot = (hash ^ (hash >>> 15)) & (SLOTS - 2)
    const last = this.#slots[this.#slot]
    if (last !== undefined && equals(last.bytes, bytes, from, length)) return last.value
    const other = this.#slots[this.#slot + 1]
    return other !== undefined && equals(other.bytes, bytes, from, length) ? other.value : undefined
  }

  /** For the bytes that were looked for last. */
  keep(bytes: Uint8Array, from: number, to: number, value: T): void {
    this.#slots[this.#slot + 1] = this.#slots[this.#slot]
    // A copy: the slice of a Buffer would be a view of bytes that the next read writes over, and is slow to make.
    const own = new Uint8Array(to - from)
    for (let at = from; at < to; at++) own[at - from] = bytes[at] as number
    this.#slots[this.#slot] = { bytes: own, value }
  }
}

function equals(known: Uint8Array, bytes: Uint8Array, from: number, length: number): boolean {
  if (known.length !== length) return false
  for (let index = 0; index < length; index++) if (known[index] !== bytes[from + index]) return false
  return true
}
