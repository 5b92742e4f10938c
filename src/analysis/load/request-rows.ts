/** Walks the requests of batches without making an object of any. */
import { fieldPlace, REQUEST_WIDTH, type RequestBatch, type RequestField, requestOutcomes } from '#model/load-requests.ts'

const COMPLETED = requestOutcomes.indexOf('completed')

const places = {
  outcome: fieldPlace('outcome'),
  chunkFrom: fieldPlace('chunkFrom'),
  chunkCount: fieldPlace('chunkCount'),
}

/** A row of one batch: a cursor, valid until the next call. */
export class RequestCursor {
  #rows: Float64Array = new Float64Array(0)
  #base = 0
  batch: RequestBatch | undefined

  point(batch: RequestBatch, row: number): void {
    this.batch = batch
    this.#rows = batch.rows
    this.#base = row * REQUEST_WIDTH
  }

  at(place: number): number {
    return this.#rows[this.#base + place] ?? Number.NaN
  }

  field(field: RequestField): number {
    return this.at(fieldPlace(field))
  }

  get isCompleted(): boolean {
    return this.at(places.outcome) === COMPLETED
  }

  /** First and one past the last of its events in the batch's columns. */
  get chunkFrom(): number {
    return this.at(places.chunkFrom)
  }

  get chunkTo(): number {
    return this.at(places.chunkFrom) + this.at(places.chunkCount)
  }
}

export function eachRequest(batches: readonly RequestBatch[], visit: (cursor: RequestCursor) => void): void {
  const cursor = new RequestCursor()
  for (const batch of batches) {
    for (let row = 0; row < batch.count; row++) {
      cursor.point(batch, row)
      visit(cursor)
    }
  }
}
