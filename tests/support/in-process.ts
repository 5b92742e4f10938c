/** Runs the command line inside the test's process: same door, no start-up. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCommandLine } from '../../src/cli/run.ts'
import { checkoutRoot } from './checkout.ts'

export interface InProcessRun {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

export interface InProcessOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  readonly width?: number
  readonly signal?: AbortSignal
}

let cache: string | undefined

function ownCache(): string {
  if (cache === undefined) {
    const folder = mkdtempSync(join(tmpdir(), 'sextant-cache-'))
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
    cache = folder
  }
  return cache
}

export async function runInProcess(args: readonly string[], options: InProcessOptions = {}): Promise<InProcessRun> {
  let stdout = ''
  let stderr = ''
  const status = await runCommandLine(args, {
    cwd: options.cwd ?? checkoutRoot,
    // Only the environment that a test names: nothing of the machine's may reach an output, and no answer the user's cache.
    env: { SEXTANT_CACHE: ownCache(), ...options.env },
    stdout: (text) => {
      stdout += text
    },
    stderr: (text) => {
      stderr += text
    },
    ...(options.width === undefined ? {} : { width: options.width }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  })
  return { status, stdout, stderr }
}

/** The parsed `--json` answer of a command that succeeds (status 1 is an answer: a gate that failed). */
export async function askInProcess(args: readonly string[]): Promise<unknown> {
  const { status, stdout, stderr } = await runInProcess(args)
  if (status > 1) throw new Error(`${args.join(' ')} ended with ${status}: ${stdout}${stderr}`)
  return JSON.parse(stdout)
}
