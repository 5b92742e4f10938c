import { expect, it } from 'vitest'
import type { CounterEvidence, Evidence } from '#analysis/synthesis/evidence.ts'
import {
  atRoof,
  cited,
  type DeploymentParts,
  deploymentWith,
  evidenceWith,
  type FamilyParts,
  familyWith,
  stepWith,
} from '../../../tests/support/evidence-builder.ts'
import { candidateOf, reasonOf, staysOf } from '../../../tests/support/lever-checks.ts'
import { splitKv } from './l26-split-kv.ts'
import { latentAttentionBackend } from './l28-latent-attention-backend.ts'
import { cascade } from './l29-cascade.ts'
import { normQuantFusion } from './l30-norm-quant-fusion.ts'
import { skinnyGemm } from './l35-skinny-gemm.ts'

const flash = (counters: Partial<CounterEvidence> | undefined, parts: DeploymentParts, more: readonly FamilyParts[] = []): Evidence =>
  evidenceWith({
    deployment: deploymentWith(parts),
    families: [
      familyWith({
        family: 'attention-flash',
        role: 'attention',
        share: 0.4,
        kernels: [{ name: 'FlashAttnFwdSm90', meanNs: 90_000 }],
        counters,
      }),
      ...more.map(familyWith),
    ],
  })
const splits = { knobs: { 'flash-attn-max-splits': 32 } }

it('L26 splits further where a wave is not full, and promises no more than a full one', () => {
  const candidate = candidateOf(splitKv, flash(atRoof(0.3, { waves: cited(0.5) }), splits))
  expect(candidate.settings).toEqual([{ knob: 'flash-attn-max-splits', to: 64 }])
  expect(staysOf(candidate, 'attention-flash')).toEqual([0.5, 0.75])
  expect(candidate.ceilingRatio).toBeCloseTo(0.2, 10)
})

it.each<[string, Evidence, RegExp]>([
  ['a full grid', flash(atRoof(0.3, { waves: cited(2) }), splits), /the GPU is full/],
  ['waves not counted', flash(atRoof(0.3), splits), /not counted/],
  [
    'combining takes long already',
    flash(atRoof(0.3, { waves: cited(0.5) }), splits, [{ family: 'attention-combine', role: 'attention', share: 0.08 }]),
    /combining/,
  ],
  ['at its roof', flash(atRoof(0.7, { waves: cited(0.5) }), splits), /hot, but at/],
  ['a number that nobody knows', flash(atRoof(0.3, { waves: cited(0.5) }), {}), /not known/],
])('L26 proposes nothing: %s', (_, evidence, reason) => {
  expect(reasonOf(splitKv, evidence)).toMatch(reason)
})

const mla = (name: string, parts: DeploymentParts = {}, counters: Partial<CounterEvidence> = atRoof(0.3)): Evidence =>
  evidenceWith({
    deployment: deploymentWith({ model: { latentAttention: true }, ...parts }),
    families: [
      familyWith({
        family: name.startsWith('_') ? 'attention-triton' : 'attention-mla',
        role: 'attention',
        share: 0.4,
        kernels: [{ name, meanNs: 90_000 }],
        counters,
      }),
    ],
  })

it('L28 knows the first choice for latent attention', () => {
  expect(candidateOf(latentAttentionBackend, mla('_fwd_grouped_kernel_stage1')).settings).toEqual([
    { knob: 'attention-backend', to: 'FLASH_ATTN_MLA' },
  ])
  const cutlass = candidateOf(latentAttentionBackend, mla('Sm100FmhaMlaKernel', { computeCapability: '10.0' }))
  expect(cutlass.settings).toEqual([{ knob: 'attention-backend', to: 'FLASHINFER_MLA' }])
  expect(staysOf(cutlass, 'attention-mla')).toEqual([0.353, 0.462])
})

it.each<[string, Evidence, RegExp]>([
  ['another kernel', mla('flash_fwd_splitkv_mla_kernel'), /later choice/],
  ['no latent attention', mla('_fwd_grouped_kernel_stage1', { model: { latentAttention: false } }), /no latent attention/],
  ['at its roof', mla('_fwd_grouped_kernel_stage1', {}, atRoof(0.7)), /hot, but at/],
  ['a GPU without a known order', mla('_fwd_grouped_kernel_stage1', { computeCapability: '12.0' }), /no first choice/],
])('L28 proposes nothing: %s', (_, evidence, reason) => {
  expect(reasonOf(latentAttentionBackend, evidence)).toMatch(reason)
})

const shared = (parts: Partial<Evidence> = {}, knob: boolean | undefined = false, sharedPrefixTokens = 3000): Evidence => {
  const workload = { inputTokens: 4000, outputTokens: 2000, sharedPrefixTokens }
  return {
    ...flash(atRoof(0.8), {
      knobs: knob === undefined ? {} : { 'cascade-attention': knob },
      file: { schema: 'deployment/1', engine: { name: 'vllm' }, arguments: {}, environment: {}, workload },
    }),
    host: { inGraphRatio: cited(0) },
    ...parts,
  }
}

it('L29 reads the shared part once: 3000 of 5000 tokens for 16 requests', () => {
  const saved = 0.6 * (15 / 16)
  const [low, high] = staysOf(candidateOf(cascade, shared()), 'attention-flash')
  expect(low).toBeCloseTo(1 - saved, 2)
  expect(high).toBeCloseTo(1 - 0.6 * saved, 2)
})

it.each<[string, Evidence, RegExp]>([
  ['steps run as graphs', shared({ host: { inGraphRatio: cited(0.95) } }), /never run as graphs/],
  ['whether they do is not known', shared({ host: {} }), /never run as graphs/],
  ['already on', shared({}, true), /already on/],
  ['a short prefix', shared({}, false, 100), /wants a prefix of 256/],
  ['few requests', shared({ step: stepWith({ batch: cited(4) }) }), /8 requests/],
])('L29 proposes nothing: %s', (_, evidence, reason) => {
  expect(reasonOf(cascade, evidence)).toMatch(reason)
})

/** `perLayer` launches in each of 32 layers. */
const small = (families: readonly (readonly [string, number, string])[], knobs: DeploymentParts['knobs'] = {}): Evidence =>
  evidenceWith({
    deployment: deploymentWith({ knobs }),
    families: families.map(([family, perLayer, name]) => ({
      ...familyWith({ family, role: 'other', share: 0.08, kernels: [{ name }] }),
      launchesPerStep: cited(32 * perLayer),
    })),
  })
const qk = [
  ['rope', 1, 'rotary_embedding_kernel'],
  ['norm', 4, 'rms_norm_kernel'],
] as const
const off = { 'fuse-qk-norm-rope': false, 'fuse-attn-quant': false }

it('L30 fuses rope where queries and keys are normalised', () => {
  const candidate = candidateOf(normQuantFusion, small(qk, off))
  expect(candidate.settings).toEqual([{ knob: 'fuse-qk-norm-rope', to: true }])
  expect(staysOf(candidate, 'rope')).toEqual([0, 0.3])
})

it('L30 takes one of four quantising kernels of a layer into attention, where its scale is static', () => {
  const candidate = candidateOf(
    normQuantFusion,
    small([['quantisation', 4, 'static_scaled_fp8_quant_kernel']], { 'fuse-attn-quant': false }),
  )
  expect(candidate.settings).toEqual([{ knob: 'fuse-attn-quant', to: true }])
  expect(staysOf(candidate, 'quantisation')).toEqual([0.75, 0.825])
  expect(
    reasonOf(normQuantFusion, small([['quantisation', 4, 'per_token_group_quant_8bit_kernel']], { 'fuse-attn-quant': false })),
  ).toMatch(/no small kernels/)
})

it.each<[string, Evidence]>([
  [
    'two norms a layer',
    small(
      [
        ['rope', 1, 'rotary'],
        ['norm', 2, 'rms_norm_kernel'],
      ],
      off,
    ),
  ],
  ['some quantising is fused and it is not known which', small([['quantisation', 2, 'static_scaled_fp8_quant_kernel']], off)],
  ['already on', small(qk, { 'fuse-qk-norm-rope': true })],
  ['not known whether it is on', small(qk)],
])('L30 proposes nothing: %s', (_, evidence) => {
  expect(reasonOf(normQuantFusion, evidence)).toMatch(/no small kernels|or their fusions are on/)
})

const rows = (
  batch: number,
  counters: Partial<CounterEvidence> | undefined,
  parts: DeploymentParts = {},
  name = 'nvjet_tst_256x128',
): Evidence =>
  evidenceWith({
    deployment: deploymentWith(parts),
    step: stepWith({ batch: cited(batch) }),
    families: [familyWith({ family: 'gemm-cublas-16bit', role: 'gemm', share: 0.5, kernels: [{ name, meanNs: 40_000 }], counters })],
  })

it('L35 names the kernel that serves now as the baseline', () => {
  const candidate = candidateOf(skinnyGemm, rows(4, atRoof(0.2, { smBusyRatio: cited(0.9) })))
  expect(skinnyGemm.type).toBe('kernel')
  expect(candidate.kernel?.baseline).toBe('nvjet_tst_256x128')
  expect(staysOf(candidate, 'gemm-cublas-16bit')).toEqual([0.267, 0.4])
  expect(candidate.settings).toBeUndefined()
  expect(candidateOf(skinnyGemm, rows(4, atRoof(0.2), { engine: 'sglang' })).settings).toEqual([
    { knob: 'bf16-gemm-backend', to: 'cutedsl' },
  ])
})

it.each<[string, Evidence, RegExp]>([
  [
    'trap D9: spinning multiprocessors that nobody counted',
    rows(4, { headroom: 'undecidable', smBusyRatio: cited(0.9) }),
    /cannot be decided/,
  ],
  ['many rows', rows(64, atRoof(0.2)), /fill a tile/],
  ['at its roof', rows(4, atRoof(0.6)), /hot, but at/],
  ['a fallback', rows(4, atRoof(0.2), {}, '_w8a8_triton_block_scaled_mm'), /no dense GEMM/],
])('L35 proposes nothing: %s', (_, evidence, reason) => {
  expect(reasonOf(skinnyGemm, evidence)).toMatch(reason)
})
