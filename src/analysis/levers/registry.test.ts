import { describe, expect, it } from 'vitest'
import type { Deployment } from '#analysis/synthesis/deployment.ts'
import type { Evidence } from '#analysis/synthesis/evidence.ts'
import { deploymentWith, evidenceWith } from '../../../tests/support/evidence-builder.ts'
import { stepEvidence } from '../../../tests/support/step-evidence.ts'
import { loadEngineKnobs } from '../../pipeline/engine-knobs.ts'
import type { Candidate, Lever } from './lever.ts'
import { leversOfStep } from './levers-of-step.ts'
import { leverRegistry } from './registry.ts'

const knobs = loadEngineKnobs(`${import.meta.dirname}/../../../configs`).knobs
const everything = Object.values(stepEvidence)

it('ids and names are unique, ids in order', () => {
  const ids = leverRegistry.map(({ id }) => id)
  expect(new Set(ids).size).toBe(ids.length)
  expect(new Set(leverRegistry.map(({ name }) => name)).size).toBe(ids.length)
  for (const id of ids) expect(id).toMatch(/^L\d\d$/)
})

const check = (lever: Lever, evidence: Evidence) => lever.check(evidence, evidence.deployment)

/** What every candidate must hold, whatever made it fire. */
function hold(lever: Lever, candidate: Candidate): void {
  expect(candidate.ceilingRatio).toBeGreaterThan(0)
  expect(candidate.ceilingRatio).toBeLessThanOrEqual(1)
  expect(candidate.restsOn.length).toBeGreaterThan(0)
  expect(candidate.because.length).toBeGreaterThan(0)
  expect(candidate.cites.length).toBeGreaterThan(0)
  expect(candidate.falsifier).not.toBe('')
  expect(candidate.preconditions.filter(({ state }) => state === 'unmet')).toEqual([])
  for (const { knob } of candidate.settings ?? []) expect(Object.keys(knobs)).toContain(knob)
  if (lever.type === 'vllm-src') expect(candidate.source).toBeDefined()
  if (lever.type === 'kernel') expect(candidate.kernel).toBeDefined()
  const { effect } = candidate
  if (effect.by === 'replay') {
    expect(effect.changes.length).toBeGreaterThan(0)
    for (const word of effect.changes) {
      const match = /^(?:merge-launches|(?:kernels:[\w-]+|communication|copies|host|launches|waits)=([\d.]+?)(?:\.\.([\d.]+))?)$/.exec(word)
      expect(match, word).not.toBeNull()
      const [, low = '0', high = low] = match ?? []
      expect(Number(low)).toBeLessThanOrEqual(Number(high))
      expect(Number(high)).toBeLessThanOrEqual(1)
    }
  } else {
    for (const { low, high, why } of effect.uncertain) {
      expect(low).toBeLessThanOrEqual(high)
      expect(why).not.toBe('')
    }
    for (const at of ['low', 'high'] as const) {
      const ratio = effect.newOverOld(effect.uncertain.map((each) => each[at]))
      expect(ratio).toBeGreaterThan(0)
      expect(Number.isFinite(ratio)).toBe(true)
    }
  }
}

/** Every evidence that lacks one field, at any depth. */
function* lacking(value: object, path: readonly string[] = []): Generator<{ readonly path: string; readonly evidence: object }> {
  for (const [key, below] of Object.entries(value)) {
    if (key === 'deployment' || ['families', 'frames', 'classes', 'kinds', 'disputed', 'corroborated'].includes(key)) continue
    const { [key]: _gone, ...rest } = value as Record<string, unknown>
    yield { path: [...path, key].join('.'), evidence: rest }
    if (typeof below === 'object' && below !== null && !Array.isArray(below) && !('citation' in below && 'value' in below)) {
      for (const inner of lacking(below, [...path, key])) yield { path: inner.path, evidence: { ...value, [key]: inner.evidence } }
    }
  }
}

/** Fields that the contract always has: without them there is no step at all. */
const always =
  /^(?:step\.(?!batch|busyRatio|tokensPerStep|device|mixed)|ranks\.(?:ranks|floorShare|skewShare)|ranks\.straggler\.|device\.(?:gpus|windowS))/

describe.each(leverRegistry)('$id $name', (lever) => {
  it('says what it is', () => {
    expect(lever.title).not.toBe('')
    expect(lever.cost.hours).toBeGreaterThan(0)
    expect(lever.cost.why).not.toBe('')
    expect(lever.reference.commit).toMatch(/^[0-9a-f]{7,40}$/)
    expect(lever.engines.length).toBeGreaterThan(0)
  })

  it('proposes nothing on nothing', () => {
    const { step: _step, ...empty } = evidenceWith({})
    expect(check(lever, empty)).toHaveProperty('none')
  })

  it('whatever one field of evidence is missing, it proposes something whole or nothing', () => {
    for (const evidence of everything) {
      for (const { path, evidence: less } of lacking(evidence)) {
        if (always.test(path)) continue
        const answer = check(lever, less as Evidence)
        if (!('none' in answer)) hold(lever, answer)
      }
      const { families: _families, ...rest } = evidence
      expect(() => check(lever, { ...rest, families: [] })).not.toThrow()
    }
  })
})

describe.each(leversOfStep)('$id $name', (lever) => {
  const evidence = stepEvidence[lever.id] ?? evidenceWith({})
  const fired = (): Candidate => {
    const answer = check(lever, evidence)
    if ('none' in answer) throw new Error(answer.none)
    return answer
  }

  it('fires on its evidence, and what it says is whole', () => {
    hold(lever, fired())
  })

  it('is not proposed where its settings are in force, or its engine has none', () => {
    const { settings = [] } = fired()
    for (const { knob, to } of settings) {
      const other = (state: ReturnType<Deployment['knob']>): Deployment => {
        const { deployment } = evidence
        return { ...deployment, knob: (asked) => (asked === knob ? state : deployment.knob(asked)) }
      }
      const off = to ?? (knob === 'kv-offloading-size' ? 0 : 'none')
      const on = other({ state: 'set', value: off, from: 'a test' })
      const without = other({ state: 'absent', why: 'a test' })
      for (const deployment of [on, without]) {
        const answer = lever.check({ ...evidence, deployment }, deployment)
        expect('none' in answer || !answer.settings?.some((each) => each.knob === knob && each.to === to)).toBe(true)
      }
    }
  })

  it('is less sure where the deployment is not known', () => {
    const unknown = deploymentWith({ model: {} })
    const answer = lever.check({ ...evidence, deployment: unknown }, unknown)
    if ('none' in answer) return
    hold(lever, answer)
    if (fired().settings !== undefined) expect(answer.preconditions.some(({ state }) => state === 'unknown')).toBe(true)
  })
})
