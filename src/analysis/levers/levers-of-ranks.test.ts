import { expect, it } from 'vitest'
import type { Deployment } from '#analysis/synthesis/deployment.ts'
import type { Evidence } from '#analysis/synthesis/evidence.ts'
import { atRoof, cited, deploymentWith, evidenceWith, familyWith, stepWith } from '../../../tests/support/evidence-builder.ts'
import { candidateOf, preconditionStates, ratioAt, reasonOf } from '../../../tests/support/lever-checks.ts'
import { stepEvidence } from '../../../tests/support/step-evidence.ts'
import { allReduceBackend } from './l15-allreduce-backend.ts'
import { fusedAllReduceNorm } from './l16-fused-allreduce-norm.ts'
import { straggler } from './l37-straggler.ts'
import { clocks } from './l38-clocks.ts'

const evidenceOf = (id: string): Evidence => stepEvidence[id] ?? evidenceWith({})
const with_ = (id: string, parts: Partial<Evidence>): Evidence => ({ ...evidenceOf(id), ...parts })
const deployed = (id: string, parts: Parameters<typeof deploymentWith>[0]): Evidence => {
  const { knob: _knob, ...rest } = evidenceOf(id).deployment
  return with_(id, { deployment: deploymentWith({ ...rest, ...parts }) })
}

it('L15 enables custom all-reduce where its size allows it, and claims the floor only', () => {
  const candidate = candidateOf(allReduceBackend, evidenceOf('L15'))
  expect(candidate.settings).toEqual([{ knob: 'custom-all-reduce', to: true }])
  expect(preconditionStates(candidate)).toEqual(['met', 'met'])
  expect(candidate.ceilingRatio).toBeCloseTo(0.48 * 0.6, 10)
  // 0.48 of the 0.50 in collectives is floor: 1 - 0.96 × 0.6 and 1 - 0.96 × 0.4.
  expect(candidate.effect).toMatchObject({ changes: ['communication=0.424..0.616'] })
})

it('L15 leaves waiting to the straggler', () => {
  const ranks = { ranks: 8, floorShare: cited(0.01), skewShare: cited(0.49) }
  expect(reasonOf(allReduceBackend, with_('L15', { ranks }))).toContain('below the 2.0 %')
})

it('L15 takes symmetric memory where custom all-reduce is on and refused, in its range', () => {
  const on = { 'custom-all-reduce': true, 'nccl-symm-mem': false, 'batch-invariant': false, 'spec-tokens': 0 }
  const candidate = candidateOf(allReduceBackend, deployed('L15', { knobs: on }))
  expect(candidate.settings).toEqual([{ knob: 'nccl-symm-mem', to: true }])
  const small = { ...stepWith({ communicationShare: cited(0.5), batch: cited(4) }) }
  expect(reasonOf(allReduceBackend, { ...deployed('L15', { knobs: on }), step: small })).toContain('65.5 kB')
  expect(reasonOf(allReduceBackend, deployed('L15', { knobs: { ...on, 'batch-invariant': true } }))).toContain('batch-invariant')
  expect(reasonOf(allReduceBackend, deployed('L15', { knobs: { ...on, 'nccl-symm-mem': true } }))).toContain('already')
})

it('trap: with one rank no lever of communication is proposed', () => {
  for (const [id, lever] of [
    ['L15', allReduceBackend],
    ['L16', fusedAllReduceNorm],
    ['L37', straggler],
  ] as const) {
    const { ranks: _ranks, ...alone } = evidenceOf(id)
    expect(reasonOf(lever, alone)).toContain('every rank')
  }
})

it('L15 says nothing where another kernel than the ring runs', () => {
  const families = [
    familyWith({ family: 'custom-allreduce', role: 'communication', share: 0.5, kernels: [{ name: 'cross_device_reduce_1stage' }] }),
  ]
  expect(reasonOf(allReduceBackend, with_('L15', { families }))).toContain('the choice for their size is made')
  const symmetric = [
    familyWith({ family: 'nccl', role: 'communication', share: 0.5, kernels: [{ name: 'ncclSymkDevKernel_AllReduce_RSxLDMC_AGxSTMC' }] }),
  ]
  expect(reasonOf(allReduceBackend, with_('L15', { families: symmetric }))).toContain('the choice for their size is made')
})

it('L16 takes norms whole and a little of the floor', () => {
  const candidate = candidateOf(fusedAllReduceNorm, evidenceOf('L16'))
  expect(candidate.settings).toEqual([{ knob: 'fuse-allreduce-rms', to: true }])
  expect(candidate.effect).toMatchObject({ changes: ['kernels:norm=0.000..0.050', 'communication=0.910..1.000'] })
  expect(candidate.ceilingRatio).toBeCloseTo(0.15 + 0.3 * 0.15, 10)
})

it.each<[string, Partial<Deployment>, RegExp]>([
  ['beside data parallelism', { dataParallel: 2 }, /broken beside data/],
  ['beside pipeline parallelism', { pipelineParallel: 2 }, /broken beside pipeline/],
  ['of 6 ranks', { tensorParallel: 6 }, /it is 6/],
  ['on Ampere', { computeCapability: '8.0' }, /not in the table/],
  ['of messages beyond the table', { model: { hiddenSize: 8192 * 64 } }, /of at most 2/],
])('L16 is not proposed %s', (_what, parts, reason) => {
  const knobs = { 'fuse-allreduce-rms': false, 'spec-tokens': 0 }
  expect(reasonOf(fusedAllReduceNorm, deployed('L16', { ...parts, knobs }))).toMatch(reason)
})

it('L16 is on where the fused kernel runs', () => {
  const families = [
    familyWith({
      family: 'fused-allreduce',
      role: 'communication',
      share: 0.3,
      kernels: [{ name: 'allreduce_fusion_kernel_oneshot_lamport' }],
    }),
    familyWith({ family: 'norm', role: 'norm', share: 0.15 }),
  ]
  expect(reasonOf(fusedAllReduceNorm, with_('L16', { families }))).toContain('already so')
})

it('L37 takes the waiting, and says what makes the rank late', () => {
  const candidate = candidateOf(straggler, evidenceOf('L37'))
  expect(ratioAt(candidate, [0])).toBeCloseTo(0.7, 10)
  expect(ratioAt(candidate, [0.15])).toBeCloseTo(1 - 0.3 * 0.85, 10)
  expect(candidate.summary).toContain('its host paces it (gaps 2.10 times')
  const { ranks } = evidenceOf('L37')
  if (ranks === undefined) throw new Error('no ranks')
  const slow = { ...ranks, stragglerBusyRatio: cited(1.7), stragglerHostRatio: cited(0.9) }
  expect(candidateOf(straggler, with_('L37', { ranks: slow })).summary).toContain('its kernels take 1.70 times')
  const { stragglerBusyRatio: _busy, stragglerHostRatio: _host, ...bare } = ranks
  expect(candidateOf(straggler, with_('L37', { ranks: bare })).summary).toContain('not told')
})

it('L37 needs one rank that is nearly always last', () => {
  const ranks = { ranks: 4, floorShare: cited(0.05), skewShare: cited(0.3) }
  expect(reasonOf(straggler, with_('L37', { ranks }))).toContain('no rank is last')
  const sometimes = { ...ranks, straggler: { rank: 1, lateRatio: cited(0.6) } }
  expect(reasonOf(straggler, with_('L37', { ranks: sometimes }))).toContain('60.0 %')
})

it('L37 takes a rank whose host paces every step, late at one collective of sixteen and cause of nearly all waiting', () => {
  const late = { rank: 1, lateRatio: cited(0.0625), ofWaitRatio: cited(0.97) }
  const ranks = { ranks: 4, floorShare: cited(0.05), skewShare: cited(0.5), straggler: late, stragglerHostRatio: cited(9) }
  const { summary, cites } = candidateOf(straggler, with_('L37', { ranks }))
  expect(summary).toContain('97.0 % of all waiting is for rank 1, last in 6.3 % of the collectives')
  expect(cites).toContain(late.ofWaitRatio)
  const shared = { ...ranks, straggler: { ...late, ofWaitRatio: cited(0.6) } }
  expect(reasonOf(straggler, with_('L37', { ranks: shared }))).toContain('not often enough')
})

it('L38 scales compute-bound kernels by the clock, over what was counted', () => {
  const candidate = candidateOf(clocks, evidenceOf('L38'))
  // 0.75 of the maximum, freed to 0.96 to 1 of it.
  expect(candidate.effect).toMatchObject({ changes: ['kernels:gemm-cutlass-quantised=0.750..0.781'] })
  expect(candidate.ceilingRatio).toBeCloseTo(0.7 * 0.25, 10)
})

it('L38 needs a reason that holds the clock down, and kernels that follow it', () => {
  const device = { gpus: 1, windowS: cited(60), smClockOfMaxRatio: cited(0.75), throttledRatio: cited(0.9) }
  const reason = (parts: Partial<Evidence>) => reasonOf(clocks, with_('L38', parts))
  expect(reason({ device })).toContain('CLOCKS_EVENT_REASONS')
  expect(reason({ device: { ...device, throttleReasons: ['gpu_idle', 'app_clocks'] } })).toContain('no power or heat limit')
  expect(reason({ device: { ...device, smClockOfMaxRatio: cited(0.98), throttleReasons: ['sw_thermal'] } })).toBe(
    'the SM clock is at 98.0 % of its maximum',
  )
  const memory = [familyWith({ family: 'gemm-deepgemm', role: 'gemm', share: 0.7, counters: atRoof(0.8) })]
  expect(reason({ families: memory })).toContain('memory does not follow')
})
