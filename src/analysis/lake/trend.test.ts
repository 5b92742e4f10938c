import { describe, expect, it } from 'vitest'
import { Random } from '#base/random.ts'
import { judgeTrend, leastTrendPoints, type TrendValue, trendNoise } from './trend.ts'

interface Drawn {
  readonly seed: number
  readonly count: number
  readonly noise: number
  readonly step?: { readonly at: number; readonly ratio: number }
  /** Of neighbouring points. */
  readonly alike?: number
}

function drawn({ seed, count, noise, step, alike = 0 }: Drawn): TrendValue[] {
  const random = new Random(seed, 'trend-test')
  let wander = random.normal()
  return Array.from({ length: count }, (_, index) => {
    wander = index === 0 ? wander : alike * wander + Math.sqrt(1 - alike ** 2) * random.normal()
    const level = step !== undefined && index >= step.at ? 1 + step.ratio : 1
    return { value: 300 * level * Math.exp(noise * wander) }
  })
}

/** Share of 500 series in which a change is shown. */
function shown(make: (seed: number) => TrendValue[], series = 500): number {
  let found = 0
  for (let seed = 1; seed <= series; seed++) if (judgeTrend(make(seed), 0.05, seed).verdict === 'change-shown') found++
  return found / series
}

const values = (...list: number[]): TrendValue[] => list.map((value) => ({ value }))

describe('trap H19: a trend is judged against noise', () => {
  it('trap H19: ±10 % within the noise is not flagged', () => {
    // The last is 10 % above the first and 12 % above the mean before it: a threshold of 10 % would cry.
    const points = values(300, 325, 290, 318, 296, 330, 301, 288, 322, 295, 331, 330)
    const judged = judgeTrend(points, 0.05)
    expect(judged).toMatchObject({ verdict: 'no-change-shown', missed: 'order-by-chance' })
    expect(shown((seed) => drawn({ seed, count: 12, noise: 0.1 }))).toBeLessThan(0.06)
  })

  it('trap H19: a step of 4 % in quiet data is, with its size and its place', () => {
    const points = values(300, 301, 299.5, 300.4, 299.8, 300.2, 288.1, 287.7, 288.4, 287.9, 288.2, 288)
    const judged = judgeTrend(points, 0.05)
    expect(judged).toMatchObject({ verdict: 'change-shown', change: { at: 6, shape: 'step' } })
    if (judged.verdict === 'too-few-points') throw new Error('unreached')
    expect(judged.change.sizeRatio).toBeCloseTo(-0.0403, 3)
    expect(judged.change.lowRatio).toBeLessThan(-0.04)
    expect(judged.change.highRatio).toBeGreaterThan(-0.045)
    expect(judged.change.highRatio).toBeLessThan(-0.035)
    expect(judged.p).toBeLessThan(0.01)
  })

  it('trap H19: false alarms of 500 series in which nothing changed', () => {
    for (const count of [8, 12, 30]) {
      const rate = shown((seed) => drawn({ seed, count, noise: 0.03 }))
      process.stdout.write(`figure: ${count} points, nothing changed: ${(rate * 100).toFixed(1)} % flagged\n`)
      // 5 % and two deviations of 500 draws.
      expect(rate).toBeLessThan(0.07)
    }
  })

  it('trap H19: a step of 4 % is found in noise of 1 %, its interval holds it', () => {
    let [found, held] = [0, 0]
    for (let seed = 1; seed <= 200; seed++) {
      const judged = judgeTrend(drawn({ seed, count: 16, noise: 0.01, step: { at: 9, ratio: -0.04 } }), 0.05, seed)
      if (judged.verdict !== 'change-shown') continue
      found++
      if (judged.change.lowRatio <= -0.04 && judged.change.highRatio >= -0.04) held++
    }
    process.stdout.write(`figure: 4 % in 1 %: ${found} of 200 found, ${held} intervals hold it\n`)
    expect(found).toBeGreaterThan(170)
    expect(held / found).toBeGreaterThan(0.9)
  })

  it('trap H19: noise that wanders raises false alarms, and how much is known', () => {
    const rate = shown((seed) => drawn({ seed, count: 16, noise: 0.03, alike: 0.5 }))
    process.stdout.write(`figure: neighbours alike by 0.5: ${(rate * 100).toFixed(1)} % flagged\n`)
    expect(rate).toBeLessThan(0.2)
  })

  it('trap H19: trials that agree do not make campaigns agree, and trials that do not make every point unsure', () => {
    const quiet = drawn({ seed: 3, count: 12, noise: 0.05 }).map(({ value }) => ({ value, trials: { count: 3, deviation: 0.1 } }))
    expect(judgeTrend(quiet, 0.05).verdict).toBe('no-change-shown')
    expect(trendNoise(quiet).ratio).toBe(trendNoise(quiet).neighboursRatio)
    const step = values(300, 301, 299.5, 300.4, 299.8, 300.2, 288.1, 287.7, 288.4, 287.9, 288.2, 288)
    const loud = step.map(({ value }) => ({ value, trials: { count: 3, deviation: 60 } }))
    expect(judgeTrend(loud, 0.05)).toMatchObject({ verdict: 'no-change-shown', missed: 'within-noise' })
  })
})

describe('judgeTrend', () => {
  it('says how many points a change could be seen in', () => {
    // 2 / C(8, 4) = 0.029, 2 / C(7, 3) = 0.057; 2 / C(11, 5) = 0.0043, 2 / C(10, 5) = 0.0079.
    expect([leastTrendPoints(0.05), leastTrendPoints(0.005)]).toEqual([8, 11])
    expect(judgeTrend(values(1, 1, 1, 1, 2, 2, 2), 0.05)).toEqual({ verdict: 'too-few-points', needed: 8 })
    expect(judgeTrend(values(1, 1, 1, 1, 2, 2, 2, 2), 0.05).verdict).toBe('change-shown')
  })

  it('values times a constant are judged alike', () => {
    for (let seed = 1; seed <= 40; seed++) {
      const points = drawn({ seed, count: 10 + (seed % 7), noise: 0.02, step: { at: 5, ratio: seed % 2 === 0 ? 0.04 : 0 } })
      const one = judgeTrend(points, 0.05)
      for (const factor of [1e-3, 7.3, 1e6]) {
        const other = judgeTrend(
          points.map(({ value }) => ({ value: value * factor })),
          0.05,
        )
        if (one.verdict === 'too-few-points' || other.verdict === 'too-few-points') throw new Error('unreached')
        expect([other.verdict, other.p, other.change.at], `seed ${seed}`).toEqual([one.verdict, one.p, one.change.at])
        expect(other.change.sizeRatio).toBeCloseTo(one.change.sizeRatio, 9)
        expect(other.noise.ratio).toBeCloseTo(one.noise.ratio, 9)
      }
    }
  })

  it('a slow slide is a drift, one odd point is nothing, equal values are nothing', () => {
    const slide = values(...Array.from({ length: 16 }, (_, index) => 300 * 0.99 ** index))
    expect(judgeTrend(slide, 0.05)).toMatchObject({ change: { shape: 'drift' } })
    expect(judgeTrend(values(...Array(11).fill(300), 200), 0.05).verdict).toBe('no-change-shown')
    expect(judgeTrend(values(...Array(12).fill(300)), 0.05)).toMatchObject({ verdict: 'no-change-shown', p: 1, noise: { ratio: 0 } })
  })
})
