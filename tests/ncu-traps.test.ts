/** What a reader of Nsight Compute must not get wrong, on reports and pages that are made here. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compileFamilies } from '#analysis/families.ts'
import { summarizeCounters } from '#analysis/kernel-counters/summarize.ts'
import { defaultReadLimits } from '#model/reader.ts'
import { openSource } from '#platform/access.ts'
import { counterCapture } from './support/counter-fixture.ts'
import { runInProcess } from './support/in-process.ts'
import { type BlockParts, double, float, message, metric, number, report, text } from './support/ncu-report-writer.ts'
import { metricsOf, type ReadCounters, readCounters, readerOf } from './support/read-counters.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sextant-ncu-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let files = 0
function written(bytes: Uint8Array | string): string {
  files += 1
  const path = join(folder, `capture-${files}`)
  writeFileSync(path, bytes)
  return path
}

const readBytes = (bytes: Uint8Array | string): Promise<ReadCounters> => readCounters(written(bytes))
const readBlocks = (...blocks: readonly BlockParts[]): Promise<ReadCounters> => readBytes(report(blocks))

const kernel = (...fields: readonly (readonly number[])[]): readonly (readonly number[])[] => [
  text(5, '_Z1fi'),
  text(6, 'f'),
  text(7, 'f(int)'),
  message(10, [number(1, 7), number(2, 2)]),
  message(11, [number(1, 128)]),
  ...fields,
  number(22, 1),
  number(23, 13),
  message(25, [number(1, 1), number(2, 0)]),
]
/** A zstd frame of stored blocks of at most 64 bytes: what a compressor writes for bytes that do not compress. RFC 8878, 3.1.1. */
function zstdStored(bytes: Uint8Array): Uint8Array {
  // No content size, no checksum, a window of 1 MiB.
  const out = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x50]
  for (let at = 0; at < bytes.length; at += 64) {
    const part = bytes.subarray(at, at + 64)
    const head = (part.length << 3) | (at + 64 >= bytes.length ? 1 : 0)
    out.push(head & 0xff, (head >> 8) & 0xff, head >> 16, ...part)
  }
  return Uint8Array.from(out)
}

const none = compileFamilies({ schema: 'kernel-families/1', rules: [] })

describe('reports', () => {
  test('trap D13: string tables of all blocks make one list', async () => {
    const first = { strings: ['gpu__time_duration.sum', 'launch__registers_per_thread'], results: [kernel(metric(1, double(3, 24)))] }
    const second = { strings: [], results: [kernel(metric(0, double(3, 5000)))] }
    const third = { strings: ['dram__bytes.sum'], results: [kernel(metric(2, number(5, 77)), metric(0, double(3, 6000)))] }
    const { counters, losses } = await readBlocks(first, second, third)
    expect([0, 1, 2].map((index) => [...metricsOf(counters, index)])).toEqual([
      [['launch__registers_per_thread', 24]],
      [['gpu__time_duration.sum', 5000]],
      [
        ['dram__bytes.sum', 77],
        ['gpu__time_duration.sum', 6000],
      ],
    ])
    expect(losses).toEqual([])
    expect(counters.results.map(({ durationNs }) => durationNs)).toEqual([undefined, 5000, 6000])
  })

  test('trap D14: a value is read whatever its wire type', async () => {
    const values = [text(1, 'all'), float(2, 1.5), double(3, 0.1), number(4, 168), number(5, 2n ** 64n - 1n)]
    const strings = values.map((_, index) => `metric_${index}`)
    const { counters } = await readBlocks({ strings, results: [kernel(...values.map((value, index) => metric(index, value)))] })
    expect([...metricsOf(counters, 0).values()]).toEqual(['all', 1.5, 0.1, 168, 2 ** 64])
  })

  test('a metric with a list and no scalar has no value, and is no zero', async () => {
    const list = message(13, [number(1, 0), message(3, [message(2, [number(5, 9)])]), message(3, [message(2, [number(5, 8)])])])
    const { counters } = await readBlocks({ strings: ['group:x'], results: [kernel(list)] })
    expect(metricsOf(counters, 0).get('group:x')).toBeNaN()
    expect(counters.results[0]?.sourceCounters).toEqual({ metrics: 1, instances: 2 })
  })

  test('names, sizes, clocks and ids of a launch; a NaN or zero duration is none', async () => {
    const strings = ['gpu__time_duration.sum']
    const { counters } = await readBlocks({ strings, results: [kernel(metric(0, double(3, Number.NaN))), kernel(metric(0, double(3, 0)))] })
    expect(counters.results[0]).toEqual({
      scope: 'kernel',
      mangledName: '_Z1fi',
      functionName: 'f',
      demangledName: 'f(int)',
      grid: [7, 2, 0],
      block: [128, 0, 0],
      context: 1,
      stream: 13,
      process: 0,
      clock: { lockRequested: true, locked: false },
      rules: [],
      nvtx: [],
    })
    expect(counters.results[1]).not.toHaveProperty('durationNs')
  })

  test('ranges are results; command lists and graphs are counted; sources are skipped', async () => {
    const range = [message(4, [number(1, 0), message(2, [double(3, 9)])]), number(11, 3), message(12, [number(2, 1)])]
    const { capture, counters, losses } = await readBlocks({
      strings: ['gpu__time_duration.sum'],
      sources: [[text(2, 'code')]],
      results: [kernel()],
      ranges: [range],
      commandLists: [[number(1, 1)], [number(1, 1)]],
      graphs: [[number(1, 1)]],
    })
    expect(counters.results.map(({ scope }) => scope)).toEqual(['kernel', 'range'])
    expect(counters.results[1]).toMatchObject({ context: 3, durationNs: 9, clock: { locked: true } })
    expect(capture.inventory).toMatchObject({ sources: 1, results: 2 })
    expect(losses.map(({ code, count }) => [code, count])).toEqual([
      ['command-list-results', 2],
      ['graph-results', 1],
    ])
  })

  test('fields of a newer format are skipped and counted', async () => {
    const newer = [
      ...kernel(metric(0, double(3, 1))),
      number(31, 5),
      text(99, 'new'),
      message(13, [number(1, 0), message(2, [number(6, 1)]), number(8, 2)]),
    ]
    const { counters, losses } = await readBlocks({ strings: ['a'], results: [newer], header: [number(12, 1)] })
    expect(counters.results).toHaveLength(1)
    expect(losses.map(({ code, count }) => [code, count])).toEqual([
      ['unknown-field-blockheader.12', 1],
      ['unknown-field-metricvalue.6', 1],
      ['unknown-field-profilemetricresult.8', 1],
      ['unknown-field-profileresult.31', 1],
      ['unknown-field-profileresult.99', 1],
    ])
  })

  test('a fragment without magic and file header is read from its first block', async () => {
    const bytes = report([{ strings: ['dram__bytes.sum'], results: [kernel(metric(0, number(5, 4)))] }, { results: [kernel()] }], {
      magic: false,
    })
    const path = written(bytes)
    expect(readerOf(path).kind).toBe('ncu-rep')
    const { counters, capture } = await readCounters(path)
    expect(counters.results).toHaveLength(2)
    expect(capture.facts).not.toHaveProperty('format-version')
  })

  test('.ncu-repz: zstd frames, whole, cut, and above the limit', async () => {
    const whole = report([{ strings: ['a'], results: [kernel(metric(0, double(3, 1)))] }, { results: [kernel(), kernel()] }])
    const zipped = zstdStored(whole)
    const path = written(zipped)
    expect(readerOf(path).kind).toBe('ncu-rep')
    expect((await readCounters(path)).counters.results).toHaveLength(3)
    const { counters, losses } = await readBytes(zipped.subarray(0, zipped.length - 30))
    expect(counters.results.length).toBeGreaterThan(0)
    expect(losses.map(({ code }) => code)).toContain('damaged-compression')
    const limits = { ...defaultReadLimits, maxDecompressedBytes: 100 }
    await expect(readerOf(path).read(openSource(path), { needs: new Set(), limits })).rejects.toMatchObject({ code: 'limit_exceeded' })
  })

  test('a cut report keeps what came before the cut; one cut before its first result is refused', async () => {
    const whole = report([{ strings: ['a'], results: [kernel(metric(0, double(3, 1)))] }, { results: [kernel(), kernel()] }])
    const { counters, losses } = await readBytes(whole.subarray(0, whole.length - 3))
    expect(counters.results).toHaveLength(2)
    expect(losses.map(({ code }) => code)).toEqual(['truncated-messages', 'truncated-bytes'])
    await expect(readBytes(whole.subarray(0, 40))).rejects.toMatchObject({ code: 'truncated_file' })
  })

  test('a damaged result is left out whole, and counted', async () => {
    const broken = [...kernel(metric(0, double(3, 1))), [13 * 8 + 2, 0x7f, 1, 2]]
    const { counters, losses } = await readBlocks({
      strings: ['a'],
      results: [kernel(metric(0, double(3, 5))), broken, kernel(metric(0, double(3, 6)))],
    })
    expect([0, 1].map((index) => metricsOf(counters, index).get('a'))).toEqual([5, 6])
    expect(counters.value).toHaveLength(2)
    expect(losses.map(({ code, count }) => [code, count])).toEqual([['damaged-results', 1]])
  })

  test('rules: message, kind, focus metrics, speed-up with its scope', async () => {
    const focus = message(8, [number(1, 4), text(2, 'm'), double(3, 0.5), number(4, 2), text(5, 'why')])
    const item = message(1, [
      message(1, [text(1, 'Do this.'), number(2, 4), number(3, 4), text(4, 'Head')]),
      focus,
      message(10, [number(1, 1), double(2, 98.9)]),
    ])
    const rule = message(19, [text(1, 'R'), text(2, 'Rule'), message(3, [item]), text(4, 'S')])
    const { counters } = await readBlocks({ results: [kernel(rule)] })
    expect(counters.results[0]?.rules).toEqual([
      {
        identifier: 'R',
        title: 'Rule',
        section: 'S',
        messages: [
          {
            kind: 'optimization',
            title: 'Head',
            text: 'Do this.',
            speedup: { scope: 'local', ratio: 0.9890000000000001 },
            focusMetrics: [{ name: 'm', value: 0.5, severity: 'high', note: 'why' }],
          },
        ],
      },
    ])
  })

  test('NVTX ranges of the launching thread, outermost first', async () => {
    const domain = message(1, [number(1, 2), text(2, 'vllm')])
    const stack = (tid: number, ...names: string[]) =>
      message(2, [number(1, tid), message(2, [number(1, 2), ...names.map((name) => message(3, [text(1, name)]))])])
    const { counters } = await readBlocks({
      results: [[number(1, 77), ...kernel(message(21, [domain, stack(76, 'other'), stack(77, 'step', 'attention')]))]],
    })
    expect(counters.results[0]?.nvtx).toEqual(['vllm/step', 'vllm/attention'])
  })

  test('trap D23: environment, host names and addresses are not in the answer', async () => {
    const system = message(4, [text(1, 'Linux'), text(5, 'secret-host.example'), message(7, [text(1, '10.1.2.3')])])
    const executable = message(9, [
      text(1, '/home/someone/app/run'),
      text(2, '/home/someone'),
      text(3, '--token=hunter2'),
      text(4, 'HF_TOKEN=hunter2'),
    ])
    const session = [number(2, 1740600607), system, executable, text(11, 'ncu --token=hunter2')]
    const { capture, losses } = await readBlocks({ session, strings: ['a'], results: [kernel(metric(0, double(3, 1)))] })
    const everything = JSON.stringify([capture, losses], (_, value: unknown) => (ArrayBuffer.isView(value) ? [] : value))
    for (const secret of ['secret-host', '10.1.2.3', 'hunter2', 'someone']) expect(everything).not.toContain(secret)
    expect(capture.kernelCounters?.processes).toEqual([{ pid: 4242, name: 'run' }])
  })
})

const launchHead = '"ID","Process ID","Process Name","Host Name","Kernel Name","Context","Stream","Block Size","Grid Size","Device","CC"'
const launchRow = (id: number, name = 'f(int)'): string =>
  `"${id}","1","python3","127.0.0.1","${name}","1","7","(256, 1, 1)","(8, 2, 1)","0","9.0"`
const units = '"","","","","","","","","","",""'

describe('pages', () => {
  test('trap D15: thousands are grouped by locale: 22,80,000 is 2 280 000', async () => {
    const page = `${launchHead},"a__a.sum","b__b.sum","c__c.sum"\n${units},"","",""\n${launchRow(0)},"22,80,000","12,319,469","1,234"\n`
    const { counters } = await readBytes(page)
    expect([...metricsOf(counters, 0).values()]).toEqual([2_280_000, 12_319_469, 1234])
  })

  test('a decimal comma is known by its company', async () => {
    const page = `${launchHead},"a__a.sum","b__b.sum","c__c.pct"\n${units},"","","%"\n${launchRow(0)},"1.234.567,50","1,234","61,84"\n`
    const { counters } = await readBytes(page)
    expect([...metricsOf(counters, 0).values()]).toEqual([1_234_567.5, 1.234, 61.84])
  })

  test('trap D16: 9.408 us are 9408 ns, 102.4 Kbyte are 102 400 byte', async () => {
    const names = [
      'gpu__time_duration.sum',
      'launch__shared_mem_config_size',
      'dram__bytes.sum.per_second',
      'sm__cycles_elapsed.avg.per_second',
      'dram__bytes.sum',
    ]
    const row = '"us","Kbyte","Gbyte/s","cycle/nsecond","Mibyte"'
    const page = `${launchHead},${names.map((name) => `"${name}"`).join(',')}\n${units},${row}\n${launchRow(0)},"9.408000","102.4","1.5","1.25","2"\n`
    const { counters } = await readBytes(page)
    expect([...metricsOf(counters, 0)]).toEqual(names.map((name, index) => [name, [9408, 102_400, 1.5e9, 1.25e9, 2 ** 21][index]]))
    expect(counters.metrics.map(({ unit }) => unit)).toEqual(['ns', 'byte', 'byte/s', 'hz', 'byte'])
    expect(counters.results[0]?.durationNs).toBe(9408)
  })

  test('cells: commas, quotes and line breaks in names; texts, missing values and nothing are not zero', async () => {
    const name = 'void f<(E)1, ""x"">(int, float)\n[clone]'
    const page = `${launchHead},"a__a.sum","b__b.sum","c__c.sum","d__d.sum"\n${units},"","","",""\n${launchRow(0, name)},"CachePreferNone","no data","","nan"\n`
    const { counters } = await readBytes(page)
    expect(counters.results[0]?.demangledName).toBe('void f<(E)1, "x">(int, float)\n[clone]')
    expect(counters.results[0]?.functionName).toBe('f')
    expect([...metricsOf(counters, 0)]).toEqual([
      ['a__a.sum', 'CachePreferNone'],
      ['b__b.sum', Number.NaN],
      ['d__d.sum', Number.NaN],
    ])
  })

  const details = `${launchHead},"Section Name","Metric Name","Metric Unit","Metric Value"`

  test('details of 2021 and before: no sizes, no device, no rules; units scaled', async () => {
    const head =
      '"ID","Process ID","Process Name","Host Name","Kernel Name","Kernel Time","Context","Stream","Section Name","Metric Name","Metric Unit","Metric Value"'
    const row = (id: number, rest: string): string => `"${id}","9","app","127.0.0.1","f(int)","2021-Jan-01 10:00:00","1","7",${rest}\n`
    const page = `${head}\n${row(0, '"GPU Speed Of Light","Duration","usecond","3.20"')}${row(0, '"GPU Speed Of Light","SOL DRAM","%","41.5"')}${row(1, '"GPU Speed Of Light","Duration","msecond","1.5"')}`
    const { counters } = await readBytes(page)
    expect(counters.results.map(({ durationNs, grid, device }) => [durationNs, grid, device])).toEqual([
      [3200, undefined, undefined],
      [1_500_000, undefined, undefined],
    ])
    expect(counters.metrics.map(({ name, unit }) => [name, unit])).toEqual([
      ['GPU Speed Of Light / Duration', 'ns'],
      ['GPU Speed Of Light / SOL DRAM', '%'],
    ])
  })

  test('trap D17: one label with two units in one section makes two metrics', async () => {
    const page = `${details}\n${launchRow(0)},"Memory","Memory Throughput","%","61.8"\n${launchRow(0)},"Memory","Memory Throughput","Gbyte/second","196.5"\n`
    const { counters } = await readBytes(page)
    expect([...metricsOf(counters, 0)]).toEqual([
      ['Memory / Memory Throughput', 61.8],
      ['Memory / Memory Throughput [byte/s]', 196.5e9],
    ])
    expect(counters.metrics.map(({ role }) => role?.of)).toEqual(['ratio', 'bytes'])
  })

  test('trap D18: output of profiler and program before, between and after the rows', async () => {
    const log = `==PROF== Connected to process 1\nloading 1,2,3\n${details}\n${launchRow(0)},"S","Duration","ns","5"\n==PROF== Profiling "g": 0%\nstep 7 done\n${launchRow(1)},"S","Duration","ns","6"\n==PROF== Disconnected\n`
    const { counters, losses } = await readBytes(log)
    expect(counters.results.map(({ durationNs }) => durationNs)).toEqual([5, 6])
    expect(losses.map(({ code, count }) => [code, count])).toEqual([['foreign-lines', 1]])
  })

  test('a log with two pages has the results of both', async () => {
    const raw = `${launchHead},"gpu__time_duration.sum"\n${units},"ns"\n${launchRow(0)},"5"\n`
    const { counters, capture } = await readBytes(`${raw}\n==PROF== again\n${raw.replace('"5"', '"6"')}`)
    expect(counters.results.map(({ durationNs }) => durationNs)).toEqual([5, 6])
    expect(capture.inventory).toEqual({ results: 2, pages: 2 })
  })

  test('pages from a spreadsheet: bare cells, semicolons, a byte-order mark', async () => {
    const page = `\ufeff${launchHead.replaceAll('"', '').replaceAll(',', ';')};gpu__time_duration.sum\r\n;;;;;;;;;;;us\r\n0;1;app;h;f(int, int);1;7;(256, 1, 1);(8, 2, 1);0;9.0;1,5\r\n`
    const { counters } = await readBytes(page)
    expect(counters.results[0]).toMatchObject({ demangledName: 'f(int, int)', grid: [8, 2, 1], durationNs: 1500 })
  })
})

describe('answers', () => {
  const measured = { 'gpu__time_duration.sum': 1000, 'sm__throughput.avg.pct_of_peak_sustained_elapsed': 90 }

  test('trap D21: a basic capture without rules: rules were not run, and headroom is undecidable', () => {
    const summary = summarizeCounters(counterCapture([{ metrics: measured }]), [], none)
    expect(summary.rules).toBe('not-run')
    expect(summary.notes.join()).toContain('does not mean that there are no issues')
    expect(summary.kernels[0]?.headroom).toEqual({ state: 'undecidable', reason: expect.stringContaining('--set basic') })
  })

  test('trap D22: an empty capture carries no tier; nor does one without counted work', () => {
    expect(summarizeCounters(counterCapture([]), [], none)).not.toHaveProperty('tier')
    expect(summarizeCounters(counterCapture([{ metrics: measured }]), [], none)).not.toHaveProperty('tier')
    expect(summarizeCounters(counterCapture([{ metrics: { ...measured, 'dram__bytes.sum': 5 } }]), [], none).tier).toBe('L4')
  })

  test('trap D19: a kernel’s percentages are weighted by the time of its launches, its work is summed', () => {
    const launch = (ns: number, percent: number, bytes: number) => ({
      metrics: { 'gpu__time_duration.sum': ns, 'sm__throughput.avg.pct_of_peak_sustained_elapsed': percent, 'dram__bytes.sum': bytes },
    })
    const [kernelRow] = summarizeCounters(counterCapture([launch(9000, 90, 1), launch(1000, 10, 9)]), [], none).kernels
    expect(kernelRow).toMatchObject({ launches: 2, totalNs: 10_000, computeThroughputRatio: 0.82, dram: { totalBytes: 10 } })
    expect(kernelRow?.achievedDramBytesPerSecond).toBeCloseTo(1e6, 6)
  })

  test('trap D20: durations are said not to be comparable with those of nsys, with the state of the clocks', () => {
    const [note] = summarizeCounters(counterCapture([{ metrics: measured }]), [], none).notes
    expect(note).toMatch(/not comparable with those of nsys/)
    expect(note).toMatch(/clocks/)
  })

  test('trap D24: a local speed-up is said to be one of the kernel', () => {
    const rules = [
      {
        identifier: 'R',
        title: 'R',
        messages: [{ kind: 'optimization' as const, text: 't', speedup: { scope: 'local' as const, ratio: 0.989 }, focusMetrics: [] }],
      },
    ]
    const summary = summarizeCounters(counterCapture([{ metrics: measured, rules }]), [], none)
    expect(summary.results[0]?.rules[0]?.speedup).toEqual({ scope: 'local', ratio: 0.989 })
    expect(summary.notes.join()).toContain('a step gains at most its share')
  })

  test('ncu --json: the names of the contract', async () => {
    const strings = [
      'gpu__time_duration.sum',
      'dram__bytes.sum',
      'smsp__sass_thread_inst_executed_op_ffma_pred_on.sum',
      'launch__registers_per_thread',
    ]
    const values = [double(3, 2000), number(5, 1000), number(5, 500), double(3, Number.NaN)]
    const path = written(report([{ strings, results: [kernel(...values.map((value, index) => metric(index, value)))] }]))
    const { stdout, status } = await runInProcess(['ncu', path, '--json', '--no-cache'])
    expect(status).toBe(0)
    const { results } = JSON.parse(stdout) as { results: unknown[] }
    expect(results[0]).toMatchObject({
      functionName: 'f',
      demangledName: 'f(int)',
      grid: [7, 2, 0],
      block: [128, 0, 0],
      durationNs: 2000,
      metrics: { 'gpu__time_duration.sum': 2000, 'dram__bytes.sum': 1000 },
      metricsWithoutValue: ['launch__registers_per_thread'],
      derived: {
        flops: { state: 'known', total: 1000 },
        dram: { totalBytes: 1000 },
        arithmeticIntensityFlopsPerByte: 1,
        achievedDramBytesPerSecond: 5e8,
      },
    })
  })
})
