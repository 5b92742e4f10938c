/** Rows of finished requests and the stamps of their streams, growing in typed arrays until they are handed over. */
import { grown } from '#base/columns.ts'
import { fieldPlace, REQUEST_WIDTH, type RequestBatch, type RequestField } from '#model/load-requests.ts'

const FROM = fieldPlace('chunkFrom')
const COUNT = fieldPlace('chunkCount')

export class RequestTable {
  #count = 0
  #rows = new Float64Array(REQUEST_WIDTH * 64)
  #chunks = 0
  #chunkNs = new Float64Array(4096)
  #chunkBits = new Uint8Array(4096)

  get count(): number {
    return this.#count
  }

  /** Appends a request; its stamps are copied, so that the caller's columns can serve the next one. */
  add(row: Float64Array, stamps: Float64Array, bits: Uint8Array, length: number): void {
    this.#rows = grown(this.#rows, (this.#count + 1) * REQUEST_WIDTH)
    this.#chunkNs = grown(this.#chunkNs, this.#chunks + length)
    this.#chunkBits = grown(this.#chunkBits, this.#chunks + length)
    const at = this.#count * REQUEST_WIDTH
    this.#rows.set(row, at)
    this.#rows[at + FROM] = this.#chunks
    this.#rows[at + COUNT] = length
    this.#chunkNs.set(stamps.subarray(0, length), this.#chunks)
    this.#chunkBits.set(bits.subarray(0, length), this.#chunks)
    this.#chunks += length
    this.#count += 1
  }

  /** Everything since the last call, in arrays of their own that may be transferred. */
  take(): RequestBatch {
    const batch: RequestBatch = {
      count: this.#count,
      rows: this.#rows.slice(0, this.#count * REQUEST_WIDTH),
      chunkNs: this.#chunkNs.slice(0, this.#chunks),
      chunkBits: this.#chunkBits.slice(0, this.#chunks),
    }
    this.#count = 0
    this.#chunks = 0
    return batch
  }
}

/** One row under construction. */
export class RequestRow {
  readonly values = new Float64Array(REQUEST_WIDTH)

  clear(): void {
    this.values.fill(Number.NaN)
  }

  set(place: number, value: number): void {
    this.values[place] = value
  }

  get(place: number): number {
    return this.values[place] ?? Number.NaN
  }
}

/** Places of all fields, looked up once. */
export const at: Readonly<Record<RequestField, number>> = {
  index: fieldPlace('index'),
  phase: fieldPlace('phase'),
  lane: fieldPlace('lane'),
  attempt: fieldPlace('attempt'),
  conversation: fieldPlace('conversation'),
  turn: fieldPlace('turn'),
  outcome: fieldPlace('outcome'),
  status: fieldPlace('status'),
  newConnection: fieldPlace('newConnection'),
  scheduledNs: fieldPlace('scheduledNs'),
  sentNs: fieldPlace('sentNs'),
  headersNs: fieldPlace('headersNs'),
  firstChunkNs: fieldPlace('firstChunkNs'),
  firstContentNs: fieldPlace('firstContentNs'),
  firstTextNs: fieldPlace('firstTextNs'),
  lastChunkNs: fieldPlace('lastChunkNs'),
  lastContentNs: fieldPlace('lastContentNs'),
  endNs: fieldPlace('endNs'),
  maxTokens: fieldPlace('maxTokens'),
  promptTokens: fieldPlace('promptTokens'),
  cachedTokens: fieldPlace('cachedTokens'),
  outputTokens: fieldPlace('outputTokens'),
  chunkFrom: fieldPlace('chunkFrom'),
  chunkCount: fieldPlace('chunkCount'),
}
