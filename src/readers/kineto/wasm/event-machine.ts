/**
 * The program of events, its memory, and what it is taught: every path, text and category that the careful reader meets goes into the
 * memory once, until what is set aside for it is full. What is not there the program does not know, and the careful reader goes on
 * reading it.
 */
import { startProgram } from '#readers/wasm/program.ts'
import { eventProgram } from './event-program.ts'
import {
  ARENA_BYTES,
  HASH_FACTOR,
  HASH_FOLD,
  KIND_BITS,
  type Layout,
  LITERALS,
  layoutOf,
  MOST_CATEGORIES,
  MOST_TEXT_BYTES,
  MOST_TRIES,
  NODE_BYTES,
  NODES,
  node,
  type numbers,
  operations,
  ROOTS,
  SKIPPED,
  SLOT_BYTES,
  slot,
  TEXT_SLOTS,
  THOUSANDTHS,
  words,
} from './layout.ts'

/** What the program does with the value of a member: by the number of its field (0: any other key). */
export interface MemberUse {
  readonly operation: keyof typeof operations
  /** Address of the result. */
  readonly slot?: number
  /** Of a text: which interner knows it. */
  readonly kind?: TextKind
}

export const textKinds = { name: 0, category: 1, id: 2, place: 3 } as const
export type TextKind = (typeof textKinds)[keyof typeof textKinds]

const addressOf = (index: number): number => NODES + index * NODE_BYTES

export class EventMachine {
  /** Holds the trace's bytes; positions that `run` takes are positions in it. */
  readonly window: Buffer
  /** The position behind the event at `at`, 0 where the careful reader must take it. */
  readonly run: (at: number, end: number) => number
  readonly #layout: Layout
  readonly #view: DataView
  readonly #bytes: Buffer
  readonly #numbers: Float64Array
  readonly #words: Int32Array
  readonly #thousandths: Int32Array
  #used: number

  private constructor(memory: ArrayBuffer, run: (at: number, end: number) => number, layout: Layout, windowBytes: number) {
    this.run = run
    this.#layout = layout
    this.#bytes = Buffer.from(memory)
    this.#view = new DataView(memory)
    this.window = Buffer.from(memory, layout.window, windowBytes)
    this.#numbers = new Float64Array(memory, 0, THOUSANDTHS / 8)
    this.#words = new Int32Array(memory, words.phase, (LITERALS - words.phase) / 4)
    this.#thousandths = new Int32Array(memory, THOUSANDTHS, 2)
    this.#used = layout.arena
  }

  /** @param nodes As many as the paths have at most. Undefined where the runtime cannot. */
  static open(nodes: number, windowBytes: number, isLiteral: (code: number) => boolean): EventMachine | undefined {
    const layout = layoutOf(nodes, windowBytes)
    const started = startProgram(layout.bytes, () => eventProgram(layout))
    if (started === undefined) return undefined
    // The program exports one function, of this type.
    const machine = new EventMachine(started.memory, started.run as EventMachine['run'], layout, windowBytes)
    for (let code = 0; code < 256; code++) machine.#bytes[LITERALS + code] = isLiteral(code) ? 1 : 0
    return machine
  }

  /** A number of the event: an address of `numbers`. */
  number(address: number): number {
    return this.#numbers[address >> 3] as number // in bounds: addresses of the layout
  }

  /** An integer of the event: an address of `words`. */
  word(address: number): number {
    return this.#words[(address - words.phase) >> 2] as number // in bounds: addresses of the layout
  }

  /** Thousandths of start or duration. */
  thousandths(address: typeof numbers.startUs | typeof numbers.durationUs): number {
    return this.#thousandths[address >> 3] as number // in bounds: the first two
  }

  /** A path: `bytes[from, to)` leads from the node `parent` to the node `index`. `previous`: the follower before it, -1 for the first. */
  addNode(index: number, parent: number, previous: number, bytes: Uint8Array, isEnd: boolean, use: MemberUse): void {
    const view = this.#view
    const at = addressOf(index)
    this.#bytes.set(bytes, at + node.text)
    this.#bytes.fill(255, at + node.mask, at + node.mask + bytes.length)
    view.setInt32(at + node.length, bytes.length, true)
    view.setInt32(at + node.operation, operations[use.operation], true)
    view.setInt32(at + node.isEnd, isEnd ? 1 : 0, true)
    view.setInt32(at + node.slot, use.slot ?? 0, true)
    view.setInt32(at + node.kind, use.kind ?? 0, true)
    if (previous < 0) view.setInt32(addressOf(parent) + node.first, at, true)
    else view.setInt32(addressOf(previous) + node.next, at, true)
  }

  /** Where the paths of a category's arguments begin; -1 where they are not read. */
  setRoot(category: number, root: number): void {
    if (category < MOST_CATEGORIES) this.#view.setInt32(ROOTS + category * 4, root < 0 ? SKIPPED : addressOf(root), true)
  }

  /** A text in the file's spelling, and its id. Each once. */
  addText(kind: TextKind, text: Uint8Array, id: number): void {
    const { arena, slots } = this.#layout
    const room = (text.length + 7) & ~7
    if (text.length > MOST_TEXT_BYTES || this.#used + room > arena + ARENA_BYTES) return
    const key = (text.length << KIND_BITS) | kind
    this.#bytes.set(text, this.#used)
    const hash = this.#hash(this.#used, text.length, key)
    const view = this.#view
    const first = slots + Number(hash & BigInt(TEXT_SLOTS - 1)) * SLOT_BYTES
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const at = first + tries * SLOT_BYTES
      if (view.getInt32(at + slot.text, true) !== 0) continue
      view.setInt32(at + slot.text, this.#used, true)
      view.setInt32(at + slot.key, key, true)
      view.setInt32(at + slot.hash, Number(hash >> 32n) | 0, true)
      view.setInt32(at + slot.id, id, true)
      this.#used += room
      return
    }
    this.#bytes.fill(0, this.#used, this.#used + room)
  }

  /** The program's own hash of a text that stands in the arena, zeros behind it. */
  #hash(address: number, length: number, key: number): bigint {
    let hash = BigInt(key)
    const mix = (word: bigint): void => {
      hash = BigInt.asUintN(64, (hash ^ word) * HASH_FACTOR)
      hash ^= hash >> HASH_FOLD
    }
    let at = 0
    for (; at + 8 <= length; at += 8) mix(this.#view.getBigUint64(address + at, true))
    mix(at === length ? 0n : this.#view.getBigUint64(address + at, true))
    return hash
  }
}
