/** The questions about results of load generators and dumps of metrics endpoints. */
import { buildBenchReport } from '#analysis/bench-report.ts'
import { buildMetricsReport } from '#analysis/metrics-report.ts'
import { SextantError } from '#base/errors.ts'
import type { BenchResultReport } from '#formats/bench-result.ts'
import type { MetricsReport } from '#formats/metrics.ts'
import type { Question } from './ask.ts'
import type { Study } from './study.ts'

/** @param names of the sources, in the order in which they are opened. */
export function benchResultQuestion(names: readonly string[]): Question<Omit<BenchResultReport, 'sources'>> {
  return {
    name: 'bench-result',
    options: { names },
    needs: [],
    compute: (studies) =>
      buildBenchReport(
        studies.map(({ capture, losses }, index) => {
          const source = names[index] ?? ''
          if (capture.benchResult === undefined) {
            throw new SextantError(
              'missing_data',
              `the file holds no result of a load generator: it is a capture of kind ${capture.kind}.`,
              'Give the file that the benchmark wrote (--save-result, profile_export_aiperf.json, benchmarks.json…).',
              { kind: capture.kind },
            )
          }
          return { source, result: capture.benchResult, losses }
        }),
      ),
  }
}

export function metricsQuestion(windowS: number | undefined): Question<Omit<MetricsReport, 'sources'>> {
  const inputOf = ({ capture, losses }: Study) => {
    if (capture.metricSamples === undefined) {
      throw new SextantError(
        'missing_data',
        `the file holds no metrics: it is a capture of kind ${capture.kind}.`,
        'Dump the endpoint: curl -s http://HOST:PORT/metrics > metrics.prom',
        { kind: capture.kind },
      )
    }
    return { samples: capture.metricSamples, losses }
  }
  return {
    name: 'metrics',
    options: windowS === undefined ? {} : { windowS },
    needs: [],
    compute([first, post]) {
      if (first === undefined) throw new Error('a question about a dump was asked of none')
      return buildMetricsReport(inputOf(first), post === undefined ? undefined : inputOf(post), windowS)
    },
  }
}
