/** Copies a file whole or not at all, and hashes what was written. */
import { createHash } from 'node:crypto'
import { closeSync, fsyncSync, mkdirSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { SextantError } from '#base/errors.ts'
import { fileError } from './access.ts'

const CHUNK_BYTES = 1 << 20

export interface Copied {
  /** Lower-case hex. */
  readonly sha256: string
  readonly bytes: number
}

/** @param shown the source as the caller named it. Refuses to replace: `target` must not exist. */
export function copyWhole(source: string, target: string, shown = source): Copied {
  let from: number
  try {
    from = openSync(source, 'r')
  } catch (error) {
    throw fileError(shown, error)
  }
  const temporary = join(dirname(target), `.${basename(target)}.${process.pid}.partial`)
  try {
    mkdirSync(dirname(target), { recursive: true })
    const copied = copyBytes(from, temporary)
    renameSync(temporary, target)
    return copied
  } catch (error) {
    rmSync(temporary, { force: true })
    if (error instanceof SextantError) throw error
    throw new SextantError(
      'io_failed',
      `cannot copy ${shown}`,
      'Check the folder, its permissions and the free space.',
      { path: shown },
      error,
    )
  } finally {
    closeSync(from)
  }
}

function copyBytes(from: number, temporary: string): Copied {
  const hash = createHash('sha256')
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
  const to = openSync(temporary, 'wx')
  let bytes = 0
  try {
    for (;;) {
      const count = readSync(from, chunk, 0, CHUNK_BYTES, null)
      if (count === 0) break
      const part = chunk.subarray(0, count)
      hash.update(part)
      for (let done = 0; done < count; ) done += writeSync(to, part, done)
      bytes += count
    }
    fsyncSync(to)
  } finally {
    closeSync(to)
  }
  return { sha256: hash.digest('hex'), bytes }
}
