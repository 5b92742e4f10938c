/** Texts of a trace by their bytes: a name seen a million times is decoded once. */
import type { EventMachine, TextKind } from './wasm/event-machine.ts'

/** A bucket chain longer than this falls back to a map of whole texts: names made to collide must not make it quadratic. */
const LONG_CHAIN = 16

/** The JSON string between two quotes as text: escapes resolved, invalid UTF-8 replaced, raw control characters kept. */
export function decodeJsonText(bytes: Buffer, start: number, end: number): string {
  const raw = bytes.toString('utf8', start, end)
  if (!raw.includes('\\')) return raw
  return raw.replace(/\\(?:u([0-9a-fA-F]{4})|([\s\S]?))/g, (_, code: string | undefined, char: string | undefined) => {
    if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16))
    const escapes: Record<string, string> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f' }
    return escapes[char ?? ''] ?? char ?? ''
  })
}

/** Bytes, and a view of the same for reads of four at once. */
export interface ByteWindow {
  readonly bytes: Buffer
  readonly view: DataView
}

export class TextInterner {
  /** Decoded texts by id: two spellings of one text (escapes) share an id. */
  readonly texts: string[] = []
  /** Distinct texts cut at the limit. */
  cut = 0
  readonly #maxBytes: number
  readonly #ids = new Map<string, number>()
  #arena = Buffer.alloc(1 << 16)
  #arenaView = new DataView(this.#arena.buffer, this.#arena.byteOffset, this.#arena.length)
  #used = 0
  readonly #offset: number[] = []
  readonly #length: number[] = []
  readonly #hash: number[] = []
  readonly #id: number[] = []
  readonly #next: number[] = []
  #buckets = new Int32Array(1024).fill(-1)
  readonly #full = new Map<string, number>()

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  #machine: EventMachine | undefined
  #kind: TextKind = 0

  /** Every text of the file from here on is taught to the program too. */
  teach(machine: EventMachine, kind: TextKind): void {
    this.#machine = machine
    this.#kind = kind
  }

  /** Id of the raw JSON string `bytes[start, end)` of the window. */
  find({ bytes, view }: ByteWindow, start: number, end: number): number {
    const hash = hashOf(view, start, end)
    const bucket = hash & (this.#buckets.length - 1)
    let chain = 0
    for (let entry = this.#buckets[bucket] as number; entry >= 0; entry = this.#next[entry] as number) {
      if (this.#hash[entry] === hash && this.#equals(entry, view, start, end)) return this.#id[entry] as number
      if (++chain > LONG_CHAIN) return this.#findByWholeText(bytes, start, end)
    }
    return this.#add(bytes, start, end, hash)
  }

  /** Id of a text that does not come from the file. */
  idOf(text: string): number {
    let id = this.#ids.get(text)
    if (id === undefined) {
      id = this.texts.length
      this.texts.push(text)
      this.#ids.set(text, id)
    }
    return id
  }

  #equals(entry: number, view: DataView, start: number, end: number): boolean {
    const length = end - start
    if (this.#length[entry] !== length) return false
    const offset = this.#offset[entry] as number
    const arena = this.#arenaView
    let index = 0
    for (; index + 4 <= length; index += 4) if (arena.getInt32(offset + index, true) !== view.getInt32(start + index, true)) return false
    for (; index < length; index++) if (arena.getUint8(offset + index) !== view.getUint8(start + index)) return false
    return true
  }

  #decode(bytes: Buffer, start: number, end: number): number {
    if (end - start <= this.#maxBytes) return this.idOf(decodeJsonText(bytes, start, end))
    this.cut += 1
    return this.idOf(`${decodeJsonText(bytes, start, start + this.#maxBytes)}…`)
  }

  #findByWholeText(bytes: Buffer, start: number, end: number): number {
    const key = bytes.toString('latin1', start, end)
    let id = this.#full.get(key)
    if (id === undefined) {
      id = this.#decode(bytes, start, end)
      this.#full.set(key, id)
    }
    return id
  }

  #add(bytes: Buffer, start: number, end: number, hash: number): number {
    const length = end - start
    const id = this.#decode(bytes, start, end)
    if (this.#used + length > this.#arena.length) {
      const arena = Buffer.alloc(Math.max(this.#arena.length * 2, this.#used + length))
      arena.set(this.#arena.subarray(0, this.#used))
      this.#arena = arena
      this.#arenaView = new DataView(arena.buffer, arena.byteOffset, arena.length)
    }
    bytes.copy(this.#arena, this.#used, start, end)
    this.#machine?.addText(this.#kind, bytes.subarray(start, end), id)
    const bucket = hash & (this.#buckets.length - 1)
    const entry = this.#offset.push(this.#used) - 1
    this.#hash.push(hash)
    this.#length.push(length)
    this.#id.push(id)
    this.#next.push(this.#buckets[bucket] as number)
    this.#buckets[bucket] = entry
    this.#used += length
    if (entry > this.#buckets.length * 2) this.#rehash()
    return id
  }

  #rehash(): void {
    const buckets = new Int32Array(this.#buckets.length * 4).fill(-1)
    for (let entry = 0; entry < this.#offset.length; entry++) {
      const bucket = (this.#hash[entry] as number) & (buckets.length - 1)
      this.#next[entry] = buckets[bucket] as number
      buckets[bucket] = entry
    }
    this.#buckets = buckets
  }
}

/** FNV-1a over words of four bytes, then over the rest, with the high bits folded in. */
function hashOf(view: DataView, start: number, end: number): number {
  let hash = (0x811c9dc5 | 0) ^ (end - start)
  let at = start
  for (; at + 4 <= end; at += 4) {
    hash = Math.imul(hash ^ view.getInt32(at, true), 0x01000193)
    // Multiplication carries upwards only: without this, a word's high bits would reach few of the hash's.
    hash ^= hash >>> 15
  }
  for (; at < end; at++) hash = Math.imul(hash ^ view.getUint8(at), 0x01000193)
  return hash ^ (hash >>> 15)
}
