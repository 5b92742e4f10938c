import { expect, test } from 'vitest'
import { commandRegistry } from '#commands/registry.ts'
import { fieldCall, fieldVerbs } from './field-verbs.ts'

test('every verb is a command, and its arguments pass unchanged', () => {
  for (const words of Object.values(fieldVerbs)) expect(commandRegistry.map(({ name }) => name)).toContain(words.join(' '))
  const args = ['dcgm_correlate', '--campaign', 'x', '--cell-id', 'y', '--frozen-yaml', 'z']
  expect(fieldCall(args)).toEqual({ state: 'command', args: ['dcgm', 'correlate', ...args.slice(1)] })
  expect(fieldCall(['dcgm-correlate'])).toMatchObject({ state: 'command' })
})

test('an unknown verb and no verb are usage errors that say what there is', () => {
  expect(fieldCall(['dcgm_corelate'])).toMatchObject({ status: 2, stderr: expect.stringMatching(/mean dcgm_correlate\?/) })
  expect(fieldCall([])).toMatchObject({ status: 2, stdout: expect.stringContaining('dcgm_correlate') })
  expect(fieldCall(['--help'])).toMatchObject({ status: 0 })
})
