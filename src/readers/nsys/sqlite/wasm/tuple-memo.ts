/**
 * The tuples that a page program knows: a hash table in its memory, written here and only read there. A slot holds the parts as 64-bit
 * integers, which of them are NULL, and one more than the tuple's index (0: free).
 */

/** Of one tuple: the geometry of a launch has six. */
export const MOST_PARTS = 8
/** Slots looked at, from the one that the hash names: with half of the slots taken, two are looked at on average. */
export const MEMO_TRIES = 8
/** The sum's upper bits are folded into the lower ones by so much. */
export const MEMO_FOLD = 20
/** More than the kernels of most captures; half a megabyte at the widest, read where it is needed only. */
const SLOTS = 8192

export interface MemoPlace {
  readonly address: number
  readonly slots: number
  /** Bytes of a slot: a power of two. */
  readonly stride: number
  /** Within a slot. */
  readonly indexAt: number
  readonly missingAt: number
}

/** Odd, so that no bit of a part is lost; 1 for the first, whose ids are dense. */
export const memoFactor = (part: number): bigint => (part === 0 ? 1n : BigInt(part) * 0x9e3779b97f4a7c16n + 1n)

export function memoPlace(parts: number, take: (bytes: number) => number): MemoPlace {
  const stride = 2 ** Math.ceil(Math.log2(parts * 8 + 8))
  return { address: take(SLOTS * stride), slots: SLOTS, stride, indexAt: parts * 8, missingAt: parts * 8 + 4 }
}

export class TupleMemo {
  readonly #place: MemoPlace
  readonly #view: DataView

  constructor(buffer: ArrayBuffer, place: MemoPlace) {
    this.#place = place
    this.#view = new DataView(buffer, place.address, place.slots * place.stride)
  }

  /** `undefined`: NULL. The tuple must not be known yet. Where its slots are taken, it takes the first: returns whose that was, else -1. */
  add(parts: readonly (bigint | undefined)[], index: number): number {
    const { slots, stride, indexAt, missingAt } = this.#place
    const view = this.#view
    const sum = BigInt.asUintN(
      64,
      parts.reduce<bigint>((total, part, at) => total + (part ?? 0n) * memoFactor(at), 0n),
    )
    const first = Number((sum ^ (sum >> BigInt(MEMO_FOLD))) & BigInt(slots - 1))
    let slot = first
    for (let tries = 0; tries < MEMO_TRIES; tries++) {
      const candidate = (first + tries) & (slots - 1)
      if (view.getInt32(candidate * stride + indexAt, true) !== 0) continue
      slot = candidate
      break
    }
    const before = view.getInt32(slot * stride + indexAt, true) - 1
    for (const [at, part] of parts.entries()) view.setBigInt64(slot * stride + at * 8, part ?? 0n, true)
    const missing = parts.reduce((bits, part, at) => bits | (part === undefined ? 1 << at : 0), 0)
    view.setInt32(slot * stride + missingAt, missing, true)
    view.setInt32(slot * stride + indexAt, index + 1, true)
    return before
  }
}
