/**
 * Whether a file is still the one that was hashed: path, size, modification and change time, inode. Content is never read.
 *
 * A file replaced within the clock's granularity right after it was looked at keeps its size and time, so an identity is trusted
 * only where the file had been left alone for a while when it was taken (git's "racily clean" index entries; 2 s is FAT's granularity,
 * the coarsest of file systems in use).
 */
import { createHash } from 'node:crypto'
import { type BigIntStats, readdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'

export const SETTLED_NS = 2_000_000_000n

export interface FileIdentity {
  /** Absolute. */
  readonly path: string
  /** Changes when size, times or inode do; of a folder, when those of any entry do. */
  readonly fingerprint: string
  /** Youngest modification time of the file, or of the folder and its entries. */
  readonly youngestNs: bigint
  /** When it was looked at, nanoseconds since 1970. */
  readonly lookedAtNs: bigint
}

// The change time tells a file that was rewritten and given its old modification time back (rsync -t, tar).
const stamp = (stat: BigIntStats): string => `${stat.size}:${stat.mtimeNs}:${stat.ctimeNs}:${stat.ino}`

/** Looks at a file, or at a folder and its entries (a parquet export). Throws what `stat` throws. */
export function identityOf(path: string, nowMs = Date.now()): FileIdentity {
  const lookedAtNs = BigInt(Math.floor(nowMs)) * 1_000_000n
  const absolute = resolve(path)
  const own = statSync(absolute, { bigint: true })
  if (!own.isDirectory()) return { path: absolute, fingerprint: stamp(own), youngestNs: own.mtimeNs, lookedAtNs }
  const lines: string[] = []
  let youngestNs = own.mtimeNs
  for (const name of readdirSync(absolute).sort()) {
    const entry = statSync(join(absolute, name), { bigint: true })
    lines.push(`${name}:${stamp(entry)}`)
    if (entry.mtimeNs > youngestNs) youngestNs = entry.mtimeNs
  }
  return { path: absolute, fingerprint: createHash('sha256').update(lines.join('\n')).digest('hex'), youngestNs, lookedAtNs }
}

/** Whether nothing touched it in the two seconds before it was looked at. A time in the future is not settled either. */
export function isSettled({ lookedAtNs, youngestNs }: FileIdentity): boolean {
  return lookedAtNs - youngestNs >= SETTLED_NS
}
