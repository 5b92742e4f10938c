/** Bytes that are expected to come again, compared four at a time. Typed-array reads use `as number`: the bounds are checked before. */
export class BytePattern {
  readonly length: number
  readonly #bytes: Uint8Array
  readonly #words: Int32Array

  /** Copies `bytes` (`slice` would not: of a Buffer it is a view, and readers use their buffers again). */
  constructor(bytes: Uint8Array) {
    this.#bytes = new Uint8Array(bytes)
    this.length = bytes.length
    const view = new DataView(this.#bytes.buffer)
    this.#words = Int32Array.from({ length: bytes.length >>> 2 }, (_, index) => view.getInt32(index * 4, true))
  }

  /** Whether they stand at `at`; `view` and `bytes` are the same memory, `end` is behind the last byte that counts. */
  isAt(view: DataView, bytes: Uint8Array, at: number, end: number): boolean {
    const { length } = this
    if (length > end - at) return false
    const words = this.#words
    for (let index = 0; index < words.length; index++) if (view.getInt32(at + index * 4, true) !== words[index]) return false
    const known = this.#bytes
    for (let index = words.length * 4; index < length; index++) if (bytes[at + index] !== known[index]) return false
    return true
  }
}
