import { expect, test } from 'vitest'
import { RepeatedTexts, WireCursor } from './wire.ts'

test('a text that repeats is the one that its bytes say, whatever was read before', () => {
  const texts = new RepeatedTexts()
  // More than there are slots, so that texts drive each other out; long ones that differ in one byte.
  const names = Array.from({ length: 3000 }, (_, index) => `${index} k\u00fc${'x'.repeat(index % 700)}${index % 7}`)
  const asked = [...names, ...names.slice(0, 50), '', '\ud83d\ude00', names[0] ?? '']
  for (const name of asked) {
    const bytes = Buffer.from(`..${name}..`)
    expect(texts.find(bytes, 2, bytes.length - 2)).toBe(name)
  }
})

test('a repeated text is read from its message, and damage is an error as for any text', () => {
  const texts = new RepeatedTexts()
  const wire = new WireCursor()
  for (const name of ['gemm', 'gemm', 'copy']) {
    const message = Buffer.concat([Buffer.from([0x0a, name.length]), Buffer.from(name)])
    wire.open(message)
    expect([wire.next(message.length), wire.repeated(texts), wire.next(message.length)]).toEqual([true, name, false])
  }
  wire.open(Buffer.from([0x0a, 9, 1]))
  wire.next(3)
  expect(() => wire.repeated(texts)).toThrow('a message runs over the end')
  wire.open(Buffer.from([0x08, 9]))
  wire.next(2)
  expect(() => wire.repeated(texts)).toThrow('not a message')
})
