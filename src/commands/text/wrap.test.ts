import { expect, test } from 'vitest'
import { wrapText } from './wrap.ts'

test('sentences break between words and hang; short lines and piped output stay', () => {
  const text = '  FAIL steady-state: the rate of device work changes\nshort\n'
  expect(wrapText(text, 30)).toBe('  FAIL steady-state: the rate\n    of device work changes\nshort\n')
  expect(wrapText(text, Number.POSITIVE_INFINITY)).toBe(text)
})

test('what follows a label hangs below its text', () => {
  expect(wrapText('Next lever:  one two three four five', 28)).toBe('Next lever:  one two three\n             four five')
})

test('rows of tables and words without an end are left alone', () => {
  const row = '17.6 %  18.0 ms  600  30.0 us  a_kernel_name_of_some_length'
  expect(wrapText(row, 40)).toBe(row)
  const word = `  ${'x'.repeat(80)}`
  expect(wrapText(word, 40)).toBe(word)
})
