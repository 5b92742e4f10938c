/** Damage that only JSON traces know. */
import { byteMutators, type Mutator, type Random } from './mutate.ts'

function replaced(bytes: Uint8Array, from: number, to: number, text: string): Uint8Array {
  const inserted = Buffer.from(text, 'latin1')
  // Not a Buffer: its `fill` refuses what the generic mutators ask of an array.
  return new Uint8Array(Buffer.concat([bytes.subarray(0, from), inserted, bytes.subarray(to)]))
}

/** Index of the given byte at or after a random place; -1 where there is none. */
function find(bytes: Uint8Array, random: Random, code: number): number {
  const at = bytes.indexOf(code, random.below(bytes.length))
  return at >= 0 ? at : bytes.indexOf(code)
}

const numbers = [
  'NaN',
  'Infinity',
  '-Infinity',
  '1e999',
  '-1',
  '18446744073709551616',
  '1'.repeat(400),
  '0.00049',
  '1.9999',
  '-0',
  '1e3',
  '"7"',
  'null',
  'tru',
  '[',
  '{}',
]

const oddNumber: Mutator = {
  name: 'an odd number',
  apply(bytes, random) {
    const colon = find(bytes, random, 58)
    if (colon < 0) return bytes
    let end = colon + 1
    while (end < bytes.length && ![44, 125, 10].includes(bytes[end] ?? 0)) end += 1
    return replaced(bytes, colon + 1, end, random.pick(numbers))
  },
}

const lostQuote: Mutator = {
  name: 'a lost quote',
  apply(bytes, random) {
    const quote = find(bytes, random, 34)
    return quote < 0 ? bytes : replaced(bytes, quote, quote + 1, '')
  },
}

const strayEscape: Mutator = {
  name: 'a stray escape',
  apply(bytes, random) {
    const quote = find(bytes, random, 34)
    return quote < 0 ? bytes : replaced(bytes, quote, quote, random.pick(['\\', '\\u12', '\\\\', '\u0000', '\xff\xfe', '\n']))
  },
}

const deepNesting: Mutator = {
  name: 'deep nesting',
  apply(bytes, random) {
    const colon = find(bytes, random, 58)
    const depth = random.pick([10, 255, 257, 20_000])
    const [open, close] = random.pick([
      ['[', ']'],
      ['{"a":', '}'],
      ['[{"ph":', ''],
    ] as const)
    return replaced(bytes, colon + 1, colon + 1, `${open.repeat(depth)}1${close.repeat(depth)},`)
  },
}

const repeatedKey: Mutator = {
  name: 'a repeated key',
  apply(bytes, random) {
    const brace = find(bytes, random, 123)
    const key = random.pick([
      '"ph": "X"',
      '"ts": 5',
      '"args": {"device": 3}',
      '"traceEvents": [{"ph": "X"}]',
      '"cat": "kernel"',
      '"name": 7',
      '"dur": -1',
    ])
    return brace < 0 ? bytes : replaced(bytes, brace + 1, brace + 1, `${key},`)
  },
}

const lostBrace: Mutator = {
  name: 'a lost bracket',
  apply(bytes, random) {
    const at = find(bytes, random, random.pick([123, 125, 91, 93, 44, 58]))
    return at < 0 ? bytes : replaced(bytes, at, at + 1, '')
  },
}

export const jsonMutators: readonly Mutator[] = [
  ...byteMutators,
  oddNumber,
  lostQuote,
  strayEscape,
  deepNesting,
  repeatedKey,
  lostBrace,
  oddNumber,
  lostBrace,
]
