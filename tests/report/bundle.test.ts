/** A bundle of captures that nobody prepared anything of: its pages, held against what the commands say of the same files. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildReport } from '../../src/analysis/report/build-report.ts'
import { command as dcgmCorrelate } from '../../src/commands/dcgm-correlate.ts'
import { command as decodeBudget } from '../../src/commands/decode-budget.ts'
import { command as exportKernels } from '../../src/commands/export-kernels.ts'
import { commandContext } from '../../src/commands/framework/context.ts'
import { command as render } from '../../src/commands/report-render.ts'
import { dcgmCorrelateSchema } from '../../src/formats/dcgm-correlate.ts'
import { decodeBudgetSchema } from '../../src/formats/decode-budget.ts'
import { kernelExportSchema } from '../../src/formats/kernel-export.ts'
import { type Report, type ReportPage, reportRenderSchema, reportSchema } from '../../src/formats/report.ts'
import { readBundleSubject } from '../../src/pipeline/report/read-bundle-subject.ts'
import { checkoutRoot } from '../support/checkout.ts'

const configRoot = join(checkoutRoot, 'configs')
const raw = join(checkoutRoot, 'examples/synthesis-bundle/raw')
let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sextant-bundle-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const context = () => commandContext({ cwd: process.cwd(), env: {} })
const reportOf = async (path: string): Promise<Report> =>
  buildReport(await readBundleSubject({ configRoot, env: {}, cache: false }, path, 'bundle'))
const pageOf = (report: Report, id: ReportPage['id']): ReportPage => {
  const found = report.pages.find((page) => page.id === id)
  if (found === undefined) throw new Error(`${id}: ${report.coverage.find(({ page }) => page === id)?.reason}`)
  return found
}
/** Captures alone: no manifest, no synthesis, nothing prepared. */
function captures(name: string, files?: readonly string[]): string {
  const path = join(folder, name)
  mkdirSync(path)
  if (files === undefined) cpSync(raw, join(path, 'raw'), { recursive: true })
  else for (const file of files) cpSync(join(raw, file), join(path, file), { recursive: true })
  return path
}

test('from raw captures to pages: budget, kernels, counters, DCGM and attribution are what the commands say', async () => {
  const report = await reportOf(captures('whole'))
  expect(reportSchema.parse(report)).toEqual(report)
  expect(report.rigor).toMatchObject({ sol_rigor: 'L4', dcgm_grounded: true })
  const trace = join(raw, 'steps.sqlite')
  const cache = false

  const budget = decodeBudgetSchema.parse(await decodeBudget.run(context(), decodeBudget.input.parse({ traces: [trace], cache })))
  const step = pageOf(report, 'decode-budget').tables[0]?.rows[0]
  expect(step?.[1]).toBe((budget.devices[0]?.cadenceNs?.meanNs ?? Number.NaN) / 1e6)
  const sum = (step ?? []).slice(2, 8).reduce<number>((total, part) => total + Number(part), 0)
  expect(sum).toBeCloseTo(Number(step?.[1]), 6)

  const exported = async (file: string) =>
    kernelExportSchema.parse(await exportKernels.run(context(), exportKernels.input.parse({ file, cache }))).artifact
  const kernels = await exported(trace)
  if (!('per_category' in kernels)) throw new Error('no kernels')
  const total = Object.values(kernels.per_category).reduce((a, b) => a + b, 0)
  const breakdown = pageOf(report, 'kernel-breakdown').tables[0]?.rows ?? []
  for (const [category, value] of Object.entries(kernels.per_category))
    expect(breakdown.find(([cell, each]) => cell === report.id && each === category)?.slice(2, 4)).toEqual([(value / total) * 100, value])
  // The samples of zymtrace are a cell of their own: neither source is drawn over the other.
  expect(new Set(breakdown.map(([cell]) => cell)).size).toBe(2)

  const counters = await exported(join(raw, 'counters.ncu.csv'))
  expect(pageOf(report, 'ncu-roofline').tables[0]?.rows.length).toBe('kernels' in counters ? counters.kernels.length : -1)

  const request = { frozenYaml: join(raw, 'dcgm-frozen.yaml'), timeline: trace, counters: [join(raw, 'counters.ncu.csv')] }
  const { correlation } = dcgmCorrelateSchema.parse(await dcgmCorrelate.run(context(), dcgmCorrelate.input.parse(request)))
  expect(pageOf(report, 'dcgm-sol').tables[0]?.rows.map((row) => row[4])).toEqual(correlation?.resources.map(({ sol_pct }) => sol_pct))
  const attributed = pageOf(report, 'category-attribution').tables[0]?.rows ?? []
  const bytes = attributed.reduce((all, row) => all + Number(row[3]), 0)
  expect(bytes * 1e9).toBeCloseTo(Number(correlation?.attribution?.measured_bytes_total), -4)

  expect(report.sources.map(({ path }) => path)).toEqual(
    expect.arrayContaining(['raw/steps.sqlite', 'raw/counters.ncu.csv', 'raw/dcgm-frozen.yaml', 'raw/bench.json']),
  )
  expect(JSON.stringify(report)).not.toContain(folder)
}, 120_000)

test('a capture whose gates fail draws nothing, raises nothing, and is named with the gate', async () => {
  const path = captures('empty', ['counters.ncu.csv'])
  writeFileSync(
    join(path, 'trace.json'),
    JSON.stringify({ schemaVersion: 1, traceEvents: [{ ph: 'X', cat: 'cpu_op', name: 'aten::mm', pid: 1, tid: 1, ts: 1, dur: 5 }] }),
  )
  const report = await reportOf(path)
  expect(report.pages.map(({ id }) => id)).not.toContain('kernel-breakdown')
  expect(report.notes.join('\n')).toMatch(/trace\.json: .*(gate|not used)/)
  expect(report.sources.map(({ path: each }) => each)).not.toContain('trace.json')
})

test('a damaged file is named without its folder, the others are drawn', async () => {
  const path = captures('damaged', ['steps.sqlite', 'dcgm-frozen.yaml'])
  const frozen = readFileSync(join(path, 'dcgm-frozen.yaml'), 'utf8')
  writeFileSync(join(path, 'dcgm-frozen.yaml'), frozen.replace(/n_gpus: .*/, 'n_gpus: none'))
  const report = await reportOf(path)
  pageOf(report, 'decode-budget')
  expect(report.coverage.find(({ page }) => page === 'dcgm-sol')?.state).toBe('omitted')
  expect(report.notes.join('\n')).toMatch(/dcgm-frozen\.yaml/)
  expect(report.notes.join('\n')).not.toContain(folder)
})

test('the PDF of a bundle is read back and equal too', async () => {
  const bundle = join(checkoutRoot, 'examples/synthesis-bundle')
  const answer = reportRenderSchema.parse(
    await render.run(context(), render.input.parse({ bundle, pdf: true, dryRun: true, cache: false })),
  )
  process.stdout.write(`figure: a bundle from raw captures: ${answer.pdf?.pages} pages, ${answer.pdf?.numbers_compared} numbers equal\n`)
  expect(answer.pdf?.numbers_compared).toBeGreaterThan(150)
  expect(answer.status.rendered_pages).toEqual(expect.arrayContaining(['1', '3', '4', '5', '6', '6b', 'decode-budget', 'recommendations']))
}, 120_000)

test('a folder without evidence is refused, not reported on; what could not be read is named', async () => {
  await expect(reportOf(captures('nothing', []))).rejects.toThrow(/bundle holds nothing that a report can show/)
  const path = captures('only-damaged', [])
  writeFileSync(join(path, 'steps.sqlite'), 'SQLite format 3\0')
  await expect(reportOf(path)).rejects.toThrow(/steps\.sqlite/)
})
