import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { loadCampaign } from './load-campaign.ts'

let root = ''
beforeEach(() => {
  root = join(mkdtempSync(join(tmpdir(), 'sextant-campaign-')), '20261101T000000Z-test')
})
afterEach(() => rmSync(dirname(root), { recursive: true, force: true }))
function put(name: string, content: unknown): void {
  mkdirSync(dirname(join(root, name)), { recursive: true })
  writeFileSync(join(root, name), typeof content === 'string' ? content : JSON.stringify(content))
}
const config =
  'campaign: {}\ncells:\n  - {id: base, backend: aiperf, concurrencies: [1]}\n  - {id: later, backend: aiperf, concurrencies: [1]}\n'

it('reads cells with their artifacts; a damaged one is named with its reason and read around', () => {
  put('config.yaml', config)
  put('cells/base/normalized.json', [{ cell_id: 'base', concurrency: 1, ttft_avg_ms: null, tpot_median_ms: 3 }])
  put('cells/base/status.txt', 'full\n')
  put('cells/base/kernels.json', '{"schema_version": 1')
  put('cells/base/ncu_kernels.json', { schema_version: 2 })
  const campaign = loadCampaign(root)
  expect(campaign.cells.map(({ id, status }) => [id, status])).toEqual([
    ['base', 'full'],
    ['later', 'planned'],
  ])
  const [base] = campaign.cells
  expect(base?.points).toMatchObject([{ concurrency: 1, tpot_median_ms: 3, trials: 1 }])
  expect(base?.unreadable.map(({ path }) => path)).toEqual(['cells/base/kernels.json', 'cells/base/ncu_kernels.json'])
  expect(campaign.sources.map(({ path }) => path)).toEqual(['cells/base/normalized.json', 'cells/base/status.txt', 'config.yaml'])
})

it('trap H8: rows of a roofline sweep are points of no arm', () => {
  put('config.yaml', config)
  put('cells/base-decode/normalized.json', [{ cell_id: 'base-decode', concurrency: 1, tpot_median_ms: 3 }])
  const cell = loadCampaign(root).cells.find(({ id }) => id === 'base-decode')
  expect(cell).toMatchObject({ arm: 'base', kind: 'roofline', points: [] })
  expect(cell?.rows).toHaveLength(1)
})
