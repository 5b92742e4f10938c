import { describe, expect, it } from 'vitest'
import { communicatingNames } from '#analysis/budget-families.ts'
import { buildSequences } from '#analysis/device-sequence.ts'
import { joinLaunches } from '#analysis/launch-join.ts'
import { annotatedRanges } from '#analysis/step-ranges.ts'
import { detectSteps } from '#analysis/steps.ts'
import { loadFamilyRules } from '#pipeline/family-rules.ts'
import type { Plan } from '#sim/plan.ts'
import { calibratedHostNs } from '#sim/record.ts'
import { plainScenario, type Scenario } from '#sim/scenario.ts'
import { newRun, runSteps } from '#sim/simulate.ts'
import { checkoutRoot } from '../../../tests/support/checkout.ts'
import { planCaptures } from '../../../tests/support/plan-capture.ts'
import { buildReplays, type NoReplay, type Replays } from './build-replay.ts'
import type { Change } from './changes.ts'
import { whatIf } from './what-if.ts'

const ms = 1_000_000
const rules = loadFamilyRules(`${checkoutRoot}/configs`)

/** One rank with the host's own work fixed: the same deployment before and after a change. */
function run(scenario: Partial<Scenario>, hostNs?: number, hostFactor = 1): { plan: Plan; hostNs: number } {
  const whole = { ...plainScenario, steps: 40, kernelJitter: 0.02, ...scenario }
  const fixed = hostNs ?? calibratedHostNs(whole)
  const made = newRun(whole, fixed * hostFactor)
  const steps = runSteps(made)
  for (const { plan } of made.states) plan.activities.sort((a, b) => a.startNs - b.startNs)
  return { plan: { scenario: whole, ranks: made.states.map(({ plan }) => plan), steps, endNs: 1e12 }, hostNs: fixed }
}

/** Truth by a plain walk: mean distance of the steps' first activities, the first four left out. */
function stepNs({ ranks }: Plan): number {
  const first = new Map<number, number>()
  for (const { step, startNs } of ranks[0]?.activities ?? [])
    first.set(step, Math.min(first.get(step) ?? Number.POSITIVE_INFINITY, startNs))
  const starts = [...first.values()].sort((a, b) => a - b).slice(4)
  return ((starts[starts.length - 1] ?? 0) - (starts[0] ?? 0)) / (starts.length - 1)
}

function replaysOf(plan: Plan): Replays | NoReplay {
  const capture = planCaptures(plan)[0]?.capture
  const timeline = capture?.timeline
  if (timeline === undefined) throw new Error('no timeline')
  const join = joinLaunches(timeline)
  const [sequence] = buildSequences(timeline, communicatingNames(timeline, rules))
  if (sequence === undefined || join.state !== 'joined') throw new Error('no launches')
  const steps = detectSteps(timeline, sequence, annotatedRanges(timeline), join)
  if (steps.state !== 'found') throw new Error(steps.reason)
  return buildReplays({ timeline, sequence, steps, join })
}

function predict(plan: Plan, changes: readonly Change[]) {
  const replays = replaysOf(plan)
  if (replays.state === 'unknown') throw new Error(replays.reason)
  const answer = whatIf(replays, changes)
  if (answer.state === 'unknown') throw new Error(answer.reason)
  return answer
}

const allKernels = new Uint8Array(100_000).fill(1)
const scenarios: Record<string, Partial<Scenario>> = {
  'host-bound': { computeNs: 2 * ms, gapNs: 6 * ms },
  'kernel-bound': { computeNs: 10 * ms, gapNs: 0.6 * ms },
  'asynchronous, kernel-bound': { computeNs: 12 * ms, gapNs: 3 * ms, asynchronous: true },
  'asynchronous, near the edge': { computeNs: 6 * ms, gapNs: 5 * ms, asynchronous: true },
  graphs: { computeNs: 4 * ms, gapNs: 3 * ms, graphs: 'node' },
  'launch-limited': { layers: 16, computeNs: 0.5 * ms, launchNs: 9_000, gapNs: 3 * ms },
  'hidden communication': {
    worldSize: 8,
    layers: 6,
    computeNs: 6 * ms,
    communicationNs: 3 * ms,
    communicationHidden: 0.8,
    gapNs: 1 * ms,
    graphs: 'node',
  },
  'hidden copies': { computeNs: 6 * ms, copyNs: 4 * ms, copiesHidden: true, gapNs: 1 * ms, graphs: 'node' },
}

describe('what-if', () => {
  for (const [name, scenario] of Object.entries(scenarios)) {
    for (const seed of [1, 7]) {
      it(`${name}: kernels at 60 %, the generator run again gives the same step (seed ${seed})`, () => {
        const before = run({ ...scenario, seed })
        const after = run({ ...scenario, seed, computeNs: (scenario.computeNs ?? 0) * 0.6 }, before.hostNs)
        const answer = predict(before.plan, [{ kind: 'scale-kernels', tokens: allKernels, factor: [0.6, 0.6] }])
        const truth = stepNs(after.plan)
        expect(truth).toBeGreaterThan(answer.stepNs.low * 0.98)
        expect(truth).toBeLessThan(answer.stepNs.high * 1.02)
      })
      it(`${name}: half the host's work (seed ${seed})`, () => {
        const before = run({ ...scenario, seed })
        const after = run({ ...scenario, seed }, before.hostNs, 0.5)
        const answer = predict(before.plan, [
          { kind: 'scale-host', factor: [0.5, 0.5], atLeastNs: 20_000 },
          { kind: 'scale-waits', factor: [0.5, 0.5] },
        ])
        const truth = stepNs(after.plan)
        expect(truth).toBeGreaterThan(answer.stepNs.low * 0.98)
        expect(truth).toBeLessThan(answer.stepNs.high * 1.02)
      })
    }
  }

  for (const layers of [8, 24]) {
    it(`launches of ${layers} layers merged into one graph`, () => {
      const scenario = { layers, computeNs: 1 * ms, launchNs: 6_000, gapNs: 2.5 * ms }
      const before = run(scenario)
      const after = run({ ...scenario, graphs: 'node' }, before.hostNs)
      const answer = predict(before.plan, [{ kind: 'merge-launches', launchNs: [10_000, 30_000], nodeGapNs: [300, 1_000] }])
      const truth = stepNs(after.plan)
      expect(truth).toBeGreaterThan(answer.stepNs.low * 0.98)
      expect(truth).toBeLessThan(answer.stepNs.high * 1.02)
    })
  }
})
