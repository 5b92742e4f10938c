import { expect, it } from 'vitest'
import type { Evidence, ServingEvidence, StepEvidence } from '#analysis/synthesis/evidence.ts'
import { cited, type DeploymentParts, deploymentWith, evidenceWith, stepWith } from '../../../tests/support/evidence-builder.ts'
import { candidateOf, preconditionStates, ratioAt, reasonOf } from '../../../tests/support/lever-checks.ts'
import { prefillChunk } from './l39-prefill-chunk.ts'

interface Parts {
  readonly serving?: Partial<ServingEvidence>
  readonly step?: Partial<StepEvidence>
  readonly deployment?: DeploymentParts
}

/** Decode steps of 10 ms, steps with a chunk of 8192 tokens take 90 ms. */
const plant = ({
  serving = {},
  step = {},
  deployment = { knobs: { 'max-num-batched-tokens': 8192, 'chunked-prefill': true } },
}: Parts = {}): Evidence =>
  evidenceWith({
    deployment: deploymentWith(deployment),
    step: stepWith({ mixedStepRatio: cited(0.06, 'c-mixed'), mixedCadenceNs: cited(9e7, 'c-mixed-cadence'), ...step }),
    serving: { itlP50Ns: cited(1e7, 'c-p50'), itlP99Ns: cited(9e7, 'c-p99'), inputTokens: cited(16_384, 'c-input'), ...serving },
  })

it('shrinks the chunk’s part of the tail in proportion to its tokens', () => {
  const candidate = candidateOf(prefillChunk, plant())
  expect(candidate.settings).toEqual([{ knob: 'max-num-batched-tokens', to: 2048 }])
  // 10 + 80 × 2048 / 8192 = 30 of 90 ms.
  expect(ratioAt(candidate, [0, 8192, 1])).toBeCloseTo(30 / 90, 10)
  // A tenth of a chunk’s time does not shrink: 10 + 80 × (0.1 + 0.9 / 4) = 36.
  expect(ratioAt(candidate, [0.1, 8192, 1])).toBeCloseTo(36 / 90, 10)
  expect(candidate.ceilingRatio).toBeCloseTo(60 / 90, 10)
  expect(candidate.effect.by === 'formula' && candidate.effect.uncertain.map(({ low, high }) => [low, high])).toEqual([
    [0, 0.1],
    [8192, 8192],
    [1, 1],
  ])
  expect(preconditionStates(candidate)).toEqual(['met'])
  expect(candidate.cites.map(({ citation }) => citation)).toEqual(['c-p99', 'c-p50', 'c-mixed', 'c-mixed-cadence', 'c-input'])
})

it('does not know how many prompts share a chunk where they are shorter than the budget', () => {
  const candidate = candidateOf(prefillChunk, plant({ serving: { inputTokens: cited(4096) } }))
  expect(candidate.effect.by === 'formula' && candidate.effect.uncertain[1]).toMatchObject({ low: 4096, high: 8192 })
  expect(ratioAt(candidate, [0, 4096, 1])).toBeCloseTo(50 / 90, 10)
})

it('SGLang’s knob is the chunk itself', () => {
  expect(
    preconditionStates(candidateOf(prefillChunk, plant({ deployment: { engine: 'sglang', knobs: { 'max-num-batched-tokens': 8192 } } }))),
  ).toEqual(['met'])
})

it.each<[string, Evidence, RegExp]>([
  ['no tail', plant({ serving: { itlP99Ns: cited(1.4e7) } }), /no long tail/],
  ['a tail that mixed steps do not explain', plant({ step: { mixedCadenceNs: cited(4e7) } }), /something else makes it/],
  ['too few mixed steps', plant({ step: { mixedStepRatio: cited(0.005) } }), /too few steps/],
  ['no trace of mixed steps', evidenceWith({ serving: plant().serving as ServingEvidence }), /trace a window in which prompts arrive/],
  ['a small budget already', plant({ deployment: { knobs: { 'max-num-batched-tokens': 2048 } } }), /already on/],
  ['a budget that nobody knows', plant({ deployment: {} }), /cannot be computed/],
  ['prompts that fit', plant({ serving: { inputTokens: cited(1024) } }), /fit into a chunk of 2048/],
  [
    'more seats than the budget',
    plant({ deployment: { knobs: { 'max-num-batched-tokens': 8192, 'max-num-seqs': 4096 } } }),
    /max-num-seqs/,
  ],
  ['no percentiles', evidenceWith({}), /no percentiles/],
])('proposes nothing: %s', (_, evidence, reason) => {
  expect(reasonOf(prefillChunk, evidence)).toMatch(reason)
})
