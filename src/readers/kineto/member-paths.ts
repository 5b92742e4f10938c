/**
 * Which member follows which, by the bytes between one value and the next: the events of a trace are printed by a handful of statements,
 * so that nearly every `,\n    "ts": ` has been seen before at this very place. One comparison of words then stands for the comma, the
 * spaces, the key and the colon, and says which field it is. What is not known is read the plain way and remembered.
 *
 * A path holds whole tokens only, so equal bytes after a whole value mean equal tokens. What is remembered is bounded: a trace that
 * never repeats itself is read the plain way throughout.
 * Reads of typed arrays are cast to number: nodes are below `#count`, texts within the arena.
 */
import type { ByteCursor } from './byte-cursor.ts'
import { useOf } from './member-uses.ts'
import type { EventMachine } from './wasm/event-machine.ts'

/** No node: what follows it is never known. */
export const NOWHERE = -1

/** Real traces need below a hundred: 20 members of an event, and the arguments of a dozen categories. */
export const MAX_NODES = 1024
/** Members seen after one: a mode of printing each, not a value each. */
const MAX_FOLLOWERS = 8
/** Longer than a line break, an indentation and any key of a trace. */
const MAX_TEXT_BYTES = 64

export class MemberPaths {
  readonly #texts = Buffer.alloc(MAX_NODES * MAX_TEXT_BYTES)
  readonly #view = new DataView(this.#texts.buffer, this.#texts.byteOffset, this.#texts.length)
  readonly #length = new Uint8Array(MAX_NODES)
  readonly #field = new Uint8Array(MAX_NODES)
  readonly #isEnd = new Uint8Array(MAX_NODES)
  readonly #first = new Int16Array(MAX_NODES).fill(NOWHERE)
  readonly #next = new Int16Array(MAX_NODES).fill(NOWHERE)
  #count = 0
  #machine: EventMachine | undefined

  /** Every path from here on is taught to the program too. */
  teach(machine: EventMachine): void {
    this.#machine = machine
  }

  /** A place where paths begin: before the first member of an object. NOWHERE where no more fit. */
  root(): number {
    return this.#count < MAX_NODES ? this.#count++ : NOWHERE
  }

  /** Bytes from the value before to the value of this member. */
  length(node: number): number {
    return this.#length[node] as number
  }

  field(node: number): number {
    return this.#field[node] as number
  }

  /** The node behind `node` whose text stands at `at`, with the first byte of a value behind it; NOWHERE where none does. */
  follow(node: number, cursor: ByteCursor, at: number): number {
    if (node < 0) return NOWHERE
    for (let next = this.#first[node] as number; next >= 0; next = this.#next[next] as number) {
      const length = this.#length[next] as number
      if (at + length < cursor.end && this.#stands(next, length, cursor, at)) return next
    }
    return NOWHERE
  }

  #stands(node: number, length: number, { bytes, view }: ByteCursor, at: number): boolean {
    const texts = this.#view
    const from = node * MAX_TEXT_BYTES
    const lastWord = length - 4
    if (lastWord < 0) {
      for (let index = 0; index < length; index++) if (texts.getUint8(from + index) !== bytes[at + index]) return false
    } else {
      for (let index = 0; index < lastWord; index += 4)
        if (texts.getInt32(from + index, true) !== view.getInt32(at + index, true)) return false
      if (texts.getInt32(from + lastWord, true) !== view.getInt32(at + lastWord, true)) return false
    }
    // Here may be more space before the value than there was.
    return (bytes[at + length] as number) > 32 || this.#isEnd[node] === 1
  }

  /** Remembers that `bytes[from, to)` led from `node` to a value of this field, or to the object's end. Returns the new node. */
  remember(node: number, bytes: Buffer, from: number, to: number, field: number, isEnd: boolean): number {
    const length = to - from
    if (node < 0 || this.#count >= MAX_NODES || length > MAX_TEXT_BYTES) return NOWHERE
    let followers = 0
    let last = NOWHERE
    for (let next = this.#first[node] as number; next >= 0; next = this.#next[next] as number) {
      followers++
      last = next
    }
    if (followers >= MAX_FOLLOWERS) return NOWHERE
    const added = this.#count++
    bytes.copy(this.#texts, added * MAX_TEXT_BYTES, from, to)
    this.#length[added] = length
    this.#field[added] = field
    this.#isEnd[added] = isEnd ? 1 : 0
    this.#machine?.addNode(added, node, last, bytes.subarray(from, to), isEnd, useOf(field))
    if (last < 0) this.#first[node] = added
    else this.#next[last] = added
    return added
  }
}
