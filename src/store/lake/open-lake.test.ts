import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openLake } from './open-lake.ts'

test('a file is no lake, and is named as it was given; a folder that is not there yet is an empty one', async () => {
  const root = mkdtempSync(join(tmpdir(), 'sextant-open-lake-'))
  try {
    writeFileSync(join(root, 'note.txt'), '')
    const open = (lake: string) => openLake({ lake, env: {}, path: (given) => join(root, given) })
    expect(() => open('note.txt')).toThrow('note.txt is a file, and a lake is a folder')
    const { store, shown } = open('new/')
    expect([shown, await store.list('')]).toEqual(['new', []])
  } finally {
    rmSync(root, { recursive: true })
  }
})
