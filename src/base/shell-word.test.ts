import { expect, test } from 'vitest'
import { shellWord } from './shell-word.ts'

test('a plain path stays as it is; anything else is one quoted word', () => {
  expect(shellWord('rank0/trace-1.pt.trace.json.gz')).toBe('rank0/trace-1.pt.trace.json.gz')
  expect(shellWord('a b.sqlite')).toBe("'a b.sqlite'")
  expect(shellWord("it's $(reboot); `x`")).toBe("'it'\\''s $(reboot); `x`'")
  expect(shellWord('-rf')).toBe('./-rf')
  expect(shellWord('核心.json')).toBe("'核心.json'")
  expect(shellWord('')).toBe("''")
})
