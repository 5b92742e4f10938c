/** Lines that are known by the bytes around their numbers against the same lines read key by key. */
import { expect, test } from 'vitest'
import { mutate, type Random, seededRandom } from '../../../tests/fuzz/mutate.ts'
import { cellOf } from './drive-load.ts'
import { LoadLines } from './drive-load-lines.ts'

const seed = Number(process.env['SEXTANT_SEED'] ?? 20261129)

/** How the lines of one file are written; `oddity` of a line in a hundred is of another shape. */
interface Style {
  readonly colon: string
  readonly comma: string
  readonly hasText: boolean
  readonly oddity: number
}

function line(random: Random, index: number, { colon, comma, hasText, oddity }: Style): string {
  const isOdd = random.below(100) < oddity
  const odd = <T>(usual: T, ...others: readonly T[]): T => (isOdd && random.below(3) === 0 ? random.pick(others) : usual)
  const started = (1771063000 + index * 0.0125).toFixed(6)
  const members = [
    ['shape', odd('"1k-1k"', '"8k-1k"', 'null', '{"a": [1]}')],
    ['request_id', hasText ? `"r-${random.below(1e6)}"` : '7'],
    ['started_at', odd(started, '"2026-02-14T10:00:00.5Z"', '"2026-02-14T10:00:00.5"', `${started}e0`, 'null', '"x"', '01.5')],
    ['duration_s', odd((1 + random.below(4e6) / 1e6).toFixed(6), 'null', '0', '-1', '2e1', '"3"')],
    ['http_status', odd('200', '500', '201', 'null')],
    ['prompt_tokens', odd(String(1000 + random.below(64)), 'null', '1.5')],
    ['completion_tokens', odd(String(900 + random.below(200)), 'null')],
    ['error', odd('null', '"timeout"', '""', 'false')],
    ['ttft_s', odd(`0.${100000 + random.below(90000)}`, '0', 'null', '12345678901234567')],
  ].filter(() => !(isOdd && random.below(6) === 0))
  if (isOdd && random.below(4) === 0) members.push(random.pick(members.length > 0 ? members : [['a', '1']]))
  return `{${members.map(([name, value]) => `"${name}":${colon}${value}`).join(`,${comma}`)}}`
}

function read(lines: readonly Uint8Array[], learnsShapes: boolean): string {
  const requests = new LoadLines(learnsShapes)
  // One buffer for all, as the reader has one.
  const buffer = Buffer.alloc(4096)
  for (const bytes of lines) {
    buffer.set(bytes)
    requests.line(buffer, 0, bytes.length)
  }
  return JSON.stringify([
    cellOf(requests).finish('c'),
    requests.losses.list(),
    requests.originSeconds,
    requests.withoutZone,
    requests.context(),
  ])
}

test(`the same result with shapes and without, of whole lines and damaged ones (seed ${seed})`, () => {
  const random = seededRandom(seed)
  for (let file = 0; file < 400; file++) {
    const style = {
      colon: random.pick([' ', '', '  ']),
      comma: random.pick([' ', '']),
      hasText: random.below(2) === 0,
      oddity: random.pick([0, 3, 20, 100]),
    }
    const damaged = random.pick([0, 0, 3])
    const lines = Array.from({ length: 40 }, (_, index) => {
      const bytes = new Uint8Array(Buffer.from(line(random, index, style)))
      return random.below(10) < damaged ? mutate(bytes, random).bytes.subarray(0, 4096) : bytes
    })
    expect(read(lines, true), `file ${file}`).toBe(read(lines, false))
  }
})
