/** The shipped kernel families, read and compiled once per process. */
import { join } from 'node:path'
import { compileFamilies, type FamilyRules } from '#analysis/families.ts'
import { kernelFamilies } from '#formats/kernel-families.ts'
import { readShippedYaml } from './shipped-yaml.ts'

const loaded = new Map<string, FamilyRules>()

/** @param configRoot the folder `configs` of the installation. Throws on a file that its own schema refuses: that is a broken installation. */
export function loadFamilyRules(configRoot: string): FamilyRules {
  const path = join(configRoot, 'kernel-families.yaml')
  const known = loaded.get(path)
  if (known !== undefined) return known
  const rules = compileFamilies(kernelFamilies.parse(readShippedYaml(path)))
  loaded.set(path, rules)
  return rules
}
