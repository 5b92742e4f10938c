import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import type { ValueFinding } from '#formats/value-view.ts'
import { LiveCampaigns } from './live-campaigns.ts'
import { parseValueFindings, readValueFindings } from './read-value-findings.ts'

const examples = fileURLToPath(new URL('../../../examples', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'sextant-value-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const finding = (campaign_ids: string[], source_refs: ValueFinding['source_refs'] = []): ValueFinding => ({
  id: 'f',
  title: 'f',
  lifecycle: 'done',
  campaign_ids,
  source_refs,
})

test('a campaign is found by its folder or by its run; others are missing, damaged ones unreadable', () => {
  const live = new LiveCampaigns(examples, (name) => join(examples, name))
  expect(live.of(finding(['20261101T090000Z-decode']))).toMatchObject([
    { state: 'found', sol_rigor: 'L4', dcgm_grounded: true, tier: 'draft' },
  ])
  expect(live.of(finding(['campaign']))).toMatchObject([{ state: 'found' }])
  expect(live.of(finding(['nothing', '../campaign', 'lake']))).toEqual([
    { id: 'nothing', state: 'missing' },
    { id: '../campaign', state: 'missing' },
    { id: 'lake', state: 'missing' },
  ])
  mkdirSync(join(folder, 'broken/cells'), { recursive: true })
  writeFileSync(join(folder, 'broken/config.yaml'), 'cells: 3\n')
  const own = new LiveCampaigns(folder, (name) => join(folder, name))
  expect(own.of(finding(['broken']))).toMatchObject([{ state: 'unreadable', reason: expect.stringMatching(/config.yaml/) }])
  expect(live.sources.length).toBeGreaterThan(10)
})

test('the registry is refused with the line of what is wrong', () => {
  const two = 'findings:\n  - {id: a, title: a, lifecycle: done}\n  - {id: a, title: b, lifecycle: done}\n'
  expect(() => parseValueFindings(two, 'v.yaml')).toThrow(/line 3: the id "a" stands there twice/)
  expect(() => parseValueFindings('findings:\n  - id: a\n    title: a\n    lifecycle: soon\n', 'v.yaml')).toThrow(
    /line 4: findings.0.lifecycle/,
  )
  expect(() => parseValueFindings('findings: [\n', 'v.yaml')).toThrow(/line 2/)
  expect(() => parseValueFindings('&a [*a, *a]', 'v.yaml')).toThrow(/no registry/)
  expect(() => readValueFindings(join(folder, 'none.yaml'), 'none.yaml')).toThrow(/there is no none.yaml/)
})
