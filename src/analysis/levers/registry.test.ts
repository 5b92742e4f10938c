import { expect, it } from 'vitest'
import { leverRegistry } from './registry.ts'

it('ids and names are unique', () => {
  expect(new Set(leverRegistry.map(({ id }) => id)).size).toBe(leverRegistry.length)
  expect(new Set(leverRegistry.map(({ name }) => name)).size).toBe(leverRegistry.length)
})
