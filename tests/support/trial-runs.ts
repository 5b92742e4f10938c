/** Runs of a trial with a known truth: the effect, the noise of a pair, and a drift per run. */
import { pairOrders } from '#analysis/trial/order.ts'
import type { Random } from '#base/random.ts'
import type { TrialPlan, TrialRun } from '#formats/trial.ts'

export const samplePlan: TrialPlan = {
  schema: 'trial-plan/1',
  trial: 'sample',
  created_at_utc: '2026-11-01T00:00:00Z',
  title: 'sample',
  arms: {
    A: { label: 'baseline', facts: { node: 'n1', gpuUuids: 'GPU-1', image: 'sha256:1', cudagraphMode: 'FULL', asyncScheduling: 'off' } },
    B: { label: 'change', facts: { node: 'n1', gpuUuids: 'GPU-1', image: 'sha256:1', cudagraphMode: 'FULL', asyncScheduling: 'on' } },
  },
  factors: ['asyncScheduling'],
  metric: 'tpot-median',
  tier: 'latency',
  concurrency: 16,
  load: { requests: 64 },
  pairs: 4,
  aaPairs: 3,
  looks: 4,
  seed: 1,
}

export interface SimulatedTrial {
  /** ln of B's improvement: 0.05 is about 5 % better. */
  readonly effect: number
  /** Deviation of the logarithm of one run. */
  readonly noise: number
  /** Added to the logarithm of every run after the last. */
  readonly drift?: number
  readonly pairs?: number
  readonly aaPairs?: number
}

export function simulateRuns(plan: TrialPlan, truth: SimulatedTrial, random: Random): TrialRun[] {
  const runs: TrialRun[] = []
  let position = 0
  const run = (kind: 'aa' | 'ab', pair: number, arm: 'A' | 'B', place: 'first' | 'second'): void => {
    const log = (arm === 'B' ? -truth.effect : 0) + random.normal() * truth.noise + position * (truth.drift ?? 0)
    position += 1
    runs.push({
      schema: 'trial-run/1',
      trial: plan.trial,
      kind,
      pair,
      arm,
      position: place,
      artifact: { path: `${kind}${pair}${place}.json`, sha256: '0'.repeat(64) },
      values: {
        'tpot-median': { value: 10 * Math.exp(log), unit: 'ms', definition: 'request-mean-without-first' },
        'output-throughput': { value: 1000 * Math.exp(-log), unit: 'tokens/s', definition: 'wall' },
      },
      facts: plan.arms[arm].facts,
      invalid: [],
    })
  }
  for (let pair = 1; pair <= (truth.aaPairs ?? plan.aaPairs); pair++) {
    run('aa', pair, 'A', 'first')
    run('aa', pair, 'A', 'second')
  }
  for (const [index, [first, second]] of pairOrders(truth.pairs ?? plan.pairs, plan.seed).entries()) {
    run('ab', index + 1, first, 'first')
    run('ab', index + 1, second, 'second')
  }
  return runs
}
