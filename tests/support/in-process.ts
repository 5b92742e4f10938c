/** Runs the command line inside the test's process: same door, no start-up. */
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
}

export async function runInProcess(args: readonly string[], options: InProcessOptions = {}): Promise<InProcessRun> {
  let stdout = ''
  let stderr = ''
  const status = await runCommandLine(args, {
    cwd: options.cwd ?? checkoutRoot,
    // Only the environment that a test names: nothing of the machine's may reach an output.
    env: options.env ?? {},
    stdout: (text) => {
      stdout += text
    },
    stderr: (text) => {
      stderr += text
    },
    ...(options.width === undefined ? {} : { width: options.width }),
  })
  return { status, stdout, stderr }
}
