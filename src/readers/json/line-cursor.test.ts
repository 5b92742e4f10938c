import { expect, test } from 'vitest'
import { seededRandom } from '../../../tests/fuzz/mutate.ts'
import { LineCursor } from './line-cursor.ts'
import { NumberList } from './number-list.ts'

const seed = Number(process.env['SEXTANT_SEED'] ?? 20261129)

/** What `roughList` promises of one token: the first fifteen significant digits, divided once; what has another shape as JSON has it. */
function roughly(token: string): number {
  const match = /^(-?)(0|[1-9]\d{0,8})(?:\.(\d*))?$/.exec(token)
  if (match === null) return Number(token)
  const [, sign, whole = '', fraction = ''] = match
  let digits = whole === '0' ? '' : whole
  let decimals = 0
  for (const digit of fraction) {
    if (digits.length >= 15 || decimals >= 22) break
    if (digits !== '' || digit !== '0') digits += digit
    decimals++
  }
  const value = Number(digits === '' ? '0' : digits) / 10 ** decimals
  return sign === '-' ? -value : value
}

test.each([
  ['program', 0],
  ['careful reader', Number.POSITIVE_INFINITY],
])(`numbers of lists, whatever their digits: %s (seed ${seed})`, (_, listBytes) => {
  const random = seededRandom(seed)
  const digits = (most: number): string => Array.from({ length: random.below(most + 1) }, () => random.below(10)).join('')
  const token = (): string => {
    const whole = random.pick(['0', '7', '18', String(random.below(1e9)), `${1 + random.below(9)}${digits(14)}`])
    const fraction = random.pick([
      '',
      `.${random.below(10)}${digits(20)}`,
      `.${'0'.repeat(random.below(24))}${random.below(10)}`,
      '.349401999999998',
    ])
    return `${random.pick(['', '', '-'])}${whole}${fraction}${random.pick(['', '', '', '', 'e-3'])}`
  }
  const plain = (): string => `${1 + random.below(40)}.${digits(random.pick([6, 9, 17]))}1`
  for (let round = 0; round < 1500; round++) {
    // Long ones are more than what is copied at once.
    const tokens = Array.from(
      { length: 1 + random.below(round % 500 === 0 ? 9000 : round % 8 === 0 ? 200 : 8) },
      round % 3 === 0 ? token : plain,
    )
    // A list at the very end of its buffer, and one with something behind it.
    const bytes = Buffer.from(`[${tokens.join(random.pick([',', ', ', ',   ']))}]${random.pick(['', ', 123456}'])}`)
    const cursor = new LineCursor(listBytes)
    const list = new NumberList()
    cursor.start(bytes, 0, bytes.length)
    cursor.at++
    cursor.roughList(list)
    expect([...list.values.subarray(0, list.length)], bytes.toString()).toEqual(tokens.map(roughly))
    expect(cursor.at).toBe(bytes.lastIndexOf(93) + 1)
  }
})

test('what is no number is left out, and a list that does not end is none', () => {
  const read = (text: string): number[] | string => {
    const cursor = new LineCursor()
    const list = new NumberList()
    const bytes = Buffer.from(text)
    cursor.start(bytes, 0, bytes.length)
    try {
      cursor.roughList(list)
      return [...list.values.subarray(0, list.length)]
    } catch (error) {
      return error instanceof Error ? error.constructor.name : 'thrown'
    }
  }
  expect([']', ' ]', '1]', '1,null,2.5]', '"7",3]', '[1],2]', 'NaN,4]', '1;2]', '5 , 6 ]', '1.5e1]'].map(read)).toEqual([
    [],
    [],
    [1],
    [1, 2.5],
    [3],
    [2],
    [4],
    [],
    [5, 6],
    [15],
  ])
  expect(['', '1', '1,', '1.2345', '12.34567890123456'].map(read)).toEqual(Array.from({ length: 5 }, () => 'MalformedLine'))
})
