/** Starts and stops an arm of a trial: a program with arguments, never a shell, and a wait until its endpoint answers. */
import { type ChildProcess, spawn } from 'node:child_process'
import { SextantError } from '#base/errors.ts'

export interface ArmCommands {
  readonly start: readonly string[]
  readonly stop?: readonly string[]
  /** Asked until it answers. */
  readonly url: string
  readonly readyTimeoutMs: number
}

/** Engines load weights for minutes; asking more often than this gains nothing. */
const ASK_EVERY_MS = 250
/** What a process is given to end by itself. */
const END_MS = 15_000
const KEPT_OUTPUT = 2_000

const pause = (ms: number): Promise<void> => new Promise((fulfil) => setTimeout(fulfil, ms))

function run(argv: readonly string[]): { readonly child: ChildProcess; readonly tail: () => string } {
  const [program = '', ...args] = argv
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], shell: false })
  let output = ''
  const keep = (bytes: Buffer): void => {
    output = (output + bytes.toString('utf8')).slice(-KEPT_OUTPUT)
  }
  child.stdout?.on('data', keep)
  child.stderr?.on('data', keep)
  // Without a listener a program that does not exist would end this one.
  child.on('error', (error) => keep(Buffer.from(String(error))))
  return { child, tail: () => output }
}

async function answers(url: string): Promise<boolean> {
  try {
    const answer = await fetch(new URL('/v1/models', url), { signal: AbortSignal.timeout(2_000), redirect: 'manual' })
    await answer.body?.cancel()
    return answer.ok
  } catch {
    return false
  }
}

/** Runs `work` while the arm serves; it is stopped whatever happens. */
export async function whileServing<T>(commands: ArmCommands, work: () => Promise<T>): Promise<T> {
  if (await answers(commands.url)) {
    throw new SextantError('usage', `something serves at ${commands.url} already`, 'Stop it, or leave the start command out of the plan.', {
      url: commands.url,
    })
  }
  const { child, tail } = run(commands.start)
  try {
    const deadline = Date.now() + commands.readyTimeoutMs
    while (!(await answers(commands.url))) {
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) {
        throw new SextantError(
          'tool_failed',
          `${commands.start[0]} ended before it served: ${tail().trim().slice(-400)}`,
          'Run the start command by hand.',
          {},
        )
      }
      if (Date.now() > deadline) {
        throw new SextantError(
          'tool_failed',
          `${commands.start[0]} does not serve at ${commands.url} in time`,
          'Give it longer with --ready-timeout-s.',
          {},
        )
      }
      await pause(ASK_EVERY_MS)
    }
    return await work()
  } finally {
    await end(child, commands.stop)
  }
}

async function end(child: ChildProcess, stop: readonly string[] | undefined): Promise<void> {
  const ended = new Promise<void>((fulfil) => {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) fulfil()
    else child.once('exit', () => fulfil())
  })
  if (stop !== undefined) await new Promise<void>((fulfil) => run(stop).child.once('close', () => fulfil()))
  else child.kill('SIGTERM')
  await Promise.race([ended, pause(END_MS)])
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
}
