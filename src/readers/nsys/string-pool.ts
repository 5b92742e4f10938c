/** `StringIds` resolved after the scans: only ids that rows really used are kept. */

import { ColumnPlan, tableNamed } from './column-plan.ts'
import type { LossCounter } from './losses.ts'
import type { TableSource } from './table-source.ts'

export class StringPool {
  readonly #values = new Map<number, string | undefined>()

  /** Asks for an id (negative = none); ask once per distinct id, not once per row. */
  want(id: number): void {
    if (id >= 0 && !this.#values.has(id)) this.#values.set(id, undefined)
  }

  get(id: number): string | undefined {
    return this.#values.get(id)
  }

  /** One pass over `StringIds`. Ids that it lacks are counted as `unmatched-string-id`. */
  async resolve(source: TableSource, losses: LossCounter, maxTextBytes: number): Promise<number> {
    const info = tableNamed(source, 'StringIds')
    let rows = 0
    let cut = 0
    if (info !== undefined) {
      const plan = new ColumnPlan(info)
      const id = plan.add('id', 'number')
      const value = plan.add('value', 'text')
      if (id >= 0 && value >= 0) {
        const result = await source.scan(info.name, plan.requests, (batch) => {
          const ids = batch.number(id)
          const texts = batch.text(value)
          for (let row = 0; row < batch.rows; row++) {
            const key = ids[row] ?? -1
            if (!this.#values.has(key)) continue
            const text = texts[row]
            if (text !== undefined && text.length > maxTextBytes) cut++
            this.#values.set(key, text?.slice(0, maxTextBytes))
          }
        })
        rows = result.rows
        losses.addAll(result.losses)
      }
    }
    losses.add('text-cut', cut, `texts longer than ${maxTextBytes} characters were cut`)
    let missing = 0
    for (const text of this.#values.values()) if (text === undefined) missing++
    losses.add('unmatched-string-id', missing, 'string ids that rows use and StringIds lacks: such names show the id instead')
    return rows
  }
}
