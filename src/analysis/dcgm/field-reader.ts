/** Reads the samples of one field under every name that it may have, and keeps what was asked. */
import type { DcgmMeasurement } from '#formats/dcgm-measurement.ts'
import { dcgmQuantity } from '#model/dcgm-fields.ts'
import type { SeriesSource } from '#model/series-source.ts'
import type { FindingList } from './finding-list.ts'
import { type FieldSamples, gpuSamples } from './gpu-samples.ts'
import { type PlannedQuery, paddedRange, planQueries, type QueryScope } from './query-plan.ts'

export class FieldReader {
  readonly asked: DcgmMeasurement['queries'] = []
  readonly #source: SeriesSource
  readonly #scope: QueryScope
  readonly #findings: FindingList
  readonly #plan: readonly PlannedQuery[]
  readonly #onProgress: ((done: number, total: number) => void) | undefined

  constructor(source: SeriesSource, scope: QueryScope, findings: FindingList, onProgress?: (done: number, total: number) => void) {
    this.#source = source
    this.#scope = scope
    this.#findings = findings
    this.#plan = planQueries(scope)
    this.#onProgress = onProgress
  }

  async read(quantity: string): Promise<FieldSamples> {
    const field = dcgmQuantity(quantity)
    if (field === undefined) throw new Error(`no DCGM field for ${quantity}`)
    const { fromMs, toMs } = paddedRange(this.#scope.window)
    const answers = []
    for (const { name, selector, promql } of this.#plan.filter((query) => query.field === field)) {
      const { series, warnings } = await this.#source.rawSamples(selector, fromMs, toMs)
      for (const warning of warnings) this.#findings.add('warning', 'server-warning', warning)
      this.asked.push({ quantity, metric: name.name, promql, unit: field.unit })
      if (series.length > 0) answers.push({ name, series })
      this.#onProgress?.(this.asked.length, this.#plan.length)
    }
    return gpuSamples(field, answers)
  }
}
