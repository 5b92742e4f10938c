/** One declaration per command; the command line, the MCP tool, help, reference and JSON Schemas are all derived from it. */
import * as z from 'zod'

/** What a command may change, from nothing to the outside world. */
export type Effect = 'read_only' | 'writes_artifacts' | 'pulls_data' | 'submits_jobs' | 'mutates_cluster' | 'publishes_external'

/** Effects outside the working folder: each call must acknowledge them, and must be able to be rehearsed with `dryRun`. */
export const acknowledgedEffects = ['submits_jobs', 'mutates_cluster', 'publishes_external'] as const satisfies readonly Effect[]

export interface CommandProgress {
  readonly done: number
  readonly total?: number
  readonly note?: string
}

export interface CommandContext {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Folder that holds sol-ceilings.yaml, kernel-families.yaml and the other shipped configuration. */
  readonly configRoot: string
  readonly signal?: AbortSignal
  readonly progress?: (progress: CommandProgress) => void
  /** Text for the person at once, before the answer: where a server listens. Absent where nobody watches (mcp). */
  readonly announce?: (text: string) => void
  /**
   * Every path in an input goes through here before it is opened: relative ones are taken from `cwd`, and a door that
   * confines (mcp, http) refuses those outside its root (`path_outside_root`). Never put the result into an output.
   */
  readonly path: (given: string) => string
}

export interface RenderOptions {
  /** Columns of the terminal; a piped output has no limit (Infinity). */
  readonly width: number
  /** Rows of a table to show: the input's `limit` where it was given (0 is Infinity), else 20. */
  readonly rows: number
}

export interface CommandExample {
  /** What the example shows, as one clause. */
  readonly title: string
  /** Arguments after the command's name. Files are relative to the checkout, so that tests can run every example. */
  readonly args: readonly string[]
}

/** What the registry knows without loading the command: enough for `--help`. */
export interface CommandTitle {
  /** Words on the command line; `dcgm correlate` has two. */
  readonly name: string
  /** MCP tool name. */
  readonly tool: string
  readonly summary: string
  readonly effect: Effect
}

export interface CommandDefinition<I extends z.ZodObject, O extends z.ZodObject> {
  readonly name: string
  /** Only where an existing tool name is kept; else the name with `_` between words. Such a tool also accepts `args: string[]`. */
  readonly tool?: string
  readonly summary: string
  readonly effect: Effect
  /** Input keys given by position, in order; the last may be an array and then takes the rest. */
  readonly positional?: readonly (string & keyof I['shape'])[]
  readonly input: I
  readonly output: O
  readonly examples: readonly CommandExample[]
  run(context: CommandContext, input: z.output<I>): Promise<z.output<O>>
  render(output: z.output<O>, options: RenderOptions): string
  /** 1 for a negative outcome of a command that judges; nothing else. */
  exitCode?(output: z.output<O>): 0 | 1
  /** Of an effect that needs acknowledging: false where this input reaches nothing outside this machine. Absent: always. */
  reachesOutside?(input: z.output<I>): boolean
}

/** A command with its types erased, as doors see it. `input` is strict: an unknown key is a mistake, never ignored. */
export interface Command extends CommandTitle {
  readonly acceptsArgs: boolean
  /** Set for effects that need acknowledging: the input key, `i_understand_<effect>`. */
  readonly acknowledgement?: string
  readonly positional: readonly string[]
  readonly input: z.ZodObject
  readonly output: z.ZodObject
  readonly examples: readonly CommandExample[]
  run(context: CommandContext, input: unknown): Promise<Record<string, unknown>>
  render(output: Record<string, unknown>, options: RenderOptions): string
  exitCode(output: Record<string, unknown>): 0 | 1
  reachesOutside(input: unknown): boolean
}

function isAcknowledged(effect: Effect): boolean {
  return acknowledgedEffects.some((each) => each === effect)
}

/** Throws where the declaration contradicts itself: that is a bug, found by the first test that loads it. */
export function defineCommand<I extends z.ZodObject, O extends z.ZodObject>(definition: CommandDefinition<I, O>): Command {
  const { name, summary, effect, examples } = definition
  const acknowledgement = isAcknowledged(effect) ? `i_understand_${effect}` : undefined
  if (acknowledgement !== undefined && !('dryRun' in definition.input.shape)) throw new Error(`${name}: ${effect} needs a dryRun input`)
  const spoken: z.ZodObject =
    acknowledgement === undefined
      ? definition.input
      : definition.input.extend({
          [acknowledgement]: z
            .boolean()
            .default(false)
            .describe(`You accept that this command ${effect.replaceAll('_', ' ')}.`),
        })
  return {
    name,
    tool: definition.tool ?? name.replaceAll(/[ -]/g, '_'),
    acceptsArgs: definition.tool !== undefined,
    summary,
    effect,
    ...(acknowledgement === undefined ? {} : { acknowledgement }),
    positional: definition.positional ?? [],
    input: spoken.strict(),
    output: definition.output,
    examples,
    // The doors validate `input` against the same schema before they call: these casts only undo the erasure above.
    run: (context, input) => definition.run(context, input as z.output<I>),
    render: (output, options) => definition.render(output as z.output<O>, options),
    exitCode: (output) => definition.exitCode?.(output as z.output<O>) ?? 0,
    reachesOutside: (input) => definition.reachesOutside?.(input as z.output<I>) ?? true,
  }
}
