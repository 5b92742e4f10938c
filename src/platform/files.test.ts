import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { withLock, writeWhole } from '#platform/files.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sextant-files-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('a file is replaced whole and nothing stays beside it', () => {
  const path = join(folder, 'new', 'file.json')
  writeWhole(path, 'first')
  writeWhole(path, 'é')
  expect(readFileSync(path, 'utf8')).toBe('é')
  expect(readdirSync(join(folder, 'new'))).toEqual(['file.json'])
})

test('a failed write leaves no partial file and names the path', () => {
  writeFileSync(join(folder, 'occupied'), '')
  expect(() => writeWhole(join(folder, 'occupied', 'file'), 'x')).toThrowError(expect.objectContaining({ code: 'io_failed' }))
  expect(readdirSync(folder).filter((name) => name.includes('partial'))).toEqual([])
})

test('locked sections never overlap', async () => {
  const path = join(folder, 'counter')
  writeFileSync(path, '0')
  const add = () =>
    withLock(path, async () => {
      const before = Number(readFileSync(path, 'utf8'))
      await new Promise((fulfil) => setTimeout(fulfil, 5))
      writeFileSync(path, String(before + 1))
    })
  await Promise.all(Array.from({ length: 8 }, add))
  expect(readFileSync(path, 'utf8')).toBe('8')
})

test('the lock of a dead process is taken over, and a failure inside releases it', async () => {
  const path = join(folder, 'registry')
  // Above the largest process id that Linux gives out (2^22).
  writeFileSync(`${path}.lock`, '99999999')
  await expect(
    withLock(path, () => {
      throw new Error('inside')
    }),
  ).rejects.toThrow('inside')
  expect(await withLock(path, () => 'again')).toBe('again')
})
