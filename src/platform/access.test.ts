import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openProbe, openRandomAccess, openSource } from '#platform/access.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sextant-access-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function file(name: string, bytes: Uint8Array | string): string {
  const path = join(folder, name)
  writeFileSync(path, bytes)
  return path
}

test('random access is cut at the end of the file and empty beyond it', () => {
  const access = openRandomAccess(file('digits', '0123456789'))
  expect(new TextDecoder().decode(access.read(2, 3))).toBe('234')
  expect(new TextDecoder().decode(access.read(8, 2 ** 40))).toBe('89')
  expect(access.read(10, 5)).toHaveLength(0)
  expect(access.read(2 ** 45, 5)).toHaveLength(0)
  access.close()
  access.close()
})

test('a probe shows head, tail and the inside of gzip', () => {
  const text = `${'a'.repeat(100_000)}END`
  const plain = openProbe(file('plain', text))
  expect(plain.head).toHaveLength(65536)
  expect(new TextDecoder().decode(plain.tail).endsWith('END')).toBe(true)
  expect(plain.text).toBe(plain.head)
  plain.close()
  const zipped = openProbe(file('zipped.bin', gzipSync(text)))
  expect(zipped.isGzip).toBe(true)
  expect(zipped.text).toHaveLength(65536)
  expect(zipped.text[0]).toBe(97)
  zipped.close()
})

test('a broken or cut gzip still yields a probe', () => {
  const noise = Uint8Array.from({ length: 50_000 }, (_, index) => (index * 7919) % 251)
  const bytes = gzipSync(noise)
  const cut = openProbe(file('cut.gz', bytes.subarray(0, bytes.length - 10)))
  expect(cut.text.length).toBeGreaterThan(0)
  cut.close()
  const broken = openProbe(file('broken.gz', Uint8Array.of(0x1f, 0x8b, 1, 2, 3)))
  expect(broken.isGzip).toBe(true)
  expect(broken.text).toHaveLength(0)
  broken.close()
})

test('a directory is listed sorted, and only its own entries can be read', () => {
  const path = join(folder, 'set')
  mkdirSync(join(path, 'inner'), { recursive: true })
  writeFileSync(join(path, 'b'), 'bee')
  writeFileSync(join(path, 'a'), 'ay')
  const probe = openProbe(path)
  expect(probe.entries).toEqual([
    { name: 'a', size: 2, isDirectory: false },
    { name: 'b', size: 3, isDirectory: false },
    { name: 'inner', size: 0, isDirectory: true },
  ])
  expect(new TextDecoder().decode(probe.headOf('b', 2))).toBe('be')
  expect(probe.headOf('../digits', 2)).toHaveLength(0)
  expect(openSource(path)).toMatchObject({ name: 'set', isDirectory: true, size: 5 })
})

test('an empty file opens, a missing one is named', () => {
  const probe = openProbe(file('empty', ''))
  expect([probe.size, probe.head.length]).toEqual([0, 0])
  probe.close()
  expect(() => openProbe(join(folder, 'absent'))).toThrowError(expect.objectContaining({ code: 'file_not_found' }))
  expect(() => openSource('/dev/null')).toThrowError(expect.objectContaining({ code: 'unsupported_format' }))
})
