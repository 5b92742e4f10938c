/** examples/campaign is what scripts/campaign-example.ts writes with the program's own commands: regenerate it when they change. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { loadCampaign } from '#pipeline/campaign/load-campaign.ts'
import { writeCampaignExample } from '../scripts/campaign-example.ts'
import { checkoutRoot } from './support/checkout.ts'

const folder = mkdtempSync(join(tmpdir(), 'sextant-campaign-example-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function filesOf(root: string, prefix = ''): Map<string, string> {
  const files = new Map<string, string>()
  for (const name of readdirSync(join(root, prefix)).sort()) {
    const path = prefix === '' ? name : `${prefix}/${name}`
    if (statSync(join(root, path)).isDirectory()) for (const [below, text] of filesOf(root, path)) files.set(below, text)
    else files.set(path, readFileSync(join(root, path), 'utf8'))
  }
  return files
}

test('examples/campaign is fresh: the commands give the same bytes again', { timeout: 120_000 }, async () => {
  await writeCampaignExample(join(folder, 'campaign'))
  const [again, kept] = [filesOf(join(folder, 'campaign')), filesOf(join(checkoutRoot, 'examples/campaign'))]
  expect([...again.keys()]).toEqual([...kept.keys()])
  for (const [name, text] of again) expect(text, `${name}: npx tsx scripts/campaign-example.ts`).toBe(kept.get(name))
})

test('trap H23: the shipped configuration passes its own schema; the cells are what its README says', () => {
  const { cells, notes } = loadCampaign(join(checkoutRoot, 'examples/campaign'))
  expect(notes).toEqual([])
  expect(cells.map(({ id, status, rows, points }) => [id, status, rows.length, points.length])).toEqual([
    ['not-yet-run', 'planned', 0, 0],
    ['tp8', 'full', 12, 4],
    ['tp8-decode', 'full', 4, 0],
    ['tp8-ep', 'partial', 6, 2],
    ['tp8-mtp', 'full', 12, 4],
    ['tp8-old-client', 'full', 12, 4],
    ['tp8-prefill', 'full', 3, 0],
    ['tp8-w4', 'failed', 0, 0],
  ])
  expect(cells.find(({ id }) => id === 'tp8-old-client')?.points.filter((row) => 'tpot_median_ms' in row)).toEqual([])
  for (const id of ['tp8', 'tp8-mtp']) {
    const cell = cells.find((each) => each.id === id)
    expect([cell?.dcgm?.resources.length, (cell?.kernels?.top_kernels.length ?? 0) > 0, (cell?.ncu?.kernels.length ?? 0) > 0]).toEqual([
      3,
      true,
      true,
    ])
  }
})
