import { expect, test } from 'vitest'
import { readers } from '#readers/registry.ts'
import { ownCommand } from './own-command.ts'

test('every kind named here is a reader’s, and results and dumps lead to their own command', () => {
  const own = readers.map(({ kind }) => [kind, ownCommand(kind)?.next] as const).filter(([, next]) => next !== undefined)
  expect(own.filter(([, next]) => next === 'sextant metrics FILE').map(([kind]) => kind)).toEqual(['metrics-text', 'aiperf-telemetry'])
  expect(own.filter(([, next]) => next === 'sextant bench-result FILE')).toHaveLength(10)
  for (const kind of ['nsys-sqlite', 'kineto', 'nsys-stats']) expect(ownCommand(kind)).toBeUndefined()
})
