/** What a load driver saw of each request: rows of numbers, and the stamp of every event of its stream; no object per event. */

/** How a request ended. Only `completed` is a success; everything else is counted under its own name. */
export const requestOutcomes = [
  'completed',
  'refused',
  'unreachable',
  'connect-timeout',
  'reset',
  'reset-mid-stream',
  'truncated',
  'no-first-token',
  'stalled',
  'timed-out',
  'http-429',
  'http-4xx',
  'http-5xx',
  'not-a-stream',
  'malformed-http',
  'malformed-stream',
  'invalid-utf8',
  'oversized-event',
  'error-in-stream',
  'wrong-usage',
  'no-output',
  'cancelled',
  'client-error',
] as const
export type RequestOutcome = (typeof requestOutcomes)[number]

/** Times in ns after the run's origin; NaN where it did not happen or was not said. Order is the order in a row. */
export const requestFields = [
  'index',
  'phase',
  'lane',
  'attempt',
  'conversation',
  'turn',
  'outcome',
  'status',
  'newConnection',
  /** Open loop: when it should have been sent. Closed loop: when its slot became free. */
  'scheduledNs',
  'sentNs',
  'headersNs',
  'firstChunkNs',
  'firstContentNs',
  'firstTextNs',
  'lastChunkNs',
  'lastContentNs',
  'endNs',
  'maxTokens',
  'promptTokens',
  'cachedTokens',
  'outputTokens',
  'chunkFrom',
  'chunkCount',
] as const
export type RequestField = (typeof requestFields)[number]

/** Phases of a run: only `measured` counts. */
export const WARM_UP = 0
export const MEASURED = 1

export const REQUEST_WIDTH = requestFields.length

const places = new Map(requestFields.map((field, place) => [field, place] as const))

/** Column of a field within a row. */
export function fieldPlace(field: RequestField): number {
  const place = places.get(field)
  if (place === undefined) throw new Error(`no such field: ${field}`)
  return place
}

/** What an event of a stream held, as bits. An event with none of them held something else (a ping, an unknown object). */
export const eventBits = { choice: 1, output: 2, reasoning: 4, finish: 8, usage: 16, done: 32 } as const

/** Requests of one driver thread in the order in which they ended. */
export interface RequestBatch {
  readonly count: number
  /** `count` rows of REQUEST_WIDTH. `chunkFrom` points into the two columns below. */
  readonly rows: Float64Array
  /** When each event's bytes arrived, ns after the origin; taken before anything was parsed. */
  readonly chunkNs: Float64Array
  readonly chunkBits: Uint8Array
}
