import { expect, test } from 'vitest'
import { progressLine } from './progress-line.ts'

test('a line at most every 100 ms, never longer than the terminal, cleaned of commands, and taken back at the end', () => {
  const written: string[] = []
  let nowMs = 0
  const line = progressLine(
    (text) => written.push(text),
    () => nowMs,
  )
  line.clear()
  line.show({ done: 1, total: 4, note: `\u001b]0;x\u0007\n${'n'.repeat(200)}` })
  line.show({ done: 2, total: 4 })
  nowMs = 100
  line.show({ done: 3, total: 4, note: 'reading' })
  nowMs = 250
  line.show({ done: 3 })
  line.clear()
  line.clear()
  expect(written).toHaveLength(4)
  expect(written[0]).toMatch(/^\r\x1b\[2K25 % \ufffd\]0;x\ufffd n+$/)
  expect(written[0]?.length).toBeLessThanOrEqual(5 + 78)
  expect(written.slice(1)).toEqual(['\r\x1b[2K75 % reading', '\r\x1b[2K', '\r\x1b[2K'])
})
