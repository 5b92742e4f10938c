/** What the pages of one file share while they are read. */
import type { CounterMetric } from '#model/kernel-counters.ts'
import type { CounterColumns } from '#readers/ncu/counter-columns.ts'
import type { LossList } from '#readers/ncu/losses.ts'
import type { CommaMeaning } from './cell-number.ts'
import type { LaunchCells } from './launch-cells.ts'
import type { PageText } from './page-text.ts'

export class PageContext {
  readonly columns: CounterColumns
  readonly launches: LaunchCells
  readonly losses: LossList
  readonly commas: CommaMeaning
  readonly text: PageText
  readonly sections = new Set<string>()
  /** A page with columns for rules was among them. */
  holdsRules = false
  readonly #metrics: CounterMetric[] = []
  readonly #ids = new Map<string, number>()

  constructor(columns: CounterColumns, launches: LaunchCells, losses: LossList, commas: CommaMeaning, text: PageText) {
    this.columns = columns
    this.launches = launches
    this.losses = losses
    this.commas = commas
    this.text = text
  }

  /** One id per name. */
  metricId(metric: CounterMetric): number {
    let id = this.#ids.get(metric.name)
    if (id === undefined) {
      id = this.#metrics.length
      this.#metrics.push(metric)
      this.#ids.set(metric.name, id)
    }
    return id
  }

  /** The unit that the file gives outranks the one that the name suggests. */
  setUnit(id: number, unit: string): void {
    const metric = this.#metrics[id]
    if (metric !== undefined) this.#metrics[id] = { ...metric, unit }
  }

  metric(id: number): CounterMetric | undefined {
    return this.#metrics[id]
  }
}
