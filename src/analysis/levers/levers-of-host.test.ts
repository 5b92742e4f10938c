import { expect, it } from 'vitest'
import type { Evidence } from '#analysis/synthesis/evidence.ts'
import { cited, deploymentWith, evidenceWith, stepWith } from '../../../tests/support/evidence-builder.ts'
import { candidateOf, preconditionStates, reasonOf } from '../../../tests/support/lever-checks.ts'
import { stepEvidence } from '../../../tests/support/step-evidence.ts'
import { asyncScheduling } from './l01-async-scheduling.ts'
import { eagerDecode } from './l02-eager-decode.ts'
import { pageableCopies } from './l11-pageable-copies.ts'
import { offloadCopies } from './l48-offload-copies.ts'

const evidenceOf = (id: string): Evidence => stepEvidence[id] ?? evidenceWith({})
const with_ = (id: string, parts: Partial<Evidence>): Evidence => ({ ...evidenceOf(id), ...parts })

it('L01 takes the idle time between steps and no other', () => {
  const candidate = candidateOf(asyncScheduling, evidenceOf('L01'))
  expect(candidate.ceilingRatio).toBeCloseTo(0.45 * 0.9, 10)
  expect(candidate.effect).toMatchObject({ by: 'replay', changes: ['host=0.1..0.3'] })
  expect(candidate.because).toEqual(['the device idles 4.50 ms between steps, 45.0 % of a cadence of 10.0 ms'])
  expect(preconditionStates(candidate)).toEqual(['met'])
})

it('L01 stands back where the engine runs ahead already, or cannot', () => {
  const reason = (knobs: Record<string, string | boolean>) =>
    reasonOf(asyncScheduling, with_('L01', { deployment: deploymentWith({ knobs }) }))
  expect(reason({ 'async-scheduling': true })).toBe('already so: async-scheduling is true (the launch arguments)')
  expect(reason({ 'async-scheduling': false, 'spec-method': 'ngram' })).toContain('spec-method is ngram')
  expect(reason({ 'async-scheduling': false, 'spec-method': 'none', 'disable-padded-drafter-batch': true })).toContain('drafts are padded')
  const gone = deploymentWith({ without: ['async-scheduling'] })
  expect(reasonOf(asyncScheduling, with_('L01', { deployment: gone }))).toBe('this version has no such setting')
})

it('L01 says nothing of a gap that is overlapped, within a step, or not measured', () => {
  const ahead = deploymentWith({ knobs: { 'async-scheduling': true } })
  expect(reasonOf(asyncScheduling, with_('L02', { deployment: ahead }))).toContain('already')
  const none = stepWith({ hostBetweenNs: cited(1e5), hostWithinNs: cited(3e6) })
  const off = deploymentWith({ knobs: { 'async-scheduling': false } })
  expect(reasonOf(asyncScheduling, evidenceWith({ step: none, deployment: off }))).toContain('below the 2.0 %')
  const { step: _step, ...unmeasured } = evidenceOf('L01')
  expect(reasonOf(asyncScheduling, unmeasured)).toContain('no decode step')
})

it('L01 with a draft method that is not known is a guess', () => {
  const deployment = deploymentWith({ knobs: { 'async-scheduling': false } })
  expect(preconditionStates(candidateOf(asyncScheduling, with_('L01', { deployment })))).toEqual(['met', 'unknown'])
})

it('L02 removes what makes the engine eager, by its cause', () => {
  expect(candidateOf(eagerDecode, evidenceOf('L02')).settings).toEqual([{ knob: 'enforce-eager', to: false }])
  const none = deploymentWith({ knobs: { 'enforce-eager': false, 'cudagraph-mode': 'NONE' } })
  expect(candidateOf(eagerDecode, with_('L02', { deployment: none })).settings).toEqual([
    { knob: 'cudagraph-mode', to: 'FULL_AND_PIECEWISE' },
  ])
  const knobs = { 'enforce-eager': false, 'max-cudagraph-capture-size': 8, 'max-num-seqs': 100, 'spec-tokens': 3 }
  const large = candidateOf(eagerDecode, with_('L02', { deployment: deploymentWith({ knobs }) }))
  // 16 sequences with 3 drafts are 64 tokens; 100 of them would be 400.
  expect(large.settings).toEqual([{ knob: 'max-cudagraph-capture-size', to: 400 }])
  expect(large.because).toContain('a step of 64 is above the largest graph, 8')
})

it('L02 counts requests where the engine does', () => {
  const knobs = { 'enforce-eager': false, 'max-cudagraph-capture-size': 8, 'spec-tokens': 3 }
  const deployment = deploymentWith({ engine: 'sglang', knobs })
  expect(candidateOf(eagerDecode, with_('L02', { deployment })).settings).toEqual([{ knob: 'max-cudagraph-capture-size', to: 16 }])
})

it('L02 says nothing where graphs run, or nobody can tell', () => {
  const host = (parts: Evidence['host']): string => reasonOf(eagerDecode, with_('L02', { host: parts ?? {} }))
  expect(host({ inGraphRatio: cited(0.97) })).toContain('97.0 % of the kernels run inside graphs')
  expect(host({ graphLaunchesPerStep: cited(1) })).toBe('decode steps are launched as graphs')
  expect(host({})).toContain('--cuda-graph-trace=node')
  const knobs = { 'enforce-eager': false, 'max-cudagraph-capture-size': 512, 'spec-tokens': 0 }
  expect(reasonOf(eagerDecode, with_('L02', { deployment: deploymentWith({ knobs }) }))).toContain('within the largest graph')
  const fast = stepWith({ hostWithinNs: cited(1e5) })
  expect(reasonOf(eagerDecode, with_('L02', { step: fast }))).toContain('below the 2.0 %')
})

it('L48 takes exposed copies where something is offloaded', () => {
  expect(candidateOf(offloadCopies, evidenceOf('L48'))).toMatchObject({
    ceilingRatio: 0.4 * 0.95,
    settings: [{ knob: 'kv-offloading-size', to: undefined }],
    effect: { changes: ['copies=0.050..0.250'] },
  })
  const sglang = deploymentWith({ engine: 'sglang', knobs: { 'hierarchical-cache': true } })
  expect(candidateOf(offloadCopies, with_('L48', { deployment: sglang })).settings).toEqual([{ knob: 'hierarchical-cache', to: false }])
  expect(reasonOf(offloadCopies, with_('L48', { deployment: deploymentWith({ knobs: { 'kv-offloading-size': 0 } }) }))).toContain(
    'no offload',
  )
  const hidden = stepWith({ copyShare: cited(0.005) })
  expect(reasonOf(offloadCopies, with_('L48', { step: hidden }))).toContain('below the 2.0 %')
})

it('L11 needs to know the kind of memory', () => {
  expect(candidateOf(pageableCopies, evidenceOf('L11')).because[0]).toContain('4.0 copies a step go through pageable memory')
  expect(reasonOf(pageableCopies, with_('L11', { host: {} }))).toContain('not known')
  expect(reasonOf(pageableCopies, with_('L11', { host: { copiesPerStep: { pageable: cited(0) } } }))).toContain('no copy')
})
