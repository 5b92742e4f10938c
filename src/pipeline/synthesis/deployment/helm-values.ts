/**
 * Values of a Helm chart, a Kubernetes manifest or a compose file: lists of arguments (`extraArgs`, `args`, `command`), of environment
 * (`env`, `extraEnv`, `environment`), and an image. Charts differ: what is looked for are these names, wherever they stand.
 */
import { canonicalArgument } from '#analysis/knobs/spelling.ts'
import type { EngineName } from '#formats/deployment.ts'
import type { EngineKnobs } from '#formats/engine-knobs.ts'
import { type DeploymentPart, record, type Scalar } from './deployment-part.ts'
import { flatten } from './flatten.ts'
import { findStart, imageFields, imageOf, modelName } from './launch-command.ts'
import { readFlags, type Word } from './launch-flags.ts'
import { shellCommands } from './shell-words.ts'

type Map_ = Readonly<Record<string, unknown>>
const isMap = (value: unknown): value is Map_ => typeof value === 'object' && value !== null && !Array.isArray(value)

interface Found {
  readonly lists: { readonly path: string; readonly words: readonly Word[] }[]
  readonly environment: Map<string, string>
  readonly images: string[]
  /** Maps below a key that names an engine or its configuration. */
  readonly settings: { readonly path: string; readonly values: Map_ }[]
  engine?: EngineName
}

const listNames = new Set(['extraargs', 'args', 'command', 'extraarguments', 'engineargs'])
const environmentNames = new Set(['env', 'extraenv', 'extraenvvars', 'environment', 'envvars'])
const engineNames: Readonly<Record<string, EngineName>> = {
  vllm: 'vllm',
  vllmconfig: 'vllm',
  sglang: 'sglang',
  sglangconfig: 'sglang',
  trtllm: 'tensorrt-llm',
  tensorrtllm: 'tensorrt-llm',
}
/** Deeper than any chart. */
const MOST_LEVELS = 24

/** @param documents of a YAML file. @returns undefined where nothing of an engine is found. */
export function readValues(documents: readonly unknown[], source: string, knobs: EngineKnobs): DeploymentPart | undefined {
  const found: Found = { lists: [], environment: new Map(), images: [], settings: [] }
  for (const document of documents) search(document, '', found, source, 0)
  const flagged = found.lists.filter(({ words }) => words.some(({ text }) => /^--?[a-zA-Z]/.test(text)) || findStart(words) !== undefined)
  const image = found.images.map((text) => imageOf(text)).find((each) => each !== undefined)
  const start = flagged.map(({ words }) => findStart(words)).find((each) => each !== undefined)
  const engine = start?.engine ?? found.engine ?? image?.engine ?? engineOfFlags(flagged, knobs)
  if (engine === undefined || (flagged.length === 0 && found.settings.length === 0 && image === undefined)) return undefined
  const words = flagged
    .flatMap((list) => list.words.slice(findStart(list.words)?.from ?? 0))
    .filter(({ text }) => text !== '-c' && text !== '-m')
  const flags = readFlags(words, engine, knobs, source)
  const settings = record(found.settings.flatMap(({ values }) => knownSettings(values, engine, knobs)))
  const given: Record<string, Scalar> = { ...settings, ...flags.arguments }
  const name = modelName(given, start === undefined ? [] : flags.positional)
  return {
    kind: 'values',
    source,
    engine: { name: engine, ...(image === undefined ? {} : imageFields(image)) },
    arguments: given,
    environment: record(found.environment),
    ...(name === undefined ? {} : { model: { name } }),
    unlisted: flags.unlisted,
    notes: [...manyLists(flagged, source), ...flags.notes],
  }
}

/** Two lists of one pod are command and args; more may be of several models. */
function manyLists(lists: Found['lists'], source: string): string[] {
  return lists.length <= 2
    ? []
    : [
        `${source} holds ${lists.length} lists of arguments (${lists.map(({ path }) => path).join(', ')}): they are read as one, the last counts`,
      ]
}

const plainName = (key: string): string => key.toLowerCase().replace(/[-_]/g, '')

function search(value: unknown, path: string, found: Found, source: string, levels: number): void {
  if (levels > MOST_LEVELS) return
  if (Array.isArray(value)) {
    for (const [index, each] of value.entries()) search(each, `${path}[${index}]`, found, source, levels + 1)
    return
  }
  if (!isMap(value)) return
  for (const [key, below] of Object.entries(value)) {
    const at = path === '' ? key : `${path}.${key}`
    const name = plainName(key)
    const words = listNames.has(name) ? wordsOf(below, at, source) : undefined
    if (words !== undefined) found.lists.push({ path: at, words })
    else if (environmentNames.has(name)) for (const [variable, text] of environmentOf(below)) found.environment.set(variable, text)
    else {
      if (name === 'image') found.images.push(...imageTexts(below))
      const engine = Object.hasOwn(engineNames, name) ? engineNames[name] : undefined
      if (engine !== undefined && isMap(below)) {
        found.engine ??= engine
        found.settings.push({ path: at, values: below })
      }
      search(below, at, found, source, levels + 1)
    }
  }
}

/** One entry may hold a flag and its value, or a whole script: `--max-num-seqs 256`. */
function wordsOf(value: unknown, path: string, source: string): readonly Word[] | undefined {
  const entries = typeof value === 'string' ? [value] : Array.isArray(value) ? value : undefined
  if (entries === undefined || !entries.every((each) => ['string', 'number', 'boolean'].includes(typeof each))) return undefined
  return entries.flatMap((entry, index) => {
    const where = `${path}[${index}]`
    const text = String(entry)
    // JSON and plain values are one word however many spaces they hold.
    if (!/\s/.test(text) || /^\s*[[{]/.test(text)) return [{ text, where }]
    return shellCommands(text, `${source}, ${where}`).flatMap((words) =>
      words.map((word) => ({ text: word.text, where, isExpanded: word.isExpanded })),
    )
  })
}

function* environmentOf(value: unknown): Generator<readonly [string, string]> {
  const entries: readonly unknown[] = Array.isArray(value)
    ? value
    : isMap(value)
      ? Object.entries(value).map(([name, text]) => ({ name, value: text }))
      : []
  for (const entry of entries) {
    if (typeof entry === 'string' && entry.includes('=')) yield [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]
    if (!isMap(entry)) continue
    const { name, value: text } = entry
    // valueFrom is a secret or a field of the pod: nobody knows its text here.
    if (typeof name === 'string' && (typeof text === 'string' || typeof text === 'number' || typeof text === 'boolean'))
      yield [name, String(text)]
  }
}

function imageTexts(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (!isMap(value)) return []
  const { repository, tag } = value
  return typeof repository === 'string' ? [typeof tag === 'string' ? `${repository}:${tag}` : repository] : []
}

/** `tensorParallelSize: 4` of a chart’s own values, where the table knows such an argument. */
function knownSettings(values: Map_, engine: EngineName, knobs: EngineKnobs): (readonly [string, Scalar])[] {
  const names = argumentNames(engine, knobs)
  return [...flatten(values, '')].flatMap(([key, value]) => {
    const name = canonicalArgument(key.replace(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase(), engine, knobs)
    return names.has(name) ? [[name, value] as const] : []
  })
}

function argumentNames(engine: EngineName, knobs: EngineKnobs): Set<string> {
  const spellings = Object.values(knobs.knobs).flatMap(({ engines }) => engines[engine]?.spellings ?? [])
  return new Set(spellings.filter(({ form }) => form !== 'environment').flatMap(({ name, also }) => [name, ...(also ?? [])]))
}

/** The engine whose table knows the most of the flags; a tie is nobody’s. */
function engineOfFlags(lists: Found['lists'], knobs: EngineKnobs): EngineName | undefined {
  const flags = lists
    .flatMap(({ words }) => words)
    .map(({ text }) => text)
    .filter((text) => text.startsWith('--'))
  const counted = (['vllm', 'sglang', 'tensorrt-llm'] as const)
    .map((engine) => {
      const names = argumentNames(engine, knobs)
      return {
        engine,
        count: flags.filter((flag) => names.has(canonicalArgument(flag.split('=')[0] ?? '', engine, knobs).replace(/^no-/, ''))).length,
      }
    })
    .sort((a, b) => b.count - a.count)
  const [first, second] = counted
  return first === undefined || first.count === 0 || first.count === second?.count ? undefined : first.engine
}
