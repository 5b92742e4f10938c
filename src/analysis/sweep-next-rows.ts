/** Where a sweep stands in a few sources. `as number` on typed-array reads: positions within a source's [from, to). */
import type { ActivitySource } from '#analysis/sweep-input.ts'

/** Of a few sources: where each stands, and the start and class of its next row, +Infinity at its end. */
export class NextRows {
  readonly positions: Uint32Array
  readonly starts: Float64Array
  readonly classes: Uint8Array

  constructor(sources: readonly ActivitySource[]) {
    this.positions = new Uint32Array(sources.length)
    this.starts = new Float64Array(sources.length)
    this.classes = new Uint8Array(sources.length)
    for (const [index, source] of sources.entries()) this.moveTo(source, index, source.from)
  }

  /** Of equal starts, the lower index. */
  earliest(): number {
    const { starts } = this
    let first = 0
    for (let index = 1; index < starts.length; index += 1) if ((starts[index] as number) < (starts[first] as number)) first = index
    return first
  }

  moveTo({ startNs, order, key, classByKey, to }: ActivitySource, index: number, position: number): void {
    this.positions[index] = position
    if (position >= to) {
      this.starts[index] = Number.POSITIVE_INFINITY
      return
    }
    const row = order === undefined ? position : (order[position] as number)
    this.starts[index] = startNs[row] as number
    this.classes[index] = classByKey[key === undefined ? 0 : (key[row] as number)] as number
  }
}
