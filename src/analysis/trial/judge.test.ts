import { describe, expect, it } from 'vitest'
import { Random } from '#base/random.ts'
import type { TrialJudgement, TrialPlan, TrialRun } from '#formats/trial.ts'
import { type SimulatedTrial, samplePlan, simulateRuns } from '../../../tests/support/trial-runs.ts'
import { judgeTrial } from './judge.ts'
import { driftLeverage, pairOrders } from './order.ts'

const judge = (runs: readonly TrialRun[], plan: TrialPlan = samplePlan, earlierLooks: readonly number[] = []) =>
  judgeTrial({ plan, runs, earlierLooks })

type Rates = Record<TrialJudgement['verdict'], number>

function rates(truth: SimulatedTrial, trials: number, seed: number, plan: TrialPlan = samplePlan): Rates {
  const counts = { PROVEN: 0, REFUTED: 0, NULL: 0, INCONCLUSIVE: 0, INVALID: 0 }
  const random = new Random(seed)
  for (let trial = 0; trial < trials; trial++) counts[judge(simulateRuns(plan, truth, random), plan).verdict] += 1 / trials
  return counts
}

const sample = (truth: SimulatedTrial, seed = 5): TrialRun[] => simulateRuns(samplePlan, truth, new Random(seed))

describe('verdicts of simulated trials (0.5 % noise a run, 4 pairs, 3 A/A pairs)', () => {
  it('a true 5 % gain is PROVEN, a true 5 % loss REFUTED, in nearly every trial', () => {
    expect(rates({ effect: 0.05, noise: 0.005 }, 150, 1).PROVEN).toBeGreaterThan(0.97)
    expect(rates({ effect: -0.05, noise: 0.005 }, 150, 2).REFUTED).toBeGreaterThan(0.97)
  })

  it('no change is NULL in most trials, and a false claim in at most one of fifty (one look of four)', () => {
    const found = rates({ effect: 0, noise: 0.005 }, 400, 3)
    expect(found.PROVEN + found.REFUTED).toBeLessThan(0.0182 + 3 * Math.sqrt((0.0182 * 0.98) / 400))
    expect(found.NULL).toBeGreaterThan(0.6)
  })

  it('trap G12: looking up to four times, adding pairs each time, claims a change that is not there in at most 5 %', () => {
    const random = new Random(11)
    const trials = 300
    let claims = 0
    for (let trial = 0; trial < trials; trial++) {
      const runs = simulateRuns(samplePlan, { effect: 0, noise: 0.01, pairs: 12 }, random)
      const looks: number[] = []
      for (const pairs of [3, 6, 9, 12]) {
        const { verdict } = judge(
          runs.filter((run) => run.kind === 'aa' || run.pair <= pairs),
          samplePlan,
          looks,
        )
        looks.push(pairs)
        if (verdict === 'PROVEN' || verdict === 'REFUTED') {
          claims += 1
          break
        }
      }
    }
    expect(claims / trials).toBeLessThan(0.05 + 3 * Math.sqrt((0.05 * 0.95) / trials))
  })

  it('a noisy pair of arms is INCONCLUSIVE, and the count of pairs that it names then settles most such trials', () => {
    const random = new Random(21)
    const truth = { effect: 0.04, noise: 0.03 }
    let settled = 0
    let inconclusive = 0
    while (inconclusive < 30) {
      const runs = simulateRuns(samplePlan, { ...truth, pairs: 120 }, random)
      const upTo = (pairs: number) => runs.filter((run) => run.kind === 'aa' || run.pair <= pairs)
      const first = judge(upTo(4))
      if (first.verdict !== 'INCONCLUSIVE' || first.pairsNeeded === undefined || first.pairsNeeded > 120) continue
      inconclusive += 1
      const second = judge(upTo(first.pairsNeeded), samplePlan, [4])
      if (second.verdict !== 'INCONCLUSIVE') settled += 1
    }
    expect(settled / inconclusive).toBeGreaterThan(0.7)
  })

  it('trap G11: a drift of 0.5 % a run biases the estimate by less than 0.2 %', () => {
    for (let seed = 1; seed <= 20; seed++) {
      for (const pairs of [3, 4, 5, 6, 7, 8]) {
        const plan = { ...samplePlan, seed, pairs }
        const runs = simulateRuns(plan, { effect: 0.05, noise: 0, drift: 0.005, pairs }, new Random(1))
        const { improvementRatio = Number.NaN } = judge(runs, plan)
        expect(Math.abs(Math.log1p(improvementRatio) - 0.05)).toBeLessThan(0.002)
      }
    }
  })
})

describe('an effect that is smaller than worth having (1 % in the plan)', () => {
  const plan = { ...samplePlan, smallestEffectRatio: 0.01 }
  const onePercent = Math.log1p(0.01)
  /** Three deviations of a count of `trials` about a chance of `alpha`. */
  const atMost = (alpha: number, trials: number): number => alpha + 3 * Math.sqrt((alpha * (1 - alpha)) / trials)

  it('no change between quiet arms is NULL, also where three A/A pairs came out near each other by luck', () => {
    const truth = { effect: 0, noise: 0.002 }
    expect(rates(truth, 400, 41, plan).NULL).toBeGreaterThan(0.98)
    // What the floor alone makes of the same runs: the reason for the margin.
    expect(rates(truth, 400, 41).NULL).toBeLessThan(0.85)
  })

  it('an effect of exactly that size is called NULL in no more than the level of a look', () => {
    for (const [noise, seed] of [
      [0.0005, 42],
      [0.001, 43],
      [0.002, 44],
    ] as const) {
      for (const effect of [onePercent, -onePercent]) {
        expect(rates({ effect, noise }, 400, seed, plan).NULL, `noise ${noise}, effect ${effect}`).toBeLessThan(atMost(0.0182, 400))
      }
    }
  })

  it('what is PROVEN or REFUTED against the floor stays so, and NULL stays NULL: only what could not be told becomes NULL', () => {
    const random = new Random(45)
    const seen = new Set<string>()
    for (let trial = 0; trial < 600; trial++) {
      const runs = simulateRuns(plan, { effect: 0.03 * (random.uniform() - 0.5), noise: 0.006 * random.uniform() }, random)
      const [floorOnly, withMargin] = [judge(runs).verdict, judge(runs, plan).verdict]
      seen.add(`${floorOnly} ${withMargin}`)
      if (floorOnly !== 'INCONCLUSIVE') expect(withMargin).toBe(floorOnly)
      else expect(['INCONCLUSIVE', 'NULL']).toContain(withMargin)
    }
    expect(seen.has('INCONCLUSIVE NULL')).toBe(true)
  })

  it('the verdict names the margin that it rests on: the plan’s where the floor is below it, else the floor', () => {
    const quiet = judge(simulateRuns(plan, { effect: 0, noise: 0.0005 }, new Random(46)), plan)
    expect(quiet).toMatchObject({
      verdict: 'NULL',
      reason: expect.stringContaining('the smallest effect that the plan calls worth having'),
    })
    expect(quiet.marginRatio).toBeCloseTo(0.01, 10)
    const loud = judge(simulateRuns(plan, { effect: 0, noise: 0.03 }, new Random(47)), plan)
    expect(loud.marginRatio).toBe(loud.floor?.ratio)
    expect(loud.reason).not.toContain('worth having')
  })
})

describe('properties', () => {
  const swap = (run: TrialRun): TrialRun => ({ ...run, arm: run.kind === 'aa' ? 'A' : run.arm === 'A' ? 'B' : 'A', facts: {} })
  const opposite = { PROVEN: 'REFUTED', REFUTED: 'PROVEN', NULL: 'NULL', INCONCLUSIVE: 'INCONCLUSIVE', INVALID: 'INVALID' }

  it('swapping the arms flips the verdict and nothing else', () => {
    const random = new Random(31)
    for (let trial = 0; trial < 300; trial++) {
      const effect = (random.uniform() - 0.5) * 0.1
      const runs = simulateRuns(samplePlan, { effect, noise: 0.004 + 0.02 * random.uniform() }, random)
      const straight = judge(runs.map((run) => ({ ...run, facts: {} })))
      // The mirrored order belongs to the seed: found among the first few.
      const mirrored = [...Array(64).keys()].find(
        (seed) =>
          pairOrders(4, seed)
            .map(([first]) => first)
            .join('') ===
          pairOrders(4, samplePlan.seed)
            .map(([first]) => (first === 'A' ? 'B' : 'A'))
            .join(''),
      )
      const other = judge(runs.map(swap), { ...samplePlan, seed: mirrored ?? -1 })
      expect(other.verdict).toBe(opposite[straight.verdict])
      expect(Math.log1p(other.improvementRatio ?? 0)).toBeCloseTo(-Math.log1p(straight.improvementRatio ?? 0), 10)
    }
  })

  it('other units change nothing', () => {
    const runs = sample({ effect: 0.03, noise: 0.01 })
    const scaled = runs.map((run) => {
      const tpot = run.values['tpot-median']
      return tpot === undefined ? run : { ...run, values: { ...run.values, 'tpot-median': { ...tpot, value: tpot.value * 1e6 } } }
    })
    const { improvementRatio, p, verdict } = judge(scaled)
    const plain = judge(runs)
    expect(verdict).toBe(plain.verdict)
    expect(improvementRatio).toBeCloseTo(plain.improvementRatio ?? 0, 10)
    expect(p).toBeCloseTo(plain.p ?? 0, 8)
  })

  it('every four pairs are in balance, in whichever order the seed puts the mirrors', () => {
    for (let seed = 0; seed < 50; seed++) {
      const orders = pairOrders(12, seed)
      for (let from = 0; from < 12; from += 4) expect(driftLeverage(orders.slice(from, from + 4))).toBe(0)
      expect(pairOrders(5, seed)).toEqual(orders.slice(0, 5))
    }
    expect(new Set(Array.from({ length: 20 }, (_, seed) => pairOrders(1, seed)[0]?.join(''))).size).toBe(2)
  })
})

describe('what must hold before an outcome is a VERDICT', () => {
  const gain = sample({ effect: 0.05, noise: 0.004 })
  const withFacts = (change: Record<string, string | undefined>, arm?: 'A' | 'B'): TrialRun[] =>
    gain.map((run) => {
      if (arm !== undefined && run.arm !== arm) return run
      const facts = Object.fromEntries(Object.entries({ ...run.facts, ...change }).filter(([, value]) => value !== undefined)) as Record<
        string,
        string
      >
      return { ...run, facts }
    })

  it('same node, GPUs, image and graph mode known and equal, a named factor, an isolated metric: VERDICT', () => {
    expect(judge(gain)).toMatchObject({ verdict: 'PROVEN', standing: 'VERDICT', blocks: [] })
  })

  it('an unknown graph mode or node is not a match: DRAFT', () => {
    expect(judge(withFacts({ cudagraphMode: undefined }))).toMatchObject({
      verdict: 'PROVEN',
      standing: 'DRAFT',
      blocks: ['graph mode is not known of every run'],
    })
    expect(judge(withFacts({ node: undefined }, 'B')).standing).toBe('DRAFT')
  })

  it('trap G15: arms that differ in graph mode, node or anything that is no factor are INVALID', () => {
    for (const change of [{ cudagraphMode: 'NONE' }, { node: 'n2' }, { gpuUuids: 'GPU-2' }, { tensorParallel: '4' }]) {
      const runs =
        'tensorParallel' in change
          ? [...withFacts({ tensorParallel: '8' }, 'A')]
              .map((run, i) => (run.arm === 'B' ? withFacts(change, 'B')[i] : run))
              .filter((run) => run !== undefined)
          : withFacts(change, 'B')
      const judged = judge(runs)
      expect(judged.verdict).toBe('INVALID')
      expect(judged.reason).toContain('is no factor of the plan')
    }
  })

  it('a metric that does not isolate its tier stays DRAFT', () => {
    expect(judge(gain, { ...samplePlan, metric: 'output-throughput' }).blocks[0]).toContain('does not isolate latency')
  })

  it('a plan without factors stays DRAFT', () => {
    const runs = gain.map((run) => ({ ...run, facts: samplePlan.arms.A.facts }))
    expect(judge(runs, { ...samplePlan, factors: [] }).blocks).toEqual(['the plan names no factor: what was changed is not known'])
  })
})

describe('pairs that do not count', () => {
  const runs = sample({ effect: 0.05, noise: 0.004 })
  const change = (index: number, by: Partial<TrialRun>): TrialRun[] => runs.map((run, at) => (at === index + 6 ? { ...run, ...by } : run))

  it('failed requests, other prompts, other definitions, other lengths and a wrong order exclude the pair, with the reason', () => {
    const tpot = { value: 10, unit: 'ms', definition: 'request-mean-with-first-token-weighted' }
    for (const [by, why] of [
      [{ invalid: ['9 of 64 requests failed'] }, '9 of 64'],
      [{ values: { 'tpot-median': tpot } }, 'do not compare'],
      [{ values: {} }, 'does not say'],
      [{ outputTokensMean: 100 }, 'not the same work'],
      [{ salt: 'x' }, 'salts differ'],
      [{ arm: pairOrders(1, samplePlan.seed)[0]?.[1] }, 'the plan says'],
    ] as const) {
      const all = change(0, by as Partial<TrialRun>).map((run, at) => (at === 7 ? { ...run, outputTokensMean: 128, salt: 'y' } : run))
      const judged = judge(all)
      expect(judged.pairs).toEqual({ planned: 4, counted: 3, excluded: 1 })
      expect(judged.excluded[0]?.why).toContain(why)
    }
  })

  it('more than a third of them lost: INVALID', () => {
    const broken = runs.map((run) => (run.kind === 'ab' && run.pair <= 2 ? { ...run, invalid: ['server died'] } : run))
    expect(judge(broken)).toMatchObject({ verdict: 'INVALID', reason: expect.stringContaining('2 of 4 pairs') })
  })

  it('without A/A pairs and without a given floor nothing is judged; a given floor serves', () => {
    const ab = runs.filter(({ kind }) => kind === 'ab')
    expect(judge(ab)).toMatchObject({ verdict: 'INVALID', reason: expect.stringContaining('no noise floor') })
    expect(judge(ab, { ...samplePlan, givenFloorRatio: 0.015 })).toMatchObject({ verdict: 'PROVEN', floor: { origin: 'given' } })
  })

  it('looks that are spent are not given again, and judging the same pairs twice spends one', () => {
    expect(judge(runs, samplePlan, [4]).look).toMatchObject({ number: 1, remaining: 3 })
    expect(judge(runs, { ...samplePlan, looks: 1 }, [3])).toMatchObject({
      verdict: 'INVALID',
      reason: expect.stringContaining('looks are spent'),
    })
  })

  it('trap G13: with three pairs the test is the t interval with the floor as prior, and the reader is told; from eight the exact one', () => {
    expect(judge(sample({ effect: 0.05, noise: 0.004, pairs: 3 }))).toMatchObject({
      test: 't interval with the noise floor as prior',
      testNote: expect.stringContaining('cannot reach'),
    })
    expect(judge(sample({ effect: 0.05, noise: 0.004, pairs: 8 })).test).toBe('exact sign-flip')
  })
})
