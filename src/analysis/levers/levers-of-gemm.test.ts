import { expect, it } from 'vitest'
import type { CounterEvidence, Evidence } from '#analysis/synthesis/evidence.ts'
import { atRoof, type DeploymentParts, deploymentWith, evidenceWith, familyWith } from '../../../tests/support/evidence-builder.ts'
import { candidateOf, preconditionStates, reasonOf, staysOf } from '../../../tests/support/lever-checks.ts'
import { weightFp8 } from './l31-weight-fp8.ts'
import { linearBackend } from './l32-linear-backend.ts'

const gemm = (family: string, name: string, share: number, counters: Partial<CounterEvidence> | undefined) =>
  familyWith({ family, role: 'gemm', share, kernels: [{ name, meanNs: 60_000 }], counters })

const bf16 = (
  counters: Partial<CounterEvidence> | undefined = atRoof(0.8),
  parts: DeploymentParts = {},
  name = 'nvjet_tst_64x8_64x16_4x1_v_bz_TNT',
): Evidence => evidenceWith({ deployment: deploymentWith(parts), families: [gemm('gemm-cublas-16bit', name, 0.5, counters)] })

const fallback = (counters: Partial<CounterEvidence> | undefined = atRoof(0.3), parts: DeploymentParts = {}): Evidence =>
  evidenceWith({
    deployment: deploymentWith({ model: { weightType: 'fp8' }, knobs: { 'linear-backend': 'auto' }, ...parts }),
    families: [gemm('gemm-quantised-other', '_w8a8_triton_block_scaled_mm', 0.5, counters)],
  })

it('L31 halves the weights’ bytes where bf16 GEMMs are at their roof', () => {
  const candidate = candidateOf(weightFp8, bf16())
  expect(candidate.settings).toEqual([{ knob: 'quantization', to: 'fp8' }])
  expect(staysOf(candidate, 'gemm-cublas-16bit')).toEqual([0.52, 0.66])
  expect(candidate.ceilingRatio).toBeCloseTo(0.24, 10)
  expect(preconditionStates(candidate)).toEqual(['met'])
  expect(weightFp8.changesAccuracy).toBe(true)
})

it('L31 takes every 16-bit family that is at its roof, and none that is not', () => {
  const families = [
    gemm('gemm-cublas-16bit', 'nvjet_tst_64x8', 0.4, atRoof(0.8)),
    gemm('gemm-small-m', 'splitKreduce_kernel', 0.1, atRoof(0.75)),
    gemm('gemm-triton', 'triton_mm_0', 0.1, atRoof(0.2)),
  ]
  const candidate = candidateOf(weightFp8, evidenceWith({ families }))
  expect(candidate.effect.by === 'replay' && candidate.effect.changes).toEqual([
    'kernels:gemm-cublas-16bit=0.520..0.660',
    'kernels:gemm-small-m=0.520..0.660',
  ])
})

it.each<[string, Evidence, RegExp]>([
  ['the checkpoint is quantised', bf16(atRoof(0.8), { model: { weightType: 'fp8' } }), /checkpoint is fp8/],
  ['already on', bf16(atRoof(0.8), { knobs: { quantization: 'fp8' } }), /already on/],
  ['not limited by bytes', bf16(atRoof(0.4)), /a better kernel comes first/],
  ['without counters', evidenceWith({ families: [gemm('gemm-cublas-16bit', 'nvjet_tst_64x8', 0.5, undefined)] }), /capture ncu/],
  ['GEMMs in FP8', bf16(atRoof(0.8), {}, 'sm90_xmma_gemm_e4m3bf16_e4m3f32_f32_tn_n'), /no GEMM in 16 bit/],
  ['counters of another type', bf16(atRoof(0.8, { dataType: 'fp8' })), /no GEMM in 16 bit/],
  ['an A100', bf16(atRoof(0.8), { computeCapability: '8.0' }), /no FP8/],
  ['a compute-bound batch', bf16(atRoof(0.8, { bound: 'compute' })), /fewer bytes do not help/],
])('L31 proposes nothing: %s', (_, evidence, reason) => {
  expect(reasonOf(weightFp8, evidence)).toMatch(reason)
})

it('L32 moves the Triton fallback to DeepGEMM', () => {
  const candidate = candidateOf(linearBackend, fallback())
  expect(candidate.settings).toEqual([{ knob: 'linear-backend', to: 'deep_gemm' }])
  expect(staysOf(candidate, 'gemm-quantised-other')).toEqual([0.353, 0.462])
  expect(preconditionStates(candidate)).toEqual(['met', 'met'])
  expect(candidateOf(linearBackend, fallback(atRoof(0.3), { engine: 'sglang' })).settings).toEqual([
    { knob: 'linear-backend', to: 'flashinfer_deepgemm' },
  ])
})

it('L32 undoes what switched DeepGEMM off, where that is the cause', () => {
  const off = { knobs: { 'use-deep-gemm': false }, without: ['linear-backend'] }
  expect(candidateOf(linearBackend, fallback(atRoof(0.3), off)).settings).toEqual([{ knob: 'use-deep-gemm', to: true }])
})

it('L32 concerns only the fallback’s part of its family', () => {
  const kernels = [
    { name: '_w8a8_triton_block_scaled_mm', ofFamilyRatio: 0.6 },
    { name: 'machete', ofFamilyRatio: 0.4 },
  ]
  const families = [familyWith({ family: 'gemm-quantised-other', role: 'gemm', share: 0.5, kernels, counters: atRoof(0.3) })]
  const candidate = candidateOf(linearBackend, evidenceWith({ deployment: fallback().deployment, families }))
  expect(staysOf(candidate, 'gemm-quantised-other')[0]).toBeCloseTo(1 - 0.6 * (1 - 0.3 / 0.85), 3)
})

it.each<[string, Evidence, RegExp]>([
  ['no fallback', bf16(atRoof(0.3)), /no GEMM runs on a fallback/],
  ['hot but at its roof', fallback(atRoof(0.7)), /hot, but at/],
  ['spinning multiprocessors that nobody counted', fallback({ headroom: 'undecidable' }), /cannot be decided/],
  ['no such flag', fallback(atRoof(0.3), { without: ['linear-backend'] }), /no such setting/],
  ['asked for already', fallback(atRoof(0.3), { knobs: { 'linear-backend': 'deep_gemm' } }), /read the engine’s log/],
  ['a GPU that DeepGEMM does not run on', fallback(atRoof(0.3), { computeCapability: '12.0' }), /DeepGEMM runs on this GPU/],
])('L32 proposes nothing: %s', (_, evidence, reason) => {
  expect(reasonOf(linearBackend, evidence)).toMatch(reason)
})

it('L32 takes Marlin for a fallback only on FP8 weights and a GPU that computes FP8', () => {
  const marlin = (parts: DeploymentParts) =>
    evidenceWith({
      deployment: deploymentWith({ model: { weightType: 'fp8' }, knobs: { 'linear-backend': 'auto' }, ...parts }),
      families: [gemm('gemm-weight-only', 'void Marlin<__nv_bfloat16, 256>', 0.5, atRoof(0.4))],
    })
  expect(candidateOf(linearBackend, marlin({})).summary).toContain('Marlin')
  expect(reasonOf(linearBackend, marlin({ model: { weightType: 'int4' } }))).toMatch(/no GEMM/)
  expect(reasonOf(linearBackend, marlin({ computeCapability: '8.0' }))).toMatch(/no GEMM/)
})
