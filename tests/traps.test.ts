/** Every row of facts/traps.md that this project claims to answer has a test that names it (`trap A7: …`). */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '..')
/** Rows per section in facts/traps.md; sections join the list with the capability that answers them. */
const sections = { A: 18, B: 25, C: 18, D: 24, E: 28, F: 24, G: 16 } as const

function testFiles(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    if (statSync(path).isDirectory()) return testFiles(path)
    return name.endsWith('.test.ts') ? [path] : []
  })
}

test('every trap row has a test that names it', () => {
  const named = new Set<string>()
  for (const path of ['src', 'tests', 'sim'].flatMap((folder) => testFiles(join(root, folder)))) {
    for (const match of readFileSync(path, 'utf8').matchAll(/['"`]trap ([A-H]\d+):/g)) named.add(match[1] ?? '')
  }
  const wanted = Object.entries(sections).flatMap(([section, rows]) => Array.from({ length: rows }, (_, index) => `${section}${index + 1}`))
  expect(wanted.filter((row) => !named.has(row))).toEqual([])
})
