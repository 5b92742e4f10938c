/** What V8 compiled of the capture door while it answered: kept beside the bundle, so that a start need not compile it again. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

/** Run in a program of its own, as a user's is: without flags of the one that builds. */
const making = `
import { writeFileSync } from 'node:fs'
const [, door, trace, counters, requests, cache] = process.argv
const examples = { ncu: counters, 'bench-result': requests }
const { captureCommands, script } = await import(door)
for (const name of ['timeline', 'kernels', 'decode-budget', 'analyze', 'ncu', 'bench-result']) {
  const { command, commandContext, answer, parseArguments } = captureCommands[name]
  const example = examples[name] ?? trace
  const context = commandContext({ cwd: process.cwd(), env: {} })
  const result = await answer(command, context, () => parseArguments(command, [example, '--no-cache']).input)
  if (!result.ok) throw result.error
  result.text(80)
}
writeFileSync(cache, script.createCachedData())
`

/** Writes `capture-door.cache` into the folder of the bundle. Throws where the commands fail on the examples. */
export function writeCodeCache(root: string, folder: string): void {
  const trace = join(root, 'examples/decode-host-bound/glm51-decode-c1.sqlite')
  const counters = join(root, 'examples/ncu-decode-kernels/kernels-raw.csv')
  const requests = join(root, 'examples/serving/sweep.jsonl')
  const door = join(folder, 'capture-door.js')
  const { NODE_OPTIONS: _, ...env } = process.env
  const args = ['--input-type=module', '--eval', making, door, trace, counters, requests, join(folder, 'capture-door.cache')]
  const made = spawnSync(process.execPath, args, { encoding: 'utf8', env, cwd: root })
  if (made.status !== 0) throw new Error(`no code cache was made:\n${made.stderr}`)
}
