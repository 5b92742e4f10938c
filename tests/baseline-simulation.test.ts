/** The gate against known truth. `SEXTANT_SLOW=1` runs the counts of the proof; a few hundred diffs otherwise. */
import { expect, test } from 'vitest'
import { percent, simulate } from './support/gate-simulation.ts'

const slow = process.env['SEXTANT_SLOW'] === '1'
const seed = Number(process.env['SEXTANT_SEED'] ?? 1)

/** Part of the figure of a proof (scripts/prove/point.ts). */
function tell(line: string): void {
  process.stdout.write(`${line}\n`)
}

/** Half-width of a count's own chance (four deviations): the bounds below are those of the facts, widened by it. */
const chance = (ratio: number, diffs: number): number => 4 * Math.sqrt((ratio * (1 - ratio)) / diffs)

test('no change, typical noise: the whole diff is REGRESSED in at most 5 %', () => {
  const diffs = slow ? 10_000 : 300
  for (const runs of slow ? [2, 3, 5, 8] : [3, 8]) {
    const { statistical } = simulate({ noise: 'typical', runs, diffs, seed })
    tell(
      `figure: no change, ${runs} runs per side: REGRESSED ${percent(statistical['REGRESSED'])}, IMPROVED ${percent(statistical['IMPROVED'])}, WITHIN ${percent(statistical['WITHIN'])}, NOISY ${percent(statistical['NOISY'])} of ${diffs}`,
    )
    expect(statistical['REGRESSED'] ?? 0).toBeLessThanOrEqual(slow ? 0.05 : 0.05 + chance(0.05, diffs))
  }
})

test('a 5 % regression of the primary is found in at least 80 % with eight runs per side', () => {
  const diffs = slow ? 2000 : 200
  for (const runs of [3, 5, 8]) {
    const { primaryFound } = simulate({ noise: 'typical', runs, diffs, seed, factors: { throughput_toks_per_s: 0.95 } })
    tell(`figure: 5 % slower, ${runs} runs per side: found ${percent(primaryFound)} of ${diffs}`)
    if (runs === 8) expect(primaryFound).toBeGreaterThanOrEqual(0.8)
  }
})

test('the rule of the field alarms as often as the facts say', () => {
  const diffs = slow ? 10_000 : 300
  const expected = [
    ['quiet', 1, [1, 8, 16, 32, 64], { RED: [0.06, 0.09], GREEN: [0.49, 0.55] }],
    ['typical', 1, [1, 8, 16, 32, 64], { RED: [0.68, 0.7], GREEN: [0.05, 0.07] }],
    ['noisy', 1, [1, 8, 16, 32, 64], { RED: [0.93, 0.96] }],
    ['typical', 1, [16], { RED: [0.14, 0.14], GREEN: [0.57, 0.58] }],
    ['typical', 3, [1, 8, 16, 32, 64], { RED: [0.16, 0.16] }],
    ['typical', 5, [1, 8, 16, 32, 64], { RED: [0.02, 0.03], GREEN: [0.68, 0.73] }],
  ] as const
  for (const [noise, runs, concurrencies, bounds] of expected) {
    const { classic } = simulate({ noise, runs, diffs, seed, concurrencies })
    tell(
      `figure: tolerance rule, ${noise}, ${runs} run(s), ${concurrencies.length} cells: RED ${percent(classic['RED'])}, YELLOW ${percent(classic['YELLOW'])}, GREEN ${percent(classic['GREEN'])}`,
    )
    for (const [verdict, [low, high]] of Object.entries(bounds)) {
      const rate = classic[verdict] ?? 0
      // The facts' own two runs agree within 6 points where nothing else is said; 1.5 points cover their rounding.
      expect(rate, `${noise} ${runs} ${verdict}`).toBeGreaterThanOrEqual(low - 0.015 - chance(low, diffs))
      expect(rate, `${noise} ${runs} ${verdict}`).toBeLessThanOrEqual(high + 0.015 + chance(high, diffs))
    }
  }
})
