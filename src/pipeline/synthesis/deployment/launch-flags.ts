/** Flags of an engine’s launch: names in one spelling, values typed, JSON values as dotted keys. */
import { canonicalArgument } from '#analysis/knobs/spelling.ts'
import { SextantError } from '#base/errors.ts'
import { nearName } from '#base/near-name.ts'
import type { EngineName } from '#formats/deployment.ts'
import type { EngineKnobs, Knob } from '#formats/engine-knobs.ts'
import { record, type Scalar } from './deployment-part.ts'
import { flatten, scalar } from './flatten.ts'

export interface Word {
  readonly text: string
  /** Where it stands: `line 3`, `extraArgs[2]`. */
  readonly where: string
  readonly isExpanded?: boolean
}

export interface ReadFlags {
  readonly arguments: Readonly<Record<string, Scalar>>
  readonly positional: readonly string[]
  readonly unlisted: readonly string[]
  readonly notes: readonly string[]
}

const isFlag = (text: string): boolean => /^--?[A-Za-z]/.test(text)

/**
 * `--name value`, `--name=value`, `--name`; several values stay one text. What a shell would have replaced stays as it is written and is
 * noted. Throws `corrupt_file` where a value that begins as JSON is none.
 */
export function readFlags(words: readonly Word[], engine: EngineName, knobs: EngineKnobs, source: string): ReadFlags {
  const known = knownFlags(engine, knobs)
  const given = new Map<string, Scalar>()
  const positional: string[] = []
  const unlisted = new Set<string>()
  const notes: string[] = []
  for (let at = 0; at < words.length; ) {
    const word = words[at]
    at += 1
    if (word === undefined) break
    if (!isFlag(word.text)) {
      positional.push(word.text)
      continue
    }
    const [written = '', inline] = splitOnce(expandShort(word.text))
    const name = canonicalArgument(written, engine, knobs)
    const type = known.get(name)
    const values: Word[] = inline === undefined ? [] : [{ ...word, text: inline }]
    while (inline === undefined && at < words.length && takes(words[at], values, type)) {
      values.push(words[at] as Word)
      at += 1
    }
    for (const { text, where, isExpanded } of [word, ...values]) {
      if (isExpanded === true) notes.push(`${source}, ${where}: ${text} is left as it is written: nothing is expanded`)
    }
    for (const [key, value] of flagValues(name, values, source)) given.set(key, value)
    if (type === undefined && !known.has(name.split('.')[0] ?? '')) unlisted.add(name)
  }
  for (const name of unlisted) {
    const near = name.length < 8 ? undefined : nearName(name, [...known.keys()])
    if (near !== undefined && near !== name) notes.push(`${source}: --${name} is not in the table of settings; did you mean --${near}?`)
  }
  return { arguments: record(given), positional, unlisted: [...unlisted].sort(), notes }
}

/** `-O3` is `-O=3`. */
const expandShort = (text: string): string => text.replace(/^-O([0-3])$/, '-O=$1')

function splitOnce(text: string): [string, string | undefined] {
  const equals = text.indexOf('=')
  return equals < 0 ? [text, undefined] : [text.slice(0, equals), text.slice(equals + 1)]
}

/** A switch takes no word but a truth value, a number takes one, a text one and the numbers of a list; of what is not known all up to the next flag. */
function takes(word: Word | undefined, values: readonly Word[], type: Knob['type'] | undefined): boolean {
  if (word === undefined || isFlag(word.text)) return false
  if (type === 'boolean') return values.length === 0 && /^(?:true|false|0|1)$/i.test(word.text)
  return type === undefined || values.length === 0 || (type === 'text' && /^\d+$/.test(word.text))
}

function flagValues(name: string, values: readonly Word[], source: string): readonly (readonly [string, Scalar])[] {
  const [first] = values
  if (first === undefined) return [[name, true]]
  const text = values.map((each) => each.text).join(' ')
  if (!/^\s*\{/.test(text)) return [[name, values.length === 1 ? scalar(text) : text]]
  try {
    return [...flatten(JSON.parse(text), name)]
  } catch (cause) {
    throw new SextantError(
      'corrupt_file',
      `${source}, ${first.where}: the value of --${name} begins as JSON and is none`,
      `Write it as the engine takes it, in single quotes: --${name} '{"key": 1}'.`,
      { argument: name },
      cause,
    )
  }
}

/** Canonical names of every argument in the table, of its first word where it is dotted, and of its no- form -> its type. */
function knownFlags(engine: EngineName, knobs: EngineKnobs): Map<string, Knob['type'] | undefined> {
  const known = new Map<string, Knob['type'] | undefined>()
  for (const knob of Object.values(knobs.knobs)) {
    for (const { form, name, also, values } of knob.engines[engine]?.spellings ?? []) {
      if (form === 'environment') continue
      const type = values === undefined ? knob.type : 'text'
      for (const each of [name, ...(also ?? [])]) {
        known.set(each, type)
        if (type === 'boolean') known.set(`no-${each}`, type)
        const [head = ''] = each.split('.')
        if (head !== each && !known.has(head)) known.set(head, undefined)
      }
    }
  }
  return known
}
