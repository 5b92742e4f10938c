import { expect, it } from 'vitest'
import type { Evidence, ServingEvidence } from '#analysis/synthesis/evidence.ts'
import type { DeploymentFile } from '#formats/deployment.ts'
import { cited, type DeploymentParts, deploymentWith, evidenceWith, familyWith, stepWith } from '../../../tests/support/evidence-builder.ts'
import { candidateOf, ratioAt, reasonOf } from '../../../tests/support/lever-checks.ts'
import { prefillChunkLarger } from './l40-prefill-chunk-larger.ts'
import { disaggregation } from './l41-disaggregation.ts'
import { maxNumSeqs } from './l43-max-num-seqs.ts'
import { prefixCache } from './l45-prefix-cache.ts'
import { speculationHost } from './l47-speculation-host.ts'

const served = (serving: Partial<ServingEvidence>, parts: DeploymentParts, step = stepWith()): Evidence =>
  evidenceWith({ deployment: deploymentWith(parts), step, serving })

const waits: ServingEvidence = {
  itlP50Ns: cited(1e7),
  itlP99Ns: cited(1.2e7),
  inputTokens: cited(16_384),
  prefillNs: cited(9e8),
  engineTtftNs: cited(1e9),
}
const small = { knobs: { 'max-num-batched-tokens': 2048 } }

it('L40 saves the fixed part of six of eight chunks', () => {
  const candidate = candidateOf(prefillChunkLarger, served(waits, small))
  expect(candidate.settings).toEqual([{ knob: 'max-num-batched-tokens', to: 8192 }])
  expect(ratioAt(candidate, [0.1])).toBeCloseTo(1 - 0.9 * 0.1 * 0.75, 10)
})

it.each<[string, Evidence, RegExp]>([
  ['a tail that it would lengthen', served({ ...waits, itlP99Ns: cited(5e7) }, small), /makes? longer/],
  ['prompts that fit', served({ ...waits, inputTokens: cited(1000) }, small), /already fit/],
  [
    'no percentiles',
    served({ inputTokens: cited(16_384), prefillNs: cited(9e8), engineTtftNs: cited(1e9) }, small),
    /has room is not known/,
  ],
])('L40 proposes nothing: %s', (_, evidence, reason) => {
  expect(reasonOf(prefillChunkLarger, evidence)).toMatch(reason)
})

const tailed = { ...waits, itlP99Ns: cited(5e7) }
const mixed = stepWith({ mixedStepRatio: cited(0.1), mixedCadenceNs: cited(5e7) })

it('L41 takes away the tail that small chunks leave', () => {
  const candidate = candidateOf(disaggregation, served(tailed, { ...small, dataParallel: 2 }, mixed))
  expect(candidate.settings).toEqual([
    { knob: 'kv-connector', to: 'NixlConnector' },
    { knob: 'kv-role', to: 'kv_consumer' },
  ])
  expect(ratioAt(candidate, [1])).toBeCloseTo(0.2, 10)
})

it.each<[string, Evidence, RegExp]>([
  ['smaller chunks come first', served(tailed, { knobs: { 'max-num-batched-tokens': 8192 } }, mixed), /L39/],
  ['already on', served(tailed, { knobs: { 'max-num-batched-tokens': 2048, 'kv-role': 'kv_both' } }, mixed), /already on/],
  ['no tail', served(waits, small, mixed), /no long tail/],
  ['one replica of GPUs', served(tailed, small, mixed), /two fleets/],
])('L41 proposes nothing: %s', (_, evidence, reason) => {
  expect(reasonOf(disaggregation, evidence)).toMatch(reason)
})

const queued: ServingEvidence = { queueNs: cited(6e8), engineTtftNs: cited(1e9), kvUsageRatio: cited(0.3) }
const seats = { knobs: { 'max-num-seqs': 16 } }
const seated = (serving: Partial<ServingEvidence> = {}, parts: DeploymentParts = seats): Evidence => ({
  ...served({ ...queued, ...serving }, parts),
  families: [familyWith({ family: 'attention-flash', role: 'attention', share: 0.2 })],
})

it('L43 doubles the seats where requests wait for one and the cache has room', () => {
  const candidate = candidateOf(maxNumSeqs, seated())
  expect(candidate.settings).toEqual([{ knob: 'max-num-seqs', to: 32 }])
  // Steps of 1.2 times the time with twice the requests.
  expect(ratioAt(candidate, [0.2])).toBeCloseTo(2 / 1.2, 10)
})

it.each<[string, Evidence, RegExp]>([
  ['nobody waits', seated({ queueNs: cited(1e7) }), /hardly wait/],
  ['no room in the cache', seated({ kvUsageRatio: cited(0.9) }), /no room/],
  ['preemptions', seated({ preemptions: cited(5) }), /L42/],
  ['free seats', seated({}, { knobs: { 'max-num-seqs': 64 } }), /not what is short/],
  ['seats not known', seated({}, {}), /cannot be told/],
])('L43 proposes nothing: %s', (_, evidence, reason) => {
  expect(reasonOf(maxNumSeqs, evidence)).toMatch(reason)
})

const file = (reuseRatio: number): DeploymentFile => ({
  schema: 'deployment/1',
  engine: { name: 'vllm' },
  arguments: {},
  environment: {},
  workload: { reuseRatio },
})
const repeats = (hit: number | undefined, parts: DeploymentParts): Evidence =>
  served(
    { prefillNs: cited(8e8), engineTtftNs: cited(1e9), ...(hit === undefined ? {} : { prefixHitRatio: cited(hit) }) },
    { file: file(0.6), ...parts },
  )

it('L45 switches the cache on, or orders requests by prefix', () => {
  const offered = candidateOf(prefixCache, repeats(undefined, { knobs: { 'prefix-caching': false } }))
  expect(offered.settings).toEqual([{ knob: 'prefix-caching', to: true }])
  expect(ratioAt(offered, [0.9])).toBeCloseTo(1 - 0.8 * 0.54, 10)
  const ordered = candidateOf(prefixCache, repeats(0.1, { engine: 'sglang', knobs: { 'prefix-caching': true, 'schedule-policy': 'fcfs' } }))
  expect(ordered.settings).toEqual([{ knob: 'schedule-policy', to: 'lpm' }])
})

it.each<[string, Evidence, RegExp]>([
  ['found already', repeats(0.5, { knobs: { 'prefix-caching': true } }), /could be/],
  ['on, and little found', repeats(0.05, { knobs: { 'prefix-caching': true } }), /times and ids in templates/],
  ['several replicas', repeats(0.05, { dataParallel: 4, knobs: { 'prefix-caching': true } }), /routing comes first/],
  ['reuse not known', served({ prefixHitRatio: cited(0) }, { knobs: { 'prefix-caching': false } }), /not known/],
])('L45 proposes nothing: %s', (_, evidence, reason) => {
  expect(reasonOf(prefixCache, evidence)).toMatch(reason)
})

const gap = stepWith({ hostBetweenNs: cited(3e6, 'c-between') })

it('L47 pads drafts again, or takes the drafter of the checkpoint', () => {
  const padded = candidateOf(speculationHost, served({}, { knobs: { 'spec-method': 'eagle3', 'disable-padded-drafter-batch': true } }, gap))
  expect(padded.settings).toEqual([{ knob: 'disable-padded-drafter-batch', to: undefined }])
  expect(padded.ceilingRatio).toBeCloseTo(0.27, 10)
  const ngram = candidateOf(speculationHost, served({}, { model: { draftLayers: 1 }, knobs: { 'spec-method': 'ngram' } }, gap))
  expect(ngram.settings).toEqual([{ knob: 'spec-method', to: 'mtp' }])
})

it.each<[string, Evidence, RegExp]>([
  ['no speculation', served({}, { knobs: { 'spec-method': 'none' } }, gap), /no speculation/],
  ['a method beside which the host runs ahead', served({}, { knobs: { 'spec-method': 'eagle3' } }, gap), /one step ahead/],
  ['no drafter to take', served({}, { model: {}, knobs: { 'spec-method': 'ngram' } }, gap), /no other drafter is known/],
  [
    'host time of a framework profiler',
    served({}, { knobs: { 'spec-method': 'ngram' } }, stepWith({ overhead: 'distorting' })),
    /capture nsys/,
  ],
  [
    'no gap',
    served({}, { model: { draftLayers: 1 }, knobs: { 'spec-method': 'ngram' } }, stepWith({ hostBetweenNs: cited(1e5) })),
    /below the 2.0 %/,
  ],
])('L47 proposes nothing: %s', (_, evidence, reason) => {
  expect(reasonOf(speculationHost, evidence)).toMatch(reason)
})
