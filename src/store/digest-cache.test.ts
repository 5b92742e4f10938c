import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { DigestCache, type DigestKey } from './digest-cache.ts'
import { decodeDigest, encodeDigest } from './digest-entry.ts'
import { identityOf } from './file-identity.ts'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sextant-digests-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const key = (name: string, readerVersion = 1): DigestKey => ({ sha256: 'a'.repeat(64), readerKind: 'nsys-sqlite', readerVersion, name })
const hash = 'b'.repeat(64)
const open = (options: { maxBytes?: number; now?: () => number } = {}) => new DigestCache({ folder: join(root, 'cache'), ...options })
/** A capture whose modification time lies `ageS` seconds before now. */
function capture(text: string, ageS: number, name = 'a.sqlite'): string {
  const path = join(root, name)
  writeFileSync(path, text)
  const time = Date.now() / 1000 - ageS
  utimesSync(path, time, time)
  return path
}
const entryFiles = (): string[] =>
  readdirSync(join(root, 'cache'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.digest'))
    .map((name) => join(root, 'cache', name))

test('keeps JSON and every kind of column, in another instance too', () => {
  const columns = {
    startNs: Float64Array.of(0.5, 2 ** 53 - 1, Number.NaN),
    odd: Uint8Array.of(1, 2, 3),
    empty: Int32Array.of(),
    ids: Uint32Array.of(4294967295),
    signed: Int32Array.of(-1, 7),
    short: Uint16Array.of(65535),
  }
  expect(open().save(key('timeline'), { json: { naïve: ['é', 1.5, null] }, columns })).toBe(true)
  expect(open().load(key('timeline'))).toEqual({ json: { naïve: ['é', 1.5, null] }, columns })
  expect(open().load(key('kernels'))).toBeUndefined()
  expect(open().load(key('timeline', 2))).toBeUndefined()
})

test('a view into a larger column is kept as the view', () => {
  const view = Float64Array.from([1, 2, 3, 4]).subarray(1, 3)
  open().save(key('view'), { json: 0, columns: { view } })
  expect(open().load(key('view'))?.columns?.['view']).toEqual(Float64Array.of(2, 3))
})

test('every single damaged byte, and every cut, is ignored, and the entry is written anew', () => {
  const whole = encodeDigest('k', { json: { a: 1 }, columns: { c: Uint32Array.of(1, 2, 3) } })
  for (let at = 0; at < whole.length; at++) {
    const damaged = Uint8Array.from(whole)
    damaged[at] = (damaged[at] ?? 0) ^ 0x41
    expect(decodeDigest('k', damaged), `byte ${at}`).toBeUndefined()
    expect(decodeDigest('k', whole.subarray(0, at)), `cut at ${at}`).toBeUndefined()
  }
  expect(decodeDigest('other', whole)).toBeUndefined()
  open().save(key('x'), { json: 1 })
  const [path = ''] = entryFiles()
  writeFileSync(path, readFileSync(path).subarray(0, 50))
  expect(open().load(key('x'))).toBeUndefined()
  expect(open().save(key('x'), { json: 2 })).toBe(true)
  expect(open().load(key('x'))).toEqual({ json: 2 })
})

test('the least recently used entries go when the bound is passed', () => {
  let nowMs = 1_000_000
  const cache = open({ maxBytes: 3_500, now: () => nowMs })
  const column = () => ({ json: 0, columns: { c: new Uint8Array(800) } })
  for (const name of ['one', 'two', 'three']) {
    expect(cache.save(key(name), column())).toBe(true)
    nowMs += 10_000
  }
  expect(cache.load(key('one'))).toBeDefined()
  nowMs += 10_000
  cache.save(key('four'), column())
  nowMs += 10_000
  expect(['one', 'two', 'three', 'four'].map((name) => cache.load(key(name)) !== undefined)).toEqual([true, false, true, true])
  expect(cache.content().entries).toBe(3)
  expect(cache.content().bytes).toBeLessThanOrEqual(3_500)
  expect(cache.save(key('huge'), { json: 0, columns: { c: new Uint8Array(5_000) } })).toBe(false)
})

test('an unchanged file need not be hashed again; a changed one must be', () => {
  const path = capture('first', 60)
  expect(open().knownHash(path)).toBeUndefined()
  expect(open().rememberHash(identityOf(path), hash)).toBe(true)
  expect(open().knownHash(path)).toBe(hash)
  capture('other', 30)
  expect(open().knownHash(path)).toBeUndefined()
  expect(open().knownHash(join(root, 'absent'))).toBeUndefined()
})

test('racing index: a file younger than two seconds is not trusted, because equal size and time prove nothing', () => {
  const path = capture('first', 1)
  expect(open().rememberHash(identityOf(path), hash)).toBe(false)
  expect(open().knownHash(path)).toBeUndefined()
  // Hashing takes longer than the two seconds: what counts is the age at the look before it.
  const before = identityOf(path)
  expect(open({ now: () => Date.now() + 10_000 }).rememberHash(before, hash)).toBe(false)
  // The same file, looked at later, is old enough.
  expect(open().rememberHash(identityOf(path, Date.now() + 10_000), hash)).toBe(true)
  // A modification time in the future is no older.
  const future = capture('third', -3600, 'future.sqlite')
  expect(open().rememberHash(identityOf(future), hash)).toBe(false)
})

test('a file that changed between the look and the end of hashing is not remembered', () => {
  const path = capture('first', 60)
  const before = identityOf(path)
  capture('longer than it was', 50)
  expect(open().rememberHash(before, hash)).toBe(false)
  // Replaced by another file of equal size and time: the inode tells.
  const first = identityOf(path)
  const time = statSync(path).mtime
  const other = join(root, 'other')
  writeFileSync(other, 'LONGER THAN IT WAS')
  utimesSync(other, time, time)
  renameSync(other, path)
  expect(open().rememberHash(first, hash)).toBe(false)
})

test('a file rewritten with its size and modification time restored is another file', async () => {
  const path = capture('first', 60)
  open().rememberHash(identityOf(path), hash)
  expect(open().knownHash(path)).toBe(hash)
  const time = statSync(path).mtime
  // Change times tick with the kernel's clock: up to 10 ms.
  await new Promise((done) => setTimeout(done, 30))
  writeFileSync(path, 'secon')
  utimesSync(path, time, time)
  expect(open().knownHash(path)).toBeUndefined()
})

test('a folder is known by its entries', () => {
  const folder = join(root, 'report_pqtdir')
  mkdirSync(folder)
  const entry = capture('rows', 60, 'report_pqtdir/KERNEL.parquet')
  const time = Date.now() / 1000 - 60
  utimesSync(folder, time, time)
  expect(open().rememberHash(identityOf(folder), hash)).toBe(true)
  expect(open().knownHash(folder)).toBe(hash)
  writeFileSync(entry, 'more rows')
  utimesSync(entry, time, time)
  utimesSync(folder, time, time)
  expect(open().knownHash(folder)).toBeUndefined()
})

test('a damaged index is no index', () => {
  const path = capture('first', 60)
  open().rememberHash(identityOf(path), hash)
  const index = join(root, 'cache', 'index-1')
  for (const name of readdirSync(index)) writeFileSync(join(index, name), '{"path": "x"')
  expect(open().knownHash(path)).toBeUndefined()
})

test('two writers of one key leave one whole entry, and nothing is left beside it', () => {
  const [first, second] = [open(), open()]
  for (let round = 0; round < 20; round++) {
    first.save(key('shared'), { json: 1, columns: { c: new Uint8Array(1000) } })
    second.save(key('shared'), { json: 1, columns: { c: new Uint8Array(1000) } })
    expect(first.load(key('shared'))?.json).toBe(1)
  }
  expect(entryFiles().length).toBe(1)
  expect(readdirSync(join(root, 'cache'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.partial'))).toEqual([])
})

test('a cache that cannot be written fails nothing', () => {
  writeFileSync(join(root, 'cache'), 'a file stands where the folder should be')
  const cache = open()
  expect(cache.save(key('x'), { json: 1 })).toBe(false)
  expect(cache.load(key('x'))).toBeUndefined()
  expect(cache.rememberHash(identityOf(capture('first', 60)), hash)).toBe(false)
  expect(cache.content()).toEqual({ entries: 0, bytes: 0 })
})
