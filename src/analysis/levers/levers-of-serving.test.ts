import { expect, it } from 'vitest'
import type { Deployment } from '#analysis/synthesis/deployment.ts'
import type { Evidence, FamilyEvidence, ServingEvidence } from '#analysis/synthesis/evidence.ts'
import { cited, type DeploymentParts, deploymentWith, evidenceWith, familyWith, stepWith } from '../../../tests/support/evidence-builder.ts'
import { candidateOf, preconditionStates, ratioAt, reasonOf } from '../../../tests/support/lever-checks.ts'
import { draftShareOf } from './draft-share.ts'
import { kvCapacity } from './l42-kv-capacity.ts'
import { cacheRouting } from './l44-cache-routing.ts'
import { speculationDepth } from './l46-speculation-depth.ts'

const preempted = (
  serving: Partial<ServingEvidence> = {},
  deployment: DeploymentParts = { knobs: { 'gpu-memory-utilization': 0.9 } },
): Evidence =>
  evidenceWith({
    deployment: deploymentWith(deployment),
    // A tenth of the steps takes 50 ms instead of 10: 4 of 14 ms a step.
    step: stepWith({ mixedStepRatio: cited(0.1), mixedCadenceNs: cited(5e7) }),
    serving: {
      preemptions: cited(120),
      kvUsageRatio: cited(0.99),
      promptTokens: cited(900_000),
      cachedTokens: cited(100_000),
      prefilledTokens: cited(1_000_000),
      ...serving,
    },
  })

it('L42 ends the recomputation: a fifth of the prefill, which is two sevenths of the time', () => {
  const candidate = candidateOf(kvCapacity, preempted())
  const share = 4 / 14
  expect(candidate.settings).toEqual([{ knob: 'gpu-memory-utilization', to: 0.95 }])
  expect(ratioAt(candidate, [share, 1])).toBeCloseTo(1 / (1 - share * 0.2), 10)
  expect(candidate.effect.by === 'formula' && candidate.effect.metric).toBe('throughput')
  expect(candidate.ceilingRatio).toBeCloseTo(1.1 * share * 0.2, 10)
  expect(preconditionStates(candidate)).toEqual(['met'])
})

it('L42 takes prefill time and request rate where no steps with prompts were traced, with half as the lower end', () => {
  const evidence = { ...preempted({ prefillNs: cited(5e7), requestsPerS: cited(8) }), step: stepWith() }
  const { effect } = candidateOf(kvCapacity, evidence)
  expect(effect.by === 'formula' && effect.uncertain[0]).toMatchObject({ low: 0.2, high: 0.4 })
})

it('L42 sets what is left: careful admission, then a watermark', () => {
  expect(candidateOf(kvCapacity, preempted({}, { engine: 'sglang', knobs: { 'schedule-conservativeness': 1 } })).settings).toEqual([
    { knob: 'schedule-conservativeness', to: 1.3 },
  ])
  expect(candidateOf(kvCapacity, preempted({}, { knobs: { 'gpu-memory-utilization': 0.95, watermark: 0 } })).settings).toEqual([
    { knob: 'watermark', to: 0.02 },
  ])
  expect(reasonOf(kvCapacity, preempted({}, { knobs: { 'gpu-memory-utilization': 0.95, watermark: 0.05 } }))).toMatch(
    /nothing is left to set/,
  )
})

it('L42 does not take a gauge of a cache that was read idle for a refusal', () => {
  expect(preconditionStates(candidateOf(kvCapacity, preempted({ kvUsageRatio: cited(0.02) })))).toEqual(['unknown'])
})

it.each<[string, Evidence, RegExp]>([
  ['no preemption', preempted({ preemptions: cited(0) }), /no request was preempted/],
  ['nothing computed twice', preempted({ prefilledTokens: cited(800_000) }), /hardly any/],
  ['tokens not known', evidenceWith({ serving: { preemptions: cited(12) } }), /before and after the load/],
  ['the cost is not known', { ...preempted(), step: stepWith() }, /what computing prompts again costs/],
  ['engine metrics absent', evidenceWith({}), /preemptions are not known/],
])('L42 proposes nothing: %s', (_, evidence, reason) => {
  expect(reasonOf(kvCapacity, evidence)).toMatch(reason)
})

const routed = (serving: Partial<ServingEvidence> = {}, deployment: DeploymentParts = {}, reuseRatio: number | undefined = 0.8): Evidence =>
  evidenceWith({
    deployment: deploymentWith({
      dataParallel: 4,
      knobs: { 'prefix-caching': true },
      file: {
        schema: 'deployment/1',
        engine: { name: 'vllm' },
        arguments: {},
        environment: {},
        workload: reuseRatio === undefined ? {} : { reuseRatio },
      },
      ...deployment,
    }),
    serving: { prefixHitRatio: cited(0.2), prefillNs: cited(3e8), engineTtftNs: cited(4e8), ...serving },
  })

it('L44 predicts TTFT from the prompt tokens that are still computed', () => {
  const candidate = candidateOf(cacheRouting, routed())
  // 0.9 of 0.8 hit: 0.28 of the tokens instead of 0.8, in three quarters of TTFT.
  expect(ratioAt(candidate, [0.9])).toBeCloseTo(0.25 + 0.75 * (0.28 / 0.8), 10)
  expect(candidate.ceilingRatio).toBeCloseTo(0.75 * (1 - 0.24 / 0.8), 10)
  expect(preconditionStates(candidate)).toEqual(['met', 'met'])
  expect(candidate.settings?.[0]?.knob).toBe('kv-events')
})

it('L44 does not know the policy of an external balancer', () => {
  expect(
    preconditionStates(candidateOf(cacheRouting, routed({}, { knobs: { 'prefix-caching': true, 'external-load-balancer': true } }))),
  ).toEqual(['met', 'unknown'])
})

it.each<[string, Evidence, RegExp]>([
  ['one replica', routed({}, { dataParallel: 1 }), /one replica/],
  ['the cache finds what routing reaches', routed({ prefixHitRatio: cited(0.66) }), /is what routing reaches/],
  ['little to reuse', routed({ prefixHitRatio: cited(0.05) }, {}, 0.25), /slower than none/],
  [
    'reuse not known',
    evidenceWith({ deployment: deploymentWith({ dataParallel: 4 }), serving: { prefixHitRatio: cited(0.1) } }),
    /reuseRatio/,
  ],
  ['already on', routed({}, { knobs: { 'kv-events': '{"enable_kv_cache_events": true}' } }), /already on/],
  ['TTFT is all waiting', routed({ prefillNs: cited(5e6) }), /below the 2.0 %/],
])('L44 proposes nothing: %s', (_, evidence, reason) => {
  expect(reasonOf(cacheRouting, evidence)).toMatch(reason)
})

/** Depth 5 under 32 layers: the drafter's GEMM runs 10 times a step and holds 0.2 of it; sampler and verification are named. */
const drafter = (meanNs = 2e5): readonly FamilyEvidence[] => [
  familyWith({ family: 'gemm-cublas-16bit', role: 'gemm', share: 0.2, kernels: [{ name: 'nvjet_draft', meanNs }] }),
  familyWith({ family: 'gemm-deepgemm', role: 'gemm', share: 0.5, kernels: [{ name: 'deep_gemm', meanNs: 5e6 / 128 }] }),
  familyWith({ family: 'speculation', role: 'speculation', share: 0.01 }),
]

const speculating = (
  accepted: readonly number[] = [0.7, 0.3, 0.1, 0.04, 0.01],
  deployment: DeploymentParts = { knobs: { 'spec-tokens': 5 } },
  families = drafter(),
): Evidence =>
  evidenceWith({ deployment: deploymentWith(deployment), families, serving: { acceptedAt: accepted.map((value) => cited(value)) } })

it('tells the drafter’s kernels from the model’s by launches per step', () => {
  const share = draftShareOf(speculating(), 5)
  expect(share?.low).toBeCloseTo(0.21, 10)
  // Verifying five more tokens of 16 sequences costs at most 3 % each.
  expect(share?.high).toBeCloseTo(0.21 + 0.15, 10)
})

const launches = (parts: readonly (readonly [FamilyEvidence['role'], number, number])[], model: Deployment['model'] = { layers: 32 }) =>
  draftShareOf(
    evidenceWith({
      deployment: deploymentWith({ model }),
      step: stepWith({ batch: cited(3) }),
      families: parts.map(([role, times, share], at) =>
        familyWith({ family: `f-${at}`, role, share, kernels: [{ name: 'k', meanNs: (share * 1e7) / times }] }),
      ),
    }),
    4,
  )

it('does not count as the drafter’s what may be the model’s: launches that are whole for both', () => {
  // Depth 4 under 8 layers: 24 launches are three a layer and more than a drafter makes, 8 are of either.
  const parts = [
    ['gemm', 24, 0.4],
    ['gemm', 8, 0.2],
    ['norm', 16, 0.1],
  ] as const
  const share = launches(parts, { layers: 8 })
  expect(share?.low).toBe(0)
  // The only norm is the model’s. Verifying four more tokens of 3 sequences: 1 % each.
  expect(share?.high).toBeCloseTo(0.2 + 0.04, 10)
})

it('sees the drafter’s launches under the model’s own names, and knows less without the model’s layers', () => {
  // 36 launches of 32 layers: 4 may be drafts.
  expect(
    launches([
      ['gemm', 36, 0.36],
      ['gemm', 64, 0.2],
    ])?.high,
  ).toBeCloseTo(0.04 + 0.04, 10)
  // Without the layers 8 launches may be anything's: one of the two is the model's.
  const unknown = [
    ['gemm', 8, 0.2],
    ['gemm', 12, 0.3],
  ] as const
  expect(launches(unknown, {})).toMatchObject({ low: 0 })
  expect(launches(unknown, {})?.high).toBeCloseTo(0.3 + 0.04, 10)
  expect(launches([['gemm', 64, 0.4]])).toBeUndefined()
})

it('takes one launch a layer for the model’s, even where a head and as many drafts would be as many', () => {
  // Depth 4 under 5 layers: 5 launches.
  expect(
    launches(
      [
        ['attention', 5, 0.3],
        ['gemm', 20, 0.3],
        ['gemm', 8, 0.2],
      ],
      { layers: 5 },
    )?.high,
  ).toBeCloseTo(0.2 + 0.04, 10)
})

it('L46 drafts fewer tokens where the last are rejected', () => {
  const candidate = candidateOf(speculationDepth, speculating())
  expect(candidate.settings).toEqual([{ knob: 'spec-tokens', to: 2 }])
  // Two of five: 0.6 of what grows with the depth is gone, 2.0 of 2.15 tokens are left.
  expect(ratioAt(candidate, [0.3])).toBeCloseTo(((1 - 0.3 * 0.6) * 2.15) / 2, 10)
})

it.each<[string, Evidence, RegExp]>([
  ['every position pays', speculating([0.95, 0.9, 0.86, 0.82, 0.78]), /pays/],
  ['no speculation', evidenceWith({}), /nothing is drafted/],
  ['the depth is not known', speculating(undefined, {}), /must be known/],
  ['another depth in the configuration', speculating(undefined, { knobs: { 'spec-tokens': 3 } }), /not one deployment/],
  ['one token', speculating([0.5], { knobs: { 'spec-tokens': 1 } }), /one token is drafted/],
  ['nothing in the trace drafts', speculating(undefined, undefined, [drafter()[1] as FamilyEvidence]), /cost.* is not known/],
])('L46 proposes nothing: %s', (_, evidence, reason) => {
  expect(reasonOf(speculationDepth, evidence)).toMatch(reason)
})
