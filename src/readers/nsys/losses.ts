/** Counts what is not in the result, by code, in order of first appearance. */
import type { Loss } from '#model/capture.ts'

export class LossCounter {
  readonly #losses = new Map<string, { count: number; what: string }>()

  add(code: string, count: number, what: string): void {
    if (count <= 0) return
    const known = this.#losses.get(code)
    if (known === undefined) this.#losses.set(code, { count, what })
    else known.count += count
  }

  addAll(losses: readonly Loss[]): void {
    for (const loss of losses) this.add(loss.code, loss.count, loss.what)
  }

  list(): Loss[] {
    return Array.from(this.#losses, ([code, { count, what }]) => ({ code, count, what }))
  }
}
