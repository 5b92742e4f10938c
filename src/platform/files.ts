/** Writing: whole or not at all, and one writer at a time. */
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { SextantError } from '#base/errors.ts'

let written = 0

export function writeError(path: string, error: unknown): SextantError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
  return new SextantError(
    'io_failed',
    `cannot write ${path} (${code})`,
    'Check the folder, its permissions and the free space.',
    { path, code },
    error,
  )
}

/** Replaces `path` by `content` in one step: a reader sees the old file or the new one, after a power cut too. */
export function writeWhole(path: string, content: string | Uint8Array): void {
  const folder = dirname(path)
  written += 1
  const temporary = join(folder, `.${basename(path)}.${process.pid}.${written}.partial`)
  try {
    mkdirSync(folder, { recursive: true })
    const file = openSync(temporary, 'wx')
    try {
      const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
      for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(temporary, path)
    syncFolder(folder)
  } catch (error) {
    removeQuietly(temporary)
    throw writeError(path, error)
  }
}

/** The first error is the one to tell. */
function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true })
  } catch {
    return
  }
}

/** The rename itself must reach the disk. Not every system lets a folder be opened; then its own order has to do. */
export function syncFolder(folder: string): void {
  try {
    const file = openSync(folder, 'r')
    try {
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
  } catch {
    return
  }
}

/** False where either does not exist. */
export function isSameFile(a: string, b: string): boolean {
  const [one, other] = [statSync(a, { throwIfNoEntry: false }), statSync(b, { throwIfNoEntry: false })]
  return one !== undefined && other !== undefined && one.ino === other.ino && one.dev === other.dev
}

/** A lock older than this belongs to a crashed writer: every locked section is a read and a write of one small file. */
const STALE_LOCK_MS = 60_000
const LOCK_WAIT_MS = 10_000
const LOCK_RETRY_MS = 20

function pause(durationMs: number): Promise<void> {
  return new Promise((fulfil) => setTimeout(fulfil, durationMs))
}

function isAbandoned(lock: string): boolean {
  const stats = statSync(lock, { throwIfNoEntry: false })
  if (stats === undefined) return false
  if (Date.now() - stats.mtimeMs > STALE_LOCK_MS) return true
  const [id = '', host] = readFileSync(lock, 'utf8').split(' ')
  const owner = Number(id)
  // A process of another machine on the same disk cannot be asked: only its age tells.
  if (!Number.isInteger(owner) || owner <= 0 || (host !== undefined && host !== hostname())) return false
  try {
    // Signal 0 asks only whether the process lives.
    process.kill(owner, 0)
    return false
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH'
  }
}

/** The lock appears with its owner in it or not at all: a link to a file that is already written. */
function tryLock(lock: string): boolean {
  written += 1
  const own = `${lock}.${process.pid}.${written}`
  try {
    writeFileSync(own, `${process.pid} ${hostname()}`)
    linkSync(own, lock)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw writeError(lock, error)
  } finally {
    removeQuietly(own)
  }
}

/**
 * Removes the lock of a writer that died. Two who both see it dead must not both remove: the second would remove the first one's new
 * lock. So looking and removing is one step, under a lock of its own.
 */
function removeAbandoned(lock: string): void {
  const breaking = `${lock}.breaking`
  // Its holder does two calls and lets go; that one dies between them and two others see it at once is left to chance.
  if (isAbandoned(breaking)) removeQuietly(breaking)
  if (!tryLock(breaking)) return
  try {
    if (isAbandoned(lock)) rmSync(lock, { force: true })
  } finally {
    removeQuietly(breaking)
  }
}

/** Runs `work` while holding `path`.lock; waits for another holder, and takes over from one that has died. */
export async function withLock<T>(path: string, work: () => T | Promise<T>): Promise<T> {
  const lock = `${path}.lock`
  mkdirSync(dirname(path), { recursive: true })
  const deadline = Date.now() + LOCK_WAIT_MS
  while (!tryLock(lock)) {
    try {
      if (isAbandoned(lock)) removeAbandoned(lock)
    } catch {
      // The holder let go between the two looks: try again.
    }
    if (Date.now() > deadline) {
      throw new SextantError(
        'io_failed',
        `another process holds ${basename(lock)}`,
        `Wait for it, or delete ${basename(lock)} if none runs.`,
        { path: lock },
      )
    }
    await pause(LOCK_RETRY_MS)
  }
  try {
    return await work()
  } finally {
    rmSync(lock, { force: true })
  }
}
