/** The field's gate at its edges, and what must hold for any two documents. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Random } from '#base/random.ts'
import { type InferencePerfbench, perfbenchFigures } from '#formats/inference-perfbench.ts'
import { drawPerfbench, noises, plainFigures } from '../../../sim/perfbench/draw.ts'
import { documentOf, gate, rowOf, shippedTolerances } from '../../../tests/support/gate.ts'
import { givenNoise, noiseOf } from './noise.ts'

test('every tolerance at its edge, on both sides of each direction', () => {
  for (const figure of perfbenchFigures) {
    const { tolerance = 0, worse = 'lower' } = shippedTolerances.metrics[figure] ?? {}
    const at = (percent: number) => {
      const baseline = documentOf({ metrics: { 8: { [figure]: 4100 } } })
      const current = documentOf({ metrics: { 8: { [figure]: 4100 * (1 + percent / 100) } } })
      return rowOf(gate(baseline, current), `c8 ${figure}`).classic
    }
    const [bad, good] = worse === 'lower' ? [-1, 1] : [1, -1]
    expect([at(bad * tolerance), at(bad * (tolerance + 0.001)), at(good * tolerance), at(good * (tolerance + 0.001))], figure).toEqual([
      'within',
      'exceeds',
      'within',
      'improved',
    ])
  }
})

test('points of rates, kernel classes and the busy wait at their edges', () => {
  const hit = (post: number) => documentOf({ server_metrics_delta: { prefix_cache_hit_rate_post: post, gpu_cache_usage_perc_peak: 0.5 } })
  const hitRow = (post: number) => rowOf(gate(hit(0.8), hit(post)), 'prefix_cache_hit_rate_post')
  expect([0.78, 0.7799, 0.82, 0.8201].map((post) => hitRow(post).classic)).toEqual(['within', 'exceeds', 'within', 'improved'])
  const kernels = (pct: number, poll: number) => documentOf({ kernel_class_gpu_pct: { tp_all_reduce: pct }, cpu_spinpoll_pct: poll })
  const both = gate(kernels(10, 10), kernels(13, 15))
  expect(both.rows.filter(({ kind }) => kind === 'points').map(({ classic }) => classic)).toEqual(['within', 'within'])
  const beyond = gate(kernels(10, 10), kernels(13.01, 15.01))
  expect(beyond.rows.filter(({ classic }) => classic === 'exceeds').map(({ id }) => id)).toEqual([
    'kernel_class_gpu_pct.tp_all_reduce',
    'cpu_spinpoll_pct',
  ])
  // In percent on both sides: the same difference.
  const inPercent = (post: number): InferencePerfbench => documentOf({ server_metrics_delta: { prefix_cache_hit_rate_post: post } })
  expect(rowOf(gate(inPercent(80), inPercent(77)), 'prefix_cache_hit_rate_post').delta).toBeCloseTo(-3, 9)
  // One in percent, one that may be a ratio or a very cold cache: not guessed.
  expect(rowOf(gate(inPercent(80), inPercent(0.77)), 'prefix_cache_hit_rate_post').state).toBe('UNIT_UNKNOWN')
})

test('overrides by full and short names, in the unit of the metric or refused', () => {
  const slower = documentOf({ metrics: { 16: { throughput_toks_per_s: 3840, ttft_p50_ms: 200 } } })
  const verdictWith = (...overrides: string[]) => gate(documentOf(), slower, { overrides }).classic.verdict
  expect([verdictWith(), verdictWith('tps=5%'), verdictWith('throughput_toks_per_s=4'), verdictWith('tps=3.9')]).toEqual([
    'RED',
    'GREEN',
    'GREEN',
    'RED',
  ])
  for (const wrong of ['tps=5points', 'spinpoll=5%', 'tps', 'tps=-1', 'nonsense=3', 'tps=many'])
    expect(() => verdictWith(wrong), wrong).toThrowError(expect.objectContaining({ code: 'usage' }))
  const kernels = (pct: number) => documentOf({ kernel_class_gpu_pct: { fp8_bmm: pct, other: pct } })
  const rows = gate(kernels(10), kernels(14), { overrides: ['kernel_class_gpu_pct.fp8_bmm=5'] }).rows
  expect(rows.filter(({ metric }) => metric.startsWith('kernel')).map(({ classic }) => classic)).toEqual(['within', 'exceeds'])
})

test('definitions, units and ceilings that differ are not compared', () => {
  const of = (definition: string) => documentOf({ metrics: { 16: { itl_p50_ms: 12, definitions: { itl_p50_ms: definition } } } })
  expect(rowOf(gate(of('chunk-gap'), of('chunk-gap')), 'c16 itl_p50_ms').state).toBe('compared')
  const differing = rowOf(gate(of('chunk-gap'), documentOf({ metrics: { 16: { itl_p50_ms: 20 } } })), 'c16 itl_p50_ms')
  expect(differing).toMatchObject({ state: 'DEFINITIONS_DIFFER', classic: 'not-compared', note: expect.stringMatching(/chunk-gap/) })
  expect(differing.statistical).toBeUndefined()
  expect(rowOf(gate(of('unknown'), of('unknown')), 'c16 itl_p50_ms').state).toBe('DEFINITIONS_DIFFER')
  const sol = (key: string, pct: number) => documentOf({ sol_pct: pct, sol_ceiling_key: key })
  expect(gate(sol('b200.hbm', 40), sol('b200.hbm', 38)).speedOfLight).toMatchObject({ deltaPoints: -2 })
  expect(gate(sol('b200.hbm', 40), sol('b200.fp8', 38)).speedOfLight?.deltaPoints).toBeUndefined()
  const kernels = (of_: string) => documentOf({ kernel_class_gpu_pct: { a: 10 }, kernel_class_of: of_ })
  expect(rowOf(gate(kernels('GPU samples'), kernels('kernel time')), 'kernel_class_gpu_pct.a').state).toBe('DEFINITIONS_DIFFER')
})

test('a guard that fails makes the statistics INVALID and leaves the field’s verdict as it is', () => {
  const failing = documentOf({ metrics: { 16: { throughput_toks_per_s: 4000, ttft_p50_ms: 200, errors: 5, requests: 395 } } })
  const diff = gate(documentOf(), failing)
  expect([diff.classic.verdict, diff.statistical.verdict, diff.gate.passed]).toEqual(['GREEN', 'INVALID', false])
  expect(diff.statistical.guards[0]?.text).toMatch(/5 of 400 requests failed/)
  expect(diff.rows.find(({ metric }) => metric === 'errors')).toMatchObject({ state: 'NULL_LEGACY_BASELINE' })
  const cell = { throughput_toks_per_s: 4000, requests: 4000 }
  const [clean, some] = [0, 3].map((errors) => documentOf({ metrics: { 16: { ...cell, errors } } }))
  if (clean !== undefined && some !== undefined)
    expect(gate(clean, some).recommendations.join()).toMatch(/Failed requests rose \(c16 errors 0 → 3\)/)
  expect(gate(documentOf(), documentOf({ invalid: ['the client was late'] })).statistical).toMatchObject({ verdict: 'INVALID' })
  const version = (text: string) => documentOf({ deployment: { vllm_version: text, namespace: text } })
  const upgraded = gate(version('v0.14.0'), version('v0.15.0'))
  expect(upgraded.statistical).toMatchObject({ verdict: 'INVALID', reason: expect.stringMatching(/--factor deployment.vllm_version/) })
  const declared = gate(version('v0.14.0'), version('v0.15.0'), { factors: ['vllm_version'] })
  expect(declared.statistical.guards).toEqual([])
  expect(declared.context.differences.map(({ standing }) => standing)).toEqual(['label', 'factor'])
  // The same value spelled otherwise is no difference; a field that one side lacks is said, not failed.
  const spelled = (tp: string | number) => documentOf({ deployment: { tensor_parallel_size: tp } })
  expect(gate(spelled(8), spelled('8')).context.differences).toEqual([])
  expect(gate(spelled(8), documentOf()).context.differences).toMatchObject([{ standing: 'missing' }])
})

const cells = [1, 16]

function draw(seed: number, runs: number, factors: Parameters<typeof drawPerfbench>[1]['factors'] = {}): InferencePerfbench {
  return drawPerfbench(new Random(seed, 'property'), { concurrencies: cells, runs, cv: noises.typical, factors })
}

const opposite = { REGRESSED: 'IMPROVED', IMPROVED: 'REGRESSED' } as const
const flip = (verdict: string): string => (verdict in opposite ? opposite[verdict as keyof typeof opposite] : verdict)

test('swapping the sides flips every verdict; scaling units changes nothing', () => {
  const seen = new Set<string>()
  fc.assert(
    fc.property(
      fc.record({
        seed: fc.integer(),
        runs: fc.integer({ min: 2, max: 8 }),
        change: fc.constantFrom(0.5, 0.9, 0.95, 1, 1.05, 1.1, 2),
        scale: fc.constantFrom(0.001, 0.25, 60, 1000),
        floor: fc.constantFrom(undefined, 0.01, 0.2),
      }),
      ({ seed, runs, change, scale, floor }) => {
        // Every figure better or every figure worse: a diff that does both is REGRESSED from either side.
        const factors = Object.fromEntries(
          perfbenchFigures.map((key) => [key, key === 'throughput_toks_per_s' || key === 'tps_per_user' ? change : 1 / change]),
        )
        const [a, b] = [draw(seed, runs), draw(seed + 1, runs, factors)]
        const noise = { noise: () => (floor === undefined ? undefined : givenNoise(floor)) }
        const [there, back] = [gate(a, b, noise), gate(b, a, noise)]
        for (const row of there.rows) {
          seen.add(row.statistical?.verdict ?? 'none')
          expect(rowOf(back, row.id).statistical?.verdict, row.id).toBe(
            row.statistical === undefined ? undefined : flip(row.statistical.verdict),
          )
        }
        const mixed = there.statistical.verdict === 'REGRESSED' && back.statistical.verdict === 'REGRESSED'
        if (!mixed) expect(back.statistical.verdict).toBe(flip(there.statistical.verdict))
        const scaled = (document: InferencePerfbench): InferencePerfbench =>
          JSON.parse(JSON.stringify(document), (key, value: unknown) =>
            key in plainFigures && typeof value === 'number' ? value * scale : value,
          ) as InferencePerfbench
        const other = gate(scaled(a), scaled(b), noise)
        expect(other.statistical.verdict).toBe(there.statistical.verdict)
        expect(other.classic.verdict).toBe(there.classic.verdict)
        expect(other.rows.map(({ statistical }) => statistical?.verdict)).toEqual(there.rows.map(({ statistical }) => statistical?.verdict))
      },
    ),
    { numRuns: 40 },
  )
  expect([...seen].sort()).toEqual(expect.arrayContaining(['IMPROVED', 'NOISY', 'REGRESSED', 'WITHIN']))
})

test('nodes are blocks: a node’s own speed is in no difference, and two sides without a common node are INVALID', () => {
  const onNodes = (nodes: readonly string[], speed: Readonly<Record<string, number>>, change: number): InferencePerfbench =>
    documentOf({
      metrics: {
        16: {
          runs: nodes.map((node, index) => ({
            run: `r${index}`,
            node,
            throughput_toks_per_s: 4000 * (speed[node] ?? 1) * change * (1 + (index % 2) * 0.002),
          })),
        },
      },
    })
  const speed = { fast: 1.2, slow: 0.8 }
  // The baseline ran mostly on the fast node, the current run mostly on the slow one: nothing changed.
  const theirs = onNodes(['fast', 'fast', 'fast', 'slow', 'slow'], speed, 1)
  const ours = onNodes(['fast', 'fast', 'slow', 'slow', 'slow'], speed, 1)
  expect(rowOf(gate(theirs, ours), 'c16 throughput_toks_per_s').statistical).toMatchObject({
    verdict: 'WITHIN',
    changeRatio: expect.closeTo(0, 2),
  })
  const worse = onNodes(['fast', 'fast', 'slow', 'slow', 'slow'], speed, 0.9)
  expect(gate(theirs, worse).statistical.verdict).toBe('REGRESSED')
  const apart = gate(onNodes(['fast', 'fast'], speed, 1), onNodes(['slow', 'slow'], speed, 1))
  expect(apart.statistical).toMatchObject({ verdict: 'INVALID', reason: expect.stringMatching(/no node ran both/) })
})

test('one run per side: nothing without history, a verdict with it, and never WITHIN where the floor is above the tolerance', () => {
  const [a, b] = [draw(3, 1), draw(4, 1, { throughput_toks_per_s: 0.7 })]
  expect(gate(a, b).statistical.verdict).toBe('NOT_ESTIMABLE')
  expect(gate(a, b, { noise: () => givenNoise(0.02) }).statistical.verdict).toBe('REGRESSED')
  expect(gate(a, a, { noise: () => givenNoise(0.005) }).statistical.verdict).toBe('WITHIN')
  const loud = gate(a, a, { noise: () => givenNoise(0.25) })
  expect(loud.statistical.verdict).toBe('NOISY')
  expect(rowOf(loud, 'c16 throughput_toks_per_s').statistical?.runsNeeded).toBeGreaterThan(10)
})

test('the floor of history is the bound that 9 of 10 further pairs stay below', () => {
  const random = new Random(11)
  let beyond = 0
  const draws = 4000
  for (let draw_ = 0; draw_ < draws; draw_++) {
    const groups = [3, 4].map((size) =>
      Array.from({ length: size }, (_, run) => ({ run: String(run), value: Math.exp(0.02 * random.normal()) })),
    )
    const noise = noiseOf(groups)
    if (Math.abs(0.02 * (random.normal() - random.normal())) > Math.log1p(noise?.floorRatio ?? 0)) beyond++
  }
  expect(beyond / draws).toBeGreaterThan(0.085)
  expect(beyond / draws).toBeLessThan(0.115)
  expect(noiseOf([[{ run: 'alone', value: 1 }]])).toBeUndefined()
})

test('percentiles that their requests cannot carry are NOT_ESTIMABLE', () => {
  const few = drawPerfbench(new Random(5), { concurrencies: [16], runs: 4, cv: noises.quiet, requests: 100 })
  const diff = gate(few, few)
  expect(rowOf(diff, 'c16 ttft_p99_ms').statistical).toMatchObject({ verdict: 'NOT_ESTIMABLE', reason: expect.stringMatching(/368/) })
  expect(rowOf(diff, 'c16 ttft_p95_ms').statistical?.verdict).not.toBe('NOT_ESTIMABLE')
})
