/** What every command that reads captures shares: the `cache` input and the context of `ask`. */
import * as z from 'zod'
import type { CommandContext } from '#commands/define-command.ts'
import type { AskContext } from '#pipeline/ask.ts'

export const cacheInput = z.boolean().default(true).describe('Use the digest cache in the user’s cache folder; the answer is the same')

export function askContext(context: CommandContext, cache: boolean): AskContext {
  return { env: context.env, configRoot: context.configRoot, cache }
}
