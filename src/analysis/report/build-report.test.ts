import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { type ReportPage, reportSchema, reportStatusSchema } from '#formats/report.ts'
import type { CampaignCell } from '#model/campaign.ts'
import { readBundleSubject } from '#pipeline/report/read-bundle-subject.ts'
import { readCampaignSubject } from '#pipeline/report/read-campaign-subject.ts'
import { buildReport, statusOf } from './build-report.ts'
import type { ReportSubject } from './report-subject.ts'

const path = (place: string): string => fileURLToPath(new URL(`../../../${place}`, import.meta.url))
const configs = path('configs')
const example = (): ReportSubject => readCampaignSubject(path('examples/campaign'), configs)
const bundle = (name: string): Promise<ReportSubject> =>
  readBundleSubject({ configRoot: configs, env: {}, cache: false }, path(`examples/${name}`), `examples/${name}`)
const page = (subject: ReportSubject, id: ReportPage['id']): ReportPage | undefined =>
  buildReport(subject).pages.find((each) => each.id === id)
const cellsOf = (found: ReportPage | undefined, table: number): unknown[] => [...new Set(found?.tables[table]?.rows.map(([cell]) => cell))]
const empty = (id: string): CampaignCell => ({
  id,
  arm: id,
  kind: 'bench',
  status: 'planned',
  imports: [],
  rows: [],
  points: [],
  capturedSources: [],
  unreadable: [],
})

test('the example renders the pages that it has data for, and says why each other page is absent', () => {
  const subject = example()
  const report = buildReport(subject)
  expect(reportSchema.parse(report)).toEqual(report)
  const status = statusOf(subject, report)
  expect(reportStatusSchema.parse(status)).toEqual(status)
  expect(report.pages.length + report.coverage.filter(({ state }) => state === 'omitted').length).toBe(report.coverage.length)
  for (const { state, reason } of report.coverage) expect(reason === '').toBe(state === 'rendered')
  expect(status).toMatchObject({ sol_rigor: 'L4', dcgm_grounded: true, focus: 'throughput', arms_total: 4, arms_with_roofline: 1 })
  expect(status.non_plot_ready_full_cells).toEqual(['tp8-old-client'])
})

test('every chart has its numbers in a table of its page', () => {
  for (const { figures, tables } of buildReport(example()).pages) {
    const numbers = new Set(tables.flatMap(({ rows }) => rows.flat()))
    for (const figure of figures) {
      const drawn =
        figure.kind === 'scatter'
          ? figure.series.flatMap(({ points }) => points.map(({ y }) => y))
          : figure.kind === 'stacked'
            ? figure.rows.flatMap(({ parts }) => parts.map(({ value }) => value))
            : figure.kind === 'bars'
              ? figure.rows.map(({ value }) => value)
              : figure.rows.flatMap(({ values }) => values)
      expect(drawn.filter((value) => !numbers.has(value))).toEqual([])
    }
  }
})

test('trap H1: empty kernels and resources draw nothing and raise nothing', () => {
  const [first] = example().cells.filter(({ dcgm }) => dcgm !== undefined)
  if (first?.dcgm === undefined || first.kernels === undefined || first.ncu === undefined) throw new Error('the example lost its artifacts')
  const cell: CampaignCell = {
    ...empty('a'),
    kernels: { ...first.kernels, top_kernels: [], per_category: {} },
    ncu: { ...first.ncu, kernels: [] },
    dcgm: { ...first.dcgm, resources: [] },
  }
  const subject = { ...example(), cells: [cell] }
  const status = statusOf(subject, buildReport(subject))
  expect(status).toMatchObject({ sol_rigor: 'none', dcgm_grounded: false, sol_complete: false, sol_per_arm_complete: false })
  expect(status.rendered_pages.filter((each) => ['3', '4', '5', '6', '6b', '7'].includes(each))).toEqual([])
})

test('trap H7: every cell is drawn on the pages of kernels, categories, counters and DCGM, not the first alone', () => {
  const subject = example()
  for (const id of ['kernel-breakdown', 'category-sol', 'ncu-roofline', 'dcgm-sol'] as const) {
    expect(cellsOf(page(subject, id), 0), id).toEqual(['tp8', 'tp8-mtp'])
  }
})

test('trap H8: rows of roofline sweeps stay on page 7', () => {
  const subject = example()
  for (const id of ['latency-throughput', 'heat-tables'] as const) {
    const cells = cellsOf(page(subject, id), 0)
    expect(cells.length).toBeGreaterThan(2)
    expect(cells.filter((cell) => /-(decode|prefill)$/.test(String(cell)))).toEqual([])
  }
  expect(cellsOf(page(subject, 'phase-roofline'), 0)).toEqual(['tp8-decode', 'tp8-prefill'])
})

test('trap H9: hardware without ceilings is held against none', () => {
  const subject = { ...example(), peaks: () => undefined }
  const found = page(subject, 'ncu-roofline')
  expect(found?.figures.every((figure) => figure.kind === 'scatter' && figure.lines.length === 0)).toBe(true)
  expect(found?.missing.join()).toMatch(/no ceilings are known/)
  expect(page(subject, 'category-sol')?.tables[0]?.rows.every((row) => row[5] === null && row[4] === 'hardware unknown')).toBe(true)
})

test('trap D10: a compute roof of another data type is never claimed', () => {
  const found = page(example(), 'ncu-roofline')
  const [chart] = found?.figures ?? []
  if (chart?.kind !== 'scatter') throw new Error('no chart')
  const names = chart.lines.map(({ name }) => name.split(' ')[0])
  expect(names).toEqual(['memory', 'tf32', 'bf16', 'fp8', 'nvfp4'])
  expect(found?.tables[0]?.columns.map(({ title }) => title)).not.toContain('of the compute peak')
})

test('trap E12: one reading of a resource is one bar', () => {
  const [chart] = page(example(), 'dcgm-sol')?.figures ?? []
  if (chart?.kind !== 'bars') throw new Error('no chart')
  const labels = chart.rows.map(({ label }) => label)
  expect(new Set(labels).size).toBe(labels.length)
  expect(chart.rows.find(({ label }) => label === 'tp8 · tensor-pipe')?.detail).toBe('at most')
})

test('an attribution that shares a total by time ranks nothing and draws nothing', () => {
  const subject = example()
  const cells = subject.cells.map((cell): CampaignCell => {
    if (cell.dcgm === undefined) return cell
    const row = {
      category: 'FMHA',
      time_share_pct: 10,
      attributed_bytes_total: 1,
      attributed_flops_total: null,
      effective_bw_during_category_window: null,
      effective_tflops_during_category_window: null,
      sol_pct_bw: 62,
      sol_pct_compute: null,
      bound: 'bandwidth' as const,
      ceiling_metric: 'hbm3e_tbps',
    }
    const attribution = {
      basis: 'time-share' as const,
      measured_bytes_total: 10,
      attributed_bytes_total: 10,
      residual_bytes: 0,
      residual_pct: 0,
      state: 'cannot-rank' as const,
      notes: [],
    }
    return { ...cell, dcgm: { ...cell.dcgm, per_category_attribution: [row], attribution } }
  })
  const report = buildReport({ ...subject, cells })
  expect(report.pages.map(({ id }) => id)).not.toContain('category-attribution')
  expect(report.coverage.find(({ page: id }) => id === 'category-attribution')?.reason).toMatch(/same bandwidth/)
})

test('an evidence bundle without a campaign renders what it has', async () => {
  const report = buildReport(await bundle('evidence-bundle'))
  expect(report.pages.map(({ id }) => id)).toContain('findings')
  expect(report.rigor.sol_rigor).toBe('none')
  expect(report.kind).toBe('bundle')
})

test('recommendations stand as trials left them, not as the synthesis proposed them', async () => {
  const subject = await bundle('synthesis-bundle')
  const [first, second] = subject.synthesis?.ledger ?? []
  if (first === undefined || second === undefined) throw new Error('the example lost its levers')
  const outcome = { trial: 't-7', measured: 0.01, why: 'inside the noise', artifact: { path: 'verdict.json', sha256: 'b'.repeat(64) } }
  const ledger = [{ ...first, status: 'NULL' as const, outcome }, second, { ...second, lever: 'L99 gone', title: 'no longer proposed' }]
  const found = page({ ...subject, ledger }, 'recommendations')
  expect(found?.lead).toContain(second.title)
  const levers = found?.tables.find(({ title }) => title.startsWith('Levers'))?.rows
  expect(levers?.map((row) => row[7])).toEqual(['NULL', second.status, second.status])
  expect(found?.tables.find(({ title }) => title === 'Trials')?.rows[0]).toEqual([
    first.lever,
    'NULL',
    1,
    'not said',
    'inside the noise',
    't-7',
  ])
})
