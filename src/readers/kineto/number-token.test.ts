import { expect, test } from 'vitest'
import { ByteCursor } from '#readers/kineto/byte-cursor.ts'
import { NumberToken } from '#readers/kineto/number-token.ts'

function read(text: string): [number, number, boolean, number] {
  const cursor = new ByteCursor(8)
  cursor.use(Buffer.concat([Buffer.from(`${text},`), Buffer.alloc(16)]))
  cursor.end = text.length + 1
  const token = new NumberToken()
  const after = token.read(cursor, 0)
  return [token.whole, token.thousandths, token.hasFraction, after]
}

test.each([
  ['0', 0, 0, false],
  ['-0', -0, -0, false],
  ['12', 12, 0, false],
  ['1712195495406752.797', 1712195495406752, 797, true],
  ['6869181218039.954', 6869181218039, 954, true],
  ['68.0', 68, 0, false],
  ['0.0005', 0, 1, true],
  ['0.00049', 0, 0, true],
  ['1.9999', 2, 0, true],
  ['-1.5', -1, -500, true],
  ['1.5e3', 1500, 0, false],
  ['1.699999999123456789e+15', 1699999999123456, 789, true],
  ['1699999999123456789E-3', 1699999999123456, 789, true],
  ['25e-4', 0, 3, true],
  ['"1699999999123456.789"', 1699999999123456, 789, true],
  ['1e30', Number.NaN, 0, false],
  ['-nan(ind)', Number.NaN, 0, false],
  ['"7.25"', 7, 250, true],
  ['9007199254740991', 9007199254740991, 0, false],
  ['9007199254740992', Number.NaN, 0, false],
  ['NaN', Number.NaN, 0, false],
  ['-Infinity', Number.NaN, 0, false],
  ['null', Number.NaN, 0, false],
  ['"x"', Number.NaN, 0, false],
  ['[1]', Number.NaN, 0, false],
])('%s', (text, whole, thousandths, hasFraction) => {
  expect(read(text)).toEqual([whole, thousandths, hasFraction, text.length])
})

test('what is no value is malformed or cut', () => {
  expect(read('12x')[3]).toBeLessThan(0)
  expect(read('')[3]).toBeLessThan(0)
})
