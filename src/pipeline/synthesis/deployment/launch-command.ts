/**
 * A launch as people keep it: `VAR=x vllm serve MODEL --flag`, `python -m sglang.launch_server …`, `trtllm-serve …`, `docker run … image …`,
 * with profilers or exec in front. Read as text: nothing is expanded or run.
 */
import type { EngineName } from '#formats/deployment.ts'
import type { EngineKnobs } from '#formats/engine-knobs.ts'
import { type DeploymentPart, record, type Scalar } from './deployment-part.ts'
import { readFlags, type Word } from './launch-flags.ts'
import { type ShellCommand, type ShellWord, shellCommands } from './shell-words.ts'

const starts = /(?:^|\s|\/)(?:vllm\s+serve|sglang\s+serve|trtllm-serve)\s|vllm\.entrypoints\.|sglang\.launch_server|vllm-openai[:@\s]/m

/** Whether text holds a launch; decided before it is read, so that other text is not searched for quotes. */
export const looksLikeLaunch = (text: string): boolean => starts.test(text)

export interface Start {
  readonly engine: EngineName
  /** Words from here on are its own. */
  readonly from: number
}

/** Where the engine’s own words begin. */
export function findStart(words: readonly { readonly text: string }[]): Start | undefined {
  for (const [index, { text }] of words.entries()) {
    const program = text.slice(text.lastIndexOf('/') + 1)
    const next = words[index + 1]?.text
    if ((program === 'vllm' || program === 'sglang') && next === 'serve') return { engine: program, from: index + 2 }
    if (/^vllm\.entrypoints\.[\w.]+$/.test(text)) return { engine: 'vllm', from: index + 1 }
    if (text === 'sglang.launch_server') return { engine: 'sglang', from: index + 1 }
    if (program === 'trtllm-serve') return { engine: 'tensorrt-llm', from: index + (next === 'serve' ? 2 : 1) }
    // The image’s entry point is the server.
    if (imageOf(text)?.engine === 'vllm' && /^vllm-openai/.test(program)) return { engine: 'vllm', from: index + 1 }
  }
  return undefined
}

const images: readonly (readonly [RegExp, EngineName])[] = [
  [/(?:^|\/)vllm(?:-openai)?(?:[:@]|$)/, 'vllm'],
  [/(?:^|\/)sglang(?:[:@]|$)/, 'sglang'],
  [/(?:^|\/)(?:tensorrt-llm|tensorrt_llm)(?:\/|[:@]|$)/, 'tensorrt-llm'],
]

/** Engine and version that an image’s name tells: `vllm/vllm-openai:v0.11.0`, `lmsysorg/sglang:v0.5.6-cu129`. */
export function imageOf(text: string): { readonly engine: EngineName; readonly version?: string; readonly image: string } | undefined {
  const engine = images.find(([pattern]) => pattern.test(text))?.[1]
  if (engine === undefined || !/[/:]/.test(text)) return undefined
  const version = /:v?(\d+\.\d+(?:\.\d+)?(?:\.post\d+|rc\d+)?)/.exec(text)?.[1]
  return { engine, ...(version === undefined ? {} : { version }), image: text }
}

/** @returns undefined where no command starts an engine. Throws `corrupt_file` with the line of what cannot be read. */
export function readLaunch(text: string, source: string, knobs: EngineKnobs): DeploymentPart | undefined {
  const commands = shellCommands(text, source)
  const launches = commands.flatMap((words) => {
    const start = findStart(words)
    return start === undefined ? [] : [{ words, start }]
  })
  const [launch] = launches
  if (launch === undefined) return undefined
  const { words, start } = launch
  const flags = readFlags(words.slice(start.from).map(asWord), start.engine, knobs, source)
  const image = words
    .slice(0, start.from)
    .map(({ text: word }) => imageOf(word))
    .find((each) => each !== undefined)
  const environment = [...exported(commands), ...assignments(words.slice(0, start.from))]
  const many =
    launches.length === 1 ? [] : [`${source} starts an engine ${launches.length} times: the first, in line ${words[0]?.line ?? 1}, is read`]
  const name = modelName(flags.arguments, flags.positional)
  return {
    kind: 'command',
    source,
    engine: { name: start.engine, ...(image === undefined ? {} : imageFields(image)) },
    arguments: flags.arguments,
    environment: record(environment),
    ...(name === undefined ? {} : { model: { name } }),
    unlisted: flags.unlisted,
    notes: [...many, ...flags.notes],
  }
}

export const imageFields = ({ version, image }: { readonly version?: string; readonly image: string }) => ({
  image,
  ...(version === undefined ? {} : { version }),
})

const asWord = ({ text, line, isExpanded }: ShellWord): Word => ({ text, where: `line ${line}`, isExpanded })

/** Names of servers’ arguments for the model. */
export function modelName(given: Readonly<Record<string, Scalar>>, positional: readonly string[]): string | undefined {
  for (const key of ['model', 'model-path', 'model_path']) if (typeof given[key] === 'string') return given[key]
  return positional[0]
}

const assignment = /^([A-Za-z_]\w*)=(.*)$/s

/** `NAME=value` among the words in front of the program, `env`’s and docker’s `-e` included. */
function* assignments(words: readonly ShellWord[]): Generator<readonly [string, string]> {
  for (const { text } of words) {
    const match = assignment.exec(text)
    const inline = /^(?:--env|-e)=([A-Za-z_]\w*)=(.*)$/s.exec(text)
    const [, name, value] = match ?? inline ?? []
    if (name !== undefined && value !== undefined) yield [name, value]
  }
}

function* exported(commands: readonly ShellCommand[]): Generator<readonly [string, string]> {
  for (const words of commands) {
    if (words[0]?.text === 'export' || words[0]?.text === 'declare') yield* assignments(words.slice(1))
  }
}
