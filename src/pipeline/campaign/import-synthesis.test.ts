/** What a bundle recommends, and what became of it, in its campaign. */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, it } from 'vitest'
import { checkoutRoot } from '../../../tests/support/checkout.ts'
import { importSynthesis } from './import-synthesis.ts'
import { ledgerFiles } from './ledger-files.ts'

const root = mkdtempSync(join(tmpdir(), 'sextant-import-synthesis-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
let number = 0
let campaign = ''
let bundle = ''
beforeEach(() => {
  number += 1
  campaign = join(root, `${number}/campaign`)
  bundle = join(root, `${number}/bundle`)
  cpSync(join(checkoutRoot, 'examples/campaign'), campaign, { recursive: true })
  cpSync(join(checkoutRoot, 'examples/synthesis-bundle/findings'), join(bundle, 'findings'), { recursive: true })
})
const bring = (dryRun = false) => importSynthesis({ campaign, campaignId: 'c' }, bundle, 'bundle', dryRun)

function changeLedger(change: (row: { status: string; outcome?: unknown }) => void): string {
  const path = join(bundle, 'findings/ledger.json')
  const ledger = JSON.parse(readFileSync(path, 'utf8'))
  change(ledger.rows[0])
  writeFileSync(path, JSON.stringify(ledger))
  return ledger.rows[0].lever
}

it('the newest synthesis and its ledger lie in the campaign; a repeat changes nothing; a rehearsal writes nothing', async () => {
  expect((await bring(true)).written).toEqual([])
  expect(existsSync(join(campaign, 'findings/ledger-synthesis-bundle.json'))).toBe(false)
  expect((await bring()).written).toEqual(['findings/ledger-synthesis-bundle.json', 'findings/synthesis-20260301T000000Z.json'])
  expect((await bring()).written).toEqual([])
  expect(ledgerFiles(campaign).files.map(({ bundle: name }) => name?.run_id)).toEqual(['synthesis-bundle', '20261101T090000Z-decode'])
})

it('what a trial made of a row stands in it, though the synthesis was written before; another bundle’s outcome does not', async () => {
  const artifact = { path: 'trials/x/verdict.json', sha256: 'a'.repeat(64) }
  const lever = changeLedger((row) => {
    row.status = 'REFUTED'
    row.outcome = { trial: 'x', measured: -0.01, why: 'no change', artifact }
  })
  const { rows, settled } = await bring()
  expect(settled).toBe(1)
  expect(rows.find((row) => row.lever === lever)?.status).toBe('REFUTED')
  const [first, second] = ledgerFiles(campaign).files
  expect(first?.rows.find((row) => row.lever === lever)).toMatchObject({ status: 'REFUTED', outcome: { trial: 'x', measured: -0.01 } })
  // The campaign's own bundle proposes the same lever and was not tried.
  expect(second?.rows.map(({ lever: name, status }) => [name, status])).toContainEqual([lever, 'DRAFT'])
})

it('no synthesis, a damaged one, a damaged ledger, and other content under the same name are refused, and nothing is written', async () => {
  rmSync(join(bundle, 'findings/ledger.json'))
  writeFileSync(join(bundle, 'findings/ledger.json'), '{')
  await expect(bring()).rejects.toThrow('ledger.json is no JSON')
  rmSync(join(bundle, 'findings/ledger.json'))
  const path = join(bundle, 'findings/synthesis-20260301T000000Z.json')
  const text = readFileSync(path, 'utf8')
  writeFileSync(join(campaign, 'findings/synthesis-20260301T000000Z.json'), text.replace('"mixed"', '"latency"'))
  await expect(bring()).rejects.toThrow('a synthesis is never replaced')
  writeFileSync(path, '{"schema": "synthesis/1"}')
  await expect(bring()).rejects.toThrow('synthesis-20260301T000000Z.json')
  rmSync(path)
  await expect(bring()).rejects.toThrow('bundle holds no synthesis')
  expect(existsSync(join(campaign, 'findings/ledger-synthesis-bundle.json'))).toBe(false)
})
