/**
 * Which prompt tokens need not be computed again: full blocks whose tokens, and all tokens before them, were seen.
 * A block's key is the hash of its tokens chained to the key of the block before, as vLLM keys its blocks.
 */

const offset = 0x811c9dc5
const prime = 0x01000193

/** FNV-1a over the block's words, twice with different seeds: 52 bits, so that a collision among millions of blocks is no concern. */
function chained(previous: number, words: readonly string[], from: number, to: number): number {
  let low = (offset ^ (previous >>> 0)) >>> 0
  let high = (offset ^ Math.floor(previous / 2 ** 32) ^ 0x5bd1e995) >>> 0
  for (let index = from; index < to; index++) {
    const word = words[index] ?? ''
    for (let at = 0; at < word.length; at++) {
      const code = word.charCodeAt(at)
      low = Math.imul(low ^ code, prime) >>> 0
      high = Math.imul(high ^ code ^ 0x2f, prime) >>> 0
    }
    low = Math.imul(low ^ 0x20, prime) >>> 0
    high = Math.imul(high ^ 0x20, prime) >>> 0
  }
  return (high & 0xfffff) * 2 ** 32 + low
}

export class PrefixCache {
  readonly #blockSize: number
  readonly #capacity: number
  /** Keys in order of last use: a Map iterates in order of insertion. */
  readonly #blocks = new Map<number, true>()

  constructor(blockSize: number, capacity: number) {
    this.#blockSize = blockSize
    this.#capacity = capacity
  }

  get blocks(): number {
    return this.#blocks.size
  }

  clear(): void {
    this.#blocks.clear()
  }

  /** Tokens of `words` that are cached; never all, because the last must be computed to give the first answer token. */
  hits(words: readonly string[]): number {
    let key = 0
    let hits = 0
    for (let from = 0; from + this.#blockSize <= words.length; from += this.#blockSize) {
      key = chained(key, words, from, from + this.#blockSize)
      if (!this.#blocks.has(key)) break
      this.#touch(key)
      hits = from + this.#blockSize
    }
    return Math.max(0, hits < words.length ? hits : hits - this.#blockSize)
  }

  /** Keeps the full blocks of `words`: called once they were computed. */
  keep(words: readonly string[]): void {
    let key = 0
    for (let from = 0; from + this.#blockSize <= words.length; from += this.#blockSize) {
      key = chained(key, words, from, from + this.#blockSize)
      this.#touch(key)
    }
    for (const oldest of this.#blocks.keys()) {
      if (this.#blocks.size <= this.#capacity) break
      this.#blocks.delete(oldest)
    }
  }

  #touch(key: number): void {
    this.#blocks.delete(key)
    this.#blocks.set(key, true)
  }
}
