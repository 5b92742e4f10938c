import { expect, test } from 'vitest'
import { oneOf, quoted, regexLiteral, selectorText } from './promql.ts'

test('nothing leaves its quotes', () => {
  expect(quoted('a"b\\c\nd\te\u0001')).toBe('"a\\"b\\\\c\\nd\\te\\x01"')
  expect(selectorText('up', [{ label: 'job', operator: '=', value: '"} or vector(1) or up{x="' }])).toBe(
    'up{job="\\"} or vector(1) or up{x=\\""}',
  )
  expect(quoted('Größe λ 🙂')).toBe('"Größe λ 🙂"')
})

test('texts in a regular expression match only themselves', () => {
  const hostile = 'vllm.0+(a|b)[c]{1}^$*?\\'
  expect(new RegExp(`^(?:${regexLiteral(hostile)})$`).test(hostile)).toBe(true)
  expect(new RegExp(`^(?:${regexLiteral('a.b')})$`).test('axb')).toBe(false)
  expect(oneOf('UUID', ['GPU-b', 'GPU-a', 'GPU-b'])).toEqual({ label: 'UUID', operator: '=~', value: 'GPU-a|GPU-b' })
  expect(oneOf('pod', ['a.b'])).toEqual({ label: 'pod', operator: '=', value: 'a.b' })
  expect(() => oneOf('pod', [])).toThrow()
})

test('names that Prometheus cannot have are refused', () => {
  expect(selectorText('DCGM_FI_DEV_GPU_UTIL')).toBe('DCGM_FI_DEV_GPU_UTIL')
  for (const name of ['', '1a', 'a b', 'a{', 'a"']) expect(() => selectorText(name), name).toThrow(/metric name/)
  expect(() => selectorText('up', [{ label: 'a.b', operator: '=', value: '' }])).toThrow(/label name/)
})
