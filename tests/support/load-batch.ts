/** Batches of requests as a driver thread hands them over, from a few words each. */
import {
  eventBits,
  fieldPlace,
  MEASURED,
  REQUEST_WIDTH,
  type RequestBatch,
  type RequestField,
  type RequestOutcome,
  requestOutcomes,
} from '../../src/model/load-requests.ts'

export interface DrawnRequest {
  readonly outcome?: RequestOutcome
  readonly scheduledMs?: number
  readonly sentMs: number
  /** Events with text, ms; an empty last event follows the last of them. */
  readonly textMs?: readonly number[]
  readonly endMs?: number
  readonly outputTokens?: number
  readonly promptTokens?: number
  readonly maxTokens?: number
  readonly attempt?: number
}

export function loadBatch(requests: readonly DrawnRequest[]): RequestBatch {
  const rows = new Float64Array(requests.length * REQUEST_WIDTH).fill(Number.NaN)
  const stamps: number[] = []
  const bits: number[] = []
  requests.forEach((request, row) => {
    const set = (field: RequestField, value: number) => {
      rows[row * REQUEST_WIDTH + fieldPlace(field)] = value
    }
    const text = request.textMs ?? []
    const last = text.at(-1)
    set('index', row)
    set('phase', MEASURED)
    set('attempt', request.attempt ?? 1)
    set('newConnection', 0)
    set('outcome', requestOutcomes.indexOf(request.outcome ?? 'completed'))
    set('scheduledNs', (request.scheduledMs ?? request.sentMs) * 1e6)
    set('sentNs', request.sentMs * 1e6)
    set('endNs', (request.endMs ?? last ?? request.sentMs) * 1e6)
    set('maxTokens', request.maxTokens ?? request.outputTokens ?? text.length)
    set('promptTokens', request.promptTokens ?? 10)
    set('outputTokens', request.outputTokens ?? text.length)
    set('chunkFrom', stamps.length)
    for (const ms of text) {
      stamps.push(ms * 1e6)
      bits.push(eventBits.choice | eventBits.output)
    }
    if (last !== undefined) {
      stamps.push(last * 1e6)
      bits.push(eventBits.choice | eventBits.finish)
    }
    set('chunkCount', last === undefined ? 0 : text.length + 1)
    for (const [field, value] of [
      ['firstChunkNs', text[0]],
      ['firstContentNs', text[0]],
      ['firstTextNs', text[0]],
      ['lastChunkNs', last],
      ['lastContentNs', last],
    ] as const)
      if (value !== undefined) set(field, value * 1e6)
  })
  return { count: requests.length, rows, chunkNs: Float64Array.from(stamps), chunkBits: Uint8Array.from(bits) }
}
