/**
 * Stands in the bundle where capture-door.ts stands in the source: runs the same code as a script of its own, because V8 takes what it has
 * compiled before for scripts, not for modules (Node 22 could, Node 20 cannot). scripts/build.ts writes both files. Where what was compiled
 * is of another V8, or missing, V8 says so and compiles: nothing else changes.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { Script } from 'node:vm'
import type { captureCommands as Commands } from './capture-door.ts'

type Body = (exports: { captureCommands?: typeof Commands }, require: NodeJS.Require, url: string) => void

const pathOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

function compiledBefore(): Buffer | undefined {
  try {
    return readFileSync(pathOf('capture-door.cache'))
  } catch {
    return undefined
  }
}

const filename = pathOf('capture-door.cjs')
const cachedData = compiledBefore()
// The bundler writes ASCII only.
export const script = new Script(readFileSync(filename, 'latin1'), { filename, ...(cachedData === undefined ? {} : { cachedData }) })
const body = script.runInThisContext() as Body // the file is one function (scripts/build.ts)
const exported: { captureCommands?: typeof Commands } = {}
body(exported, createRequire(import.meta.url), import.meta.url)

export const captureCommands: typeof Commands = exported.captureCommands ?? {}
