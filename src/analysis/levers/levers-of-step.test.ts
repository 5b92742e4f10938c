import { expect, it } from 'vitest'
import type { Evidence } from '#analysis/synthesis/evidence.ts'
import { cited, deploymentWith, evidenceWith, familyWith, stepWith } from '../../../tests/support/evidence-builder.ts'
import { candidateOf, preconditionStates, ratioAt, reasonOf } from '../../../tests/support/lever-checks.ts'
import { stepEvidence } from '../../../tests/support/step-evidence.ts'
import { graphMode } from './l03-graph-mode.ts'
import { capturedSize, graphPadding } from './l04-graph-padding.ts'
import { sampler } from './l05-sampler.ts'
import { logitsGather } from './l06-logits-gather.ts'
import { apiServers } from './l07-api-servers.ts'
import { streamInterval } from './l08-stream-interval.ts'
import { tokenizer } from './l09-tokenizer.ts'
import { workerPacing } from './l10-worker-pacing.ts'
import { modelRunner } from './l12-runner.ts'
import { structuredOutput } from './l13-structured-output.ts'
import { eagerResidue } from './l14-eager-residue.ts'
import { sizeTables } from './l17-size-tables.ts'
import { fewerRanks } from './l18-fewer-ranks.ts'
import { allToAll } from './l22-all-to-all.ts'
import { communicationOverlap } from './l23-comm-overlap.ts'
import { compileInServing } from './l49-compile-in-serving.ts'
import { observability } from './l50-observability.ts'

const evidenceOf = (id: string): Evidence => stepEvidence[id] ?? evidenceWith({})
const with_ = (id: string, parts: Partial<Evidence>): Evidence => ({ ...evidenceOf(id), ...parts })
const deployed = (id: string, parts: Parameters<typeof deploymentWith>[0]): Evidence => {
  const { knob: _knob, ...rest } = evidenceOf(id).deployment
  return with_(id, { deployment: deploymentWith({ ...rest, ...parts }) })
}

it('L03 picks a backend with full graphs, or sets the mode where it was asked for', () => {
  expect(candidateOf(graphMode, evidenceOf('L03')).settings).toEqual([{ knob: 'attention-backend', to: 'FLASH_ATTN' }])
  const asked = deployed('L03', { knobs: { 'cudagraph-mode': 'PIECEWISE' } })
  expect(candidateOf(graphMode, asked).settings).toEqual([{ knob: 'cudagraph-mode', to: 'FULL_AND_PIECEWISE' }])
  expect(reasonOf(graphMode, deployed('L03', { knobs: { 'cudagraph-mode': 'FULL' } }))).toContain('see the engine’s log')
  expect(reasonOf(graphMode, with_('L03', { host: { graphLaunchesPerStep: cited(1) } }))).toContain('not cut into pieces')
})

it.each([
  [1, 1],
  [3, 4],
  [4, 4],
  [5, 8],
  [9, 16],
  [256, 256],
  [257, 272],
])('L04: %i tokens run in a graph of %i', (tokens, padded) => {
  expect(capturedSize(tokens)).toBe(padded)
})

it('L04 takes at most the padding of attention and experts', () => {
  const candidate = candidateOf(graphPadding, evidenceOf('L04'))
  expect(candidate.effect).toMatchObject({ changes: ['kernels:attention-flash=0.563..1.000'] })
  expect(candidate.ceilingRatio).toBeCloseTo(0.4 * (1 - 9 / 16), 10)
  expect(candidate.settings).toEqual([{ knob: 'performance-mode', to: 'interactivity' }])
  expect(reasonOf(graphPadding, with_('L04', { step: stepWith({ batch: cited(16) }) }))).toContain('below the 2.0 %')
  const large = candidateOf(graphPadding, with_('L04', { step: stepWith({ batch: cited(33) }) }))
  expect(large.settings).toEqual([{ knob: 'cudagraph-capture-sizes', to: '1 2 4 8 33 40' }])
})

it('L05 needs a sorting sampler and a switch that is off', () => {
  expect(candidateOf(sampler, evidenceOf('L05')).settings).toEqual([{ knob: 'flashinfer-sampler', to: true }])
  expect(reasonOf(sampler, deployed('L05', { knobs: { 'flashinfer-sampler': true } }))).toContain('already so')
  expect(reasonOf(sampler, with_('L05', { families: [] }))).toContain('no sorting sampler')
})

it('L06 cannot tell gathers of experts from that of the logits', () => {
  expect(candidateOf(logitsGather, evidenceOf('L06')).source?.symbol).toBe('LogitsProcessor._gather_logits')
  expect(reasonOf(logitsGather, deployed('L06', { expertParallel: true }))).toContain('cannot be told')
  expect(reasonOf(logitsGather, deployed('L06', { tensorParallel: 1 }))).toContain('not split')
})

it('L07 to L09 need time between client and engine', () => {
  expect(ratioAt(candidateOf(apiServers, evidenceOf('L07')), [0.9])).toBeCloseTo(1 - 0.9 / 3, 10)
  expect(candidateOf(tokenizer, evidenceOf('L09')).ceilingRatio).toBeCloseTo(0.4 / 3, 10)
  const near = { tpotNs: cited(1.02e7), engineItlNs: cited(1e7) }
  for (const [id, lever] of [
    ['L07', apiServers],
    ['L08', streamInterval],
    ['L09', tokenizer],
  ] as const) {
    expect(reasonOf(lever, with_(id, { serving: near }))).toContain('no more than definitions differ')
    expect(reasonOf(lever, with_(id, { serving: {} }))).toContain('not known')
  }
  expect(reasonOf(streamInterval, with_('L08', { frames: [] }))).toContain('take CPU samples')
  expect(reasonOf(apiServers, deployed('L07', { knobs: { 'rust-frontend': true } }))).toContain('Rust')
  // With drafts the engine’s interval holds several tokens: nothing is left for the front end.
  expect(reasonOf(apiServers, with_('L07', { serving: { tpotNs: cited(1e7), engineItlNs: cited(2.5e7) } }))).toContain('no more')
})

it('L10 needs a rank that its host makes late: a gap alone shows no far node', () => {
  const candidate = candidateOf(workerPacing, evidenceOf('L10'))
  expect(candidate.summary).toContain('its gaps 2.10 times those of the others')
  expect(ratioAt(candidate, [0.3])).toBeCloseTo(1 - 0.3 * 0.7, 10)
  expect(ratioAt(candidate, [1])).toBe(1)
  expect(preconditionStates(candidate)).toEqual(['met', 'unknown'])
  expect(reasonOf(workerPacing, evidenceOf('L01'))).toContain('no rank is shown')
  const { ranks } = evidenceOf('L10')
  if (ranks === undefined) throw new Error('no ranks')
  expect(reasonOf(workerPacing, with_('L10', { ranks: { ...ranks, stragglerHostRatio: cited(0.9) } }))).toContain(
    'not shown to be so by its host',
  )
})

it('L12 is for models with experts, without what V2 lacks', () => {
  expect(candidateOf(modelRunner, evidenceOf('L12')).settings).toEqual([{ knob: 'v2-model-runner', to: true }])
  expect(reasonOf(modelRunner, deployed('L12', { model: { experts: 0 } }))).toContain('dense')
  expect(reasonOf(modelRunner, deployed('L12', { knobs: { 'v2-model-runner': false, 'spec-method': 'ngram' } }))).toContain('V2 knows')
})

it('L13 takes at most the grammars’ share of the gap', () => {
  expect(candidateOf(structuredOutput, evidenceOf('L13'))).toMatchObject({
    ceilingRatio: 0.45 * 0.3,
    effect: { changes: ['host=0.700..1'] },
  })
  expect(reasonOf(structuredOutput, with_('L13', { frames: [] }))).toContain('take CPU samples')
})

it('L14 leaves long elementwise kernels alone', () => {
  expect(candidateOf(eagerResidue, evidenceOf('L14')).summary).toContain('500 of them a step, 2.00 us each')
  const families = [{ ...familyWith({ family: 'eager-elementwise', role: 'elementwise', share: 0.1 }), launchesPerStep: cited(20) }]
  expect(reasonOf(eagerResidue, with_('L14', { families }))).toContain('they are work')
})

it('L17 is for messages just above the limit', () => {
  expect(candidateOf(sizeTables, evidenceOf('L17')).because[1]).toBe('an all-reduce moves 393 kB, the limit of custom all-reduce is 262 kB')
  const step = stepWith({ communicationShare: cited(0.5), batch: cited(200) })
  expect(reasonOf(sizeTables, with_('L17', { step }))).toContain('not just above')
})

it('L18 is worth it only where collectives hold much of the step', () => {
  const candidate = candidateOf(fewerRanks, evidenceOf('L18'))
  expect(candidate.settings).toEqual([{ knob: 'tensor-parallel-size', to: 4 }])
  // Half of 2 × 0.45 for kernels, 0.48 for collectives, 0.07 for the rest.
  expect(ratioAt(candidate, [2, 1])).toBeCloseTo(0.725, 10)
  const step = stepWith({ kernelShare: cited(0.95), communicationShare: cited(0.04) })
  expect(reasonOf(fewerRanks, with_('L18', { step }))).toContain('not make a token clearly cheaper')
  const waiting = { ranks: 8, floorShare: cited(0.02), skewShare: cited(0.5) }
  const idle = stepWith({ kernelShare: cited(0.9), communicationShare: cited(0.1) })
  expect(reasonOf(fewerRanks, with_('L18', { step: idle, ranks: waiting }))).toContain('not make')
})

it('L22 and L23 are for experts over ranks', () => {
  expect(candidateOf(allToAll, evidenceOf('L22')).settings).toEqual([{ knob: 'all2all-backend', to: 'deepep_low_latency' }])
  expect(reasonOf(allToAll, deployed('L22', { expertParallel: false }))).toContain('not spread')
  expect(ratioAt(candidateOf(communicationOverlap, evidenceOf('L23')), [0.3, 0.1])).toBeCloseTo(1 - 0.45 * 0.3 + 0.45 * 0.1, 10)
  const small = { ...evidenceOf('L23'), step: stepWith({ communicationShare: cited(0.5), kernelShare: cited(0.45), batch: cited(8) }) }
  expect(reasonOf(communicationOverlap, small)).toContain('32 tokens or more')
})

it('L49 needs a compiler on the CPU and a tail', () => {
  expect(ratioAt(candidateOf(compileInServing, evidenceOf('L49')), [0.5])).toBeCloseTo(1 - 0.75 * 0.5, 10)
  expect(reasonOf(compileInServing, with_('L49', { serving: {} }))).toContain('tail of ITL is not measured')
  expect(reasonOf(compileInServing, with_('L49', { frames: [] }))).toContain('take CPU samples')
})

it('L50 names every switch that is on', () => {
  const candidate = candidateOf(observability, deployed('L50', { knobs: { 'layerwise-nvtx': true, 'log-requests': true } }))
  expect(candidate.settings).toEqual([
    { knob: 'layerwise-nvtx', to: false },
    { knob: 'log-requests', to: false },
  ])
  expect(reasonOf(observability, deployed('L50', { knobs: {} }))).toContain('nothing that watches')
})
