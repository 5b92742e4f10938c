/** The shipped kernel families, read and compiled once per process. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { compileFamilies, type FamilyRules } from '#analysis/families.ts'
import { kernelFamilies } from '#formats/kernel-families.ts'
import { fileError } from '#platform/access.ts'

const loaded = new Map<string, FamilyRules>()

/** @param configRoot the folder `configs` of the installation. Throws on a file that its own schema refuses: that is a broken installation. */
export function loadFamilyRules(configRoot: string): FamilyRules {
  const path = join(configRoot, 'kernel-families.yaml')
  const known = loaded.get(path)
  if (known !== undefined) return known
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw fileError(path, error)
  }
  const rules = compileFamilies(kernelFamilies.parse(parse(text)))
  loaded.set(path, rules)
  return rules
}
