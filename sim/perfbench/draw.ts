/** Documents with known noise and known change, for tests and simulations of the gate. */
import type { Random } from '#base/random.ts'
import { mean } from '#base/statistics.ts'
import { type InferencePerfbench, type PerfbenchFigure, perfbenchFigures } from '#formats/inference-perfbench.ts'

/** Coefficients of variation in the order of `perfbenchFigures` (facts/baselines.md section 4). */
export const noises = {
  quiet: [0.007, 0.02, 0.04, 0.07, 0.007, 0.007, 0.01],
  typical: [0.015, 0.04, 0.08, 0.12, 0.015, 0.015, 0.02],
  noisy: [0.03, 0.08, 0.12, 0.2, 0.03, 0.03, 0.04],
} as const

export const plainFigures: Readonly<Record<PerfbenchFigure, number>> = {
  throughput_toks_per_s: 4000,
  ttft_p50_ms: 200,
  ttft_p95_ms: 400,
  ttft_p99_ms: 800,
  itl_p50_ms: 12,
  tps_per_user: 80,
  request_latency_p50_ms: 3000,
}

export interface DrawnOptions {
  readonly concurrencies: readonly number[]
  readonly runs: number
  readonly cv: readonly number[]
  /** Share of the variance that all figures of one run have in common, each for the worse or each for the better. */
  readonly shared?: number
  /** True factor per figure. */
  readonly factors?: Partial<Record<PerfbenchFigure, number>>
  readonly requests?: number
}

/** The simulations of the facts compare means of runs. */
function meansOf(runs: readonly Readonly<Record<string, unknown>>[]): Partial<Record<PerfbenchFigure, number>> {
  return Object.fromEntries(perfbenchFigures.map((figure) => [figure, mean(runs.map((run) => Number(run[figure])))]))
}

const perfbenchHigherIsBetter = (figure: PerfbenchFigure): boolean => figure === 'throughput_toks_per_s' || figure === 'tps_per_user'

/** A sweep of `runs` runs; the noise of a run is lognormal, with a part that all its figures at one concurrency share. */
export function drawPerfbench(random: Random, options: DrawnOptions): InferencePerfbench {
  const { concurrencies, runs, cv, shared = 0.5, factors = {}, requests } = options
  const metrics: InferencePerfbench['metrics'] = {}
  for (const concurrency of concurrencies) {
    const drawn = Array.from({ length: runs }, (_, run) => {
      const common = random.normal() * Math.sqrt(shared)
      const figures = perfbenchFigures.map((figure, index): [PerfbenchFigure, number] => {
        // What is bad for one figure is bad for all: throughput falls where latencies rise.
        const z = (perfbenchHigherIsBetter(figure) ? -common : common) + random.normal() * Math.sqrt(1 - shared)
        const sigma = Math.sqrt(Math.log1p((cv[index] ?? 0) ** 2))
        return [figure, plainFigures[figure] * (factors[figure] ?? 1) * Math.exp(sigma * z)]
      })
      return { run: `run-${run + 1}`, ...Object.fromEntries(figures), ...(requests === undefined ? {} : { requests }) }
    })
    metrics[String(concurrency)] = runs === 1 ? { ...drawn[0] } : { ...meansOf(drawn), runs: drawn }
  }
  return { schema: 'inference_perfbench_v1', model: 'm', metrics }
}
