import { expect, test } from 'vitest'
import { computeCoverage } from '#analysis/coverage.ts'
import { compileFamilies } from '#analysis/families.ts'
import { type KernelSummaryOptions, summarizeKernels } from '#analysis/kernel-summary.ts'
import { kernelSummarySchema } from '#formats/kernel-summary.ts'
import type { Capture, StatisticsReport } from '#model/capture.ts'
import { timelineFromText } from '#model/from-text.ts'

const families = compileFamilies({
  schema: 'kernel-families/1',
  rules: [
    { id: 'nccl', family: 'nccl', role: 'communication', patterns: ['nccl'], source: 'test' },
    { id: 'gemm', family: 'gemm', role: 'gemm', patterns: ['gemm'], source: 'test' },
    { id: 'big', family: 'big', role: 'gemm', patterns: ['biggemm'], source: 'test' },
  ],
})
const names = { A: 'void gemm<1>(int)', B: 'void gemm<2>(int)', N: 'ncclAllReduce', X: 'void biggemm<1>(int)', L: 'cudaLaunchKernel' }
const base = {
  kind: 'test',
  tool: { name: 'test' },
  clock: { originNs: '0', epoch: 'unknown' as const, resolutionNs: 1 },
  devices: [],
  capabilities: {},
  graphMode: 'unknown' as const,
  diagnostics: [],
  facts: {},
  inventory: {},
}
const parsed = (capture: Capture, options?: KernelSummaryOptions) =>
  kernelSummarySchema.parse({ ...summarizeKernels(capture, [], families, options), sources: [] })
const drawn = (text: string, options?: KernelSummaryOptions) => parsed({ ...base, timeline: timelineFromText(text, { names }) }, options)

test('rows by name, families and what is unknown', () => {
  const summary = drawn('kernels : A--N-X-----B')
  expect(summary.kernels[0]).toMatchObject({ name: 'void biggemm<1>(int)', family: 'unknown', ambiguousRules: ['big', 'gemm'], count: 1 })
  expect(summary).toMatchObject({ count: 4, totalNs: 12, unknownFamilyRatio: 0.5 })
  expect(summary.families.map(({ family, totalNs }) => [family, totalNs])).toEqual([
    ['unknown', 6],
    ['gemm', 4],
    ['nccl', 2],
  ])
})

test('groups say their key, and how many names they hold', () => {
  expect(drawn('kernels : A--B', { by: 'normalized-name' }).kernels).toMatchObject([{ group: 'gemm<#>', names: 2, count: 2, totalNs: 4 }])
  expect(drawn('kernels : A--B', { by: 'family' }).kernels).toMatchObject([{ group: 'gemm', name: 'void gemm<1>(int)' }])
})

test('an ordinal selects its devices; another is refused with those there are', () => {
  const text = 'kernels device=0 : A--\nkernels device=2 : .N'
  expect(drawn(text, { deviceOrdinal: 2 })).toMatchObject({ device: 2, count: 1 })
  expect(() => drawn(text, { deviceOrdinal: 1 })).toThrow('no device 1')
})

test('trap C2: the kernels of a graph launch are listed each, never as one launch row, with their coverage', () => {
  const nodes = 'AB'.repeat(20)
  const timeline = timelineFromText(`host corr=1 : G-${'-'.repeat(40)}\nkernels corr=${'1,'.repeat(39)}1 : ..${nodes}`, {
    names: { ...names, G: 'hipGraphLaunch' },
  })
  const capture: Capture = { ...base, timeline }
  const summary = parsed(capture, { coverage: computeCoverage(capture, []) })
  expect(summary.kernels.map(({ name, count }) => [name, count])).toEqual([
    ['void gemm<1>(int)', 20],
    ['void gemm<2>(int)', 20],
  ])
  expect(summary.coverage?.kernels).toMatchObject({ count: 40, inGraphs: 40 })
  expect(summary.coverage?.graphLaunches).toMatchObject({ launches: 1, withNodeRows: 1 })
})

test('ranges are summed on request, or refused with the reason', () => {
  const text = 'ranges : R--\nhost corr=1 : .L\nkernels corr=1 : ..A-'
  expect(drawn(text, { byRange: true }).byRange?.rows).toMatchObject([{ text: 'R', kernels: 1, totalNs: 2 }])
  expect(() => drawn('kernels : A', { byRange: true })).toThrow('no host calls')
})

const row = { name: 'void gemm<1>(int)', count: 2, totalNs: 10, averageNs: 5, medianNs: 5, minNs: 4, maxNs: 6, standardDeviationNs: 1 }
const report = (part: Partial<StatisticsReport>): StatisticsReport => ({
  report: 'kernels',
  sourceName: 'cuda_gpu_kern_sum',
  rows: [row],
  ...part,
})

test("a vendor's summary answers without a timeline; a skipped report is no answer", () => {
  const two = report({ rows: [row, { ...row, name: 'void gemm<2>(int)', minNs: 1, medianNs: Number.NaN }] })
  expect(parsed({ ...base, statistics: [two] }).kernels).toHaveLength(2)
  const merged = parsed({ ...base, statistics: [two] }, { by: 'short-name' })
  expect(merged).toMatchObject({ source: 'statistics', kernels: [{ shortName: 'gemm', count: 4, minNs: 1, maxNs: 6, names: 2 }] })
  expect(merged.kernels[0]?.medianNs).toBeUndefined()
  expect(() => parsed({ ...base, statistics: [report({ rows: [], skipped: 'no kernel data' })] })).toThrow('skipped')
  expect(() => parsed(base)).toThrow('neither a timeline nor kernel statistics')
})
