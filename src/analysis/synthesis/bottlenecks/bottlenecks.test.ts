import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Evidence } from '#analysis/synthesis/evidence.ts'
import { loadSourceTolerances } from '#pipeline/source-tolerances.ts'
import { checkoutRoot } from '../../../../tests/support/checkout.ts'
import { cited, deploymentWith, evidenceWith, familyWith, stepWith } from '../../../../tests/support/evidence-builder.ts'
import { bottlenecksOf } from './bottlenecks.ts'

const tolerances = loadSourceTolerances(join(checkoutRoot, 'configs'))

const classes = (evidence: Evidence): string[] => bottlenecksOf(evidence, tolerances).rows.map(({ class: name }) => name)
const shareOf = (evidence: Evidence, name: string) => bottlenecksOf(evidence, tolerances).rows.find((row) => row.class === name)?.share

const gemm = (counters: Parameters<typeof familyWith>[0]['counters']) =>
  familyWith({ family: 'gemm-a', role: 'gemm', share: 0.6, ...(counters === undefined ? {} : { counters }) })

test('a family far from its roof is what could be won of it; one at its roof with narrow weights is none, however hot', () => {
  const narrow = deploymentWith({ model: { weightType: 'fp8' } })
  const far = evidenceWith({ deployment: narrow, families: [gemm({ roofRatio: cited(0.3) })] })
  expect(shareOf(far, 'gemm')).toBeCloseTo(0.6 * (1 - 0.3 / 0.75))
  expect(classes(evidenceWith({ deployment: narrow, families: [gemm({ roofRatio: cited(0.85) })] }))).not.toContain('gemm')
  const wide = evidenceWith({ families: [gemm({ roofRatio: cited(0.85) })] })
  expect(shareOf(wide, 'gemm')).toBeGreaterThan(0.2)
})

test('trap D9: busy multiprocessors are no headroom; without counted work a family ranks by half of its time', () => {
  const evidence = evidenceWith({ families: [gemm({ headroom: 'undecidable', smBusyRatio: cited(0.9), roofRatio: cited(0.01) })] })
  expect(shareOf(evidence, 'gemm')).toBeCloseTo(0.3)
})

test('trap A16: a framework profiler’s host share is no share: the class is unknown, with what settles it', () => {
  const evidence = evidenceWith({ step: stepWith({ overhead: 'distorting', hostShare: cited(0.8) }) })
  expect(classes(evidence)).not.toContain('host')
  expect(bottlenecksOf(evidence, tolerances).unknowns).toContainEqual(
    expect.objectContaining({ settledBy: expect.stringContaining('nsys') }),
  )
})

test('with one rank exposed collectives are neither communication nor waiting; with several they are both, apart', () => {
  const step = stepWith({ communicationShare: cited(0.4), kernelShare: cited(0.5) })
  expect(classes(evidenceWith({ step }))).not.toContain('communication')
  expect(
    bottlenecksOf(evidenceWith({ step }), tolerances)
      .unknowns.map(({ what }) => what)
      .join(),
  ).toMatch(/another rank/)
  const waiting = { ranks: 2, floorShare: cited(0.1), skewShare: cited(0.3), straggler: { rank: 1, lateRatio: cited(0.95) } }
  expect(classes(evidenceWith({ step, ranks: waiting })).slice(0, 2)).toEqual(['straggler', 'communication'])
  const byChance = { ...waiting, straggler: { rank: 1, lateRatio: cited(0.55) } }
  expect(classes(evidenceWith({ step, ranks: byChance }))).not.toContain('straggler')
})

test('the host that paces the ranks is the straggler’s; what all hosts take beside it stays the host’s', () => {
  const step = stepWith({ hostShare: cited(0.6), kernelShare: cited(0.35) })
  const late = { rank: 0, lateRatio: cited(0.06), ofWaitRatio: cited(0.97), isMeasured: true }
  const ranks = { ranks: 2, floorShare: cited(0.02), skewShare: cited(0.5), straggler: late, stragglerHostRatio: cited(8) }
  expect(classes(evidenceWith({ step, ranks })).slice(0, 2)).toEqual(['straggler', 'host'])
  expect(shareOf(evidenceWith({ step, ranks }), 'host')).toBeCloseTo(0.1)
  // A straggler by its kernels, or on another device than the one measured, takes nothing from this host.
  expect(shareOf(evidenceWith({ step, ranks: { ...ranks, stragglerHostRatio: cited(1) } }), 'host')).toBeCloseTo(0.6)
  expect(shareOf(evidenceWith({ step, ranks: { ...ranks, straggler: { ...late, isMeasured: false } } }), 'host')).toBeCloseTo(0.6)
})

test('prompts make the p99 only where clients saw it, and not where they need not have been computed', () => {
  const step = stepWith({ mixedStepRatio: cited(0.05), mixedCadenceNs: cited(6e7) })
  const spread = { itlP50Ns: cited(1e7), itlP99Ns: cited(6e7) }
  expect(shareOf(evidenceWith({ step, serving: spread }), 'prefill')).toBeCloseTo(5 / 6)
  expect(classes(evidenceWith({ step, serving: { itlP50Ns: cited(1e7), itlP99Ns: cited(1.2e7) } }))).not.toContain('prefill')
  expect(
    bottlenecksOf(evidenceWith({ step }), tolerances)
      .unknowns.map(({ what }) => what)
      .join(),
  ).toMatch(/p99/)
  const again = { preemptions: cited(40), promptTokens: cited(1000), prefilledTokens: cited(2000), kvUsageRatio: cited(0.99) }
  expect(classes(evidenceWith({ step, serving: { ...spread, ...again } }))[0]).toBe('kv-capacity')
})

test('a full cache without preemptions, and preemptions without recomputed tokens, are no bottleneck', () => {
  const full = { kvUsageRatio: cited(1), promptTokens: cited(1000), prefilledTokens: cited(1000) }
  expect(classes(evidenceWith({ serving: full }))).not.toContain('kv-capacity')
  expect(classes(evidenceWith({ serving: { ...full, preemptions: cited(3) } }))).not.toContain('kv-capacity')
})

test('a low hit ratio is lost reuse only behind several replicas and where the workload could have more', () => {
  const serving = { prefixHitRatio: cited(0.1), prefillNs: cited(6e8), engineTtftNs: cited(1e9) }
  const declared = (dataParallel: number, reuseRatio: number) =>
    deploymentWith({
      dataParallel,
      file: { schema: 'deployment/1', engine: { name: 'vllm' }, arguments: {}, environment: {}, workload: { reuseRatio } },
    })
  expect(shareOf(evidenceWith({ deployment: declared(4, 0.8), serving }), 'cache-routing')).toBeCloseTo((0.6 * (0.72 - 0.1)) / 0.9)
  expect(classes(evidenceWith({ deployment: declared(1, 0.8), serving }))).not.toContain('cache-routing')
  expect(classes(evidenceWith({ deployment: declared(4, 0.15), serving }))).not.toContain('cache-routing')
})

test('a clock that is held down counts for what is bound by compute only', () => {
  const held = { gpus: 8, windowS: cited(600), smClockOfMaxRatio: cited(0.8), throttledRatio: cited(0.9) }
  const bound = evidenceWith({ device: held, families: [gemm({ bound: 'compute', roofRatio: cited(0.7) })] })
  expect(shareOf(bound, 'clock')).toBeCloseTo(0.6 * 0.2)
  const memory = evidenceWith({ device: held, families: [gemm({ roofRatio: cited(0.7) })] })
  expect(classes(memory)).not.toContain('clock')
  const free = { ...held, throttledRatio: cited(0) }
  expect(classes(evidenceWith({ device: free, families: [gemm({ bound: 'compute', roofRatio: cited(0.7) })] }))).not.toContain('clock')
})

test('nothing is claimed of nothing, and every row has a citation and a share of at most 1', () => {
  const { step: _, ...nothing } = evidenceWith({})
  expect(bottlenecksOf(nothing, tolerances)).toEqual({ rows: [], unknowns: [] })
  const { rows } = bottlenecksOf(evidenceWith({ families: [gemm(undefined)], step: stepWith({ hostShare: cited(0.5) }) }), tolerances)
  for (const { share, citations } of rows) {
    expect(share).toBeLessThanOrEqual(1)
    expect(citations.length).toBeGreaterThan(0)
  }
  expect(rows.map(({ share }) => share)).toEqual(rows.map(({ share }) => share).toSorted((a, b) => b - a))
})
