/**
 * A folder in tests/golden/cases is a test: `command.json` says what to run there, the other files what must come out.
 *   {"args": ["kernels", "capture.sqlite", "--json"], "status": 0, "width": 100}
 * stdout.json (for --json) or stdout.txt, and stderr.txt where there is any. `npm run golden` writes them anew: read the
 * difference before you commit it.
 */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { runInProcess } from '../support/in-process.ts'

const casesFolder = join(dirname(fileURLToPath(import.meta.url)), 'cases')
const update = process.env['UPDATE_GOLDEN'] === '1'

const commandSchema = z.strictObject({
  args: z.array(z.string()).min(1),
  status: z.number().int().default(0),
  width: z.number().int().optional(),
})

function expectFile(path: string, actual: string): void {
  if (update) {
    if (actual === '') rmSync(path, { force: true })
    else writeFileSync(path, actual)
  }
  const expected = existsSync(path) ? readFileSync(path, 'utf8') : ''
  if (path.endsWith('.json') && actual !== '' && expected !== '') expect(JSON.parse(actual)).toEqual(JSON.parse(expected))
  else expect(actual).toBe(expected)
}

/** Wide JSON is unreadable in a review. */
function pretty(json: string): string {
  return `${JSON.stringify(JSON.parse(json), null, 2)}\n`
}

for (const name of readdirSync(casesFolder).sort()) {
  test(`golden: ${name}`, async () => {
    const folder = join(casesFolder, name)
    const { args, status, width } = commandSchema.parse(JSON.parse(readFileSync(join(folder, 'command.json'), 'utf8')))
    // Captures are named relative to the case, the working folder of a process cannot change within a worker.
    const run = await runInProcess(args, { cwd: folder, ...(width === undefined ? {} : { width }) })
    expect(run.status, run.stderr).toBe(status)
    // Paths are resolved from the case's folder; a process that runs in it would show them as they were given.
    const stdout = run.stdout.replaceAll(`${folder}/`, '')
    const isJson = args.includes('--json')
    expectFile(join(folder, isJson ? 'stdout.json' : 'stdout.txt'), isJson && stdout !== '' ? pretty(stdout) : stdout)
    expectFile(join(folder, 'stderr.txt'), run.stderr.replaceAll(`${folder}/`, ''))
  })
}
