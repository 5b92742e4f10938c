/**
 * Real captures live outside the project (licences and size). Tests that need them read them through here
 * and are skipped, loudly, where the folder is absent.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const checkout = resolve(dirname(fileURLToPath(import.meta.url)), '../..')
const candidate = process.env['SEXTANT_SHARED_DATA'] ?? resolve(checkout, '../shared/data')

/** Folder of the real captures, or undefined where there is none. */
export const sharedDataRoot: string | undefined = existsSync(join(candidate, 'truth')) ? candidate : undefined

/** Why a test is skipped: pass to `ctx.skip(...)` or put into the title. */
export const sharedDataAbsent = 'real captures absent: set SEXTANT_SHARED_DATA or put them beside the checkout in ../shared/data'

/** Absolute paths of the entries in one folder of the real captures, sorted; empty when absent. */
export function listShared(folder: string): string[] {
  if (sharedDataRoot === undefined) return []
  const path = join(sharedDataRoot, folder)
  if (!existsSync(path)) return []
  return readdirSync(path)
    .sort()
    .map((name) => join(path, name))
}

/** Independent truth for a capture, by its base name; undefined where it has none. */
export function sharedTruth(baseName: string): unknown {
  if (sharedDataRoot === undefined) return undefined
  const path = join(sharedDataRoot, 'truth', `${baseName}.json`)
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined
}
