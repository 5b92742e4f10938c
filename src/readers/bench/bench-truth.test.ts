/** Every real result reads, is claimed by one reader alone, and holds every number of its independent truth. */
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { expect, test } from 'vitest'
import type { BenchCell } from '#model/bench-result.ts'
import { defaultReadLimits } from '#model/reader.ts'
import { openProbe, openSource } from '#platform/access.ts'
import { readers } from '#readers/registry.ts'
import { listShared, sharedDataAbsent, sharedTruth } from '../../../tests/support/shared-data.ts'
import { nsPer, type TimeUnit } from './cell-builder.ts'

const kinds: readonly (readonly [RegExp, string])[] = [
  [/^SemiAnalysisAI-InferenceX/, 'inferencex'],
  [/gpu_telemetry_export\.jsonl$/, 'aiperf-telemetry'],
  [/^ajcasagrande-aiperf/, 'aiperf'],
  [/genai_perf/, 'genai-perf'],
  [/^dstackai/, 'vllm-bench'],
  [/inference-perf/, 'inference-perf'],
  [/llmperf/, 'llmperf'],
]

interface Truth {
  readonly numbers?: Readonly<Record<string, number>>
  readonly records?: number
  readonly first_numbers?: Readonly<Record<string, number>>
}

/** Every figure of a cell under the key that it stood at, in the file's own unit. */
function figures(cell: BenchCell): Map<string, number> {
  const found = new Map<string, number>()
  const inFile = (valueNs: number, unit: string) => valueNs / nsPer[unit as TimeUnit]
  for (const { key, valueNs, unit } of cell.latencies) found.set(key, inFile(valueNs, unit))
  for (const { key, perSecond } of cell.rates) found.set(key, perSecond)
  for (const { key, count } of cell.counts) found.set(key, count)
  for (const { key, value } of cell.others) found.set(key, value)
  for (const { key, value } of cell.context) if (typeof value === 'number') found.set(key, value)
  return found
}

/** Keys whose value is kept elsewhere than among the figures. */
function placed(cell: BenchCell, key: string, value: number): boolean {
  const last = key.split('.').at(-1) ?? ''
  if (last === 'max_concurrency' || last === 'concurrency') return cell.concurrency === value
  if (last === 'duration' || last === 'elapsed_time' || key === 'benchmark_duration.avg')
    return Math.abs((cell.durationNs ?? 0) / 1e9 - value) < 1e-6
  if (last === 'requested_rate') return cell.requestRate === value
  return false
}

test('every real result equals its truth', async (context) => {
  const paths = listShared('bench')
  if (paths.length === 0) context.skip(sharedDataAbsent)
  for (const path of paths) {
    const name = basename(path)
    const probe = openProbe(path)
    const claims = readers.filter((reader) => reader.detect(probe) !== undefined)
    probe.close()
    expect(
      claims.map(({ kind }) => kind),
      name,
    ).toEqual([kinds.find(([pattern]) => pattern.test(name))?.[1]])
    const [reader] = claims
    const { capture, losses } = await (reader as NonNullable<typeof reader>).read(openSource(path), {
      needs: new Set(),
      limits: defaultReadLimits,
    })
    expect(losses, name).toEqual([])
    const truth = sharedTruth(name) as Truth | undefined
    const result = capture.benchResult
    if (truth?.numbers === undefined || result === undefined) continue
    const [cell] = result.cells
    expect(result.cells, name).toHaveLength(1)
    const known = figures({ ...(cell as BenchCell), context: [...(cell as BenchCell).context, ...result.context] })
    const missing = Object.entries(truth.numbers).filter(([key, value]) => {
      const found = known.get(key)
      if (found === undefined) return !placed(cell as BenchCell, key, value) && !result.unknownKeys.includes(key)
      return Math.abs(found - value) > Math.abs(value) * 1e-12
    })
    expect(missing, name).toEqual([])
  }
})

test('requests of llmperf and AIPerf lines: as many as the truth counts, statistics as computed from the text anew', async (context) => {
  const paths = listShared('bench').filter((path) => /llmperf|profile_export\.jsonl$/.test(path))
  if (paths.length === 0) context.skip(sharedDataAbsent)
  for (const path of paths) {
    const name = basename(path)
    const reader = readers.find(({ kind }) => kind === (name.includes('llmperf') ? 'llmperf' : 'aiperf'))
    const { capture } = await (reader as NonNullable<typeof reader>).read(openSource(path), { needs: new Set(), limits: defaultReadLimits })
    const [cell] = capture.benchResult?.cells ?? []
    const truth = sharedTruth(name) as Truth
    expect(
      cell?.counts.filter(({ name: count }) => count === 'completed' || count === 'failed').reduce((sum, { count }) => sum + count, 0),
    ).toBe(truth.records)
    const text = readFileSync(path, 'utf8')
    const ttfts: number[] = name.includes('llmperf')
      ? (JSON.parse(text) as { ttft_s: number; error_code: unknown }[])
          .filter(({ error_code }) => error_code === null)
          .map(({ ttft_s }) => ttft_s * 1e9)
      : text
          .trim()
          .split('\n')
          .map(
            (line) => (JSON.parse(line) as { metrics: { time_to_first_token: { value: number } } }).metrics.time_to_first_token.value * 1e6,
          )
    const mean = ttfts.reduce((sum, value) => sum + value, 0) / ttfts.length
    expect(cell?.latencies.find(({ quantity, statistic }) => quantity === 'ttft' && statistic === 'mean')?.valueNs).toBeCloseTo(mean, 3)
    expect(cell?.latencies.find(({ quantity, statistic }) => quantity === 'ttft' && statistic === 'max')?.valueNs).toBe(Math.max(...ttfts))
  }
})
