/** A change of settings as people write it: a diff of arguments, of the environment, and values of a Helm chart. */
import { isSecret, NOT_SHOWN } from '#base/secret-name.ts'
import type { DeploymentFile } from '#formats/deployment.ts'
import type { EngineKnobs } from '#formats/engine-knobs.ts'
import { applySettings } from './apply-settings.ts'
import { argumentWords, quoteWord, sortedKeys } from './argument-words.ts'
import type { HardwareFacts } from './knobs.ts'
import type { KnobSetting } from './lever.ts'

export interface RenderedSettings {
  /** Lines that begin with - or +, sorted; absent where no argument changes. */
  readonly arguments?: readonly string[]
  readonly environment?: readonly string[]
  /** Values as YAML: lists of a chart are replaced whole, so that all arguments stand there. */
  readonly helm?: string
  readonly sideEffects: readonly string[]
}

/** @returns no lines at all where the settings are in force already. */
export function renderSettings(
  file: DeploymentFile,
  settings: readonly KnobSetting[],
  knobs: EngineKnobs,
  hardware: HardwareFacts = {},
): RenderedSettings {
  const { file: after, sideEffects } = applySettings(file, settings, knobs, hardware)
  const changedArguments = difference(argumentWords(file), argumentWords(after))
  const changedEnvironment = difference(environmentWords(file), environmentWords(after))
  const hasChange = changedArguments.length + changedEnvironment.length > 0
  return {
    ...(changedArguments.length === 0 ? {} : { arguments: changedArguments }),
    ...(changedEnvironment.length === 0 ? {} : { environment: changedEnvironment }),
    ...(hasChange ? { helm: helmValues(file, after, changedArguments.length > 0) } : {}),
    sideEffects,
  }
}

function difference(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  const lines: string[] = []
  for (const key of sortedKeys([...new Set([...before.keys(), ...after.keys()])])) {
    const [old, now] = [before.get(key), after.get(key)]
    if (old === now) continue
    if (old !== undefined) lines.push(`- ${old}`)
    if (now !== undefined) lines.push(`+ ${now}`)
  }
  return lines
}

function environmentWords({ environment }: DeploymentFile): ReadonlyMap<string, string> {
  return new Map(Object.entries(environment).map(([key, value]) => [key, `${key}=${isSecret(key, value) ? NOT_SHOWN : quoteWord(value)}`]))
}

const rootOf = { vllm: 'vllm', sglang: 'sglang', 'tensorrt-llm': 'trtllm' } as const

function helmValues(before: DeploymentFile, after: DeploymentFile, withArguments: boolean): string {
  const lines = [`${rootOf[before.engine.name]}:`]
  if (withArguments) {
    const words = argumentWords(after)
    lines.push('  extraArgs:')
    for (const key of sortedKeys([...words.keys()])) lines.push(`    - ${JSON.stringify(words.get(key) ?? '')}`)
  }
  const changed = sortedKeys(Object.keys(after.environment)).filter((key) => before.environment[key] !== after.environment[key])
  const removed = sortedKeys(Object.keys(before.environment)).filter((key) => !Object.hasOwn(after.environment, key))
  if (changed.length + removed.length > 0) {
    lines.push('  # Only the changed entries: a chart replaces the list, so keep your others beside them.', '  env:')
    for (const key of changed) lines.push(`    - name: ${JSON.stringify(key)}`, `      value: ${JSON.stringify(after.environment[key])}`)
    for (const key of removed) lines.push(`    # remove ${key}`)
    if (changed.length === 0) lines[lines.indexOf('  env:')] = '  env: # keep your other entries'
  }
  return `${lines.join('\n')}\n`
}
