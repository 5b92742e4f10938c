/** Statistics of a file's own requests, each definition computed from what the file holds. */
import type { LatencyDefinition, LatencyQuantity } from '#model/bench-result.ts'
import { APPROXIMATE_RATIO, Distribution } from '#model/distribution.ts'
import type { CellBuilder } from './cell-builder.ts'

interface Series {
  readonly quantity: LatencyQuantity
  readonly definition: LatencyDefinition
  readonly key: string
  readonly unit: string
  readonly values: Distribution
}

/** Latencies in ns by quantity and definition, added request by request; `addTo` puts their statistics into a cell. */
export class RequestStatistics {
  readonly #series: Series[] = []

  series(quantity: LatencyQuantity, definition: LatencyDefinition, key: string, unit: string): Distribution {
    const values = new Distribution()
    this.#series.push({ quantity, definition, key, unit, values })
    return values
  }

  addTo(cell: CellBuilder): void {
    for (const { quantity, definition, key, unit, values } of this.#series) {
      for (const [statistic, valueNs] of values.statistics())
        cell.recomputed({ quantity, statistic, valueNs, definition, n: values.count, key, unit })
      if (values.isApproximate) {
        cell.finding({
          code: 'approximate-percentiles',
          severity: 'info',
          text: `percentiles of ${quantity} (${definition}) over ${values.count} values are exact to ${(APPROXIMATE_RATIO * 100).toFixed(3)} %`,
        })
      }
    }
  }
}
