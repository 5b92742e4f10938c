import { expect, test } from 'vitest'
import { jsonText } from './json-text.ts'

test('two spaces, the order of the keys as given, one newline at the end', () => {
  expect(jsonText({ b: 1, a: [true] })).toBe('{\n  "b": 1,\n  "a": [\n    true\n  ]\n}\n')
})
