import { expect, it } from 'vitest'
import type { Deployment } from '#analysis/synthesis/deployment.ts'
import type { CounterEvidence, Evidence } from '#analysis/synthesis/evidence.ts'
import { atRoof, cited, deploymentWith, evidenceWith, familyWith } from '../../../tests/support/evidence-builder.ts'
import { candidateOf, preconditionStates, reasonOf, staysOf } from '../../../tests/support/lever-checks.ts'
import { attentionBackend } from './l25-attention-backend.ts'

const kernels = [{ name: 'kernel_unified_attention', meanNs: 120_000 }]

const onTriton = (counters: Partial<CounterEvidence> | undefined = atRoof(0.3), deployment?: Deployment): Evidence =>
  evidenceWith({
    deployment: deployment ?? deploymentWith({ knobs: { 'attention-backend': 'TRITON_ATTN', 'kv-cache-dtype': 'auto' } }),
    families: [familyWith({ family: 'attention-triton', role: 'attention', share: 0.4, kernels, counters })],
  })

it('moves Triton attention on Hopper to FlashAttention, by the distance to the roof', () => {
  const candidate = candidateOf(attentionBackend, onTriton())
  expect(candidate.settings).toEqual([{ knob: 'attention-backend', to: 'FLASH_ATTN' }])
  // 0.3 of the roof now, 0.85 to 0.65 of it then.
  expect(staysOf(candidate, 'attention-triton')).toEqual([0.353, 0.462])
  expect(candidate.ceilingRatio).toBeCloseTo(0.4 * (1 - 0.3 / 0.85), 10)
  expect(candidate.part).toBe('kernels:attention-triton')
  expect(preconditionStates(candidate)).toEqual(['met', 'met', 'met'])
  expect(candidate.because[0]).toBe(
    'attention-triton takes 40.0 % of the decode step (4.00 ms a step), at 30.0 % of its memory roof by counters over 100.0 % of that time',
  )
  expect(candidate.cites.map(({ citation }) => citation)).toEqual(['c-share-attention-triton', 'c-ns-attention-triton', 'c-roof'])
})

it('knows the first choice of each engine and GPU', () => {
  const on = (parts: Parameters<typeof deploymentWith>[0]) =>
    candidateOf(attentionBackend, onTriton(atRoof(0.3), deploymentWith(parts))).settings
  expect(on({ computeCapability: '10.0' })).toEqual([{ knob: 'attention-backend', to: 'FLASHINFER' }])
  expect(on({ engine: 'sglang' })).toEqual([{ knob: 'attention-backend', to: 'fa3' }])
  expect(on({ engine: 'sglang', computeCapability: '10.3' })).toEqual([{ knob: 'attention-backend', to: 'trtllm_mha' }])
  expect(on({ computeCapability: '8.0' })).toEqual([{ knob: 'attention-backend', to: 'FLASH_ATTN' }])
})

it('claims less where counters cover less', () => {
  const [low, high] = staysOf(candidateOf(attentionBackend, onTriton(atRoof(0.3, { coveredRatio: 0.8 }))), 'attention-triton')
  expect(low).toBe(0.353)
  // A fifth was not counted and may gain nothing.
  expect(high).toBeCloseTo(1 - 0.8 * (1 - 0.3 / 0.65), 3)
})

it('says that a configuration which names another backend may be of another launch', () => {
  const deployment = deploymentWith({ knobs: { 'attention-backend': 'FLASH_ATTN', 'kv-cache-dtype': 'auto' } })
  expect(preconditionStates(candidateOf(attentionBackend, onTriton(atRoof(0.3), deployment)))).toEqual(['unknown', 'met', 'met'])
})

it.each<[string, Evidence, RegExp]>([
  ['hot but at its roof', onTriton(atRoof(0.7)), /hot, but at 70.0 % of its memory roof/],
  [
    'without counters',
    evidenceWith({ families: [familyWith({ family: 'attention-triton', role: 'attention', share: 0.4, kernels })] }),
    /capture ncu/,
  ],
  ['busy multiprocessors without counted bytes', onTriton({ headroom: 'undecidable', smBusyRatio: cited(0.9) }), /cannot be decided/],
  ['counters over less than half', onTriton(atRoof(0.3, { coveredRatio: 0.49 })), /less than half/],
  ['bound by compute', onTriton(atRoof(0.3, { bound: 'compute' })), /bound by compute/],
  [
    'kernels of 5 us',
    evidenceWith({
      families: [
        familyWith({
          family: 'attention-triton',
          role: 'attention',
          share: 0.4,
          kernels: [{ name: 'kernel_unified_attention', meanNs: 5000 }],
          counters: atRoof(0.3),
        }),
      ],
    }),
    /too short/,
  ],
  [
    'a share that no trial detects',
    evidenceWith({
      families: [familyWith({ family: 'attention-triton', role: 'attention', share: 0.02, kernels, counters: atRoof(0.3) })],
    }),
    /below the 2.0 %/,
  ],
  [
    'the first choice already',
    evidenceWith({ families: [familyWith({ family: 'attention-flash', role: 'attention', share: 0.4, counters: atRoof(0.3) })] }),
    /first choice here/,
  ],
  ['a version without the flag', onTriton(atRoof(0.3), deploymentWith({ without: ['attention-backend'] })), /no such setting/],
  ['latent attention', onTriton(atRoof(0.3), deploymentWith({ model: { latentAttention: true } })), /L28/],
  ['a GPU without a known first choice', onTriton(atRoof(0.3), deploymentWith({ computeCapability: '12.0' })), /no first choice/],
])('proposes nothing: %s', (_, evidence, reason) => {
  expect(reasonOf(attentionBackend, evidence)).toMatch(reason)
})
