/** The shipped kernel families, read and compiled once per process. */
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { compileFamilies, type FamilyRules } from '#analysis/families.ts'
import { kernelFamilies } from '#formats/kernel-families.ts'
import { fileError } from '#platform/access.ts'

const loaded = new Map<string, FamilyRules>()

/** The file as text: JSON where the build left a copy that is no older (scripts/build.ts), since YAML of this size takes 80 ms to parse. */
function rulesText(path: string): { text: string; isJson: boolean } {
  const jsonPath = path.replace(/yaml$/, 'json')
  const copy = statSync(jsonPath, { throwIfNoEntry: false })
  try {
    const isJson = copy !== undefined && copy.mtimeMs >= statSync(path).mtimeMs
    return { text: readFileSync(isJson ? jsonPath : path, 'utf8'), isJson }
  } catch (error) {
    throw fileError(path, error)
  }
}

/** @param configRoot the folder `configs` of the installation. Throws on a file that its own schema refuses: that is a broken installation. */
export function loadFamilyRules(configRoot: string): FamilyRules {
  const path = join(configRoot, 'kernel-families.yaml')
  const known = loaded.get(path)
  if (known !== undefined) return known
  const { text, isJson } = rulesText(path)
  const rules = compileFamilies(kernelFamilies.parse(isJson ? JSON.parse(text) : parse(text)))
  loaded.set(path, rules)
  return rules
}
