/** Turns arguments into a command's raw input (not yet validated), and a command into its `--help`. */
import { Argument, Command as CommanderCommand, CommanderError, Option } from 'commander'
import { SextantError } from '#base/errors.ts'
import type { Command } from '#commands/define-command.ts'
import { type Field, fieldsOf } from './fields.ts'

export interface ParsedArguments {
  readonly input: Record<string, unknown>
  /** `--json` */
  readonly json: boolean
  /** Text of `--help`, where that was asked for. */
  readonly help?: string
}

function numberFrom(text: string, flag: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value)) {
    throw usageError(`${flag} wants a number, not "${text}"`)
  }
  return value
}

export function usageError(message: string): SextantError {
  return new SextantError('usage', message, 'Run it with --help for its arguments.')
}

function typedValue(field: Field, text: string): unknown {
  return field.kind === 'number' ? numberFrom(text, `--${field.flag}`) : text
}

function optionOf(field: Field): Option {
  const placeholder = field.kind === 'boolean' ? '' : ` <${field.choices?.join('|') ?? field.kind}>`
  // A boolean that is true by default can only be switched off.
  const flag = field.kind === 'boolean' && field.fallback === true ? `--no-${field.flag}` : `--${field.flag}${placeholder}`
  const repeatable = field.isArray ? ' (may be repeated)' : ''
  const shown = field.fallback !== undefined && field.kind !== 'boolean' && !(Array.isArray(field.fallback) && field.fallback.length === 0)
  const fallback = shown ? ` (default: ${String(field.fallback)})` : ''
  const option = new Option(flag, `${field.description}${repeatable}${fallback}`)
  if (field.required) option.makeOptionMandatory()
  if (field.choices !== undefined && !field.isArray) option.choices(field.choices)
  else if (field.isArray)
    option.argParser((text: string, previous: unknown) => [...(Array.isArray(previous) ? previous : []), typedValue(field, text)])
  else if (field.kind === 'number') option.argParser((text: string) => typedValue(field, text))
  return option
}

function argumentOf(field: Field): Argument {
  const name = field.isArray ? `${field.flag}...` : field.flag
  return new Argument(field.required ? `<${name}>` : `[${name}]`, field.description)
}

/** Where a long help text or usage message is cut into lines: fixed, so that output does not depend on the terminal. */
const HELP_WIDTH = 120

/**
 * What a command takes by position may also be given by name (`--campaign X`), as callers of the field's tools do: then it has no position
 * in that call.
 */
function placedOf(command: Command, fields: readonly Field[], args: readonly string[]): string[] {
  const end = args.indexOf('--')
  const names = new Set((end < 0 ? args : args.slice(0, end)).flatMap((each) => /^--([^=]+)/.exec(each)?.[1] ?? []))
  return command.positional.filter((key) => !names.has(fields.find((field) => field.key === key)?.flag ?? ''))
}

function parserOf(command: Command, fields: readonly Field[], placed: readonly string[]): CommanderCommand {
  const parser = new CommanderCommand(`sextant ${command.name}`)
  parser.summary(command.summary).description(`${command.summary}.`)
  parser.exitOverride().allowExcessArguments(false).showSuggestionAfterError(true)
  parser.configureHelp({ helpWidth: HELP_WIDTH })
  for (const key of placed) {
    const field = fields.find((each) => each.key === key)
    if (field === undefined) throw new Error(`${command.name}: no input named ${key}`)
    parser.addArgument(argumentOf(field))
  }
  for (const field of fields) if (!placed.includes(field.key)) parser.addOption(optionOf(field))
  parser.option('--json', 'print one JSON object: the output schema of this command')
  if (command.examples.length > 0) {
    const lines = command.examples.map(({ title, args }) => `  $ sextant ${[command.name, ...args].join(' ')}\n      ${title}`)
    parser.addHelpText('after', `\nExamples:\n${lines.join('\n')}`)
  }
  return parser
}

/**
 * `--tolerance.tps 5%` and `--tolerance.tps=5%` are `--tolerance tps=5%`: a list of NAME=VALUE may be given by dotted options, as older
 * callers of the field's tools do.
 */
function withoutDots(args: readonly string[], fields: readonly Field[]): string[] {
  const lists = new Set(fields.filter(({ isArray, kind }) => isArray && kind === 'string').map(({ flag }) => flag))
  const plain: string[] = []
  for (let at = 0; at < args.length; at++) {
    const argument = args[at] ?? ''
    if (argument === '--') return [...plain, ...args.slice(at)]
    const match = /^--([a-z][a-z-]*)\.([^=]+)(?:=(.*))?$/s.exec(argument)
    const next = args[at + 1]
    if (match === null || !lists.has(match[1] ?? '') || (match[3] === undefined && next === undefined)) plain.push(argument)
    else {
      plain.push(`--${match[1]}`, `${match[2]}=${match[3] ?? next}`)
      if (match[3] === undefined) at++
    }
  }
  return plain
}

/** Throws `usage` for arguments that the command does not have. */
export function parseArguments(command: Command, args: readonly string[]): ParsedArguments {
  const fields = fieldsOf(command.input)
  const placed = placedOf(command, fields, args)
  const parser = parserOf(command, fields, placed)
  let printed = ''
  let complaint = ''
  parser.configureOutput({
    writeOut: (text) => {
      printed += text
    },
    writeErr: (text) => {
      complaint += text
    },
  })
  try {
    parser.parse(withoutDots(args, fields), { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return { input: {}, json: false, help: printed }
    throw usageError((complaint === '' ? error.message : complaint).replace(/^error: /, '').trim())
  }
  return { input: inputFrom(placed, fields, parser), json: parser.getOptionValue('json') === true }
}

function inputFrom(placed: readonly string[], fields: readonly Field[], parser: CommanderCommand): Record<string, unknown> {
  const input: Record<string, unknown> = {}
  for (const field of fields) {
    const position = placed.indexOf(field.key)
    // Commander stores an option under its own camelCase of the flag, which differs for keys with underscores.
    const stored = field.flag.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
    const value: unknown = position >= 0 ? positionalValue(field, parser.processedArgs[position]) : parser.getOptionValue(stored)
    const untouched = position < 0 && parser.getOptionValueSource(stored) !== 'cli'
    if (value !== undefined && !untouched) input[field.key] = value
  }
  return input
}

function positionalValue(field: Field, value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 && !field.required ? undefined : value.map((each) => typedValue(field, String(each)))
  return typeof value === 'string' ? typedValue(field, value) : value
}
