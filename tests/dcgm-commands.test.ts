/** `dcgm correlate`, `freeze`, `summary` through the command line: what is written where, and what is refused. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { writeDcgmExample } from '../scripts/dcgm-example.ts'
import type { DcgmCorrelate } from '../src/formats/dcgm-correlate.ts'
import { checkoutRoot } from './support/checkout.ts'
import { runInProcess } from './support/in-process.ts'

const example = join(checkoutRoot, 'examples/dcgm')
let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sextant-dcgm-cli-'))
  cpSync(example, folder, { recursive: true })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const run = (...args: string[]) => runInProcess(['dcgm', ...args], { cwd: folder })
const measured = ['--responses', 'responses', '--bench', 'inference_perfbench_v1.json', '--expected-gpus', '2', '--dtype', 'fp8']

function filesBelow(root: string): Map<string, string> {
  const found = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(root, name)).isFile())
  return new Map(found.sort().map((name) => [name, readFileSync(join(root, name), 'utf8')]))
}

test('the example is what its generator writes', async () => {
  const again = join(folder, 'again')
  await writeDcgmExample(again)
  expect(filesBelow(again)).toEqual(filesBelow(example))
  rmSync(again, { recursive: true })
})

test('correlate writes the two files of the cell and nothing else; from the frozen one comes the same answer', async () => {
  mkdirSync(join(folder, 'campaign/cells/new-cell'))
  const before = filesBelow(folder)
  const { status, stderr } = await run('correlate', ...measured, '--campaign', 'campaign', '--cell-id', 'new-cell')
  expect([status, stderr]).toEqual([0, ''])
  const after = filesBelow(folder)
  const cell = 'campaign/cells/new-cell'
  expect([...after.keys()].filter((name) => before.get(name) !== after.get(name))).toEqual([
    `${cell}/dcgm-frozen.yaml`,
    `${cell}/dcgm_correlation.json`,
  ])
  expect(readdirSync(join(folder, cell)).sort()).toEqual(['dcgm-frozen.yaml', 'dcgm_correlation.json'])
  const live = JSON.parse(after.get(`${cell}/dcgm_correlation.json`) ?? '')
  const again = JSON.parse((await run('correlate', '--frozen-yaml', `${cell}/dcgm-frozen.yaml`, '--json')).stdout) as DcgmCorrelate
  const without = ({ provenance: _, sources: __, ...rest }: Record<string, unknown>) => rest
  expect(without({ ...again.correlation })).toEqual(without(live))
  expect(Object.keys(live)).toEqual(Object.keys(live).toSorted())
})

test('every PromQL that was asked is recorded, and a rehearsal prints them without asking', async () => {
  const asked = JSON.parse((await run('correlate', ...measured, '--json')).stdout) as DcgmCorrelate
  const rehearsed = JSON.parse(
    (await run('correlate', '--dry-run', '--bench', 'inference_perfbench_v1.json', '--json')).stdout,
  ) as DcgmCorrelate
  expect(rehearsed).toMatchObject({ dryRun: true, written: [] })
  expect(rehearsed.queries?.map(({ file }) => file)).toEqual(
    expect.arrayContaining(asked.correlation?.queries.map(({ metric }) => `${metric}.json`) ?? []),
  )
  expect(asked.correlation?.queries.map(({ promql }) => promql)).toContainEqual(expect.stringMatching(/^DCGM_FI_PROF_DRAM_ACTIVE\[840s\]$/))
  // Both readings of the stamp: the bundle does not say which it is.
  expect(rehearsed.window).toMatchObject({ startUtc: '2026-03-01T00:15:00Z', endUtc: '2026-03-01T00:35:00Z' })
})

test('a selection becomes matchers of every query, none is dropped', async () => {
  const args = [
    '--start',
    '2026-03-01T00:15:00Z',
    '--end',
    '2026-03-01T00:25:00Z',
    '--host',
    'a',
    '--host',
    'b',
    '--pod',
    'vllm-.*',
    '--namespace',
    'inference',
    '--selector',
    'release=x,tier in (1,2)',
  ]
  const { stdout } = await run('correlate', '--dry-run', ...args, '--json')
  const { queries } = JSON.parse(stdout) as DcgmCorrelate
  for (const { promql } of queries ?? [])
    expect(promql).toContain('{Hostname=~"a|b",exported_namespace="inference",exported_pod=~"vllm-.*",release="x",tier=~"1|2"}[')
})

for (const [what, args, code] of [
  ['no input', ['correlate', '--start', '1', '--end', '2'], 2],
  ['two inputs', ['correlate', '--url', 'http://x', '--frozen-yaml', 'y'], 2],
  ['a campaign without a cell', ['correlate', ...measured, '--campaign', 'campaign'], 2],
  ['a cell that is not there', ['correlate', ...measured, '--campaign', 'campaign', '--cell-id', 'absent'], 10],
  ['a cell that climbs', ['correlate', ...measured, '--campaign', 'campaign', '--cell-id', '..'], 10],
  ['half a window', ['correlate', '--responses', 'responses', '--start', '2026-03-01T00:15:00Z'], 2],
  ['a window backwards', ['correlate', '--responses', 'responses', '--start', '2026-03-01T00:25:00Z', '--end', '2026-03-01T00:15:00Z'], 2],
  [
    'an instant without a zone',
    ['correlate', '--responses', 'responses', '--start', '2026-03-01T00:15:00', '--end', '2026-03-01T00:25:00'],
    2,
  ],
  [
    'a window without samples',
    ['correlate', '--responses', 'responses', '--start', '2026-04-01T00:15:00Z', '--end', '2026-04-01T00:25:00Z'],
    23,
  ],
  ['a selection beside a frozen file', ['correlate', '--frozen-yaml', 'campaign/cells/decode-c64/dcgm-frozen.yaml', '--host', 'a'], 2],
  [
    'counters without launches',
    ['correlate', ...measured, '--counters', join(checkoutRoot, 'examples/ncu-decode-kernels/kernels-raw.csv')],
    2,
  ],
  ['a key of other hardware', ['correlate', ...measured, '--hw-key', 'b200_sm100'], 24],
] as const) {
  test(`refused, with nothing written: ${what}`, async () => {
    const before = filesBelow(folder)
    const { status, stderr } = await run(...args)
    expect(status, stderr).toBe(code)
    expect(stderr).toMatch(/^error: .*\nhint: .*\n$/)
    expect(filesBelow(folder)).toEqual(before)
  })
}

test('a cell that is a link out of its campaign is refused', async () => {
  mkdirSync(join(folder, 'elsewhere'))
  symlinkSync(join(folder, 'elsewhere'), join(folder, 'campaign/cells/link'))
  expect((await run('correlate', ...measured, '--campaign', 'campaign', '--cell-id', 'link')).status).toBe(26)
  expect(readdirSync(join(folder, 'elsewhere'))).toEqual([])
  rmSync(join(folder, 'campaign/cells/link'))
})

test('an edited frozen file is noticed', async () => {
  const path = 'campaign/cells/decode-c64/dcgm-frozen.yaml'
  const text = readFileSync(join(folder, path), 'utf8')
  writeFileSync(join(folder, path), text.replace(/(measured_avg: 0\.)\d/, '$19'))
  const { status, stderr } = await run('correlate', '--frozen-yaml', path)
  expect(status).toBe(14)
  expect(stderr).toMatch(/contradicts itself: hbm3_tbps/)
  writeFileSync(join(folder, path), text)
})

test('summary writes the table between its markers, cites each correlation, and leaves the rest alone', async () => {
  const path = join(folder, 'campaign/sol-summary.md')
  writeFileSync(path, '# SoL\n\n## Workload-level SoL\n\nWritten by hand.\n\n## After\n')
  expect((await run('summary', 'campaign')).status).toBe(0)
  const text = readFileSync(path, 'utf8')
  expect(text).toMatch(/\| decode-c64 \| h100_sxm \| 2 \| 600 \| 61\.2 \|.*`cells\/decode-c64\/dcgm_correlation\.json` \|/)
  for (const kept of ['# SoL\n', 'Written by hand.', '## After\n']) expect(text).toContain(kept)
  await run('summary', 'campaign')
  expect(readFileSync(path, 'utf8')).toBe(text)
  const before = filesBelow(folder)
  expect((await run('summary', 'campaign', '--print')).stdout).toContain('decode-c64')
  expect(filesBelow(folder)).toEqual(before)
})

test('a correlation file of another shape is not quoted', async () => {
  const cell = join(folder, 'campaign/cells/other')
  mkdirSync(cell)
  writeFileSync(join(cell, 'dcgm_correlation.json'), '{"schema_version":1,"resources":[]}')
  const { status, stderr } = await run('summary', 'campaign', '--print')
  expect(status).toBe(14)
  expect(stderr).toContain('cells/other/dcgm_correlation.json')
  rmSync(cell, { recursive: true })
})

test('nothing of where it ran is in the files', async () => {
  for (const [name, text] of filesBelow(example)) {
    expect(text, name).not.toContain(checkoutRoot)
    expect(relative(example, name)).not.toBe('')
  }
})
