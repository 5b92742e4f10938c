/** Damage that knows SQLite's pages: hostile pointers, cycles, huge claims, cut files, edited headers. */
import type { Mutator, Random } from './mutate.ts'
import { byteMutators } from './mutate.ts'

function pageSizeOf(bytes: Uint8Array): number {
  const stored = ((bytes[16] ?? 0) << 8) | (bytes[17] ?? 0)
  return stored === 1 ? 65536 : stored >= 512 ? stored : 512
}

function put32(bytes: Uint8Array, at: number, value: number): void {
  if (at >= 0 && at + 4 <= bytes.length) new DataView(bytes.buffer, bytes.byteOffset + at, 4).setUint32(0, value >>> 0)
}

/** Start of a random page's b-tree header; pages that are b-tree pages are preferred. */
function pageStart(bytes: Uint8Array, random: Random, types: readonly number[]): number {
  const size = pageSizeOf(bytes)
  const count = Math.max(1, Math.floor(bytes.length / size))
  let start = 0
  for (let i = 0; i < 40; i++) {
    const page = random.below(count)
    start = page * size + (page === 0 ? 100 : 0)
    if (types.includes(bytes[start] ?? 0)) return start
  }
  return start
}

function hostilePage(bytes: Uint8Array, random: Random): number {
  const count = Math.floor(bytes.length / pageSizeOf(bytes))
  return random.pick([0, 1, 2, 1 + random.below(count), 1 + random.below(count), count, count + 1, 0x7fffffff, 0xffffffff])
}

const truncateAtPage: Mutator = {
  name: 'cut at a page boundary',
  apply(bytes, random) {
    const size = pageSizeOf(bytes)
    return bytes.slice(0, random.below(Math.floor(bytes.length / size) + 1) * size)
  },
}

/** The cut file claims to be whole, as one that was copied while it grew. */
const truncateSilently: Mutator = {
  name: 'cut at a page boundary, header agreeing',
  apply(bytes, random) {
    const size = pageSizeOf(bytes)
    const pages = 1 + random.below(Math.floor(bytes.length / size))
    const cut = bytes.slice(0, pages * size)
    put32(cut, 28, pages)
    return cut
  },
}

const childPointer: Mutator = {
  name: 'hostile child pointer',
  apply(bytes, random) {
    const start = pageStart(bytes, random, [5])
    const cells = ((bytes[start + 3] ?? 0) << 8) | (bytes[start + 4] ?? 0)
    const base = start - (start === 100 ? 100 : 0)
    const pointer = start + 12 + random.below(cells) * 2
    const cell = base + (((bytes[pointer] ?? 0) << 8) | (bytes[pointer + 1] ?? 0))
    put32(
      bytes,
      random.below(2) === 0 ? start + 8 : cell,
      random.below(3) === 0 ? base / pageSizeOf(bytes) + 1 : hostilePage(bytes, random),
    )
    return bytes
  },
}

const cellPointer: Mutator = {
  name: 'hostile cell pointer',
  apply(bytes, random) {
    const start = pageStart(bytes, random, [13])
    const cells = ((bytes[start + 3] ?? 0) << 8) | (bytes[start + 4] ?? 0)
    const at = start + 8 + random.below(cells) * 2
    const value = random.pick([0, 1, 8, 99, random.below(65536), pageSizeOf(bytes) - 1, pageSizeOf(bytes) - 4, 65535])
    bytes[at] = value >> 8
    bytes[at + 1] = value & 255
    return bytes
  },
}

const cellCount: Mutator = {
  name: 'hostile cell count or page type',
  apply(bytes, random) {
    const start = pageStart(bytes, random, [13, 5])
    if (random.below(2) === 0) bytes[start] = random.pick([0, 2, 5, 10, 13, 255])
    else {
      bytes[start + 3] = random.pick([0, 0, 1, 0xff, random.below(256)])
      bytes[start + 4] = random.below(256)
    }
    return bytes
  },
}

/** Rewrites the start of a record: payload length, rowid, header length or serial types. */
const recordStart: Mutator = {
  name: 'hostile record',
  apply(bytes, random) {
    const start = pageStart(bytes, random, [13])
    const cells = ((bytes[start + 3] ?? 0) << 8) | (bytes[start + 4] ?? 0)
    const base = start - (start === 100 ? 100 : 0)
    const pointer = start + 8 + random.below(cells) * 2
    const cell = base + (((bytes[pointer] ?? 0) << 8) | (bytes[pointer + 1] ?? 0)) + random.pick([0, 0, 1, 2, 3, 4, random.below(40)])
    const claims: readonly number[][] = [
      // 1 GB less a little, as a payload length or a text's serial type; then 9-byte, empty and short claims.
      [0x83, 0xdc, 0xd6, 0xaf, 0x7f],
      [0x87, 0xb9, 0xac, 0xdf, 0x7f],
      [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
      [0x00],
      [0x01],
      [0x81, 0x00],
      [0xff, 0x7f],
      [random.below(256)],
      [10],
      [11],
      [7],
      [6],
    ]
    bytes.set(random.pick(claims).slice(0, Math.max(0, bytes.length - cell)), Math.min(cell, bytes.length))
    return bytes
  },
}

/** Links of overflow pages lie in the first four bytes of a page. */
const overflowLink: Mutator = {
  name: 'hostile first four bytes of a page',
  apply(bytes, random) {
    const size = pageSizeOf(bytes)
    put32(bytes, (1 + random.below(Math.floor(bytes.length / size))) * size, hostilePage(bytes, random))
    return bytes
  },
}

const swapPages: Mutator = {
  name: 'swap pages',
  apply(bytes, random) {
    const size = pageSizeOf(bytes)
    const count = Math.floor(bytes.length / size)
    if (count < 3) return bytes
    const left = (1 + random.below(count - 1)) * size
    const right = (1 + random.below(count - 1)) * size
    const kept = bytes.slice(left, left + size)
    bytes.copyWithin(left, right, right + size)
    bytes.set(kept, right)
    return bytes
  },
}

const zeroPage: Mutator = {
  name: 'zero a page',
  apply(bytes, random) {
    const size = pageSizeOf(bytes)
    const at = random.below(Math.floor(bytes.length / size)) * size
    return bytes.fill(0, at + (at === 0 ? 100 : 0), at + size)
  },
}

const headerField: Mutator = {
  name: 'edit a header field',
  apply(bytes, random) {
    const [at, width] = random.pick([
      [16, 2],
      [18, 1],
      [19, 1],
      [20, 1],
      [21, 1],
      [24, 4],
      [28, 4],
      [32, 4],
      [36, 4],
      [44, 4],
      [52, 4],
      [56, 4],
      [92, 4],
    ] as const)
    const value = random.pick([0, 1, 2, 3, 4, 5, 64, 255, 512, 4096, 0x7fffffff, 0xffffffff])
    for (let i = 0; i < width; i++) bytes[at + i] = (value >>> (8 * (width - 1 - i))) & 255
    return bytes
  },
}

/** Page 1 holds the schema: letters of CREATE TABLE, root pages. */
const schemaByte: Mutator = {
  name: 'edit the schema',
  apply(bytes, random) {
    const size = Math.min(pageSizeOf(bytes), bytes.length)
    for (let i = 1 + random.below(2); i > 0; i--) {
      const letters = [32, 34, 39, 40, 41, 44, 45, 47, 91, 96, 65, 97, 0, 200, random.below(256)]
      bytes[100 + random.below(Math.max(1, size - 100))] = random.pick(letters)
    }
    return bytes
  },
}

export const sqliteMutators: readonly Mutator[] = [
  ...byteMutators,
  truncateAtPage,
  truncateSilently,
  childPointer,
  childPointer,
  cellPointer,
  cellCount,
  recordStart,
  recordStart,
  recordStart,
  overflowLink,
  swapPages,
  zeroPage,
  headerField,
  schemaByte,
  schemaByte,
]
