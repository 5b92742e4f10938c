import { expect, it } from 'vitest'
import { parseVersion, reaches, within } from './version.ts'

it.each([
  ['0.14.0', '0.14', 'yes'],
  ['v0.14.1', '0.14', 'yes'],
  ['0.13.9', '0.14', 'no'],
  ['0.9.2', '0.14', 'no'],
  ['1.0.0', '0.14', 'yes'],
  ['0.14.0rc2.dev7+g1a2b3c4', '0.14', 'unknown'],
  ['0.14.1rc1', '0.14', 'yes'],
  ['0.5.6.post1', '0.5.6', 'yes'],
  ['0.17.0', '0.16..0.18', 'unknown'],
  ['0.15.9', '0.16..0.18', 'no'],
  ['0.18.0', '0.16..0.18', 'yes'],
  [undefined, '0.14', 'unknown'],
  ['latest', '0.14', 'unknown'],
  ['0.1.dev1+g6adad08', '0.14', 'unknown'],
  [undefined, undefined, 'yes'],
] as const)('%s reaches %s: %s', (version, bound, answer) => {
  expect(reaches(version, bound)).toBe(answer)
})

it('an end is the first version without', () => {
  expect(within('0.12.0', { until: '0.13' })).toBe('yes')
  expect(within('0.13.0', { until: '0.13' })).toBe('no')
  expect(within('0.14.0', { since: '0.12', until: '0.15..0.16' })).toBe('yes')
  expect(within('0.15.1', { since: '0.12', until: '0.15..0.16' })).toBe('unknown')
  expect(within(undefined, { since: '0.12', until: '0.13' })).toBe('unknown')
})

it('a name that is no version is none', () => {
  expect(parseVersion('main')).toBeUndefined()
  expect(parseVersion('6adad087')).toBeUndefined()
})
