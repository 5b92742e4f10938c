/** The built binary for tests: built afresh into a folder of its own, so that a stale dist/ never passes for today's code. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { buildBinary } from '../../scripts/build.ts'
import { checkoutRoot } from './checkout.ts'

let building: Promise<string> | undefined

/** Path of the bundled command line; built at the first call of a test file and removed when its process ends. */
export function builtBinary(): Promise<string> {
  building ??= build()
  return building
}

async function build(): Promise<string> {
  const cache = join(checkoutRoot, '.cache')
  mkdirSync(cache, { recursive: true })
  const folder = mkdtempSync(join(cache, 'binary-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  return buildBinary(folder)
}
