import { expect, it } from 'vitest'
import type { CounterEvidence, Evidence } from '#analysis/synthesis/evidence.ts'
import { atRoof, type DeploymentParts, deploymentWith, evidenceWith, familyWith } from '../../../tests/support/evidence-builder.ts'
import { candidateOf, preconditionStates, reasonOf, staysOf } from '../../../tests/support/lever-checks.ts'
import { tunedMoe } from './l33-tuned-moe.ts'
import { moeBackend } from './l34-moe-backend.ts'

const untuned = { state: 'resolved', value: 'default', from: 'the engine’s log' } as const

const experts = (
  counters: Partial<CounterEvidence> | undefined = atRoof(0.3),
  parts: DeploymentParts = {},
  name = 'fused_moe_kernel',
): Evidence =>
  evidenceWith({
    deployment: deploymentWith({ model: { weightType: 'fp8', experts: 128 }, knobs: { 'tuned-config-folder': untuned }, ...parts }),
    families: [familyWith({ family: 'moe-gemm', role: 'moe', share: 0.5, kernels: [{ name, meanNs: 90_000 }], counters })],
  })

it('L33 tunes the Triton kernel that runs with its default configuration', () => {
  const candidate = candidateOf(tunedMoe, experts())
  expect(candidate.settings?.[0]?.knob).toBe('tuned-config-folder')
  expect(staysOf(candidate, 'moe-gemm')).toEqual([0.375, 0.5])
  expect(candidate.ceilingRatio).toBeCloseTo(0.5 * (1 - 0.3 / 0.8), 10)
  expect(preconditionStates(candidate)).toEqual(['met'])
})

it('L33 does not know whether a configuration is shipped where nobody read the log', () => {
  const deployment = { knobs: { 'tuned-config-folder': { state: 'default', value: 'none', from: 'default' } as const } }
  expect(preconditionStates(candidateOf(tunedMoe, experts(atRoof(0.3), deployment)))).toEqual(['unknown'])
})

it.each<[string, Evidence, RegExp]>([
  ['another kernel', experts(atRoof(0.3), {}, 'bmm_E2m1_E2m1E2m1_Fp32_t128x8'), /do not run on the Triton kernel/],
  ['already tuned', experts(atRoof(0.3), { knobs: { 'tuned-config-folder': '/configs' } }), /already on/],
  [
    'the log names a tuned file',
    experts(atRoof(0.3), { knobs: { 'tuned-config-folder': { ...untuned, value: 'E=128,N=768.json' } } }),
    /already on/,
  ],
  ['hot but at its roof', experts(atRoof(0.65)), /hot, but at/],
  ['undecided counters', experts({ headroom: 'undecidable' }), /cannot be decided/],
  ['counters over less than half', experts(atRoof(0.3, { coveredRatio: 0.3 })), /less than half/],
])('L33 proposes nothing: %s', (_, evidence, reason) => {
  expect(reasonOf(tunedMoe, evidence)).toMatch(reason)
})

it('L34 asks for the first choice of a GPU that has another than Triton', () => {
  const blackwell = candidateOf(moeBackend, experts(atRoof(0.3), { computeCapability: '10.0' }))
  expect(blackwell.settings).toEqual([{ knob: 'moe-backend', to: 'flashinfer_trtllm' }])
  expect(staysOf(blackwell, 'moe-gemm')).toEqual([0.375, 0.6])
  expect(candidateOf(moeBackend, experts(atRoof(0.3), { expertParallel: true })).settings).toEqual([
    { knob: 'moe-backend', to: 'flashinfer_cutlass' },
  ])
})

it('L34 warns of comparing with an untuned kernel, and knows a choice made on purpose', () => {
  const parts = { computeCapability: '10.0', knobs: { 'tuned-config-folder': untuned, 'moe-backend': 'triton' } }
  const candidate = candidateOf(moeBackend, experts(atRoof(0.3), parts))
  expect(candidate.risks.join(' ')).toContain('L33')
  expect(preconditionStates(candidate)).toEqual(['unknown', 'unknown'])
})

it.each<[string, Evidence, RegExp]>([
  ['Hopper under tensor parallelism', experts(), /Triton is the first choice on Hopper/],
  ['bf16 experts on Hopper', experts(atRoof(0.3), { model: { weightType: 'bf16' } }), /no first choice but Triton/],
  ['an unknown format on Blackwell', experts(atRoof(0.3), { computeCapability: '10.0', model: {} }), /format is not known/],
  ['no flag in this version', experts(atRoof(0.3), { computeCapability: '10.0', without: ['moe-backend'] }), /no such setting/],
  ['at its roof', experts(atRoof(0.6), { computeCapability: '10.0' }), /hot, but at/],
])('L34 proposes nothing: %s', (_, evidence, reason) => {
  expect(reasonOf(moeBackend, evidence)).toMatch(reason)
})
