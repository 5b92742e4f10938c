/**
 * The digest cache: what was computed from a capture, kept in the user's cache folder, so that a second question neither reads nor hashes
 * 4.8 GB again. Entries are keyed by content hash, reader version and name, so nothing needs invalidating: a new version is a new key.
 * Two writers are safe: entries are written whole and equal keys hold equal values. Nothing here ever fails a command: what cannot be read
 * is recomputed, what cannot be written is not kept.
 */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { writeWhole } from '#platform/files.ts'
import { type DigestValue, decodeDigest, encodeDigest } from './digest-entry.ts'
import { type FileIdentity, identityOf, isSettled } from './file-identity.ts'

export interface DigestKey {
  /** SHA-256 of the capture's content, hex. */
  readonly sha256: string
  readonly readerKind: string
  readonly readerVersion: number
  /** What is kept: `timeline-summary`, `kernels`… with the version and options of what computed it. */
  readonly name: string
}

export interface DigestCacheOptions {
  /** Root, from `cacheFolder(process.env)`. */
  readonly folder: string
  /** Default 4 GiB: some thousand digests, a few per cent of a workstation's disk. */
  readonly maxBytes?: number
  /** Milliseconds since 1970; for tests. */
  readonly now?: () => number
}

export interface DigestCacheContent {
  readonly entries: number
  readonly bytes: number
}

const DEFAULT_MAX_BYTES = 4 * 1024 ** 3
/** A writer that died leaves its temporary file; an hour is longer than any write takes. */
const STALE_TEMPORARY_MS = 3_600_000

const indexSchema = z.object({ path: z.string(), fingerprint: z.string(), sha256: z.string().regex(/^[0-9a-f]{64}$/) })

const hashText = (text: string): string => createHash('sha256').update(text).digest('hex')

export class DigestCache {
  readonly #entries: string
  readonly #index: string
  readonly #maxBytes: number
  readonly #now: () => number

  constructor({ folder, maxBytes = DEFAULT_MAX_BYTES, now = Date.now }: DigestCacheOptions) {
    this.#entries = join(folder, 'digests-1')
    this.#index = join(folder, 'index-1')
    this.#maxBytes = maxBytes
    this.#now = now
  }

  /** The content hash of an unchanged file that was hashed before; undefined when it must be hashed. */
  knownHash(path: string): string | undefined {
    try {
      const identity = identityOf(path)
      const kept = indexSchema.parse(JSON.parse(readFileSync(this.#indexPath(identity.path), 'utf8')))
      return kept.path === identity.path && kept.fingerprint === identity.fingerprint ? kept.sha256 : undefined
    } catch {
      return undefined
    }
  }

  /**
   * Remembers the hash of a file. `before` is `identityOf(path)` taken before the hashing began: a file that changed meanwhile, or that was
   * written less than two seconds before that look, is not remembered. Returns whether it was.
   */
  rememberHash(before: FileIdentity, sha256: string): boolean {
    try {
      // Settled when looked at first: a later look would vouch for bytes that were replaced while they were read.
      if (!isSettled(before) || identityOf(before.path).fingerprint !== before.fingerprint) return false
      writeWhole(this.#indexPath(before.path), JSON.stringify({ path: before.path, fingerprint: before.fingerprint, sha256 }))
      return true
    } catch {
      return false
    }
  }

  /** The value kept under a key; undefined when there is none, or none that is whole. */
  load(key: DigestKey): DigestValue | undefined {
    const text = keyText(key)
    const path = this.#entryPath(text)
    try {
      const value = decodeDigest(text, readFileSync(path))
      if (value === undefined) rmSync(path, { force: true })
      // The modification time is the time of last use: what the size bound removes by.
      else utimesSync(path, this.#now() / 1000, this.#now() / 1000)
      return value
    } catch {
      return undefined
    }
  }

  /** Keeps a value; the least recently used go when the bound is passed. Returns whether it was kept. */
  save(key: DigestKey, value: DigestValue): boolean {
    const text = keyText(key)
    const bytes = encodeDigest(text, value)
    if (bytes.length > this.#maxBytes) return false
    const path = this.#entryPath(text)
    try {
      writeWhole(path, bytes)
      utimesSync(path, this.#now() / 1000, this.#now() / 1000)
      this.#prune(path)
      return true
    } catch {
      return false
    }
  }

  /** What the cache holds, for `digest` to say. */
  content(): DigestCacheContent {
    const files = this.#list()
    return { entries: files.length, bytes: files.reduce((total, { size }) => total + size, 0) }
  }

  #entryPath(text: string): string {
    const name = hashText(text)
    return join(this.#entries, name.slice(0, 2), `${name}.digest`)
  }

  #indexPath(path: string): string {
    return join(this.#index, `${hashText(path)}.json`)
  }

  #list(): { path: string; size: number; usedMs: number }[] {
    const files: { path: string; size: number; usedMs: number }[] = []
    for (const group of listFolder(this.#entries)) {
      for (const name of listFolder(join(this.#entries, group))) {
        const path = join(this.#entries, group, name)
        const found = statSync(path, { throwIfNoEntry: false })
        if (found === undefined) continue
        if (name.endsWith('.digest')) files.push({ path, size: found.size, usedMs: found.mtimeMs })
        else if (this.#now() - found.mtimeMs > STALE_TEMPORARY_MS) rmSync(path, { force: true })
      }
    }
    return files
  }

  #prune(keep: string): void {
    const files = this.#list()
    let total = files.reduce((sum, { size }) => sum + size, 0)
    if (total <= this.#maxBytes) return
    files.sort((a, b) => a.usedMs - b.usedMs || (a.path < b.path ? -1 : 1))
    for (const { path, size } of files) {
      if (total <= this.#maxBytes) return
      if (path === keep) continue
      rmSync(path, { force: true })
      total -= size
    }
  }
}

/** Order of the fields is part of the key. */
function keyText({ sha256, readerKind, readerVersion, name }: DigestKey): string {
  return JSON.stringify([sha256, readerKind, readerVersion, name])
}

function listFolder(path: string): string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}
