import { expect, test } from 'vitest'
import { printable } from '#platform/printable.ts'

test('terminal commands and reordering marks are shown, not obeyed; other scripts stay', () => {
  expect(printable('\x1b[31mred\x1b]0;title\x07\r')).toBe('\ufffd[31mred\ufffd]0;title\ufffd\ufffd')
  expect(printable('a\u202eb\u009bc\tü 核 🙂\n')).toBe('a\ufffdb\ufffdc\ufffdü 核 🙂\n')
})
