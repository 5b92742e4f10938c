/** Numbers for the keys that a reader asks for; 0 is every other key. */
export class KeyTable {
  readonly #byHash = new Map<number, number>()
  readonly #keys: readonly Buffer[]

  constructor(names: readonly string[]) {
    this.#keys = names.map((name) => Buffer.from(name))
    for (const [index, key] of this.#keys.entries()) {
      const hash = hashRange(key, 0, key.length)
      if (this.#byHash.has(hash)) throw new Error(`two keys share a hash: ${names.join(', ')}`)
      this.#byHash.set(hash, index + 1)
    }
  }

  find(bytes: Buffer, from: number, to: number, hash: number): number {
    const id = this.#byHash.get(hash)
    if (id === undefined) return 0
    const key = this.#keys[id - 1] as Buffer // ids come from this table
    if (key.length !== to - from) return 0
    for (let index = 0; index < key.length; index++) if (key[index] !== bytes[from + index]) return 0
    return id
  }
}

function hashRange(bytes: Buffer, from: number, to: number): number {
  let hash = 0x811c9dc5 | 0
  for (let at = from; at < to; at++) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193)
  return hash
}
