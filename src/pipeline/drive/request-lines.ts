/**
 * Requests as JSON lines, every event with its stamp. Epoch nanoseconds are decimal strings: a double rounds them to 256 ns (trap F14).
 */
import { eachRequest, type RequestCursor } from '#analysis/load/request-rows.ts'
import { MEASURED, type RequestBatch, type RequestField, requestOutcomes } from '#model/load-requests.ts'

const optionalTimes = [
  ['headers_ns', 'headersNs'],
  ['first_chunk_ns', 'firstChunkNs'],
  ['first_content_ns', 'firstContentNs'],
  ['last_content_ns', 'lastContentNs'],
] as const satisfies readonly (readonly [string, RequestField])[]

const optionalNumbers = [
  ['conversation', 'conversation'],
  ['status', 'status'],
  ['prompt_tokens', 'promptTokens'],
  ['cached_tokens', 'cachedTokens'],
  ['output_tokens', 'outputTokens'],
] as const satisfies readonly (readonly [string, RequestField])[]

function line(request: RequestCursor, cell: string, originNs: bigint): string {
  const number = (field: RequestField) => request.field(field)
  const epoch = (ns: number) => `"${originNs + BigInt(Math.round(ns))}"`
  const parts = [
    `{"schema":"drive-request/1","cell":${JSON.stringify(cell)},"index":${number('index')}`,
    `"phase":"${number('phase') === MEASURED ? 'measured' : 'warm-up'}"`,
    `"lane":${number('lane')},"attempt":${number('attempt')},"turn":${number('turn')}`,
    `"outcome":"${requestOutcomes[number('outcome')] ?? 'client-error'}"`,
    `"new_connection":${number('newConnection') === 1}`,
    `"max_tokens":${number('maxTokens')}`,
    ...optionalNumbers.flatMap(([name, field]) => (Number.isNaN(number(field)) ? [] : [`"${name}":${number(field)}`])),
    `"scheduled_ns":${epoch(number('scheduledNs'))},"sent_ns":${epoch(number('sentNs'))},"end_ns":${epoch(number('endNs'))}`,
    ...optionalTimes.flatMap(([name, field]) => (Number.isNaN(number(field)) ? [] : [`"${name}":${epoch(number(field))}`])),
  ]
  const { batch, chunkFrom, chunkTo } = request
  const stamps: string[] = []
  const bits: number[] = []
  for (let chunk = chunkFrom; chunk < chunkTo; chunk++) {
    stamps.push(epoch(batch?.chunkNs[chunk] ?? Number.NaN))
    bits.push(batch?.chunkBits[chunk] ?? 0)
  }
  return `${parts.join(',')},"chunk_ns":[${stamps.join(',')}],"chunk_bits":[${bits.join(',')}]}\n`
}

/** `chunk_bits`: 1 a choice, 2 text, 4 reasoning, 8 the reason for the end, 16 usage, 32 the end marker. */
export function writeRequestLines(batches: readonly RequestBatch[], cell: string, originNs: bigint, write: (text: string) => void): void {
  eachRequest(batches, (request) => write(line(request, cell, originNs)))
}
