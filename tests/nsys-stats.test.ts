/** `nsys stats` output in its layouts and dialects, and the vendor's real text output against its truth. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { StatisticsReport } from '#model/capture.ts'
import { defaultReadLimits } from '#model/reader.ts'
import { openProbe, openSource } from '#platform/access.ts'
import { parseStats } from '#readers/nsys/stats/parse-stats.ts'
import { nsysStatsReader } from '#readers/nsys/stats-reader.ts'
import { listShared, sharedDataAbsent, sharedTruth } from './support/shared-data.ts'

const reports = (text: string): readonly StatisticsReport[] => parseStats(text).reports
const header = 'Time (%),Total Time (ns),Instances,Avg (ns),Med (ns),Min (ns),Max (ns),StdDev (ns),Name'
const text = `Processing [x.sqlite] with [/opt/nsys/reports/cuda_gpu_kern_sum.py]...

 ** CUDA GPU Kernel Summary (cuda_gpu_kern_sum):

 Time (%)  Total Time (ns)  Instances  Avg (ns)  Med (ns)  Min (ns)  Max (ns)  StdDev (ns)              Name
 --------  ---------------  ---------  --------  --------  --------  --------  -----------  ------------------------------
     90.0            9,000          9    1000.0    1000.0      1000      1000          0.0  void f<int, T3>(int)
     10.0            1,000          1    1000.0    1000.0      1000      1000          0.0  ncclDevKernel_AllReduce (T1, 2)

`

test('trap B10: names with spaces are cut at the dash ruler', () => {
  const [report] = reports(text)
  expect(report?.rows.map((row) => [row.name, row.count, row.totalNs])).toEqual([
    ['void f<int, T3>(int)', 9, 9000],
    ['ncclDevKernel_AllReduce (T1, 2)', 1, 1000],
  ])
})

test('trap B11: CSV and text of one report give the same rows', () => {
  const csv = `${header}\n90.0,9000,9,1000.0,1000.0,1000,1000,0.0,"void f<int, T3>(int)"\n10.0,1000,1,1000.0,1000.0,1000,1000,0.0,"ncclDevKernel_AllReduce (T1, 2)"\n`
  expect(reports(csv)).toEqual(reports(text))
})

test.each(['cuda_gpu_kern_sum', 'gpu_kern_sum', 'gpukernsum', 'cuda_gpu_kern_sum:base', 'CUDA_GPU_KERN_SUM'])(
  'trap B12: %s is the kernel report',
  (name) => {
    expect(reports(text.replace('cuda_gpu_kern_sum.py', `${name}.py`).replace('(cuda_gpu_kern_sum)', `(${name})`))[0]?.report).toBe(
      'kernels',
    )
    expect(parseStats(`${header}\n1,2,1,2,2,2,2,0,k\n`, name).reports[0]?.report).toBe('kernels')
  },
)

test('other dialects: API, memory, OS and NVTX', () => {
  const of = (name: string): string | undefined => reports(`Processing [x] with [${name}.py]...\n${header}\n1,2,1,2,2,2,2,0,k\n`)[0]?.report
  expect(['cudaapisum', 'gpumemtimesum', 'gpumemsizesum', 'osrtsum', 'nvtxppsum', 'vulkan_marker_sum'].map(of)).toEqual([
    'api',
    'memory-time',
    'memory-size',
    'os-runtime',
    'nvtx',
    'vulkan-marker-sum',
  ])
})

test('trap B13: a report that could not be found is an abstention with its reason', () => {
  const [report] = reports("ERROR: Report 'gpu_kern_sum' could not be found.\n")
  expect(report).toMatchObject({ report: 'kernels', rows: [], skipped: "Report 'gpu_kern_sum' could not be found." })
})

test('trap B14: a skipped report is not an empty one', async () => {
  const [report] = reports(
    'Processing [x.sqlite] with [/o/cuda_gpu_kern_sum.py]... \nSKIPPED: x.sqlite does not contain CUDA kernel data.\n',
  )
  expect(report).toMatchObject({ report: 'kernels', rows: [], skipped: 'x.sqlite does not contain CUDA kernel data.' })
  const { capture } = await readText(
    'skipped.txt',
    'Processing [x.sqlite] with [/o/cuda_gpu_kern_sum.py]... \nSKIPPED: x.sqlite does not contain CUDA kernel data.\n',
  )
  expect(capture.capabilities['kernel-statistics']).toMatchObject({ state: 'unknown' })
})

test.each([
  ['ns', 1500],
  ['us', 1_500_000],
  ['ms', 1_500_000_000],
  ['s', 1_500_000_000_000],
  ['usec', 1_500_000],
])('trap B15: totals in (%s) become nanoseconds', (unit, expected) => {
  const [report] = reports(`${header.replaceAll('(ns)', `(${unit})`)}\n100.0,1500,3,500,500,500,500,0,k\n`)
  expect(report?.rows[0]?.totalNs).toBe(expected)
  expect(reports(`${header.replaceAll(' (ns)', '')}\n100.0,1500,3,500,500,500,500,0,k\n`)[0]?.rows[0]?.totalNs).toBeNaN()
})

test('sizes keep their bytes and have no times', () => {
  const [report] = reports(
    'Total (MB),Count,Avg (MB),Med (MB),Min (MB),Max (MB),StdDev (MB),Operation\n13627.435,294,46.352,26.214,0.010,104.858,42.643,[CUDA memcpy Host-to-Device]\n',
  )
  expect(report).toMatchObject({ report: 'memory-size', rows: [{ count: 294, totalBytes: 13_627_435_000, totalNs: Number.NaN }] })
})

test('trap B16: the share of the listed rows is not read', () => {
  const [report] = reports(`${header}\n100.0,10,1,10,10,10,10,0,k\n`)
  expect(Object.values(report?.rows[0] ?? {})).not.toContain(100)
})

test('legacy headers: units of the total hold for columns without one', () => {
  const [report] = reports(
    'Time(%),Total Time (us),Instances,Average,Minimum,Maximum,Name\n100.0,30,3,10,5,15,k\n'.replace('Time(%)', 'Time (%)'),
  )
  expect(report?.rows[0]).toMatchObject({ totalNs: 30_000, averageNs: 10_000, minNs: 5000, maxNs: 15_000, medianNs: Number.NaN })
})

test('spreadsheets with semicolons and decimal commas, thousands in quotes, byte-order mark, Windows lines', () => {
  const semicolons = `\uFEFF${header.replaceAll(',', ';')}\r\n99,9;1.234.567;3;411522,3;411000,5;1;2;0,5;k\r\n`
  expect(reports(semicolons)[0]?.rows[0]).toMatchObject({ totalNs: 1_234_567, averageNs: 411_522.3, medianNs: 411_000.5 })
  expect(reports(`${header}\n1,"1,234,567",3,"411,522.3",1,1,2,0,"say ""k"""\n`)[0]?.rows[0]).toMatchObject({
    totalNs: 1_234_567,
    averageNs: 411_522.3,
    name: 'say "k"',
  })
})

test('without a name the calls tell CUDA from the operating system', () => {
  const api = header.replace('Instances', 'Num Calls')
  expect(reports(`${api}\n1,2,1,2,2,2,2,0,poll\n`)[0]?.report).toBe('os-runtime')
  expect(reports(`${api}\n1,2,1,2,2,2,2,0,cuInit\n`)[0]?.report).toBe('api')
})

test('event traces are refused by counting their rows', () => {
  const { reports: found, losses } = parseStats('Start (ns),Duration (ns),CorrId,GrdX,Name\n1,2,3,4,k\n5,6,7,8,k\n')
  expect(found).toEqual([])
  expect(losses.list()).toMatchObject([{ code: 'rows-of-traces', count: 2 }])
})

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sextant-stats-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function readText(name: string, content: string) {
  const path = join(folder, name)
  writeFileSync(path, content)
  return nsysStatsReader.read(openSource(path), { needs: new Set(), limits: defaultReadLimits })
}

test('an empty file is the vendor abstaining, not a measurement', async () => {
  await expect(readText('x_cuda_gpu_kern_sum.csv', '')).rejects.toMatchObject({
    code: 'empty_file',
    message: expect.stringContaining('abstention'),
  })
})

test('other texts are not claimed', () => {
  for (const content of ['a,b,c\n1,2,3\n', 'Name,Total,Count\n', '"ID","Process ID","Kernel Name"\n', '{}', 'hello ** world (x):\n']) {
    const path = join(folder, 'other')
    writeFileSync(path, content)
    const probe = openProbe(path)
    expect([content, nsysStatsReader.detect(probe)]).toEqual([
      content,
      content.startsWith('Name,Total') ? { title: 'nsys stats summary' } : undefined,
    ])
    probe.close()
  }
})

interface TextTruth {
  reports: string[]
  skipped: string[]
  sections: Record<string, { rows: number; sum_total_ns: number; sum_count: number; first: string[] }>
}
const paths = listShared('nsys-stats')
describe.skipIf(paths.length === 0)(paths.length === 0 ? sharedDataAbsent : 'text as nsys printed it', () => {
  test.each(paths.map((path) => [basename(path), path]))('%s', async (name, path) => {
    const truth = sharedTruth(name) as TextTruth
    const { capture } = await nsysStatsReader.read(openSource(path), { needs: new Set(), limits: defaultReadLimits })
    const found = capture.statistics ?? []
    expect(found.map((report) => report.sourceName)).toEqual(truth.reports)
    expect(found.flatMap((report) => report.skipped ?? [])).toEqual(truth.skipped)
    for (const [section, expected] of Object.entries(truth.sections)) {
      const report = found.find((each) => each.sourceName === section)
      expect(report?.rows.length).toBe(expected.rows)
      if (report?.report === 'memory-size') continue
      expect(report?.rows.reduce((sum, row) => sum + row.totalNs, 0)).toBe(expected.sum_total_ns)
      expect(report?.rows.reduce((sum, row) => sum + row.count, 0)).toBe(expected.sum_count)
      const [first] = report?.rows ?? []
      expect([
        first?.totalNs,
        first?.count,
        first?.averageNs,
        first?.medianNs,
        first?.minNs,
        first?.maxNs,
        first?.standardDeviationNs,
      ]).toEqual(expected.first.slice(1, 8).map(Number))
      expect(first?.name).toBe(expected.first[8])
    }
  })
})
