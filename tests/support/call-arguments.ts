/** Arguments for a call of any command about one file: the file alone where that is a whole call, else its first example about that file. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from '../../src/commands/define-command.ts'
import { parseArguments } from '../../src/commands/framework/command-line.ts'
import { checkoutRoot } from './checkout.ts'

function isWhole(command: Command, args: readonly string[]): boolean {
  try {
    return command.input.safeParse(parseArguments(command, args).input).success
  } catch {
    return false
  }
}

/** Examples name their positional arguments first. `absolute`: its other files are named so that every folder sees them. */
export function callArguments(command: Command, value: string, naming: 'absolute' | 'as-in-the-example'): string[] {
  const [, ...rest] = command.examples[0]?.args ?? []
  // A command about several files (`join`) may have nothing to say of one.
  const isOfSeveral = rest[0] !== undefined && isFile(rest[0]) && command.positional.length === 1
  if (!isOfSeveral && isWhole(command, [value])) return [value]
  return [value, ...rest.map((word) => (naming === 'absolute' && isFile(word) ? join(checkoutRoot, word) : word))]
}

const isFile = (word: string): boolean => word.includes('/') && existsSync(join(checkoutRoot, word))
