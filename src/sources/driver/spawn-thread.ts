/** Starts a driver thread from whatever form the program has: the bundle, where it is a file of its own, or TypeScript sources. */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import type { ThreadSettings } from './thread-messages.ts'

/** Name of the bundle's second entry (scripts/build.ts). */
const BUNDLED = 'driver-thread.js'

export function spawnThread(settings: ThreadSettings): Worker {
  const here = dirname(fileURLToPath(import.meta.url))
  // In the bundle this code is in the binary or in a chunk one folder below.
  const bundled = [here, dirname(here)].map((folder) => join(folder, BUNDLED)).find((path) => existsSync(path))
  if (bundled !== undefined) return new Worker(bundled, { workerData: settings })
  // From source: this Node does not read TypeScript, so the thread registers tsx for itself (`--import` reaches the main thread only).
  const start = `import(${JSON.stringify(import.meta.resolve('tsx/esm/api'))}).then(({ register }) => {
    register()
    return import(${JSON.stringify(pathToFileURL(join(here, 'thread.ts')).href)})
  })`
  return new Worker(start, { eval: true, workerData: settings, execArgv: [] })
}
