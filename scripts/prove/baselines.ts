/** Points 1 to 4 of baselines, regressions and verdicts. */
import { trialPoints } from './baselines/trials.ts'
import { type Point, shownByTests } from './point.ts'

const seeded = { slow: true, env: ({ seed }: { readonly seed: number }) => ({ SEXTANT_SEED: String(seed) }) }

export const points: readonly Point[] = [
  shownByTests('1 golden bundles give golden inference_perfbench_v1', {
    paths: ['tests/baseline-bridge.test.ts', 'src/formats/inference-perfbench.test.ts'],
  }),
  shownByTests('1 tolerances at their edges, and the peer’s defects (trap rows G1 to G16)', {
    paths: ['src/analysis/comparison', 'src/analysis/trial', 'tests/baseline-traps.test.ts'],
    titles: 'trap G[0-9]+:|at its edge|at their edges|overrides by full|definitions, units and ceilings|a guard that fails',
  }),
  shownByTests('2 no change: the whole diff is REGRESSED in at most 5 % of 10,000', {
    paths: ['tests/baseline-simulation.test.ts'],
    titles: 'no change',
    ...seeded,
  }),
  shownByTests('2 a 5 % regression of the primary is found in at least 80 % with eight runs per side', {
    paths: ['tests/baseline-simulation.test.ts'],
    titles: '5 % regression',
    ...seeded,
  }),
  shownByTests('2 the tolerance rule alarms as the facts say', {
    paths: ['tests/baseline-simulation.test.ts'],
    titles: 'rule of the field',
    ...seeded,
  }),
  shownByTests('2 swapping the sides flips every verdict, scaling units changes nothing', {
    paths: ['src/analysis/comparison', 'src/analysis/trial'],
    titles: 'swapping',
  }),
  ...trialPoints,
  shownByTests('4 two recorders at once, and kill -9 at every step of a record', { paths: ['tests/baseline-registry.test.ts'] }),
]
