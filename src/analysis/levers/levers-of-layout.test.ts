import { expect, it } from 'vitest'
import type {
  CounterEvidence,
  Evidence,
  FamilyEvidence,
  RankEvidence,
  ServingEvidence,
  StepEvidence,
} from '#analysis/synthesis/evidence.ts'
import {
  atRoof,
  cited,
  type DeploymentParts,
  deploymentWith,
  evidenceWith,
  familyWith,
  stepWith,
} from '../../../tests/support/evidence-builder.ts'
import { candidateOf, ratioAt, reasonOf, staysOf } from '../../../tests/support/lever-checks.ts'
import { tensorParallelUp } from './l19-tensor-parallel-up.ts'
import { dataParallelAttention } from './l21-data-parallel-attention.ts'
import { decodeContextParallel } from './l24-decode-context-parallel.ts'
import { expertBalance } from './l36-expert-balance.ts'

const gemm = (counters: Partial<CounterEvidence> | undefined = atRoof(0.8)): FamilyEvidence =>
  familyWith({ family: 'gemm-deepgemm', role: 'gemm', share: 0.6, counters })
const weights = (parts: DeploymentParts = {}, families = [gemm()]): Evidence =>
  evidenceWith({ deployment: deploymentWith({ tensorParallel: 2, gpus: 4, model: { attentionHeads: 64 }, ...parts }), families })

it('L19 halves the reading of weights and adds collectives', () => {
  const candidate = candidateOf(tensorParallelUp, weights())
  expect(candidate.settings).toEqual([{ knob: 'tensor-parallel-size', to: 4 }])
  expect(ratioAt(candidate, [0.1])).toBeCloseTo(1 - 0.3 + 0.1, 10)
  expect(candidate.ceilingRatio).toBeCloseTo(0.27, 10)
})

it.each<[string, Evidence, RegExp]>([
  ['no idle GPU', weights({ gpus: 2 }), /not known that they are free/],
  ['GPUs not known', weights({ gpus: 0 }), /not known that they are free/],
  ['heads that do not divide', weights({ model: { attentionHeads: 6 } }), /cannot be split over 4 ranks/],
  ['weights are not what takes the time', weights({}, [gemm(atRoof(0.3))]), /no GEMM is known/],
  ['nothing was counted', weights({}, [gemm({ headroom: 'undecidable' })]), /no GEMM is known/],
])('L19 proposes nothing: %s', (_, evidence, reason) => {
  expect(reasonOf(tensorParallelUp, evidence)).toMatch(reason)
})

const latent = { latentAttention: true, experts: 256, layers: 61 }
const preempted: ServingEvidence = {
  preemptions: cited(40),
  promptTokens: cited(800_000),
  prefilledTokens: cited(1_000_000),
}
const mixed: Partial<StepEvidence> = { mixedStepRatio: cited(0.1), mixedCadenceNs: cited(5e7) }
const duplicated = (parts: DeploymentParts = {}, serving: ServingEvidence = preempted): Evidence =>
  evidenceWith({ deployment: deploymentWith({ tensorParallel: 8, model: latent, ...parts }), step: stepWith(mixed), serving })

it('L21 holds each KV head once, in the words of either engine', () => {
  const candidate = candidateOf(dataParallelAttention, duplicated())
  expect(candidate.settings).toEqual([
    { knob: 'tensor-parallel-size', to: 1 },
    { knob: 'data-parallel-size', to: 8 },
    { knob: 'expert-parallel', to: true },
  ])
  expect(ratioAt(candidate, [4 / 14, 1])).toBeCloseTo(1 / (1 - (4 / 14) * 0.2), 10)
  expect(candidateOf(dataParallelAttention, duplicated({ engine: 'sglang' })).settings?.[0]).toEqual({ knob: 'dp-attention', to: true })
})

it.each<[string, Evidence, RegExp]>([
  ['as many KV heads as ranks', duplicated({ model: { kvHeads: 8, experts: 128 } }), /no KV head is held twice/],
  ['a dense model', duplicated({ model: { latentAttention: true, experts: 0 } }), /no experts/],
  ['room in the cache', duplicated({}, { preemptions: cited(0) }), /no request was preempted/],
  ['already on', duplicated({ dataParallel: 8, knobs: { 'expert-parallel': true } }), /already on/],
])('L21 proposes nothing: %s', (_, evidence, reason) => {
  expect(reasonOf(dataParallelAttention, evidence)).toMatch(reason)
})

const attention = (parts: DeploymentParts = {}, counters: Partial<CounterEvidence> | undefined = atRoof(0.8)): Evidence =>
  evidenceWith({
    deployment: deploymentWith({ tensorParallel: 8, model: { kvHeads: 2 }, knobs: { 'decode-context-parallel-size': 1 }, ...parts }),
    families: [familyWith({ family: 'attention-flash', role: 'attention', share: 0.5, counters })],
  })

it('L24 lets four copies of a cache be read once, less what is exchanged', () => {
  const candidate = candidateOf(decodeContextParallel, attention())
  expect(candidate.settings).toEqual([{ knob: 'decode-context-parallel-size', to: 4 }])
  expect(staysOf(candidate, 'attention-flash')).toEqual([0.25, 0.55])
})

it.each<[string, Evidence, RegExp]>([
  ['already on', attention({ knobs: { 'decode-context-parallel-size': 4 } }), /already on/],
  ['one copy of each head', attention({ model: { kvHeads: 8 } }), /no KV head is held twice/],
  ['a kernel that leaves its roof unused', attention({}, atRoof(0.3)), /a better kernel comes first/],
])('L24 proposes nothing: %s', (_, evidence, reason) => {
  expect(reasonOf(decodeContextParallel, evidence)).toMatch(reason)
})

const uneven = (ranks: Partial<RankEvidence> = {}, parts: DeploymentParts = {}): Evidence =>
  evidenceWith({
    deployment: deploymentWith({ expertParallel: true, knobs: { eplb: false }, ...parts }),
    families: [familyWith({ family: 'moe-gemm', role: 'moe', share: 0.5 })],
    ranks: {
      ranks: 4,
      floorShare: cited(0.05),
      skewShare: cited(0.2),
      straggler: { rank: 2, lateRatio: cited(0.9) },
      stragglerBusyRatio: cited(1.25),
      stragglerHostRatio: cited(1),
      ...ranks,
    },
  })

it('L36 claims what the busiest rank’s experts take beyond their even share, at most the skew', () => {
  const candidate = candidateOf(expertBalance, uneven())
  // 0.5 × (1 - 1 / 1.25) = 0.1, less than the skew of 0.2.
  expect(ratioAt(candidate, [0.5])).toBeCloseTo(0.95, 10)
  expect(candidate.ceilingRatio).toBeCloseTo(0.08, 10)
})

it.each<[string, Evidence, RegExp]>([
  ['the host is what makes it late', uneven({ stragglerHostRatio: cited(2) }), /host is slower/],
  ['no busier than the others', uneven({ stragglerBusyRatio: cited(1.02) }), /no busier/],
  ['already on', uneven({}, { knobs: { eplb: true } }), /already on/],
  ['no expert parallelism', uneven({}, { expertParallel: false }), /not spread/],
  ['one rank', evidenceWith({ deployment: uneven().deployment, families: uneven().families }), /needs the others/],
])('L36 proposes nothing: %s', (_, evidence, reason) => {
  expect(reasonOf(expertBalance, evidence)).toMatch(reason)
})
