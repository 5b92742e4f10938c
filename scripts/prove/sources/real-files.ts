/** Point 1: every real file of these sources through the built binary's own commands, against its independent truth. */
import { basename } from 'node:path'
import { listShared, sharedDataAbsent, sharedTruth } from '../../../tests/support/shared-data.ts'
import { askBinary, inParallel } from '../foundation/built-binary.ts'
import type { Point, Proof } from '../point.ts'

interface Compared {
  readonly checked: number
  readonly wrong: readonly string[]
}

type Json = Readonly<Record<string, unknown>>

interface NcuAnswer {
  readonly count: number
  readonly results: readonly {
    readonly functionName?: string
    readonly demangledName?: string
    readonly grid?: readonly number[]
    readonly block?: readonly number[]
    readonly durationNs?: number
    readonly metrics: Readonly<Record<string, number | string>>
    readonly metricsWithoutValue?: readonly string[]
    readonly rules: readonly unknown[]
  }[]
}

class Comparison {
  checked = 0
  readonly wrong: string[] = []

  equal(what: string, found: unknown, expected: unknown): void {
    this.checked++
    if (JSON.stringify(found) !== JSON.stringify(expected))
      this.wrong.push(`${what}: ${JSON.stringify(found)}, not ${JSON.stringify(expected)}`)
  }

  near(what: string, found: number | undefined, expected: number, ratio: number): void {
    this.checked++
    if (found === undefined || !(Math.abs(found - expected) <= Math.abs(expected) * ratio))
      this.wrong.push(`${what}: ${found}, not ${expected}`)
  }
}

interface ReportTruth {
  readonly kernel_launches: number
  readonly sum_duration_ns?: number
  readonly kernels: readonly {
    readonly function?: string
    readonly demangled?: string
    readonly name?: string
    readonly grid?: readonly number[]
    readonly block?: readonly number[]
    readonly metric_count?: number
    readonly rule_rows?: number
    readonly metrics?: unknown
    readonly selected?: Readonly<Record<string, readonly [unit: string, value: string]>>
  }[]
}

async function compareCounters(path: string): Promise<Compared> {
  const truth = sharedTruth(basename(path)) as ReportTruth
  const answer = (await askBinary(['ncu', path, '--json', '--limit', '0', '--no-cache'])) as NcuAnswer
  const compare = new Comparison()
  compare.equal('launches', answer.count, truth.kernel_launches)
  if (truth.sum_duration_ns !== undefined)
    compare.equal(
      'durations',
      answer.results.reduce((sum, { durationNs = 0 }) => sum + durationNs, 0),
      truth.sum_duration_ns,
    )
  for (const [index, kernel] of truth.kernels.entries()) {
    const result = answer.results[index]
    if (result === undefined) continue
    compare.equal(`name ${index}`, result.demangledName, kernel.demangled ?? kernel.name)
    if (kernel.function !== undefined) compare.equal(`function ${index}`, result.functionName, kernel.function)
    if (kernel.grid !== undefined) compare.equal(`sizes ${index}`, [result.grid, result.block], [kernel.grid, kernel.block])
    const without = new Set(result.metricsWithoutValue)
    if (kernel.metric_count !== undefined)
      compare.equal(`metrics ${index}`, Object.keys(result.metrics).length + without.size, kernel.metric_count)
    if (kernel.rule_rows !== undefined) compare.equal(`rules ${index}`, result.rules.length, kernel.rule_rows)
    const metrics = typeof kernel.metrics === 'object' && kernel.metrics !== null ? (kernel.metrics as Json) : {}
    for (const [name, value] of Object.entries(metrics))
      compare.equal(`${name} ${index}`, value === 'nan' ? without.has(name) : result.metrics[name], value === 'nan' ? true : value)
    for (const [label, [unit, text]] of Object.entries(kernel.selected ?? {})) {
      // A page prints microseconds; answers are nanoseconds, as reports store them.
      const expected = Number(text.replaceAll(',', '')) * (unit === 'us' ? 1000 : 1)
      compare.equal(`${label} ${index}`, result.metrics[label] ?? result.metrics[`${label} [${unit}]`], expected)
    }
  }
  return compare
}

interface MetricsAnswer {
  readonly samples: number
  readonly entities: readonly { readonly uuid?: string }[]
}

async function compareMetrics(path: string): Promise<Compared> {
  const truth = sharedTruth(basename(path)) as { readonly samples: number; readonly gpus: readonly (readonly string[])[] }
  const answer = (await askBinary(['metrics', path, '--json', '--no-cache'])) as MetricsAnswer
  const compare = new Comparison()
  compare.equal('samples', answer.samples, truth.samples)
  const uuids = new Set(answer.entities.flatMap(({ uuid }) => uuid ?? []))
  compare.equal('GPUs', [...uuids].sort(), [...new Set(truth.gpus.map(([, uuid = '']) => uuid))].sort())
  return compare
}

interface BenchAnswer {
  readonly files: readonly { readonly context: readonly { key: string; value: unknown }[]; readonly unknownKeys: readonly string[] }[]
  readonly cells: readonly {
    readonly concurrency?: number
    readonly requestRate?: number | string
    readonly durationNs?: number
    readonly latencies: readonly { key: string; valueNs: number; unit: string }[]
    readonly rates: readonly { key: string; perSecond: number }[]
    readonly counts: readonly { key: string; name: string; count: number }[]
    readonly others: readonly { key: string; value: number }[]
    readonly context: readonly { key: string; value: unknown }[]
  }[]
}

const nsPer: Readonly<Record<string, number>> = { ns: 1, us: 1e3, ms: 1e6, s: 1e9 }

async function compareBench(path: string): Promise<Compared> {
  const name = basename(path)
  const truth = sharedTruth(name) as { readonly numbers?: Readonly<Record<string, number>>; readonly records?: number }
  const compare = new Comparison()
  if (/telemetry_export/.test(name)) {
    const answer = (await askBinary(['metrics', path, '--json', '--no-cache'])) as MetricsAnswer
    compare.equal('samples are at least the records', answer.samples >= (truth.records ?? 0), true)
    return compare
  }
  const { cells, files } = (await askBinary(['bench-result', path, '--json', '--no-cache'])) as BenchAnswer
  const [cell] = cells
  const [file] = files
  if (cell === undefined || file === undefined) return { checked: 1, wrong: ['no cell'] }
  if (truth.records !== undefined) {
    const requests = cell.counts
      .filter((count) => count.name === 'completed' || count.name === 'failed')
      .reduce((sum, { count }) => sum + count, 0)
    compare.equal('requests', requests, truth.records)
  }
  const figures = new Map<string, number>()
  for (const { key, valueNs, unit } of cell.latencies) figures.set(key, valueNs / (nsPer[unit] ?? Number.NaN))
  for (const { key, perSecond } of cell.rates) figures.set(key, perSecond)
  for (const { key, count } of cell.counts) figures.set(key, count)
  for (const { key, value } of [...cell.others, ...cell.context, ...file.context]) if (typeof value === 'number') figures.set(key, value)
  const placed = [cell.concurrency, cell.requestRate, cell.durationNs === undefined ? undefined : cell.durationNs / 1e9]
  for (const [key, value] of Object.entries(truth.numbers ?? {})) {
    const found = figures.get(key) ?? placed.find((each) => typeof each === 'number' && Math.abs(each - value) <= Math.abs(value) * 1e-9)
    if (found === undefined && file.unknownKeys.includes(key)) compare.equal(key, 'listed as not interpreted', 'listed as not interpreted')
    else compare.near(key, typeof found === 'number' ? found : undefined, value, 1e-12)
  }
  return compare
}

async function judge(folder: string, compare: (path: string) => Promise<Compared>): Promise<Proof> {
  const paths = listShared(folder)
  if (paths.length === 0) return { holds: false, figure: sharedDataAbsent }
  const found = await inParallel(paths, async (path) => {
    try {
      return await compare(path)
    } catch (error) {
      return { checked: 1, wrong: [`${basename(path)}: ${error instanceof Error ? error.message.slice(0, 200) : String(error)}`] }
    }
  })
  const checked = found.reduce((sum, each) => sum + each.checked, 0)
  const wrong = found.flatMap((each) => each.wrong)
  const figure = `${paths.length} files, ${checked - wrong.length} of ${checked} figures equal`
  return wrong.length === 0 ? { holds: true, figure } : { holds: false, figure: `${figure}; ${wrong.slice(0, 5).join('; ')}` }
}

const point = (folder: string, command: string, compare: (path: string) => Promise<Compared>): Point => ({
  title: `1 ${folder}: \`${command}\` on every real file equals its truth`,
  prove: () => judge(folder, compare),
})

export const realFilePoints: readonly Point[] = [
  point('ncu-rep', 'ncu', compareCounters),
  point('ncu-csv', 'ncu', compareCounters),
  point('metrics', 'metrics', compareMetrics),
  point('bench', 'bench-result', compareBench),
]
