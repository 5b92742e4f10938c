/** The streaming reader against JSON.parse, on random answers in random pieces. */
import { expect, test } from 'vitest'
import { Random } from '#base/random.ts'
import { AnswerScanner } from './answer-scanner.ts'
import { decimalNumber, readSeries } from './series-bytes.ts'

const seed = Number(process.env['SEXTANT_SEED'] ?? Date.now() % 2 ** 31)
const encoder = new TextEncoder()

function randomText(random: Random): string {
  const alphabet = ['a', '"', '\\', '[', ']', '{', '}', ',', ':', '\n', 'λ', '🙂', 'data', 'result', ' ', '\u0000']
  return Array.from({ length: random.integer(0, 6) }, () => random.pick(alphabet)).join('')
}

function randomValue(random: Random): string {
  return random.pick([
    'NaN',
    '+Inf',
    '-Inf',
    '0',
    '-0',
    '1e+06',
    '1.7976931348623157e+308',
    String(random.uniform()),
    String(random.uint32()),
    (random.uniform() * 1e6).toFixed(6),
  ])
}

function randomElement(random: Random): unknown {
  const metric = Object.fromEntries(
    Array.from({ length: random.integer(0, 4) }, (_, index) => [`${index}${randomText(random)}`, randomText(random)]),
  )
  const values = Array.from({ length: random.integer(0, 5) }, () => [random.integer(0, 2_000_000_000_000) / 1000, randomValue(random)])
  return random.uniform() < 0.5 ? { metric, values } : { values, extra: [{ a: [randomText(random)] }], metric }
}

function scanned(bytes: Uint8Array, cuts: (at: number) => number) {
  const elements: string[] = []
  const scanner = new AnswerScanner((element) => elements.push(new TextDecoder().decode(element)))
  for (let at = 0; at < bytes.length; ) {
    const to = Math.min(bytes.length, at + cuts(at))
    scanner.feed(bytes.slice(at, to))
    at = to
  }
  return { elements, envelope: scanner.envelope() }
}

test(`elements and envelope are those of JSON.parse, in any pieces (seed ${seed})`, () => {
  const random = new Random(seed)
  for (let round = 0; round < 400; round += 1) {
    const list = Array.from({ length: random.integer(0, 5) }, () =>
      random.uniform() < 0.8 ? randomElement(random) : random.pick([1, 'x]"', true, null, 'data']),
    )
    const isNested = random.uniform() < 0.6
    const data = isNested
      ? { resultType: 'matrix', [random.pick(['result', 'result'])]: list, stats: { a: [1, randomText(random)] } }
      : list
    const value = { status: 'success', warnings: [randomText(random)], data, infos: [[randomText(random)]] }
    const bytes = encoder.encode(JSON.stringify(value, undefined, random.pick([0, 1])))
    const { elements, envelope } = scanned(bytes, () => random.integer(1, 40))
    expect(elements.map((element) => JSON.parse(element))).toEqual(list)
    expect(JSON.parse(envelope ?? '')).toEqual({ ...value, data: isNested ? { ...(data as object), result: [] } : [] })
    // Every beginning is known to be one.
    const part = bytes.subarray(0, random.integer(1, bytes.length - 1))
    expect(scanned(part, () => 13).envelope).toBeUndefined()
  }
})

test(`series are read as JSON.parse reads them (seed ${seed})`, () => {
  const random = new Random(seed, 'series')
  const number = (text: string): number => Number(text.replace('Inf', 'Infinity'))
  for (let round = 0; round < 400; round += 1) {
    const element = randomElement(random) as { metric: Record<string, string>; values: [number, string][] }
    const { labels, timesMs, values } = readSeries(encoder.encode(JSON.stringify(element)))
    expect({ ...labels }).toEqual(element.metric)
    expect(Array.from(timesMs)).toEqual(element.values.map(([time]) => Math.round(time * 1000)))
    expect(Array.from(values)).toEqual(element.values.map(([, text]) => number(text)))
  }
})

test(`decimal numbers equal the language’s own, to the last bit (seed ${seed})`, () => {
  const random = new Random(seed, 'numbers')
  for (let round = 0; round < 20_000; round += 1) {
    const digits = random.integer(1, 19)
    const whole = Array.from({ length: digits }, () => random.integer(0, 9)).join('')
    const dot = random.integer(0, digits)
    const text = `${random.uniform() < 0.3 ? '-' : ''}${whole.slice(0, dot)}${dot < digits && dot > 0 ? '.' : ''}${whole.slice(dot)}`
    const bytes = encoder.encode(`x${text}y`)
    expect(Object.is(decimalNumber(bytes, 1, bytes.length - 1), Number(text)), text).toBe(true)
  }
  for (const text of ['', '-', '.', '1.2.3', '1e', '0x10x', 'Infinity1', '1 2', '--1']) {
    const bytes = encoder.encode(text)
    expect(() => decimalNumber(bytes, 0, bytes.length), text).toThrow(/is no number/)
  }
})

test('a label may be called __proto__', () => {
  const { labels } = readSeries(encoder.encode('{"metric":{"__proto__":"x","a":"b"},"values":[]}'))
  expect(Object.entries(labels)).toEqual([
    ['__proto__', 'x'],
    ['a', 'b'],
  ])
})
