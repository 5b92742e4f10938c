/** What of a report is not in the result, counted by code. */
import type { Loss } from '#model/capture.ts'

export class LossList {
  readonly #losses = new Map<string, { count: number; readonly what: string }>()

  add(code: string, count: number, what: string): void {
    if (count <= 0) return
    const known = this.#losses.get(code)
    if (known === undefined) this.#losses.set(code, { count, what })
    else known.count += count
  }

  list(): Loss[] {
    return Array.from(this.#losses, ([code, { count, what }]) => ({ code, count, what }))
  }
}
