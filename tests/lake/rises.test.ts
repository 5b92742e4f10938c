/** A campaign from samples alone to counters of the device, by the commands that people run: correlate, render, publish with overwrite. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { runInProcess } from '../support/in-process.ts'
import { type LakeCampaign, lakeCampaign } from '../support/lake-campaign.ts'

const root = mkdtempSync(join(tmpdir(), 'sextant-lake-rises-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

async function rigor({ query, verify }: LakeCampaign): Promise<unknown[]> {
  const { answer } = await query('SELECT sol_rigor, dcgm_grounded, sol_complete, omitted_pages FROM campaign_v1')
  const [row = []] = answer.rows
  const levels = await query('SELECT DISTINCT sol_level FROM sol_v1 ORDER BY 1')
  const [campaign] = (await verify()).answer.campaigns
  return [...row.slice(0, 3), String(row[3]).split(',').includes('6'), levels.answer.rows.flat(), campaign?.sol_rigor]
}

test('trap H1: correlate, render and publish with overwrite lift a campaign from L1 to L3; gaps are loud, strict refuses, a rehearsal writes nothing', {
  timeout: 120_000,
}, async () => {
  const campaign = lakeCampaign(root)
  // As after a first sweep: samples only.
  for (const cell of ['tp8', 'tp8-mtp']) {
    for (const name of ['dcgm_correlation.json', 'ncu_kernels.json']) rmSync(join(root, `campaign/cells/${cell}/${name}`))
    if (cell === 'tp8-mtp') rmSync(join(root, 'campaign/cells/tp8-mtp/dcgm-frozen.yaml'))
  }
  for (const phase of ['decode', 'prefill']) rmSync(join(root, `campaign/cells/tp8-${phase}`), { recursive: true })
  const must = async (...args: string[]) => {
    const { status, answer } = await campaign.run(args)
    expect(status, `${args.join(' ')}: ${JSON.stringify(answer.error)}`).toBeLessThan(2)
  }
  const source = join(root, 'campaign/SOURCE.md')
  const before = readFileSync(source, 'utf8')

  await must('report', 'render', '--campaign', 'campaign')
  expect((await campaign.publish('--dry-run')).answer).toMatchObject({ outcome: 'rehearsed', written: [], local: [] })
  const strict = await campaign.publish('--strict')
  expect(strict.answer.error).toMatchObject({ code: 'missing_data', message: expect.stringContaining('dcgm-grounded') })
  expect([existsSync(join(root, 'lake')), existsSync(join(root, 'campaign/lake-cache')), readFileSync(source, 'utf8')]).toEqual([
    false,
    false,
    before,
  ])

  const first = await runInProcess(['lake', 'publish', 'campaign'], { cwd: root })
  expect(first.stdout).toMatch(/\nWARNING: \d+ gaps are recorded with it\n[\s\S]*dcgm-grounded: /)
  expect(await rigor(campaign)).toEqual(['L1', false, true, true, ['L1'], 'L1'])
  const [row] = (await campaign.verify()).answer.campaigns
  expect(row?.gaps).toContain('dcgm-grounded')

  await must('dcgm', 'correlate', '--campaign', 'campaign', '--cell-id', 'tp8', '--frozen-yaml', 'campaign/cells/tp8/dcgm-frozen.yaml')
  await must('report', 'render', '--campaign', 'campaign')
  expect((await campaign.publish()).answer.error?.code).toBe('usage')
  expect((await campaign.publish('--if-exists', 'overwrite')).answer.outcome).toBe('replaced')
  expect(await rigor(campaign)).toEqual(['L3', true, true, false, ['L1', 'L3'], 'L3'])
  const [after] = (await campaign.verify()).answer.campaigns
  expect(after?.gaps).not.toContain('dcgm-grounded')
  for (const name of ['SOURCE.md', 'summary.md']) {
    const text = readFileSync(join(root, 'campaign', name), 'utf8')
    expect(text, name).toContain('- Campaign: 20261101T090000Z-decode\n- Lake: lake\n')
    expect(text, name).toContain('rigor L3')
    expect(text.match(/sextant:lake begin/g), name).toHaveLength(1)
  }
  // What was written back is no other content: publishing again changes nothing.
  expect((await campaign.publish('--if-exists', 'overwrite')).answer).toMatchObject({ outcome: 'unchanged', written: [] })
})
