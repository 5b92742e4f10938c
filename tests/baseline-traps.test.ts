/** Section G of the trap list: baselines and the gate. G11 and G12 are with the trials. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { drawPerfbench, noises } from '../sim/perfbench/draw.ts'
import { Random } from '../src/base/random.ts'
import { leastSignFlip } from '../src/base/rank-tests.ts'
import { readPerfbench } from '../src/pipeline/perfbench.ts'
import { documentOf, gate, rowOf } from './support/gate.ts'

const folder = mkdtempSync(join(tmpdir(), 'sextant-baseline-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('trap G1: nested metrics are compared where the only numbers at the top are null', () => {
  const document = { ...documentOf(), cpu_spinpoll_pct: null }
  expect(
    gate(document, document)
      .rows.filter(({ state }) => state === 'compared')
      .map(({ id }) => id),
  ).toEqual(['c16 throughput_toks_per_s', 'c16 ttft_p50_ms'])
})

test('trap G2: throughput halved and TTFT times four is RED and REGRESSED, with a spin-poll on both sides', () => {
  const draw = (stream: string, factors: Parameters<typeof drawPerfbench>[1]['factors'] = {}) => ({
    ...drawPerfbench(new Random(1, stream), { concurrencies: [1, 16], runs: 3, cv: noises.typical, factors }),
    cpu_spinpoll_pct: 10,
  })
  const diff = gate(draw('a'), draw('b', { throughput_toks_per_s: 0.5, ttft_p50_ms: 4 }))
  expect([diff.classic.verdict, diff.statistical.verdict, diff.gate.passed]).toEqual(['RED', 'REGRESSED', false])
  expect(diff.rows.filter(({ classic }) => classic === 'exceeds').length).toBeGreaterThanOrEqual(4)
})

test('trap G3: null on one side is a NULL_LEGACY_BASELINE row, neither a failure nor silence', () => {
  for (const [theirs, ours] of [
    [null, 20],
    [20, null],
    [null, null],
  ]) {
    const diff = gate({ ...documentOf(), cpu_spinpoll_pct: theirs ?? null }, { ...documentOf(), cpu_spinpoll_pct: ours ?? null })
    expect(rowOf(diff, 'cpu_spinpoll_pct')).toMatchObject({ state: 'NULL_LEGACY_BASELINE', classic: 'not-compared' })
    expect(diff.classic.verdict).toBe('GREEN')
  }
  const without = gate(documentOf(), { ...documentOf(), cpu_spinpoll_pct: 20 })
  expect(rowOf(without, 'cpu_spinpoll_pct').state).toBe('NULL_LEGACY_BASELINE')
  const cellOnly = gate(documentOf(), documentOf({ metrics: { ...documentOf().metrics, 32: { throughput_toks_per_s: 5000 } } }))
  expect(rowOf(cellOnly, 'c32')).toMatchObject({ state: 'MISSING_CELL', current: 5000, baseline: null })
})

test('trap G4: a hit rate moves in points: 0.80 to 0.77 exceeds 2 points', () => {
  const of = (post: number) => documentOf({ server_metrics_delta: { prefix_cache_hit_rate_post: post } })
  const row = rowOf(gate(of(0.8), of(0.77)), 'prefix_cache_hit_rate_post')
  expect(row).toMatchObject({ classic: 'exceeds', kind: 'points' })
  expect(row.delta).toBeCloseTo(-3, 9)
  expect(row.deltaPct).toBeUndefined()
})

test('trap G5: every metric has its own direction', () => {
  const faster = documentOf({ metrics: { 16: { throughput_toks_per_s: 5000, ttft_p50_ms: 100 } } })
  expect(gate(documentOf(), faster).rows.map(({ classic }) => classic)).toEqual(['improved', 'improved'])
  expect(gate(faster, documentOf()).rows.map(({ classic }) => classic)).toEqual(['exceeds', 'exceeds'])
})

test('trap G6: three regressions in one concurrency are RED, and the reading is printed', () => {
  const cell = { throughput_toks_per_s: 1000, ttft_p50_ms: 100, ttft_p95_ms: 200, itl_p50_ms: 10 }
  const worse = { ...cell, ttft_p50_ms: 120, ttft_p95_ms: 240, itl_p50_ms: 11 }
  const diff = gate(documentOf({ metrics: { 8: cell } }), documentOf({ metrics: { 8: worse } }))
  expect(diff.classic).toMatchObject({ verdict: 'RED', exceeding: 3 })
  expect(diff.classic.readings.join()).toMatch(/RED wins over YELLOW/)
  const two = gate(documentOf({ metrics: { 8: cell } }), documentOf({ metrics: { 8: { ...worse, itl_p50_ms: 10 } } }))
  expect(two.classic.verdict).toBe('YELLOW')
})

test('trap G7: a sweep without concurrency 16 has no headline, and that is said', () => {
  const of = (throughput: number) => documentOf({ metrics: { 32: { throughput_toks_per_s: throughput } } })
  const diff = gate(of(1000), of(900))
  expect(diff.classic).toMatchObject({
    verdict: 'YELLOW',
    headlineExceeds: null,
    reason: expect.stringMatching(/concurrency 16, is not in both/),
  })
  expect(diff.statistical).toMatchObject({ verdict: 'NOT_ESTIMABLE' })
  expect(diff.baseline.headline).toBeNull()
})

test('trap G8: an improvement is told', () => {
  const draw = (stream: string, gain: number) =>
    drawPerfbench(new Random(2, stream), { concurrencies: [16], runs: 5, cv: noises.typical, factors: { throughput_toks_per_s: gain } })
  const diff = gate(draw('a', 1), draw('b', 1.2))
  expect(diff.statistical.verdict).toBe('IMPROVED')
  expect(rowOf(diff, 'c16 throughput_toks_per_s').classic).toBe('improved')
  expect(diff.recommendations.join()).toMatch(/baseline record/)
})

test('trap G9: another schema stops, and is not compared by likeness', () => {
  const path = join(folder, 'v2.json')
  writeFileSync(path, JSON.stringify({ ...documentOf(), schema: 'inference_perfbench_v2' }))
  expect(() => readPerfbench(path)).toThrowError(expect.objectContaining({ code: 'newer_format' }))
})

test('trap G10: one run per side with typical noise is no verdict; how often the rule alarms for nothing is printed', () => {
  const draw = (stream: string) => drawPerfbench(new Random(3, stream), { concurrencies: [1, 8, 16], runs: 1, cv: noises.typical })
  const diff = gate(draw('a'), draw('b'))
  expect(diff.statistical).toMatchObject({ verdict: 'NOT_ESTIMABLE', reason: expect.stringMatching(/one run per side/) })
  expect(diff.classic.falseAlarms).toMatch(/68-70 %/)
  expect(diff.recommendations.join(' ')).toMatch(/three or more runs|at least three times/)
})

test('trap G13: three pairs cannot reach 5 % in an exact test: a t interval judges them, and the method says so', () => {
  expect(leastSignFlip(3)).toBe(0.25)
  expect(gate(documentOf(), documentOf()).statistical.method).toMatch(/t interval/)
})

test('trap G14: a baseline of 0 is reported, not divided', () => {
  const of = (ttft: number) => documentOf({ metrics: { 16: { throughput_toks_per_s: 1, ttft_p50_ms: ttft } } })
  const row = rowOf(gate(of(0), of(5)), 'c16 ttft_p50_ms')
  expect(row).toMatchObject({ state: 'ZERO_BASELINE', classic: 'not-compared', delta: 5 })
  expect(row.deltaPct).toBeUndefined()
  expect(JSON.stringify(row)).not.toMatch(/Infinity|NaN/)
})

test('trap G15: graph mode, tensor parallelism or dataset that differ make the statistics INVALID and are listed', () => {
  for (const [place, key, values] of [
    ['deployment', 'cudagraph_mode', ['FULL', 'NONE']],
    ['deployment', 'tensor_parallel_size', [4, 8]],
    ['workload', 'dataset', ['sharegpt', 'random']],
  ] as const) {
    const [theirs, ours] = values.map((value) => documentOf({ [place]: { [key]: value } }))
    if (theirs === undefined || ours === undefined) throw new Error('two values each')
    const diff = gate(theirs, ours)
    expect(diff.statistical.verdict, key).toBe('INVALID')
    expect(diff.context.differences).toMatchObject([{ key: `${place}.${key}`, standing: 'undeclared' }])
    expect(gate(theirs, ours, { factors: [key] }).statistical.verdict).not.toBe('INVALID')
  }
})

test('trap G16: the umbrella tolerance is recorded and is not the verdict', () => {
  const slower = documentOf({ metrics: { 16: { throughput_toks_per_s: 3840, ttft_p50_ms: 200 } } })
  const diff = gate(documentOf(), slower, { umbrellaTolerancePercent: 5 })
  expect(diff.classic).toMatchObject({ verdict: 'RED', umbrellaTolerancePercent: 5 })
})

test('quality scores of both sides stand beside the numbers', () => {
  const diff = gate(documentOf(), documentOf(), { notes: ['GPQA=0.62 MMLU-Pro=0.71, cold', 'GPQA = 0.55'] })
  expect([diff.baseline.quality, diff.current.quality]).toEqual(['GPQA=0.62 MMLU-Pro=0.71', 'GPQA = 0.55'])
})
