import { expect, test } from 'vitest'
import { seededRandom } from '../../../tests/fuzz/mutate.ts'
import { BytePattern } from './byte-pattern.ts'
import { KeyOrder } from './key-order.ts'
import { KeyTable } from './key-table.ts'
import { LineCursor, MalformedLine } from './line-cursor.ts'

const seed = Number(process.env['SEXTANT_SEED'] ?? 20261129)
const names = ['started_at', 'duration_s', 'error', 'a', 'ä']
const table = new KeyTable(names)

/** Number, key and value of each member; `read` reads a key. */
function members(text: string, read: (cursor: LineCursor, place: number) => number): unknown {
  const bytes = Buffer.from(text)
  const cursor = new LineCursor()
  cursor.start(bytes, 0, bytes.length)
  const found: unknown[] = []
  try {
    if (!cursor.openObject()) return found
    do {
      const id = read(cursor, found.length)
      const key = cursor.text()
      found.push([id, key, cursor.number()])
    } while (cursor.more(125))
    return found
  } catch (error) {
    if (!(error instanceof MalformedLine)) throw error
    return [...found, 'malformed']
  }
}

test(`keys known by their place are those read one by one (seed ${seed})`, () => {
  const random = seededRandom(seed)
  const order = new KeyOrder(table)
  const space = (): string => random.pick(['', '', '', ' ', '  '])
  const keys = [...names, 'started_a', 'started_att', 'x', '', 'e\\"rror', 'é\\u0020']
  for (let round = 0; round < 6000; round++) {
    const parts = Array.from({ length: random.below(6) }, (_, index) => {
      const key = random.below(3) === 0 ? random.pick(keys) : (keys[index] ?? 'x')
      return `${space()}"${key}"${random.pick(['', '', ' '])}:${random.pick([' ', ' ', ''])}${random.below(100)}${space()}`
    })
    const whole = `{${parts.join(',')}}`
    const text = random.below(6) === 0 ? whole.slice(0, random.below(whole.length + 1)) : whole
    expect(
      members(text, (cursor, place) => order.read(cursor, place)),
      text,
    ).toEqual(members(text, (cursor) => cursor.key(table)))
  }
})

test('a pattern keeps its bytes when the buffer that it was learned from is used again', () => {
  const buffer = Buffer.from('xx"request_latency": 12345')
  const pattern = new BytePattern(buffer.subarray(2, 21))
  const known = Buffer.from(buffer)
  const isAt = (bytes: Buffer, at: number, end = bytes.length) =>
    pattern.isAt(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), bytes, at, end)
  buffer.fill(0)
  expect(isAt(known, 2)).toBe(true)
  expect(isAt(buffer, 2)).toBe(false)
  // Not past the end of the line, though the buffer holds the rest.
  expect(isAt(known, 2, 20)).toBe(false)
  for (let at = 2; at < 21; at++) {
    const changed = Buffer.from(known)
    changed[at] = 0
    expect(isAt(changed, 2)).toBe(false)
  }
})
