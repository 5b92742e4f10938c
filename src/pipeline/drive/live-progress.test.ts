import { expect, test } from 'vitest'
import { fieldPlace, REQUEST_WIDTH, type RequestBatch, requestOutcomes } from '#model/load-requests.ts'
import { LiveProgress } from './live-progress.ts'

/** Completed requests by their time to the first token and per further token, ms; of ten tokens each. */
function batchOf(requests: readonly (readonly [ttftMs: number, tpotMs: number])[]): RequestBatch {
  const rows = new Float64Array(requests.length * REQUEST_WIDTH).fill(Number.NaN)
  for (const [index, [ttftMs, tpotMs]] of requests.entries()) {
    const set = (field: Parameters<typeof fieldPlace>[0], value: number) => {
      rows[index * REQUEST_WIDTH + fieldPlace(field)] = value
    }
    set('outcome', requestOutcomes.indexOf('completed'))
    set('sentNs', 0)
    set('firstContentNs', ttftMs * 1e6)
    set('lastContentNs', (ttftMs + 9 * tpotMs) * 1e6)
    set('outputTokens', 10)
    set('chunkFrom', 0)
    set('chunkCount', 0)
  }
  return { count: requests.length, rows, chunkNs: new Float64Array(0), chunkBits: new Uint8Array(0) }
}

test('a line says how far, the percentiles so far and the lag, in few letters', () => {
  const notes: string[] = []
  const progress = new LiveProgress({ env: {}, version: '0', progress: ({ note = '' }) => notes.push(note) }, 'c256', 1024, undefined)
  progress.take(batchOf([]), { inFlight: 256, lagP99Ns: Number.NaN })
  progress.take(
    batchOf([
      [48.8, 10.2],
      [48.8, 10.2],
      [74.5, 10.8],
    ]),
    { inFlight: 256, lagP99Ns: 1.58e6 },
  )
  expect(notes[0]).toBe('c256, 0/1024 done, 256 open, p50/p99 of ttft and tpot follow')
  expect(notes[1]).toMatch(/^c256, 3\/1024 done, 256 open, ttft 48\.8\/7\d\.\d ms, tpot 10\.2\/10\.\d ms, lag p99 1\.58 ms$/)
  expect(`100 % ${notes[1] ?? ''}`.length).toBeLessThanOrEqual(90)
})

test('a median and a p99 of different units keep both', () => {
  const notes: string[] = []
  const progress = new LiveProgress({ env: {}, version: '0', progress: ({ note = '' }) => notes.push(note) }, 'c1', undefined, 60)
  progress.take(
    batchOf([
      [20, 5],
      [20, 5],
      [3000, 5],
    ]),
    { inFlight: 1, lagP99Ns: 9e4 },
  )
  expect(notes[0]).toMatch(/ttft 20\.0 ms\/\d\.\d+ s, tpot 5\.00\/5\.00 ms/)
})
