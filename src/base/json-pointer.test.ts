import fc from 'fast-check'
import { expect, test } from 'vitest'
import { jsonPointer, resolveJsonPointer } from './json-pointer.ts'

/** The examples of RFC 6901, section 5. */
const document = { foo: ['bar', 'baz'], '': 0, 'a/b': 1, 'c%d': 2, 'e^f': 3, 'g|h': 4, 'i\\j': 5, 'k"l': 6, ' ': 7, 'm~n': 8 }

test('the examples of RFC 6901', () => {
  const pointers = ['', '/foo', '/foo/0', '/', '/a~1b', '/c%d', '/e^f', '/g|h', '/i\\j', '/k"l', '/ ', '/m~0n']
  expect(pointers.map((pointer) => resolveJsonPointer(document, pointer))).toEqual([
    document,
    ['bar', 'baz'],
    'bar',
    0,
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
  ])
})

test('what is not there is undefined: a bad index, a step into a text, a wrong escape, a prototype', () => {
  for (const pointer of ['/foo/2', '/foo/01', '/foo/-', '/foo/0/length', '/a~2b', 'foo', '/constructor', '/__proto__/toString'])
    expect(resolveJsonPointer(document, pointer)).toBeUndefined()
})

test('a pointer that was made from a path leads to its end', () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { maxLength: 5 }), fc.integer(), (path, value) => {
      const nested = path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value)
      // `__proto__` as a computed key is an own key, and stays one.
      expect(resolveJsonPointer(nested, jsonPointer(...path))).toBe(value)
    }),
  )
})
