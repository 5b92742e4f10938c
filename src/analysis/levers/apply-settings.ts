/** A deployment with settings of levers applied: what a trial of them launches. */
import { canonicalArgument, type KnobValue } from '#analysis/knobs/spelling.ts'
import { within } from '#analysis/knobs/version.ts'
import type { DeploymentFile } from '#formats/deployment.ts'
import type { EngineKnob, EngineKnobs, Knob, KnobSpelling } from '#formats/engine-knobs.ts'
import { deploymentOf, engineTitle, type HardwareFacts } from './knobs.ts'
import type { KnobSetting } from './lever.ts'

export interface AppliedSettings {
  readonly file: DeploymentFile
  /** What the settings change beside their purpose, as the table says. */
  readonly sideEffects: readonly string[]
}

/**
 * Old spellings of each knob are removed, its newest spelling of this version is written; where the engine’s default is what is wanted,
 * the argument is only dropped. Throws where the engine has no such knob: a lever that proposes it is wrong.
 */
export function applySettings(
  file: DeploymentFile,
  settings: readonly KnobSetting[],
  knobs: EngineKnobs,
  hardware: HardwareFacts = {},
): AppliedSettings {
  let changed: DeploymentFile = withoutLog(file)
  const sideEffects: string[] = []
  for (const { knob: id, to } of settings) {
    const knob = knobs.knobs[id]
    const ours = knob?.engines[file.engine.name]
    if (knob === undefined || ours === undefined) throw new Error(`${engineTitle(file.engine)} has no knob “${id}”`)
    changed = without(changed, ours, knobs)
    const before = deploymentOf(changed, knobs, hardware).knob(id)
    const isDefault = 'value' in before && before.value === to
    if (to !== undefined && !isDefault) changed = withSetting(changed, knob, ours, to)
    for (const effect of ours.sideEffects ?? []) {
      const concerned = effect.to === undefined || (to !== undefined && effect.to.includes(to))
      const applies = within(file.engine.version, { since: effect.since }) !== 'no'
      if (concerned && applies && !sideEffects.includes(effect.text)) sideEffects.push(effect.text)
    }
  }
  const { resolved } = file
  return { file: resolved === undefined ? changed : { ...changed, resolved }, sideEffects }
}

/** What the engine logged before the change says nothing of after it. */
function withoutLog({ resolved: _resolved, ...file }: DeploymentFile): DeploymentFile {
  return file
}

function without(file: DeploymentFile, { spellings }: EngineKnob, knobs: EngineKnobs): DeploymentFile {
  const names = new Set(spellings.flatMap(({ name, also }) => [name, ...(also ?? [])]))
  const gone = new Set([...names, ...[...names].map((name) => `no-${name}`)])
  const kept = Object.entries(file.arguments).filter(([key]) => !gone.has(canonicalArgument(key, file.engine.name, knobs)))
  const environment = Object.entries(file.environment).filter(([key]) => !names.has(key))
  return { ...file, arguments: Object.fromEntries(kept), environment: Object.fromEntries(environment) }
}

/** The newest spelling that the version surely has; else the newest that it may have. */
function spellingFor(file: DeploymentFile, spellings: readonly KnobSpelling[]): KnobSpelling {
  const has = (answer: string) => spellings.find((each) => within(file.engine.version, each) === answer)
  const spelling = has('yes') ?? has('unknown')
  if (spelling === undefined) throw new Error(`${engineTitle(file.engine)} has no ${spellings[0]?.name ?? 'such setting'}`)
  return spelling
}

function withSetting(file: DeploymentFile, knob: Knob, ours: EngineKnob, to: KnobValue): DeploymentFile {
  const spelling = spellingFor(file, ours.spellings)
  const raw = rawValue(spelling, to)
  if (spelling.form === 'environment') {
    const text = typeof raw === 'boolean' ? (raw ? '1' : '0') : String(raw)
    return { ...file, environment: { ...file.environment, [spelling.name]: text } }
  }
  if (spelling.form === 'config-key' || knob.type !== 'boolean' || typeof raw !== 'boolean' || raw) {
    return { ...file, arguments: { ...file.arguments, [spelling.name]: raw } }
  }
  // Only vLLM’s parser has a no- form of each switch; elsewhere a switch that is not given is off.
  const hasPair = ours.pair ?? file.engine.name === 'vllm'
  return hasPair ? { ...file, arguments: { ...file.arguments, [`no-${spelling.name}`]: true } } : file
}

function rawValue({ values, inverted }: KnobSpelling, to: KnobValue): KnobValue {
  const word = Object.entries(values ?? {}).find(([, value]) => value === to)?.[0]
  if (word !== undefined) return word
  return typeof to === 'boolean' && inverted === true ? !to : to
}
