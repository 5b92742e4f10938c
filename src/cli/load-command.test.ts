import { expect, test } from 'vitest'
import { commandRegistry } from '#commands/registry.ts'
import { captureCommands } from './capture-door.ts'
import { captureCommandNames, loadCommand } from './load-command.ts'

test('the commands of the capture door are those that are looked for there, and the registry’s own', async () => {
  expect(Object.keys(captureCommands).sort()).toEqual([...captureCommandNames].sort())
  for (const name of captureCommandNames) {
    const found = commandRegistry.find((entry) => entry.name === name)
    if (found === undefined) throw new Error(`no command ${name}`)
    const [{ command }, own] = await Promise.all([loadCommand(found), found.load()])
    expect(command).toBe(own.command)
    expect(command.name).toBe(name)
  }
})
