/** sha256 of captures; of large ones on a thread of its own, so that it costs no wall time while the capture is being read. */
import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { fileError } from './access.ts'

/**
 * Source text, not a file: it must start the same from the bundle, from tsx and from a test. CommonJS, because that is
 * what `eval: true` runs. A folder's hash is over the sorted lines `relative/path NUL sha256-of-the-file newline`.
 */
const hashingSource = `
const { workerData, parentPort } = require('node:worker_threads')
const { createHash } = require('node:crypto')
const { closeSync, openSync, readdirSync, readSync, statSync } = require('node:fs')
const { join } = require('node:path')
// 1 MiB keeps within the cache of one core; larger was not faster.
const buffer = Buffer.allocUnsafeSlow(1 << 20)
function hashOfFile(path) {
  const hash = createHash('sha256')
  const file = openSync(path, 'r')
  try {
    for (;;) {
      const count = readSync(file, buffer, 0, buffer.length, null)
      if (count === 0) return hash.digest('hex')
      hash.update(buffer.subarray(0, count))
    }
  } finally {
    closeSync(file)
  }
}
function filesUnder(folder, prefix) {
  return readdirSync(folder).flatMap((name) => {
    const stats = statSync(join(folder, name), { throwIfNoEntry: false })
    if (stats === undefined) return []
    return stats.isDirectory() ? filesUnder(join(folder, name), prefix + name + '/') : stats.isFile() ? [prefix + name] : []
  })
}
function hashOf(path) {
  if (!statSync(path).isDirectory()) return hashOfFile(path)
  const hash = createHash('sha256')
  for (const name of filesUnder(path, '').sort()) hash.update(name + '\\0' + hashOfFile(join(path, name)) + '\\n')
  return hash.digest('hex')
}
try {
  parentPort.postMessage({ sha256: hashOf(workerData) })
} catch (error) {
  parentPort.postMessage({ code: error.code ?? 'unknown', message: String(error.message) })
}
`

interface HashingAnswer {
  readonly sha256?: string
  readonly code?: string
  readonly message?: string
}

/** Starting a thread costs 40 to 100 ms, hashing so much at most 10 ms. */
const SMALL_BYTES = 4 * 1024 * 1024

/** Undefined for what is not a small file. */
function hashOfSmall(path: string): string | undefined {
  const stats = statSync(path)
  if (!stats.isFile() || stats.size > SMALL_BYTES) return undefined
  return createHash('sha256').update(readFileSync(path)).digest('hex')
}

/** Lower-case hex of a file's bytes, or of a folder's listing. `signal` stops it, and the promise then rejects. */
export function hashPath(path: string, signal?: AbortSignal): Promise<string> {
  return new Promise((fulfil, reject) => {
    if (signal?.aborted === true) {
      reject(signal.reason)
      return
    }
    try {
      const small = hashOfSmall(path)
      if (small !== undefined) {
        fulfil(small)
        return
      }
    } catch (error) {
      reject(fileError(path, error))
      return
    }
    const worker = new Worker(hashingSource, { eval: true, workerData: path })
    const stop = () => {
      reject(signal?.reason)
      void worker.terminate()
    }
    signal?.addEventListener('abort', stop, { once: true })
    worker.once('message', (answer: HashingAnswer) => {
      if (answer.sha256 !== undefined) fulfil(answer.sha256)
      else reject(fileError(path, Object.assign(new Error(answer.message), { code: answer.code })))
    })
    worker.once('error', (error) => reject(fileError(path, error)))
    worker.once('exit', () => {
      signal?.removeEventListener('abort', stop)
      reject(new Error('hashing ended without an answer'))
    })
  })
}

export { hashPath as hashFile }
