/**
 * Dense ids for pairs of whole numbers below 2^32, in order of first appearance.
 *
 * Typed-array reads use `as number`: noUncheckedIndexedAccess types them as possibly undefined, and the mask bounds them.
 */
import { grown } from '#base/columns.ts'

/** Odd, with bits all over (2^32 over the golden ratio; the second of MurmurHash3's finalizer). */
const [MIX_LEFT, MIX_RIGHT] = [0x9e3779b1, 0x85ebca6b]

export class PairIds {
  length = 0
  left = new Uint32Array(1024)
  right = new Uint32Array(1024)
  /** Ids plus one; 0 = free. Never more than half full. */
  #slots = new Uint32Array(4096)

  of(left: number, right: number): number {
    const mask = this.#slots.length - 1
    let at = slotOf(left, right) & mask
    for (let taken = this.#slots[at] as number; taken !== 0; taken = this.#slots[at] as number) {
      if (this.left[taken - 1] === left && this.right[taken - 1] === right) return taken - 1
      at = (at + 1) & mask
    }
    this.#slots[at] = ++this.length
    return this.#keep(left, right)
  }

  #keep(left: number, right: number): number {
    const id = this.length - 1
    if (id >= this.left.length) {
      this.left = grown(this.left, id + 1)
      this.right = grown(this.right, id + 1)
    }
    this.left[id] = left
    this.right[id] = right
    if (this.length * 2 > this.#slots.length) this.#rehash()
    return id
  }

  #rehash(): void {
    const slots = new Uint32Array(this.#slots.length * 4)
    const mask = slots.length - 1
    for (let id = 0; id < this.length; id++) {
      let at = slotOf(this.left[id] as number, this.right[id] as number) & mask
      while (slots[at] !== 0) at = (at + 1) & mask
      slots[at] = id + 1
    }
    this.#slots = slots
  }
}

function slotOf(left: number, right: number): number {
  const mixed = Math.imul(left, MIX_LEFT) ^ Math.imul(right, MIX_RIGHT)
  return mixed ^ (mixed >>> 15)
}
