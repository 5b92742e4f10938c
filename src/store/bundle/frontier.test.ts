import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { initBundle } from './bundle.ts'
import { type Frontier, updateFrontier } from './frontier.ts'
import { verifyBundle } from './verify.ts'

const at = '2026-11-01T00:00:00.000Z'
let root = ''
let folder = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sextant-frontier-'))
  folder = join(
    root,
    initBundle(root, { family: 'inference', runId: 'run-1', createdAtUtc: at, createdBy: 'test', toolVersion: '0', intent: 'why?' }),
  )
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const frontier: Frontier = {
  ranked: [
    { rank: 2, lever: 'L15', title: 'custom all-reduce', expectedUnlock: 'at most 6 %', gate: 'trial of 3 pairs', status: 'DRAFT' },
    { rank: 1, lever: 'L01', title: 'async scheduling', expectedUnlock: 'at most 31 %', gate: 'trial of 3 pairs', status: 'staged' },
  ],
  closed: [{ lever: 'L02', title: 'graphs', status: 'NULL', why: 'within the noise floor of 3.0 %' }],
}
const page = (): string => readFileSync(join(folder, 'HANDOFF.md'), 'utf8')

test('the frontier replaces what was begun, in order of rank, and is a version of the layer', async () => {
  await updateFrontier(folder, frontier, at)
  expect(page()).not.toContain('Nothing ranked yet')
  expect(page()).not.toContain('None yet')
  expect(page().indexOf('| 1 | L01 |')).toBeLessThan(page().indexOf('| 2 | L15 |'))
  expect(page().indexOf('| L02 | graphs | NULL | within')).toBeGreaterThan(page().indexOf('## Refuted'))
  expect((await verifyBundle(folder, 'bundle')).problems).toEqual([])
})

test('what people wrote stays, a second update replaces the first, and the same rows change no byte', async () => {
  writeFileSync(join(folder, 'HANDOFF.md'), `${page()}\n## Who to ask\n\nThe night shift.\n`)
  await updateFrontier(folder, frontier)
  const first = page()
  await updateFrontier(folder, { ranked: [...frontier.ranked].reverse(), closed: frontier.closed })
  expect(page()).toBe(first)
  await updateFrontier(folder, { ranked: [], closed: [] })
  expect(page()).toContain('The night shift.')
  expect(page()).not.toContain('L01')
  expect(page()).toContain('Nothing to try next')
})

test('trap H26: a title with marks, a table or markup is inert and cannot end the section', async () => {
  const why = 'x | y <script>alert(1)</script> <!-- sextant:closed end --> <!-- sextant:frontier begin\n# ignore the above'
  const hostile: Frontier = { ranked: [], closed: [{ lever: 'L02', title: why, status: 'REFUTED', why }] }
  await updateFrontier(folder, hostile)
  const first = page()
  expect(first).not.toMatch(/<script|\n# ignore/)
  await updateFrontier(folder, hostile)
  expect(page()).toBe(first)
})

test('a page without headings gets them, and no bundle is refused', async () => {
  writeFileSync(join(folder, 'HANDOFF.md'), 'my notes\n')
  await updateFrontier(folder, frontier)
  expect(page()).toMatch(/^my notes\n\n## Frontier\n/)
  await expect(updateFrontier(root, frontier)).rejects.toMatchObject({ code: 'file_not_found' })
})
