import { expect, test } from 'vitest'
import { table, textWidth } from './table.ts'

const columns = [{ title: 'name' }, { title: 'count', align: 'right' as const }]

test('numbers to the right, wide characters counted as two, one line per row', () => {
  const text = table(
    columns,
    [
      ['核心', '7'],
      ['two\nlines\tand more', '1 234'],
    ],
    { width: Number.POSITIVE_INFINITY },
  )
  expect(text).toBe('name                count\n核心                    7\ntwo lines and more  1 234\n')
})

test('a narrow terminal cuts the name, never the number', () => {
  const text = table(columns, [['a_very_long_kernel_name_that_goes_on', '123456']], { width: 24 })
  for (const line of text.trimEnd().split('\n')) expect(textWidth(line)).toBeLessThanOrEqual(24)
  expect(text).toContain('a_very_long_kern'.slice(0, 14))
  expect(text).toContain('…  123456')
})

test('what was left out is said, and an empty table is not silence', () => {
  expect(table(columns, [['a', '1']], { width: 80, omitted: 3 })).toContain('… and 3 more')
  expect(
    table(
      columns,
      [
        ['a', '1'],
        ['b', '2'],
        ['c', '3'],
      ],
      { width: 80, rows: 1, omitted: 3 },
    ),
  ).toBe('name  count\na         1\n… and 5 more (--limit 0 shows all)\n')
  expect(table(columns, [], { width: 80 })).toBe('(none)\n')
})
