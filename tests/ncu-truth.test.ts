/** Every real report and page of Nsight Compute against truth that was computed independently. */
import { basename } from 'node:path'
import { describe, expect, test } from 'vitest'
import { compileFamilies } from '#analysis/families.ts'
import { summarizeCounters } from '#analysis/kernel-counters/summarize.ts'
import { metricsOf, type ReadCounters, readCounters } from './support/read-counters.ts'
import { listShared, sharedDataAbsent, sharedTruth } from './support/shared-data.ts'

interface ReportTruth {
  readonly format_version: readonly number[]
  readonly blocks: number
  readonly sources: number
  readonly string_table: number
  readonly gpu: string
  readonly kernel_launches: number
  readonly sum_duration_ns: number
  readonly launches_without_finite_duration: number
  readonly kernels: readonly {
    readonly function: string
    readonly demangled: string
    readonly grid: readonly number[]
    readonly block: readonly number[]
    readonly metric_count: number
    readonly metrics: Readonly<Record<string, number | string>>
  }[]
}

interface PageTruth {
  readonly page: 'raw' | 'details'
  readonly kernel_launches: number
  readonly kernels: readonly {
    readonly name: string
    readonly metrics?: number
    readonly rule_rows?: number
    readonly selected: Readonly<Record<string, readonly [unit: string, value: string]>>
  }[]
}

const reports = listShared('ncu-rep')
const pages = listShared('ncu-csv')

function durations({ counters }: ReadCounters): number[] {
  return counters.results.flatMap(({ durationNs }) => durationNs ?? [])
}

describe.skipIf(reports.length === 0)(reports.length === 0 ? sharedDataAbsent : 'reports', () => {
  for (const path of reports) {
    test(basename(path), async () => {
      const truth = sharedTruth(basename(path)) as ReportTruth
      const read = await readCounters(path)
      const { capture, counters, losses } = read
      expect(losses).toEqual([])
      expect(capture.facts['format-version']).toBe(String(truth.format_version[0]))
      expect(capture.inventory).toMatchObject({ blocks: truth.blocks, sources: truth.sources, 'string-table': truth.string_table })
      expect(capture.devices.map(({ name }) => name)).toEqual([truth.gpu])
      expect(counters.results.length).toBe(truth.kernel_launches)
      expect(durations(read).reduce((sum, each) => sum + each, 0)).toBe(truth.sum_duration_ns)
      expect(counters.results.length - durations(read).length).toBe(truth.launches_without_finite_duration)
      for (const [index, kernel] of truth.kernels.entries()) {
        const result = counters.results[index]
        expect(result).toMatchObject({
          functionName: kernel.function,
          demangledName: kernel.demangled,
          grid: kernel.grid,
          block: kernel.block,
        })
        const metrics = metricsOf(counters, index)
        expect(metrics.size).toBe(kernel.metric_count)
        for (const [name, value] of Object.entries(kernel.metrics))
          expect(metrics.get(name), `${name} of ${kernel.function}`).toBe(value === 'nan' ? Number.NaN : value)
      }
    })
  }
})

describe.skipIf(pages.length === 0)(pages.length === 0 ? sharedDataAbsent : 'pages', () => {
  for (const path of pages) {
    test(basename(path), async () => {
      const truth = sharedTruth(basename(path)) as PageTruth
      const { capture, counters, losses } = await readCounters(path)
      expect(losses).toEqual([])
      expect(capture.facts['page']).toBe(truth.page)
      expect(counters.results.length).toBe(truth.kernel_launches)
      for (const [index, kernel] of truth.kernels.entries()) {
        expect(counters.results[index]?.demangledName).toBe(kernel.name)
        const metrics = metricsOf(counters, index)
        if (kernel.metrics !== undefined) expect(metrics.size).toBe(kernel.metrics)
        const messages = counters.results[index]?.rules.reduce((sum, rule) => sum + rule.messages.length, 0)
        if (kernel.rule_rows !== undefined) expect(messages).toBe(kernel.rule_rows)
        for (const [label, [unit, text]] of Object.entries(kernel.selected)) {
          const factor = unit === 'us' ? 1000 : 1
          const key = metrics.has(label) ? label : `${label} [${unit}]`
          expect(metrics.get(key), label).toBe(Number(text.replaceAll(',', '')) * factor)
        }
      }
    })
  }

  test('trap D17: "Memory Throughput" in % and in byte/s are two metrics', async () => {
    const path = pages.find((each) => each.includes('copy_blocked')) ?? ''
    const { counters } = await readCounters(path)
    const twice = counters.metrics.filter(({ name }) => name.includes('Memory Throughput'))
    expect(twice.map(({ section, unit, role }) => ({ section, unit, of: role?.of }))).toEqual([
      { section: 'GPU Speed Of Light Throughput', unit: '%', of: 'ratio' },
      { section: 'Memory Workload Analysis', unit: 'byte/s', of: 'bytes' },
    ])
    const metrics = metricsOf(counters, 0)
    expect(metrics.get('GPU Speed Of Light Throughput / Memory Throughput')).toBe(61.84)
    expect(metrics.get('Memory Workload Analysis / Memory Throughput')).toBe(196456177859.63)
  })

  test('trap D18: the page of a log is found behind ==PROF== lines and output of the program', async () => {
    const { counters, capture } = await readCounters(pages.find((each) => each.endsWith('.log')) ?? '')
    expect(counters.results).toHaveLength(1)
    expect(capture.devices).toMatchObject([{ ordinal: 0, computeCapability: '10.0' }])
  })

  test('trap D24: a local speed-up of 98.9 % keeps its scope', async () => {
    const { counters } = await readCounters(pages.find((each) => each.includes('copy_blocked')) ?? '')
    const rule = counters.results[0]?.rules.find(({ identifier }) => identifier === 'HighPipeUtilization')
    expect(rule?.messages[0]?.speedup).toEqual({ scope: 'local', ratio: 0.9886 })
  })
})

const both = ['ncu-rep', 'ncu-csv'].map((folder) => listShared(folder).find((path) => path.includes('ncu_ollama')))

/** Of metrics that hold a list, the page prints how many values there are, and the report stores another scalar or none. */
const listed = /^(?:numa__\w+|nvlink__\w+|launch__function_pcs)$/

describe.skipIf(both.includes(undefined))(both.includes(undefined) ? sharedDataAbsent : 'one capture as report and as raw page', () => {
  test('trap D15, D16: every metric agrees up to the digits that the page prints', async () => {
    const [report, page] = await Promise.all(both.map((path) => readCounters(path ?? '')))
    if (report === undefined || page === undefined) throw new Error('two files were read')
    const ours = metricsOf(report.counters, 0)
    const printed = metricsOf(page.counters, 0)
    let compared = 0
    for (const [name, value] of ours) {
      if (listed.test(name) || !printed.has(name)) continue
      compared += 1
      const shown = printed.get(name)
      // The page prints six decimals, two for ratios without a unit.
      if (typeof value === 'number' && typeof shown === 'number') expect(Math.abs(value - shown), name).toBeLessThan(0.005)
      else expect(shown, name).toBe(value)
    }
    expect([...ours.keys()].filter((name) => !printed.has(name))).toEqual(['launch__kernel_name'])
    expect(compared).toBeGreaterThan(210)
    expect(page.counters.results[0]).toMatchObject({ durationNs: 9408, grid: [162, 8, 1], block: [128, 1, 1], stream: 15 })
    expect(printed.get('device__attribute_clock_rate')).toBe(2280000)
    expect(page.capture.devices[0]).toEqual(report.capture.devices[0])
  })
})

const matmul = listShared('ncu-rep').find((path) => path.includes('profile_output'))

describe.skipIf(matmul === undefined)(matmul === undefined ? sharedDataAbsent : 'work of a kernel whose size is known', () => {
  test('four kernels that multiply matrices of 1024 squared: 2 x 1024^3 FLOP each, within one part in a hundred', async () => {
    const { capture, losses } = await readCounters(matmul ?? '')
    const { results } = summarizeCounters(capture, losses, compileFamilies({ schema: 'kernel-families/1', rules: [] }))
    expect(results).toHaveLength(4)
    for (const { derived, functionName } of results) {
      const flops = derived.flops.state === 'known' ? derived.flops.total : Number.NaN
      expect(flops / (2 * 1024 ** 3), functionName).toBeGreaterThan(0.99)
      expect(flops / (2 * 1024 ** 3), functionName).toBeLessThan(1.01)
      expect(derived.headroom.state).toBe('decidable')
    }
  })
})
