/** Builds the context that a door hands to a command. */
import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { CommandContext, CommandProgress } from '#commands/define-command.ts'
import { confinedPath } from '#platform/confine.ts'

export interface ContextOptions {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Paths outside are refused; absent on the command line, whose user may read what the system lets them. */
  readonly root?: string
  readonly signal?: AbortSignal
  readonly progress?: (progress: CommandProgress) => void
  readonly announce?: (text: string) => void
}

/** configs/ lies beside the bundle, and at the top of a checkout: the nearest one above this file. */
function findConfigRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  for (;;) {
    const candidate = join(folder, 'configs')
    if (existsSync(candidate)) return candidate
    const parent = dirname(folder)
    if (parent === folder) throw new Error('configs/ is not beside the program: the installation is incomplete')
    folder = parent
  }
}

export function commandContext(options: ContextOptions): CommandContext {
  const { cwd, env, root, signal, progress, announce } = options
  return {
    cwd,
    env,
    configRoot: findConfigRoot(),
    // Unchanged where nothing needs changing, so that messages show the path as it was given.
    path: (given) => {
      const path = root === undefined ? resolve(cwd, given) : confinedPath(root, cwd, given)
      return cwd === process.cwd() ? given : path
    },
    ...(signal === undefined ? {} : { signal }),
    ...(progress === undefined ? {} : { progress }),
    ...(announce === undefined ? {} : { announce }),
  }
}
