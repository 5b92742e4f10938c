/** The shipped table of engine settings, read once per process. */
import { join } from 'node:path'
import { type EngineKnobs, engineKnobsSchema } from '#formats/engine-knobs.ts'
import { readShippedYaml } from './shipped-yaml.ts'

const loaded = new Map<string, EngineKnobs>()

/** @param configRoot the folder `configs` of the installation. Throws on a file that its own schema refuses: that is a broken installation. */
export function loadEngineKnobs(configRoot: string): EngineKnobs {
  const path = join(configRoot, 'engine-knobs.yaml')
  const known = loaded.get(path)
  if (known !== undefined) return known
  const knobs = engineKnobsSchema.parse(readShippedYaml(path))
  loaded.set(path, knobs)
  return knobs
}
