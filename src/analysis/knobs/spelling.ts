/** How a deployment spells a knob: where its setting stands among the arguments and the environment, and what it says. */
import type { DeploymentFile, EngineName } from '#formats/deployment.ts'
import type { EngineKnobs, Knob, KnobSpelling } from '#formats/engine-knobs.ts'

export type KnobValue = string | number | boolean

export interface FoundSetting {
  readonly spelling: KnobSpelling
  readonly place: 'arguments' | 'environment'
  /** As it stands in the file. */
  readonly key: string
  readonly raw: KnobValue
  /** Absent where the text is no value of the knob’s type. */
  readonly value?: KnobValue
}

/**
 * One spelling for arguments however they were written: `--max_num_seqs` is `max-num-seqs`, `-cc.mode` is `compilation-config.mode`.
 * Keys below the first word keep their underscores: they are names of fields.
 */
export function canonicalArgument(name: string, engine: EngineName, { shortForms }: Pick<EngineKnobs, 'shortForms'>): string {
  const [first = '', ...rest] = name.replace(/^-+/, '').split('.')
  const head = engine === 'tensorrt-llm' ? first.replaceAll('-', '_') : first.replaceAll('_', '-')
  const forms = shortForms[engine] ?? {}
  const long = Object.hasOwn(forms, head) ? (forms[head] ?? head) : head
  return [long, ...rest.map((word) => word.replaceAll('-', '_'))].join('.')
}

/** Canonical name -> how the file spells it and its value. */
export type ArgumentIndex = ReadonlyMap<string, { readonly key: string; readonly raw: KnobValue }>

export function indexArguments(file: DeploymentFile, knobs: EngineKnobs): ArgumentIndex {
  const entries = Object.entries(file.arguments).map(
    ([key, raw]) => [canonicalArgument(key, file.engine.name, knobs), { key, raw }] as const,
  )
  return new Map(entries)
}

const yes = new Set(['true', '1', 'yes', 'on', ''])
const no = new Set(['false', '0', 'no', 'off'])

function asType(raw: KnobValue, type: Knob['type']): KnobValue | undefined {
  if (type === 'boolean') {
    const word = String(raw).toLowerCase()
    return yes.has(word) ? true : no.has(word) ? false : undefined
  }
  if (type === 'text') return typeof raw === 'string' ? raw : String(raw)
  const number = typeof raw === 'boolean' || raw === '' ? Number.NaN : Number(raw)
  return Number.isFinite(number) && (type === 'number' || Number.isInteger(number)) ? number : undefined
}

/** The knob’s value behind what the engine is given. */
export function knobValue(raw: KnobValue, type: Knob['type'], spelling?: KnobSpelling): KnobValue | undefined {
  const word = String(raw)
  if (spelling?.values !== undefined) return Object.hasOwn(spelling.values, word) ? spelling.values[word] : asType(raw, type)
  const value = asType(raw, type)
  return typeof value === 'boolean' && spelling?.inverted === true ? !value : value
}

/** First of the spellings that is set; `no-NAME` switches a boolean off. */
export function findSetting(
  knob: Knob,
  spellings: readonly KnobSpelling[],
  file: DeploymentFile,
  index: ArgumentIndex,
): FoundSetting | undefined {
  for (const spelling of spellings) {
    if (spelling.form === 'environment') {
      const raw = Object.hasOwn(file.environment, spelling.name) ? file.environment[spelling.name] : undefined
      if (raw !== undefined) return found(knob, spelling, 'environment', spelling.name, raw)
      continue
    }
    for (const name of [spelling.name, ...(spelling.also ?? [])]) {
      const plain = index.get(name)
      if (plain !== undefined) return found(knob, spelling, 'arguments', plain.key, plain.raw)
      const negated = knob.type === 'boolean' ? index.get(`no-${name}`) : undefined
      if (negated === undefined) continue
      const value = knobValue(negated.raw, 'boolean', spelling)
      return {
        spelling,
        place: 'arguments',
        key: negated.key,
        raw: negated.raw,
        ...(typeof value === 'boolean' ? { value: !value } : {}),
      }
    }
  }
  return undefined
}

function found(knob: Knob, spelling: KnobSpelling, place: FoundSetting['place'], key: string, raw: KnobValue): FoundSetting {
  const value = knobValue(raw, knob.type, spelling)
  return { spelling, place, key, raw, ...(value === undefined ? {} : { value }) }
}
