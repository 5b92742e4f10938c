import { expect, it } from 'vitest'
import type { CounterEvidence, Evidence } from '#analysis/synthesis/evidence.ts'
import { atRoof, type DeploymentParts, deploymentWith, evidenceWith, familyWith } from '../../../tests/support/evidence-builder.ts'
import { candidateOf, preconditionStates, reasonOf, staysOf } from '../../../tests/support/lever-checks.ts'
import { kvFp8 } from './l27-kv-fp8.ts'

const plant = (
  counters: Partial<CounterEvidence> | undefined = atRoof(0.8),
  parts: DeploymentParts = { knobs: { 'kv-cache-dtype': 'auto', 'attention-backend': 'FLASH_ATTN' } },
  kernel = 'FlashAttnFwdSm90',
): Evidence =>
  evidenceWith({
    deployment: deploymentWith(parts),
    families: [familyWith({ family: 'attention-flash', role: 'attention', share: 0.5, kernels: [{ name: kernel }], counters })],
  })

it('halves the bytes of attention at its roof, behind an accuracy gate', () => {
  const candidate = candidateOf(kvFp8, plant())
  expect(kvFp8.changesAccuracy).toBe(true)
  expect(candidate.settings).toEqual([{ knob: 'kv-cache-dtype', to: 'fp8' }])
  expect(staysOf(candidate, 'attention-flash')).toEqual([0.5, 0.62])
  expect(candidate.ceilingRatio).toBeCloseTo(0.25, 10)
  expect(preconditionStates(candidate)).toEqual(['met', 'met'])
  expect(candidateOf(kvFp8, plant(atRoof(0.8), { engine: 'sglang' })).settings).toEqual([{ knob: 'kv-cache-dtype', to: 'fp8_e4m3' }])
})

it('does not know the type of a quantised checkpoint’s cache', () => {
  const deployment = { model: { weightType: 'fp8' }, knobs: { 'kv-cache-dtype': 'auto', 'attention-backend': 'FLASHINFER' } }
  expect(preconditionStates(candidateOf(kvFp8, plant(atRoof(0.8), deployment)))).toEqual(['unknown', 'met'])
  expect(preconditionStates(candidateOf(kvFp8, plant(atRoof(0.8), {})))).toEqual(['unknown', 'unknown'])
})

it('reads the type of the cache from names that carry it', () => {
  const deployment = { model: { weightType: 'fp8' }, knobs: { 'kv-cache-dtype': 'auto' } }
  const kernel = 'flash::FlashAttnFwdSm90<flash::CollectiveMainloopFwdSm90<2, cutlass::bfloat16_t, float, cutlass::arch::Sm90>>'
  expect(preconditionStates(candidateOf(kvFp8, plant(atRoof(0.8), deployment, kernel)))[0]).toBe('met')
  expect(reasonOf(kvFp8, plant(atRoof(0.8), deployment, kernel.replace('bfloat16_t', 'float_e4m3_t')))).toMatch(/already reads an FP8/)
})

it('does not take the type in the name of a kernel for FP8 where it says auto', () => {
  const kernel = 'vllm::paged_attention<__nv_bfloat16, (vllm::Fp8KVCacheDataType)0>'
  expect(candidateOf(kvFp8, plant(atRoof(0.8), {}, kernel)).part).toBe('kernels:attention-flash')
  expect(reasonOf(kvFp8, plant(atRoof(0.8), {}, kernel.replace(')0', ')1')))).toMatch(/already reads an FP8/)
})

it.each<[string, Evidence, RegExp]>([
  ['already on', plant(atRoof(0.8), { knobs: { 'kv-cache-dtype': 'fp8' } }), /kv-cache-dtype is fp8/],
  ['the kernel reads FP8', plant(atRoof(0.8), {}, 'fmhaSm100fKernel_QkvE4m3OBfloat16HQk128'), /already reads an FP8/],
  ['not limited by bytes', plant(atRoof(0.3)), /a better kernel comes first/],
  ['bound by compute', plant(atRoof(0.8, { bound: 'compute' })), /fewer bytes do not help/],
  [
    'without counters',
    evidenceWith({ families: [familyWith({ family: 'attention-flash', role: 'attention', share: 0.5 })] }),
    /capture ncu/,
  ],
  ['an A100', plant(atRoof(0.8), { computeCapability: '8.0' }), /no FP8/],
  [
    'linear attention',
    evidenceWith({ families: [familyWith({ family: 'linear-attention', role: 'attention', share: 0.5, counters: atRoof(0.8) })] }),
    /no decode attention/,
  ],
])('proposes nothing: %s', (_, evidence, reason) => {
  expect(reasonOf(kvFp8, evidence)).toMatch(reason)
})
