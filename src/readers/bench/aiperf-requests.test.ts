/** Lines whose metrics are recognised by the bytes around their values against the same lines read key by key. */
import { expect, test } from 'vitest'
import { mutate, type Random, seededRandom } from '../../../tests/fuzz/mutate.ts'
import { cellOf } from './aiperf-lines.ts'
import { RequestLines } from './aiperf-requests.ts'

const seed = Number(process.env['SEXTANT_SEED'] ?? 20261129)

const names = ['time_to_first_token', 'inter_chunk_latency', 'request_latency', 'output_sequence_length', 'good\\u0020put']

function metric(random: Random, name: string): string {
  const number = (): string =>
    random.pick(['18.349401999999998', `${random.below(40)}.${random.below(1e6)}`, '0.000001', '7', '-1.5', '1e3', 'null', '0'])
  const value =
    random.below(3) === 0 ? number() : `[${Array.from({ length: random.below(6) }, number).join(random.pick([',', ', ', ' ,']))}]`
  const unit = random.pick(['ms', 'ms', 'ms', 'tokens', 's'])
  const rest = random.pick(['', '', '', ', "header": "x"', `, "value": ${number()}`])
  const space = random.pick(['', ' ', ' '])
  return random.below(8) === 0
    ? `"${name}":${space}{"unit":"${unit}","value":${value}${rest}}`
    : `"${name}":${space}{"value":${space}${value},${space}"unit":${space}"${unit}"${rest}}`
}

function line(random: Random, index: number): string {
  const start = 1_762_551_534_797_067_827n + BigInt(index) * 12_500_001n
  const end = random.below(20) === 0 ? '"x"' : String(start + BigInt(random.below(4_000_000_000)))
  const metrics = names.filter(() => random.below(6) > 0).map((name) => metric(random, name))
  const phase = random.pick(['profiling', 'profiling', 'profiling', 'warmup'])
  const failed = random.pick(['null', 'null', 'null', '{"code": 500}'])
  return `{"metadata": {"request_start_ns": ${start}, "request_end_ns": ${end}, "benchmark_phase": "${phase}", "was_cancelled": false}, "metrics": {${metrics.join(', ')}}, "error": ${failed}}`
}

function read(lines: readonly Uint8Array[], learnsShapes: boolean): string {
  const requests = new RequestLines(learnsShapes)
  for (const bytes of lines) requests.line(Buffer.from(bytes), 0, bytes.length)
  const { cell, losses } = cellOf(requests)
  return JSON.stringify([
    cell.finish('c'),
    losses,
    [...requests.tags].map(([key, { unit, values }]) => [key, unit, values.count, values.statistics()]),
  ])
}

test(`the same result with shapes and without, of whole lines and damaged ones (seed ${seed})`, () => {
  const random = seededRandom(seed)
  for (let file = 0; file < 150; file++) {
    const plain = Array.from({ length: 40 }, (_, index) => new Uint8Array(Buffer.from(line(random, index))))
    const lines = plain.map((bytes) => (random.below(4) === 0 ? mutate(bytes, random).bytes : bytes))
    expect(read(lines, true), `file ${file}`).toBe(read(lines, false))
  }
})

test('what was learned of a line holds when its buffer is used again for another: a metric in its place is not taken for the first', () => {
  const lines = ['prefill_time', 'prefill_rate'].map((name) =>
    Buffer.from(`{"metadata": {"benchmark_phase": "profiling"}, "metrics": {"${name}": {"value": 7, "unit": "ms"}}, "error": null}`),
  )
  const requests = new RequestLines()
  const buffer = Buffer.alloc(lines[0]?.length ?? 0)
  for (const line of lines) {
    line.copy(buffer)
    requests.line(buffer, 0, buffer.length)
  }
  expect([...requests.tags].map(([name, { values }]) => [name, values.count])).toEqual([
    ['prefill_time', 1],
    ['prefill_rate', 1],
  ])
})
