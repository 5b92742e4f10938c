/**
 * Seeded damage for fuzz tests: the generic part, for any byte format. A format adds its own mutators to the list.
 * The same seed gives the same mutants on every machine, so a failure is reproduced from the printed seed and number.
 */

export interface Random {
  /** 0 .. 2^32-1 */
  next(): number
  /** 0 .. limit-1; 0 when limit is 0. */
  below(limit: number): number
  pick<T>(items: readonly T[]): T
}

/** mulberry32: 32 bits of state, passes gjrand; quality is ample for choosing damage. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
  const below = (limit: number): number => (limit <= 0 ? 0 : Math.floor((next() / 4294967296) * limit))
  function pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new Error('nothing to pick from')
    return items[below(items.length)] as T
  }
  return { next, below, pick }
}

/** May change `bytes` in place (it is a private copy) and returns the damaged bytes, or a new array where the length changes. */
export interface Mutator {
  readonly name: string
  apply(bytes: Uint8Array, random: Random): Uint8Array
}

const flipBits: Mutator = {
  name: 'flip bits',
  apply(bytes, random) {
    const count = 1 + random.below(8)
    for (let i = 0; i < count; i++) {
      const at = random.below(bytes.length)
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8))
    }
    return bytes
  },
}

/** The bytes that formats trip over: zero, one, sign and continuation bits, all ones, quotes, backslash, brackets, newline. */
const awkwardBytes = [0x00, 0x01, 0x7f, 0x80, 0x81, 0xfe, 0xff, 0x22, 0x5c, 0x7b, 0x7d, 0x5b, 0x5d, 0x0a, 0xc0, 0xed]

const setBytes: Mutator = {
  name: 'set bytes',
  apply(bytes, random) {
    const count = 1 + random.below(8)
    for (let i = 0; i < count; i++)
      bytes[random.below(bytes.length)] = random.below(3) === 0 ? random.below(256) : random.pick(awkwardBytes)
    return bytes
  },
}

const setRun: Mutator = {
  name: 'set a run',
  apply(bytes, random) {
    const at = random.below(bytes.length)
    bytes.fill(random.pick([0x00, 0xff, 0x20, 0x80]), at, at + 1 + random.below(random.pick([16, 512, 8192])))
    return bytes
  },
}

const truncate: Mutator = { name: 'truncate', apply: (bytes, random) => bytes.slice(0, random.below(bytes.length + 1)) }

const swapBlocks: Mutator = {
  name: 'swap blocks',
  apply(bytes, random) {
    const length = Math.min(random.pick([4, 64, 512, 4096]), bytes.length >> 1)
    const first = random.below(bytes.length - length + 1)
    const second = random.below(bytes.length - length + 1)
    const kept = bytes.slice(first, first + length)
    bytes.copyWithin(first, second, second + length)
    bytes.set(kept, second)
    return bytes
  },
}

const copyBlock: Mutator = {
  name: 'copy a block over another',
  apply(bytes, random) {
    const length = Math.min(random.pick([4, 64, 512, 4096]), bytes.length)
    const from = random.below(bytes.length - length + 1)
    return bytes.copyWithin(random.below(bytes.length - length + 1), from, from + length)
  },
}

const removeBlock: Mutator = {
  name: 'remove a block',
  apply(bytes, random) {
    const at = random.below(bytes.length)
    const length = 1 + random.below(random.pick([4, 64, 4096]))
    const result = new Uint8Array(bytes.length - Math.min(length, bytes.length - at))
    result.set(bytes.subarray(0, at))
    result.set(bytes.subarray(at + length), at)
    return result
  },
}

const insertBlock: Mutator = {
  name: 'insert a block',
  apply(bytes, random) {
    const at = random.below(bytes.length + 1)
    const inserted = new Uint8Array(1 + random.below(random.pick([4, 64, 512])))
    const fill = random.pick<number | undefined>([undefined, 0x00, 0xff, 0x5b, 0x7b])
    for (let i = 0; i < inserted.length; i++) inserted[i] = fill ?? random.below(256)
    const result = new Uint8Array(bytes.length + inserted.length)
    result.set(bytes.subarray(0, at))
    result.set(inserted, at)
    result.set(bytes.subarray(at), at + inserted.length)
    return result
  },
}

/** A field of 1, 2, 4 or 8 bytes becomes a boundary value, in either byte order. */
const setField: Mutator = {
  name: 'set a field to a boundary value',
  apply(bytes, random) {
    const width = random.pick([1, 2, 4, 8])
    if (bytes.length < width) return bytes
    const value = random.pick([
      0n,
      1n,
      -1n,
      0x7fn,
      0x80n,
      0x7fffn,
      0x8000n,
      0x7fffffffn,
      0x80000000n,
      1n << 30n,
      (1n << 63n) - 1n,
      1n << 63n,
    ])
    const field = new Uint8Array(8)
    new DataView(field.buffer).setBigUint64(0, BigInt.asUintN(64, value))
    const narrow = field.slice(8 - width)
    if (random.below(2) === 0) narrow.reverse()
    bytes.set(narrow, random.below(bytes.length - width + 1))
    return bytes
  },
}

/** Fits every format. */
export const byteMutators: readonly Mutator[] = [
  flipBits,
  setBytes,
  setRun,
  truncate,
  swapBlocks,
  copyBlock,
  removeBlock,
  insertBlock,
  setField,
]

export interface Mutant {
  readonly bytes: Uint8Array
  /** What was done, for the failure message. */
  readonly what: string
}

/** One mutant: mostly one injury (which the reader must notice by itself), at times two or three. `original` is left alone. */
export function mutate(original: Uint8Array, random: Random, mutators: readonly Mutator[] = byteMutators): Mutant {
  let bytes: Uint8Array = original.slice()
  const injuries = random.pick([1, 1, 1, 2, 3])
  const done: string[] = []
  for (let i = 0; i < injuries && bytes.length > 0; i++) {
    const mutator = random.pick(mutators)
    bytes = mutator.apply(bytes, random)
    done.push(mutator.name)
  }
  return { bytes, what: done.join(', ') }
}
