/** The one way every door runs a command: validate, ask for acknowledgement, run, and say errors in one shape. */
import type { z } from 'zod'
import { errorExitStatus, isSextantError, SextantError } from '#base/errors.ts'
import type { Command, CommandContext } from '#commands/define-command.ts'
import { wrapText } from '#commands/text/wrap.ts'
import { namedError } from '#pipeline/named-error.ts'
import { textRows } from './limit.ts'

export interface ErrorAnswer {
  readonly error: {
    readonly code: string
    readonly message: string
    readonly hint: string
    readonly details: Record<string, unknown>
  }
}

/** What a command answered: its output, or an operational error. A bug is thrown. */
export type Answer =
  | {
      readonly ok: true
      readonly output: Record<string, unknown>
      readonly exitCode: 0 | 1
      /** The same for a person. */
      readonly text: (width: number) => string
    }
  | { readonly ok: false; readonly error: SextantError; readonly exitCode: number }

function issueText(issue: z.core.$ZodIssue): string {
  return issue.path.length === 0 ? issue.message : `${issue.path.join('.')}: ${issue.message}`
}

function validInput(command: Command, raw: unknown): Record<string, unknown> {
  const parsed = command.input.safeParse(raw)
  if (!parsed.success) {
    const issues = parsed.error.issues.map(issueText)
    throw new SextantError(
      'usage',
      `wrong input for ${command.name}: ${issues.join('; ')}`,
      'Correct the input: --help, or the input schema of the tool, lists what it takes.',
      {
        issues,
      },
    )
  }
  return parsed.data
}

function requireAcknowledgement(command: Command, input: Record<string, unknown>): void {
  if (command.acknowledgement === undefined || input['dryRun'] === true || input[command.acknowledgement] === true) return
  if (!command.reachesOutside(input)) return
  throw new SextantError(
    'acknowledgement_required',
    `${command.name} ${command.effect.replaceAll('_', ' ')}, and this call does not say that you accept it.`,
    `Look at what it would do with dryRun (--dry-run), then give ${command.acknowledgement}: true (--${command.acknowledgement.replaceAll('_', '-')}).`,
    { effect: command.effect },
  )
}

/** The context, and how each path that a command opened was given. */
function notingPaths(context: CommandContext): {
  readonly noting: CommandContext
  readonly asGiven: (error: SextantError) => SextantError
} {
  const givenBy = new Map<string, string>()
  const path = (given: string): string => {
    const opened = context.path(given)
    givenBy.set(opened, given)
    return opened
  }
  // The longest first: a folder may be given beside a file inside it.
  const asGiven = (error: SextantError): SextantError =>
    [...givenBy]
      .filter(([opened, given]) => opened !== given)
      .sort(([a], [b]) => b.length - a.length)
      .reduce((named, [opened, given]) => namedError(named, opened, given), error)
  return { noting: { ...context, path }, asGiven }
}

/** `raw` may also throw, so that parsing arguments is answered in the same way. Errors name files as they were given. */
export async function answer(command: Command, context: CommandContext, raw: () => unknown): Promise<Answer> {
  const { noting, asGiven } = notingPaths(context)
  try {
    const input = validInput(command, raw())
    requireAcknowledgement(command, input)
    const output = await command.run(noting, input)
    return {
      ok: true,
      output,
      exitCode: command.exitCode(output),
      text: (width) => wrapText(command.render(output, { width, rows: textRows(input) }), width),
    }
  } catch (error) {
    if (!isSextantError(error)) throw error
    return { ok: false, error: asGiven(error), exitCode: errorExitStatus[error.code] }
  }
}

export function errorAnswer(error: SextantError): ErrorAnswer {
  return { error: { code: error.code, message: error.message, hint: error.hint, details: { ...error.details } } }
}

/** The same for a person: two lines, whatever a file's name holds: a name must not be able to write a hint of its own. */
export function errorText(error: SextantError): string {
  const oneLine = (text: string): string => text.replace(/\s+/g, ' ')
  return `error: ${oneLine(error.message)}\nhint: ${oneLine(error.hint)}\n`
}
