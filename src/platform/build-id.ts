/** Which program computed something: what the digest cache must know, because another program may answer otherwise. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** Set by the bundler (scripts/build.ts); absent when run from source. */
declare const SEXTANT_BUILD_ID: string | undefined

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    return entry.isDirectory() ? filesBelow(path) : entry.isFile() && !entry.name.includes('.test.') ? [path] : []
  })
}

/** SHA-256 over the program's own files and configuration in a checkout, in order of name. */
export function hashProgram(root: string): string {
  const hash = createHash('sha256')
  for (const folder of ['configs', 'src']) {
    for (const path of filesBelow(join(root, folder)).sort())
      hash
        .update(`${path.slice(root.length)}\0`)
        .update(readFileSync(path))
        .update('\0')
  }
  return hash.digest('hex')
}

let known: string | undefined

/** Equal for equal code and configuration, whether bundled or run from source. */
export function buildId(): string {
  known ??= typeof SEXTANT_BUILD_ID === 'string' ? SEXTANT_BUILD_ID : hashProgram(resolve(import.meta.dirname, '../..'))
  return known
}
