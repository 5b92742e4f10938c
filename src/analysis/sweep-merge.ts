/**
 * Merges the sorted sources of a device by start. Few sources (nearly every device) the consumer compares one by one. Of many, which
 * stand in a binary heap, it takes rows of the leading one for as long as that stays ahead.
 *
 * `as number` on typed-array reads: heap slots stay below the heap's size, row positions within [from, to).
 */
import type { ActivitySource } from '#analysis/sweep-input.ts'

/** Takes rows of a source (positions, to be mapped through its order) in the order of the merge. */
export interface RunConsumer {
  /**
   * Takes the row at `from` and those after it that start no later than `limitNs[0]` (in an array: a double as argument is boxed anew
   * for every run). Returns the next position, -1 to stop the merge.
   */
  takeRun(source: ActivitySource, from: number, limitNs: Float64Array): number
  /** Takes all rows of a few sources in order of start; equal starts: the source with the lower index first. */
  takeFew(sources: readonly ActivitySource[]): void
}

/** Sources up to which a look at each is cheaper than a heap. */
const FEW_SOURCES = 8

/** Start of the row at a position of a source. */
export const startAt = (source: ActivitySource, position: number): number =>
  source.startNs[source.order === undefined ? position : (source.order[position] as number)] as number

/** Feeds all rows to the consumer in order of start. Equal starts: the source with the lower index first. */
export function mergeSources(sources: readonly ActivitySource[], consumer: RunConsumer): void {
  if (sources.length > 1 && sources.length <= FEW_SOURCES) {
    consumer.takeFew(sources)
    return
  }
  const heap = new MergeHeap(sources)
  const limitNs = new Float64Array(1)
  for (;;) {
    const top = heap.top()
    const source = sources[top]
    if (source === undefined) return
    limitNs[0] = heap.limit()
    const to = consumer.takeRun(source, heap.position(top), limitNs)
    if (to < 0) return
    heap.advance(to)
  }
}

class MergeHeap {
  readonly #sources: readonly ActivitySource[]
  readonly #positions: Float64Array
  readonly #starts: Float64Array
  readonly #heap: Int32Array
  #size = 0

  constructor(sources: readonly ActivitySource[]) {
    this.#sources = sources
    this.#positions = Float64Array.from(sources, (source) => source.from)
    this.#starts = Float64Array.from(sources, (source) => startAt(source, source.from))
    this.#heap = new Int32Array(sources.length)
    for (let index = 0; index < sources.length; index += 1) {
      this.#heap[this.#size] = index
      this.#size += 1
      this.#up(this.#size - 1)
    }
  }

  /** Index of the source with the earliest row, -1 when all are exhausted. */
  top(): number {
    return this.#size === 0 ? -1 : (this.#heap[0] as number)
  }

  position(source: number): number {
    return this.#positions[source] as number
  }

  /** Until when the leading source's rows come before all others: at equal starts the source with the lower index is first. */
  limit(): number {
    const top = this.#heap[0] as number
    let limitNs = Number.POSITIVE_INFINITY
    for (let slot = 1; slot <= 2 && slot < this.#size; slot += 1) {
      const index = this.#heap[slot] as number
      // Starts are whole nanoseconds: half of one less leaves out the equal ones.
      limitNs = Math.min(limitNs, (this.#starts[index] as number) - (index < top ? 0.5 : 0))
    }
    return limitNs
  }

  advance(to: number): void {
    const index = this.#heap[0] as number
    const source = this.#sources[index] as ActivitySource
    if (to >= source.to) {
      this.#size -= 1
      this.#heap[0] = this.#heap[this.#size] as number
    } else {
      this.#positions[index] = to
      this.#starts[index] = startAt(source, to)
    }
    this.#down()
  }

  #before(a: number, b: number): boolean {
    const difference = (this.#starts[a] as number) - (this.#starts[b] as number)
    return difference < 0 || (difference === 0 && a < b)
  }

  #up(slot: number): void {
    let child = slot
    while (child > 0) {
      const parent = (child - 1) >>> 1
      if (!this.#before(this.#heap[child] as number, this.#heap[parent] as number)) return
      this.#swap(child, parent)
      child = parent
    }
  }

  #down(): void {
    let parent = 0
    for (;;) {
      let child = parent * 2 + 1
      if (child >= this.#size) return
      if (child + 1 < this.#size && this.#before(this.#heap[child + 1] as number, this.#heap[child] as number)) child += 1
      if (!this.#before(this.#heap[child] as number, this.#heap[parent] as number)) return
      this.#swap(child, parent)
      parent = child
    }
  }

  #swap(a: number, b: number): void {
    const held = this.#heap[a] as number
    this.#heap[a] = this.#heap[b] as number
    this.#heap[b] = held
  }
}
