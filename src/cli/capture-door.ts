/**
 * The commands that are asked most, with what is around a command: the build makes one file of it (scripts/build.ts). A file of its own for
 * each shared module, as other commands have, costs a third of the time that a question about a small capture takes (docs/performance.md).
 */
import { command as analyze } from '#commands/analyze.ts'
import { command as benchResult } from '#commands/bench-result.ts'
import { command as decodeBudget } from '#commands/decode-budget.ts'
import { command as digest } from '#commands/digest.ts'
import { parseArguments } from '#commands/framework/command-line.ts'
import { commandContext } from '#commands/framework/context.ts'
import { answer, errorAnswer, errorText } from '#commands/framework/invoke.ts'
import { command as gates } from '#commands/gates.ts'
import { command as kernels } from '#commands/kernels.ts'
import { command as ncu } from '#commands/ncu.ts'
import { command as timeline } from '#commands/timeline.ts'
import type { LoadedCommand } from './load-command.ts'

const framework = { parseArguments, commandContext, answer, errorAnswer, errorText }

/** By name. */
export const captureCommands: Readonly<Record<string, LoadedCommand>> = {
  analyze: { command: analyze, ...framework },
  timeline: { command: timeline, ...framework },
  kernels: { command: kernels, ...framework },
  'decode-budget': { command: decodeBudget, ...framework },
  gates: { command: gates, ...framework },
  digest: { command: digest, ...framework },
  ncu: { command: ncu, ...framework },
  'bench-result': { command: benchResult, ...framework },
}
