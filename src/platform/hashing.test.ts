import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { hashPath } from '#platform/hashing.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sextant-hashing-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex')
}

test('a file that a thread hashes, small ones, and an empty one', async () => {
  const bytes = new Uint8Array(5_000_000).map((_, index) => index % 251)
  writeFileSync(join(folder, 'long'), bytes)
  writeFileSync(join(folder, 'small'), bytes.subarray(0, 70_000))
  writeFileSync(join(folder, 'empty'), '')
  expect(await hashPath(join(folder, 'long'))).toBe(sha256(bytes))
  expect(await hashPath(join(folder, 'small'))).toBe(sha256(bytes.subarray(0, 70_000)))
  expect(await hashPath(join(folder, 'empty'))).toBe(sha256(''))
})

test('a folder is the hash of its sorted listing, whatever it is called', async () => {
  for (const name of ['one', 'two']) {
    mkdirSync(join(folder, name, 'inner'), { recursive: true })
    writeFileSync(join(folder, name, 'b'), 'bee')
    writeFileSync(join(folder, name, 'inner', 'a'), 'ay')
  }
  const expected = sha256(`b\0${sha256('bee')}\ninner/a\0${sha256('ay')}\n`)
  expect(await hashPath(join(folder, 'one'))).toBe(expected)
  expect(await hashPath(join(folder, 'two'))).toBe(expected)
})

test('a missing file is an operational error, and an abort stops', async () => {
  await expect(hashPath(join(folder, 'absent'))).rejects.toMatchObject({ code: 'file_not_found' })
  const stop = new AbortController()
  const hashing = hashPath(join(folder, 'long'), stop.signal)
  stop.abort()
  await expect(hashing).rejects.toMatchObject({ name: 'AbortError' })
})
