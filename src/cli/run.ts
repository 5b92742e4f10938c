/** The command line: arguments in, text or one JSON object out, an exit status. */
import { errorExitStatus, SextantError } from '#base/errors.ts'
import { nearName } from '#base/near-name.ts'
import type { Answer } from '#commands/framework/invoke.ts'
import { version } from '#commands/framework/version.ts'
import { commandRegistry, type RegisteredCommand } from '#commands/registry.ts'
import { printable } from '#platform/printable.ts'
import { loadCommand } from './load-command.ts'
import { overviewText } from './overview.ts'
import { progressLine } from './progress-line.ts'

export interface CommandLineOptions {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly stdout: (text: string) => void
  readonly stderr: (text: string) => void
  /** Columns of the terminal; undefined where output is piped. */
  readonly width?: number
  /** Where progress may be drawn. */
  readonly stderrIsTerminal?: boolean
  readonly signal?: AbortSignal
}

/** The command whose words `args` begin with; the longest name wins, so that `dcgm correlate` comes before `dcgm`. */
function findCommand(args: readonly string[]): { readonly found: RegisteredCommand; readonly rest: readonly string[] } | undefined {
  const byLength = [...commandRegistry].sort((a, b) => b.name.length - a.name.length)
  for (const found of byLength) {
    const words = found.name.split(' ')
    if (words.every((word, index) => args[index] === word)) return flagged(found, args.slice(words.length))
  }
  return undefined
}

/** `decode-budget --live URL` is `decode-budget live URL`: a flag that changes what a command may do makes it another command. */
function flagged(
  found: RegisteredCommand,
  rest: readonly string[],
): { readonly found: RegisteredCommand; readonly rest: readonly string[] } {
  for (const other of commandRegistry) {
    if (other.alsoAs?.name !== found.name) continue
    const { flag } = other.alsoAs
    const at = rest.findIndex((arg) => arg === flag || arg.startsWith(`${flag}=`))
    if (at < 0) continue
    const given = rest[at] ?? ''
    const value = given === flag ? [] : [given.slice(flag.length + 1)]
    return { found: other, rest: [...rest.slice(0, at), ...value, ...rest.slice(at + 1)] }
  }
  return { found, rest }
}

/** Returns the exit status. Operational errors are printed; a bug is thrown. */
export async function runCommandLine(args: readonly string[], options: CommandLineOptions): Promise<number> {
  const [first] = args
  if (first === undefined || first === '--help' || first === '-h' || first === 'help') {
    options.stdout(overviewText())
    return first === undefined ? errorExitStatus.usage : 0
  }
  if (first === '--version' || first === '-V') {
    options.stdout(`${version}\n`)
    return 0
  }
  const match = findCommand(args)
  if (match === undefined) {
    const near = nearName(first, [...commandRegistry.map(({ name }) => name), 'mcp'])
    const meant = near === undefined ? '' : `Did you mean \`sextant ${near}\`? `
    const unknown = new SextantError('usage', `no command "${first}"`, `${meant}\`sextant --help\` lists the commands.`)
    return printError(unknown, errorExitStatus.usage, args.includes('--json'), options)
  }
  return runOne(match.found, match.rest, options)
}

async function runOne(found: RegisteredCommand, args: readonly string[], options: CommandLineOptions): Promise<number> {
  const loaded = await loadCommand(found)
  const { command, parseArguments, answer, commandContext } = loaded
  let json = args.includes('--json')
  let help: string | undefined
  const line = options.stderrIsTerminal === true ? progressLine(options.stderr) : undefined
  const context = commandContext({
    cwd: options.cwd,
    env: options.env,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    ...(line === undefined ? {} : { progress: line.show }),
    announce: (text) => options.stderr(printable(text)),
  })
  const parsed = attempt(() => parseArguments(command, args))
  if (parsed.ok) {
    json = parsed.value.json
    help = parsed.value.help
  }
  if (help !== undefined) {
    options.stdout(help)
    return 0
  }
  const result = await answer(command, context, () => {
    if (!parsed.ok) throw parsed.error
    return parsed.value.input
  })
  line?.clear()
  if (!result.ok) return printError(result.error, result.exitCode, json, options, loaded)
  return printAnswer(result, json, options)
}

type Attempt<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown }

function attempt<T>(work: () => T): Attempt<T> {
  try {
    return { ok: true, value: work() }
  } catch (error) {
    return { ok: false, error }
  }
}

interface ErrorWords {
  readonly errorAnswer: (error: SextantError) => unknown
  readonly errorText: (error: SextantError) => string
}

async function printError(
  error: SextantError,
  exitCode: number,
  json: boolean,
  options: CommandLineOptions,
  words?: ErrorWords,
): Promise<number> {
  const { errorAnswer, errorText } = words ?? (await import('#commands/framework/invoke.ts'))
  options.stderr(printable(errorText(error)))
  if (json) options.stdout(`${JSON.stringify(errorAnswer(error))}\n`)
  return exitCode
}

function printAnswer(result: Extract<Answer, { ok: true }>, json: boolean, options: CommandLineOptions): number {
  const text = json ? JSON.stringify(result.output) : printable(result.text(options.width ?? Number.POSITIVE_INFINITY))
  options.stdout(text.endsWith('\n') ? text : `${text}\n`)
  return result.exitCode
}
