/** Opens captures for detection and reading: bounded, synchronous, read-only. */
import { closeSync, fstatSync, openSync, readdirSync, readSync, type Stats, statSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { constants, gunzipSync } from 'node:zlib'
import { isSextantError, SextantError } from '#base/errors.ts'
import type { DirectoryEntry, Probe, RandomAccess, Source } from '#model/reader.ts'

const HEAD_BYTES = 64 * 1024
const TAIL_BYTES = 4 * 1024

export interface OpenFile extends RandomAccess {
  close(): void
}

export interface OpenProbe extends Probe {
  close(): void
}

/** The operational error for a failed file system call; `path` is shown as the caller gave it. */
export function fileError(path: string, error: unknown): SextantError {
  if (isSextantError(error)) return error
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new SextantError('file_not_found', `no such file or directory: ${path}`, 'Check the path.', { path }, error)
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new SextantError(
      'io_failed',
      `not permitted to read ${path}`,
      'Change its permissions, or copy it where you may read.',
      { path, code },
      error,
    )
  }
  return new SextantError(
    'io_failed',
    `cannot read ${path} (${code})`,
    'Check the disk and the path, then try again.',
    { path, code },
    error,
  )
}

function statOf(path: string): Stats {
  let stats: Stats
  try {
    stats = statSync(path)
  } catch (error) {
    throw fileError(path, error)
  }
  // A FIFO or a device would block or never end.
  if (!stats.isFile() && !stats.isDirectory()) {
    throw new SextantError('unsupported_format', `neither a file nor a directory: ${path}`, 'Copy the bytes to a regular file first.', {
      path,
    })
  }
  return stats
}

/** Opens a regular file. Close it after use. */
export function openRandomAccess(path: string): OpenFile {
  if (statOf(path).isDirectory()) {
    throw new SextantError('unsupported_format', `a directory, not a file: ${path}`, 'Name a file inside it.', { path })
  }
  let file: number
  try {
    file = openSync(path, 'r')
  } catch (error) {
    throw fileError(path, error)
  }
  let open = true
  const size = fstatSync(file).size
  function readInto(target: Uint8Array, offset: number): number {
    let filled = 0
    try {
      while (filled < target.length) {
        const count = readSync(file, target, filled, target.length - filled, offset + filled)
        if (count === 0) break
        filled += count
      }
    } catch (error) {
      throw fileError(path, error)
    }
    return filled
  }
  return {
    size,
    readInto,
    read(offset, length) {
      // Never allocate beyond the file: a hostile length field must not cost memory.
      const available = Math.max(0, Math.min(length, size - offset))
      const target = new Uint8Array(available)
      const count = available === 0 ? 0 : readInto(target, offset)
      return count === available ? target : target.subarray(0, count)
    },
    close() {
      if (open) closeSync(file)
      open = false
    },
  }
}

function startsLikeGzip(head: Uint8Array): boolean {
  return head[0] === 0x1f && head[1] === 0x8b
}

/** First bytes inside a gzip. Deflate expands at most 1032 to 1, so the first try costs at most 4 MB. */
function gunzippedHead(head: Uint8Array): Uint8Array {
  let best: Uint8Array = new Uint8Array(0)
  for (const length of [512, 4096, HEAD_BYTES]) {
    try {
      // Z_SYNC_FLUSH: the input is cut on purpose.
      best = gunzipSync(head.subarray(0, length), { finishFlush: constants.Z_SYNC_FLUSH })
    } catch {
      return best.subarray(0, HEAD_BYTES)
    }
    if (best.length >= HEAD_BYTES || length >= head.length) break
  }
  return best.subarray(0, HEAD_BYTES)
}

function listDirectory(path: string): DirectoryEntry[] {
  try {
    const names = readdirSync(path, { withFileTypes: true }).map((entry) => entry.name)
    return names.sort().flatMap((name) => {
      const stats = statSync(join(path, name), { throwIfNoEntry: false })
      return stats === undefined ? [] : [{ name, size: stats.isFile() ? stats.size : 0, isDirectory: stats.isDirectory() }]
    })
  } catch (error) {
    throw fileError(path, error)
  }
}

function directoryProbe(path: string, name: string): OpenProbe {
  const entries = listDirectory(path)
  const nothing = new Uint8Array(0)
  return {
    name,
    isDirectory: true,
    size: 0,
    head: nothing,
    tail: nothing,
    text: nothing,
    isGzip: false,
    entries,
    headOf(entry, length) {
      const found = entries.find((candidate) => candidate.name === entry && !candidate.isDirectory)
      if (found === undefined) return nothing
      const file = openRandomAccess(join(path, found.name))
      try {
        return file.read(0, length)
      } finally {
        file.close()
      }
    },
    close() {},
  }
}

/** What detection may see of a file or directory. Close it after use. An empty file is a probe of size 0. `name` is for messages. */
export function openProbe(path: string, name = basename(resolve(path))): OpenProbe {
  if (statOf(path).isDirectory()) return directoryProbe(path, name)
  const access = openRandomAccess(path)
  try {
    const head = access.read(0, HEAD_BYTES)
    const isGzip = startsLikeGzip(head)
    return {
      name,
      isDirectory: false,
      size: access.size,
      head,
      tail: access.read(Math.max(0, access.size - TAIL_BYTES), TAIL_BYTES),
      text: isGzip ? gunzippedHead(head) : head,
      isGzip,
      entries: [],
      access,
      headOf: () => new Uint8Array(0),
      close: () => access.close(),
    }
  } catch (error) {
    access.close()
    throw error
  }
}

/** What a reader is given. `size` of a directory is the sum of the files directly in it; `name` is for messages. */
export function openSource(path: string, name = basename(resolve(path))): Source {
  const stats = statOf(path)
  if (stats.isDirectory()) {
    const size = listDirectory(path).reduce((sum, entry) => sum + entry.size, 0)
    return { path, name, isDirectory: true, isGzip: false, size }
  }
  const access = openRandomAccess(path)
  try {
    return { path, name, isDirectory: false, isGzip: startsLikeGzip(access.read(0, 2)), size: access.size }
  } finally {
    access.close()
  }
}
