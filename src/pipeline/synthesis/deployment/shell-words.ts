/**
 * Words of a shell script as it is written: quotes, escapes and comments are understood, nothing is expanded or run.
 * Not supported: here-documents, functions, arrays. https://pubs.opengroup.org/onlinepubs/9699919799/utilities/V3_chap02.html
 */
import { SextantError } from '#base/errors.ts'

export interface ShellWord {
  readonly text: string
  /** From 1. */
  readonly line: number
  /** A quote stood around some of it: `''` is a word too. */
  readonly isQuoted: boolean
  /** Holds `$NAME`, `$(…)` or backquotes that a shell would replace. */
  readonly isExpanded: boolean
}

/** Words of one simple command: up to a line’s end, `;`, `&`, `|`, or a parenthesis. */
export type ShellCommand = readonly ShellWord[]

/** Throws `corrupt_file` with the line where a quote is never closed. */
export function shellCommands(script: string, source: string): ShellCommand[] {
  const commands: ShellWord[][] = [[]]
  const cursor = { at: 0, line: 1 }
  while (cursor.at < script.length) {
    const char = script[cursor.at] ?? ''
    if (char === '\n') {
      cursor.line += 1
      cursor.at += 1
      commands.push([])
    } else if (char === '\\' && /^\\\r?\n/.test(script.slice(cursor.at, cursor.at + 3))) {
      cursor.at = script.indexOf('\n', cursor.at) + 1
      cursor.line += 1
    } else if (/\s/.test(char)) cursor.at += 1
    else if (char === '#') skipLine(script, cursor)
    else if (';&|()'.includes(char)) {
      cursor.at += 1
      commands.push([])
    } else commands[commands.length - 1]?.push(readWord(script, cursor, source))
  }
  return commands.filter(({ length }) => length > 0)
}

interface Cursor {
  at: number
  line: number
}

function skipLine(script: string, cursor: Cursor): void {
  const end = script.indexOf('\n', cursor.at)
  cursor.at = end < 0 ? script.length : end
}

function readWord(script: string, cursor: Cursor, source: string): ShellWord {
  const { line } = cursor
  const parts: string[] = []
  let isQuoted = false
  let isExpanded = false
  while (cursor.at < script.length) {
    const char = script[cursor.at] ?? ''
    if (/[\s;&|()]/.test(char)) {
      // `$(…)` is one word that nobody runs.
      if (char !== '(' || parts[parts.length - 1] !== '$') break
      parts.push(substitution(script, cursor))
      isExpanded = true
    } else if (char === "'" || char === '"') {
      isQuoted = true
      const quoted = readQuoted(script, cursor, source)
      isExpanded ||= quoted.isExpanded
      parts.push(quoted.text)
    } else if (char === '\\') {
      const next = script[cursor.at + 1] ?? ''
      if (next === '\n') cursor.line += 1
      else parts.push(next)
      cursor.at += 2
    } else {
      isExpanded ||= char === '$' || char === '`'
      parts.push(char)
      cursor.at += 1
    }
  }
  return { text: parts.join(''), line, isQuoted, isExpanded }
}

function substitution(script: string, cursor: Cursor): string {
  const end = script.indexOf(')', cursor.at)
  const text = script.slice(cursor.at, end < 0 ? script.length : end + 1)
  cursor.line += text.split('\n').length - 1
  cursor.at += text.length
  return text
}

function readQuoted(script: string, cursor: Cursor, source: string): { readonly text: string; readonly isExpanded: boolean } {
  const quote = script[cursor.at] ?? ''
  const { line } = cursor
  const parts: string[] = []
  let isExpanded = false
  for (cursor.at += 1; cursor.at < script.length; cursor.at += 1) {
    const char = script[cursor.at] ?? ''
    if (char === quote) {
      cursor.at += 1
      return { text: parts.join(''), isExpanded }
    }
    if (char === '\n') cursor.line += 1
    const next = script[cursor.at + 1] ?? ''
    if (quote === '"' && char === '\\' && '"\\$`\n'.includes(next) && next !== '') {
      if (next === '\n') cursor.line += 1
      else parts.push(next)
      cursor.at += 1
    } else {
      isExpanded ||= quote === '"' && (char === '$' || char === '`')
      parts.push(char)
    }
  }
  throw new SextantError(
    'corrupt_file',
    `${source}, line ${line}: the quote ${quote} is never closed`,
    `Close it, or write the launch command on one line as the shell takes it.`,
    { line },
  )
}
