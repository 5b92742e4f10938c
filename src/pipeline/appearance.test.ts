import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import type { Probe } from '#model/reader.ts'
import { appearance } from './appearance.ts'

function look(text: Uint8Array, isGzip: boolean): string {
  return appearance({
    name: 'x',
    isDirectory: false,
    size: 1,
    head: text,
    tail: text,
    text,
    isGzip,
    entries: [],
    headOf: () => new Uint8Array(0),
  } satisfies Probe)
}

test('what hides inside gzip is named with the way out', () => {
  expect(look(Buffer.from('SQLite format 3\0...'), true)).toBe('a SQLite database inside gzip (decompress it first)')
  expect(look(gzipSync('x'), true)).toBe('gzip inside gzip (decompress it once)')
  expect(look(Buffer.alloc(0), true)).toBe('gzip of nothing')
  expect(look(Buffer.from('{"a": 1}'), true)).toBe('gzip of a JSON object that is not a PyTorch trace')
})

test('UTF-16 is named', () => {
  expect(look(Buffer.from('\ufeff{"traceEvents": []}', 'utf16le'), false)).toBe('UTF-16 text (write it as UTF-8)')
})
