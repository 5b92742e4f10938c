import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { confinedPath } from '#platform/confine.ts'

let folder = ''
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'sextant-confine-')))
  mkdirSync(join(folder, 'root', 'inner'), { recursive: true })
  mkdirSync(join(folder, 'root-beside'))
  symlinkSync(folder, join(folder, 'root', 'way-out'))
  symlinkSync(join(folder, 'root', 'inner'), join(folder, 'root', 'way-in'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('inside stays, also through a link and for a file that is not there yet', () => {
  const root = join(folder, 'root')
  for (const given of ['inner', '.', 'way-in/new/file', '..root', join(folder, 'root', 'inner')]) {
    expect(confinedPath(root, root, given)).toBe(given.startsWith('/') ? given : join(root, given))
  }
})

test('outside is refused: parents, absolute paths, links and folders whose name begins alike', () => {
  const root = join(folder, 'root')
  for (const given of ['..', '../root-beside', '/etc/passwd', 'way-out', 'way-out/root-beside/new', 'inner/../../x']) {
    expect(() => confinedPath(root, root, given), given).toThrowError(expect.objectContaining({ code: 'path_outside_root' }))
  }
})
