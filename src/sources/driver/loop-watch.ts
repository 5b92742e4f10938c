/**
 * How long a stamp may have waited inside this thread. Bytes that arrive while the loop is busy are stamped late, and nothing in the
 * stream shows it; but the loop knows when it last looked at its sockets. Bytes stamped now arrived after the look before: if the loop
 * slept in between, they waited at most for what ran since it woke; if not, at most since that look. The bound is never too small,
 * except for the time in which the system did not let the thread run: that is what the probe sees.
 */
import { performance } from 'node:perf_hooks'
import { LagHistogram } from './lag-histogram.ts'

/** What the watch asks of its thread. */
export interface LoopFacts {
  nowNs(): number
  /** Time that the loop has slept since its start, ms (perf_hooks: nodeTiming.idleTime). */
  idleMs(): number
  /** Calls once the present iteration has served its sockets. */
  afterIteration(call: () => void): void
}

const { nodeTiming } = performance

export function factsOf(nowNs: () => number): LoopFacts {
  return { nowNs, idleMs: () => nodeTiming.idleTime, afterIteration: setImmediate }
}

/** A look at sockets that are ready counts as sleep for as long as the call takes; less than this is not believed to be sleep. */
const LEAST_SLEEP_NS = 20_000

export class LoopWatch {
  readonly waits = new LagHistogram()
  readonly #facts: LoopFacts
  /** Nothing that is stamped in this iteration arrived before it. */
  #boundNs: number
  /** First stamp of the iteration at hand or, where none is at hand, of the last. */
  #iterationStartNs: number
  /** The last moment known to lie before the next sleep, and the sleep so far then. */
  #awakeNs: number
  #idleMs: number
  /** An end of this iteration will be told. Asked for only where it is needed: it costs as much as reading the bytes. */
  #isFollowed = false
  /** The last iteration's end was told, so the next stamp without sleep belongs to another. */
  #hasEnded = false

  constructor(facts: LoopFacts) {
    this.#facts = facts
    this.#awakeNs = facts.nowNs()
    this.#boundNs = this.#awakeNs
    this.#iterationStartNs = this.#awakeNs
    this.#idleMs = facts.idleMs()
  }

  /** Call with the stamp of each arrival, right after it was taken. */
  saw(stampNs: number): void {
    if (!this.#isFollowed) this.#place(stampNs)
    this.waits.add(stampNs - this.#boundNs)
  }

  /** Call when the arrival has been dealt with. */
  left(): void {
    if (!this.#isFollowed) this.#awakeNs = this.#facts.nowNs()
  }

  #place(stampNs: number): void {
    const idleMs = this.#facts.idleMs()
    const sleptNs = (idleMs - this.#idleMs) * 1e6
    if (sleptNs > LEAST_SLEEP_NS) {
      // Whatever is ready arrived after the loop went to sleep, and waited for what ran since it woke.
      this.#boundNs = Math.min(stampNs, this.#awakeNs + sleptNs)
      this.#idleMs = idleMs
      this.#iterationStartNs = stampNs
      this.#hasEnded = false
      return
    }
    if (this.#hasEnded) {
      this.#boundNs = this.#iterationStartNs
      this.#iterationStartNs = stampNs
    }
    // Else it belongs to the same iteration or to one that did not sleep: the old bound holds for both. From here on ends are told.
    this.#hasEnded = false
    this.#isFollowed = true
    this.#facts.afterIteration(this.#end)
  }

  readonly #end = (): void => {
    this.#isFollowed = false
    this.#hasEnded = true
    this.#awakeNs = this.#facts.nowNs()
    this.#idleMs = this.#facts.idleMs()
  }
}
