/** A command and what is around it, loaded together and only when it is asked for: `--help` and `--version` need neither zod nor commander. */
import type { parseArguments } from '#commands/framework/command-line.ts'
import type { commandContext } from '#commands/framework/context.ts'
import type { answer, errorAnswer, errorText } from '#commands/framework/invoke.ts'
import type { RegisteredCommand } from '#commands/registry.ts'

export interface LoadedCommand {
  readonly command: Awaited<ReturnType<RegisteredCommand['load']>>['command']
  readonly parseArguments: typeof parseArguments
  readonly commandContext: typeof commandContext
  readonly answer: typeof answer
  readonly errorAnswer: typeof errorAnswer
  readonly errorText: typeof errorText
}

/** Those of capture-door.ts. */
export const captureCommandNames: readonly string[] = [
  'analyze',
  'timeline',
  'kernels',
  'decode-budget',
  'gates',
  'digest',
  'ncu',
  'bench-result',
]

export async function loadCommand(found: RegisteredCommand): Promise<LoadedCommand> {
  if (captureCommandNames.includes(found.name)) {
    const { captureCommands } = await import('./capture-door.ts')
    const loaded = captureCommands[found.name]
    if (loaded !== undefined) return loaded
  }
  const [{ command }, { parseArguments }, { answer, errorAnswer, errorText }, { commandContext }] = await Promise.all([
    found.load(),
    import('#commands/framework/command-line.ts'),
    import('#commands/framework/invoke.ts'),
    import('#commands/framework/context.ts'),
  ])
  return { command, parseArguments, commandContext, answer, errorAnswer, errorText }
}
