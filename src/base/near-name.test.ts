import { expect, test } from 'vitest'
import { nearName } from './near-name.ts'

const commands = ['analyze', 'decode-budget', 'digest', 'formats', 'gates', 'kernels', 'timeline']

test('a slip of the finger finds the name that was meant', () => {
  expect(nearName('kernal', commands)).toBe('kernels')
  expect(nearName('analyse', commands)).toBe('analyze')
  expect(nearName('tiemline', commands)).toBe('timeline')
  expect(nearName('decode_budget', commands)).toBe('decode-budget')
  expect(nearName('DIGEST', commands)).toBe('digest')
  expect(nearName('decode', commands)).toBe('decode-budget')
})

test('what is near nothing stays unknown', () => {
  expect(nearName('roofline', commands)).toBeUndefined()
  expect(nearName('', commands)).toBeUndefined()
  expect(nearName('x'.repeat(100_000), commands)).toBeUndefined()
})
