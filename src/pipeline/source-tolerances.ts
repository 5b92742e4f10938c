/** The shipped tolerances between sources, read once per process. */
import { join } from 'node:path'
import { type SourceTolerances, sourceTolerancesSchema } from '#formats/source-tolerances.ts'
import { readShippedYaml } from './shipped-yaml.ts'

const loaded = new Map<string, SourceTolerances>()

/** @param configRoot the folder `configs` of the installation. Throws on a file that its own schema refuses: that is a broken installation. */
export function loadSourceTolerances(configRoot: string): SourceTolerances {
  const path = join(configRoot, 'source-tolerances.yaml')
  const known = loaded.get(path)
  if (known !== undefined) return known
  const { tolerances } = sourceTolerancesSchema.parse(readShippedYaml(path))
  loaded.set(path, tolerances)
  return tolerances
}
