/**
 * How long a stamp may have waited inside this thread. Bytes that arrive while the loop is busy are stamped late, and nothing in the
 * stream shows it; but the loop knows when it last looked at its sockets. Bytes stamped now arrived after the look before: if the loop
 * slept in between, they waited at most for what ran since it woke; if not, at most since that look. The bound is never too small,
 * except for the time in which the system did not let the thread run: that is what the probe sees.
 */
import { performance } from 'node:perf_hooks'
import { LagHistogram } from './lag-histogram.ts'

export class LoopWatch {
  readonly waits = new LagHistogram()
  #inIteration = false
  /** A moment after which everything stamped in this iteration arrived. */
  #boundNs = 0
  #iterationStartNs = 0
  #endNs = 0
  #idleMs = 0
  readonly #nowNs: () => number

  constructor(nowNs: () => number) {
    this.#nowNs = nowNs
    this.#endNs = nowNs()
    this.#iterationStartNs = this.#endNs
    this.#idleMs = performance.nodeTiming.idleTime
  }

  /** Call with the stamp of each arrival, right after it was taken. */
  saw(stampNs: number): void {
    if (!this.#inIteration) this.#begin(stampNs)
    this.waits.add(stampNs - this.#boundNs)
  }

  #begin(stampNs: number): void {
    this.#inIteration = true
    const idleNs = (performance.nodeTiming.idleTime - this.#idleMs) * 1e6
    // Slept: whatever is ready arrived after the loop went to sleep, and waited for what ran since it woke.
    this.#boundNs = idleNs > 0 ? Math.min(stampNs, this.#endNs + idleNs) : this.#iterationStartNs
    this.#iterationStartNs = stampNs
    setImmediate(this.#end)
  }

  readonly #end = (): void => {
    this.#inIteration = false
    this.#endNs = this.#nowNs()
    this.#idleMs = performance.nodeTiming.idleTime
  }
}
