/** Configuration of the installation, written as YAML for people. */
import { readFileSync, statSync } from 'node:fs'
import { parse } from 'yaml'
import { fileError } from '#platform/access.ts'

/** From JSON where the build left a copy that is no older (scripts/build.ts): YAML of 100 kB takes 80 to 200 ms to parse. */
export function readShippedYaml(path: string): unknown {
  const jsonPath = path.replace(/yaml$/, 'json')
  const copy = statSync(jsonPath, { throwIfNoEntry: false })
  try {
    const isJson = copy !== undefined && copy.mtimeMs >= statSync(path).mtimeMs
    return isJson ? JSON.parse(readFileSync(jsonPath, 'utf8')) : parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw fileError(path, error)
  }
}
