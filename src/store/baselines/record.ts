/**
 * Adds an entry. It is built in a hidden folder and becomes visible by one rename, under the registry's lock; INDEX.md is then written
 * anew from the entries themselves, so that whatever a killed writer left undone is made good by the next one.
 */
import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, extname, join } from 'node:path'
import { SextantError } from '#base/errors.ts'
import { jsonText } from '#base/json-text.ts'
import type { PerfBaseline } from '#formats/perf-baseline.ts'
import { fileError } from '#platform/access.ts'
import { syncFolder, withLock, writeError, writeWhole } from '#platform/files.ts'
import { hashPath } from '#platform/hashing.ts'
import { listEntries } from './entries.ts'
import { entryFolder, isoOf, stampOf, stampOrder } from './layout.ts'
import { indexPage, sourcePage } from './pages.ts'

export type RecordStep = 'staging' | 'snapshot' | 'document' | 'baseline' | 'source-page' | 'locked' | 'folders' | 'published' | 'indexed'

export interface RecordRequest {
  /** The registry's folder. */
  readonly root: string
  /** File or folder that is kept byte for byte. */
  readonly source: string
  /** Everything but what only the writing knows. */
  readonly baseline: Omit<PerfBaseline, 'source_sha256' | 'registered_at_utc'>
  /** Further files of the entry: name → text. */
  readonly extra?: Readonly<Record<string, string>>
  /** Microseconds since 1970; now unless given. */
  readonly registeredUs?: bigint
  /** Told after each step: a test kills the process there. */
  readonly onStep?: (step: RecordStep) => void
}

export interface Recorded {
  readonly folder: string
  readonly stamp: string
  readonly sha256: string
  /** False: this very entry was there already. */
  readonly isNew: boolean
}

/** A bundle of benchmark files has some megabytes; captures do not belong into a registry. */
const MOST_BYTES = 256 * 1024 ** 2

let staged = 0

export async function recordBaseline(request: RecordRequest): Promise<Recorded> {
  const { root, source, baseline, onStep = () => undefined } = request
  staged += 1
  const staging = join(root, `.staging-${process.pid}-${staged}`)
  try {
    mkdirSync(staging, { recursive: true })
  } catch (error) {
    throw writeError(staging, error)
  }
  onStep('staging')
  try {
    const snapshot = join(staging, statSync(source).isDirectory() ? 'source-snapshot' : `source-snapshot${extname(source)}`)
    copyWhole(source, snapshot, { bytes: 0 })
    onStep('snapshot')
    const sha256 = await hashPath(snapshot)
    for (const [name, text] of Object.entries(request.extra ?? {})) writeWhole(join(staging, name), text)
    onStep('document')
    const whole = { ...baseline, source_sha256: sha256 }
    return await withLock(join(root, 'INDEX.md'), () => publish(staging, whole, request))
  } finally {
    rmSync(staging, { recursive: true, force: true })
  }
}

function publish(staging: string, baseline: Omit<PerfBaseline, 'registered_at_utc'>, request: RecordRequest): Recorded {
  const { root, registeredUs, onStep = () => undefined } = request
  onStep('locked')
  const { family, measurement, source_sha256: sha256 } = baseline as PerfBaseline // the loose schema's index signature hides its own keys
  removeLeftovers(root)
  let epochUs = registeredUs ?? BigInt(Date.now()) * 1000n + (process.hrtime.bigint() % 1000n)
  let folder = entryFolder(root, family, measurement, stampOf(epochUs))
  if (registeredUs !== undefined && existsSync(folder)) return existing(folder, stampOf(epochUs), sha256)
  for (; existsSync(folder); folder = entryFolder(root, family, measurement, stampOf(epochUs))) epochUs += 1n
  const stamp = stampOf(epochUs)
  const dated = { ...baseline, registered_at_utc: isoOf(stamp) } as PerfBaseline
  writeWhole(join(staging, 'baseline.json'), jsonText(dated))
  onStep('baseline')
  writeWhole(join(staging, 'SOURCE.md'), sourcePage(dated))
  onStep('source-page')
  makeReadOnly(staging)
  syncFolder(staging)
  try {
    mkdirSync(dirname(folder), { recursive: true })
    onStep('folders')
    renameSync(staging, folder)
  } catch (error) {
    throw writeError(folder, error)
  }
  for (const parent of [dirname(folder), dirname(dirname(folder)), root]) syncFolder(parent)
  onStep('published')
  writeWhole(join(root, 'INDEX.md'), indexPage(listEntries(root)))
  onStep('indexed')
  return { folder, stamp, sha256, isNew: true }
}

/** The same bytes under the same stamp are the same entry; others are refused, because entries are immutable. */
function existing(folder: string, stamp: string, sha256: string): Recorded {
  const there = JSON.parse(readFileSync(join(folder, 'baseline.json'), 'utf8')) as { readonly source_sha256?: unknown }
  if (there.source_sha256 === sha256) return { folder, stamp, sha256, isNew: false }
  throw new SextantError(
    'io_failed',
    `${basename(dirname(folder))}/${stamp} is registered already, from other bytes`,
    'Entries are immutable: register this run with its own time, or leave --registered-at out.',
  )
}

/** A process of another machine cannot be asked whether it lives; nobody fills a folder for so long. */
const LEFTOVER_MS = 600_000

/** Folders that a killed writer was still filling. */
function removeLeftovers(root: string): void {
  for (const name of readdirSync(root)) {
    const owner = Number(/^\.staging-(\d+)-\d+$/.exec(name)?.[1])
    const age = Date.now() - (statSync(join(root, name), { throwIfNoEntry: false })?.mtimeMs ?? Number.POSITIVE_INFINITY)
    if (!Number.isInteger(owner) || owner === process.pid || age < LEFTOVER_MS || isAlive(owner)) continue
    rmSync(join(root, name), { recursive: true, force: true })
  }
}

function isAlive(process_: number): boolean {
  try {
    process.kill(process_, 0)
    return true
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH')
  }
}

/** Files only: what a folder's links point to is not part of it. */
function copyWhole(from: string, to: string, counted: { bytes: number }): void {
  const stats = lstatSync(from)
  if (stats.isDirectory()) {
    mkdirSync(to, { recursive: true })
    for (const name of readdirSync(from).sort()) copyWhole(join(from, name), join(to, name), counted)
    return
  }
  if (!stats.isFile() && !(stats.isSymbolicLink() && statSync(from).isFile())) return
  const size = statSync(from).size
  counted.bytes += size
  if (counted.bytes > MOST_BYTES)
    throw new SextantError(
      'limit_exceeded',
      `the source is larger than ${MOST_BYTES} bytes`,
      'Make one small file of it first (`sextant baseline bridge`), and register that.',
      { limitBytes: MOST_BYTES },
    )
  let bytes: Uint8Array
  try {
    bytes = readFileSync(from)
  } catch (error) {
    throw fileError(from, error)
  }
  writeWhole(to, bytes)
}

function makeReadOnly(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true }))
    if (entry.isFile()) chmodSync(join(entry.parentPath, entry.name), 0o444)
}

/** Time of an entry as a person gives it: ISO 8601 in UTC, or a stamp. */
export function registeredTime(text: string): bigint {
  const order = stampOrder(text)
  if (order === undefined)
    throw new SextantError('usage', `"${text}" is no UTC time`, 'Write 2026-05-19T20:00:00Z, with at most six digits of a second.')
  const iso = isoOf(text)
  const whole = Date.parse(`${iso.slice(0, 19)}Z`)
  if (Number.isNaN(whole)) throw new SextantError('usage', `"${text}" is no UTC time`, 'Write 2026-05-19T20:00:00Z.')
  return BigInt(whole) * 1000n + BigInt(iso.slice(20, 26))
}
