/** One phase on one thread: its share of the slots of a closed loop, or of the arrivals of an open one. */
import type { RequestOutcome } from '#model/load-requests.ts'
import { ArrivalTimes } from './arrivals.ts'
import type { DriverClock } from './driver-clock.ts'
import { mayPass } from './failure-class.ts'
import type { OpenArrivals } from './plan.ts'
import type { PreparedRequest, PromptSource } from './prompts/prompt-source.ts'
import type { LaneRequest, StreamLane } from './stream-lane.ts'
import type { RunPhase, ThreadSettings } from './thread-messages.ts'

export interface PhaseHost {
  readonly settings: ThreadSettings
  readonly clock: DriverClock
  readonly prompts: PromptSource
  /** The lane of that number in this thread, made when first asked for. */
  lane(number: number): StreamLane
  done(): void
}

/** Bodies made before the start of a phase, so that none is made between two stamps of the opening wave. */
const PREPARED = 64 * 1024 * 1024
/** Timers are late by up to a millisecond and more; the last stretch is waited out by turning the loop. */
const TURNING_NS = 1.5e6
/** First pause before another attempt; each later one is twice as long. */
const RETRY_PAUSE_MS = 100

/** A slot of a closed loop, or an arrival on its way. */
interface Work {
  readonly index: number
  readonly conversation: number
  readonly turn: number
  readonly scheduledNs: number
}

export class PhaseRun {
  maxQueued = 0
  inFlight = 0
  readonly #host: PhaseHost
  readonly #run: RunPhase
  readonly #claims: Int32Array
  readonly #deadlineNs: number
  /** Slots of a closed loop, lanes in use of an open one. */
  readonly #busy = new Map<StreamLane, Work>()
  readonly #free: StreamLane[] = []
  readonly #queue: Work[] = []
  readonly #ready = new Map<number, PreparedRequest>()
  #lanes = 0
  #stopped = false
  #arrivalsOver = true
  #pending = 0
  #isDone = false

  constructor(host: PhaseHost, run: RunPhase) {
    this.#host = host
    this.#run = run
    this.#claims = new Int32Array(run.claims)
    this.#deadlineNs = run.phase.durationNs === undefined ? Number.POSITIVE_INFINITY : run.startNs + run.phase.durationNs
  }

  start(): void {
    const { arrivals } = this.#run.phase
    if (arrivals.kind === 'closed') this.#startSlots(arrivals.concurrency)
    else this.#startArrivals(arrivals)
  }

  // Closed loop

  #startSlots(concurrency: number): void {
    const { thread, threads } = this.#host.settings
    const from = Math.floor((concurrency * thread) / threads)
    const to = Math.floor((concurrency * (thread + 1)) / threads)
    this.#prepareAhead(from, to)
    for (let slot = from; slot < to; slot++) {
      const beginNs = this.#run.startNs + (this.#run.rampNs * slot) / concurrency
      this.#pending += 1
      this.#at(beginNs, () => {
        this.#pending -= 1
        this.#next(this.#host.lane(slot - from), beginNs)
      })
    }
    this.#finishIfIdle()
  }

  /** The first request of a slot is known but for the order in which slots claim theirs. */
  #prepareAhead(from: number, to: number): void {
    let size = 0
    for (let index = from; index < to && size < PREPARED; index++) {
      const prepared = this.#prepared(index, 0)
      size += prepared.body.length
      this.#ready.set(index, prepared)
    }
  }

  #next(lane: StreamLane, freeNs: number): void {
    const index = this.#claim()
    if (index === undefined) {
      this.#finishIfIdle()
      return
    }
    this.#send(lane, { index, conversation: this.#isReplay(index) ? index : Number.NaN, turn: 0, scheduledNs: freeNs })
  }

  #claim(): number | undefined {
    if (this.#stopped || this.#host.clock.nowNs() >= this.#deadlineNs) return undefined
    const index = Atomics.add(this.#claims, 0, 1)
    return index >= (this.#run.phase.count ?? Number.POSITIVE_INFINITY) ? undefined : index
  }

  #isReplay(index: number): boolean {
    return this.#host.prompts.turns(this.#run.phase.firstIndex + index) > 1
  }

  // Open loop

  #startArrivals(arrivals: OpenArrivals): void {
    this.#arrivalsOver = false
    const times = new ArrivalTimes(arrivals, this.#run.phase.seed)
    this.#nextArrival(times, arrivals, 0)
  }

  #nextArrival(times: ArrivalTimes, arrivals: OpenArrivals, from: number): void {
    const { thread, threads } = this.#host.settings
    const count = this.#run.phase.count ?? Number.POSITIVE_INFINITY
    for (let index = from; ; index++) {
      const scheduledNs = this.#run.startNs + times.next()
      if (index >= count || scheduledNs >= this.#deadlineNs || this.#stopped) {
        this.#arrivalsOver = true
        this.#finishIfIdle()
        return
      }
      if (index % threads !== thread) continue
      // Made before it is due: what it costs must not delay it.
      if (this.#ready.size < 1000) this.#ready.set(index, this.#prepared(index, 0))
      this.#at(scheduledNs, () => {
        if (!this.#stopped)
          this.#arrive({ index, conversation: Number.NaN, turn: 0, scheduledNs }, Math.ceil(arrivals.maxInFlight / threads))
        this.#nextArrival(times, arrivals, index + 1)
      })
      return
    }
  }

  #arrive(work: Work, limit: number): void {
    const lane = this.#free.pop() ?? (this.#lanes < limit ? this.#host.lane(this.#lanes++) : undefined)
    if (lane !== undefined) this.#send(lane, work)
    else {
      this.#queue.push(work)
      this.maxQueued = Math.max(this.maxQueued, this.#queue.length)
    }
  }

  // Both

  #at(timeNs: number, work: () => void): void {
    const leftNs = timeNs - this.#host.clock.nowNs()
    if (leftNs <= 0) work()
    else if (leftNs > TURNING_NS) setTimeout(() => this.#at(timeNs, work), Math.floor((leftNs - TURNING_NS) / 1e6))
    else setImmediate(() => this.#at(timeNs, work))
  }

  #prepared(index: number, turn: number): PreparedRequest {
    const ready = turn === 0 ? this.#ready.get(index) : undefined
    if (ready !== undefined) {
      this.#ready.delete(index)
      return ready
    }
    return this.#host.prompts.prepare(this.#run.phase.firstIndex + index, turn)
  }

  #send(lane: StreamLane, work: Work): void {
    this.#busy.set(lane, work)
    this.inFlight += 1
    lane.start(this.#requestOf(work, this.#prepared(work.index, work.turn)))
  }

  #requestOf(work: Work, prepared: PreparedRequest): LaneRequest {
    const { phase, firstIndex } = this.#run.phase
    return { ...work, index: firstIndex + work.index, prepared, phase, attempt: 1 }
  }

  ended(lane: StreamLane, outcome: RequestOutcome): void {
    const work = this.#busy.get(lane)
    const request = lane.request
    if (work === undefined || request === undefined) return
    if (request.attempt <= this.#host.settings.plan.retries && mayPass(outcome) && !this.#stopped) {
      this.#again(lane, request)
      return
    }
    this.#release(lane)
    const freeNs = this.#host.clock.nowNs()
    if (this.#continues(work, outcome)) this.#send(lane, { ...work, turn: work.turn + 1, scheduledNs: freeNs })
    else if (this.#run.phase.arrivals.kind === 'closed') this.#later(lane, outcome, freeNs)
    else this.#serveQueue(lane)
  }

  /** The next turn of a conversation; a turn that failed ends it, because its history is missing. */
  #continues(work: Work, outcome: RequestOutcome): boolean {
    if (outcome !== 'completed' || this.#stopped || Number.isNaN(work.conversation)) return false
    return work.turn + 1 < this.#host.prompts.turns(this.#run.phase.firstIndex + work.index)
  }

  /** After a failure a slot pauses: a server that refuses must not be asked thousands of times a second. */
  #later(lane: StreamLane, outcome: RequestOutcome, freeNs: number): void {
    if (outcome === 'completed') {
      this.#next(lane, freeNs)
      return
    }
    this.#pending += 1
    setTimeout(() => {
      this.#pending -= 1
      this.#next(lane, this.#host.clock.nowNs())
    }, RETRY_PAUSE_MS)
  }

  #again(lane: StreamLane, request: LaneRequest): void {
    const firstSentNs = lane.sentNs
    setTimeout(
      () => {
        if (this.#stopped) {
          this.#release(lane)
          this.#finishIfIdle()
        } else lane.start({ ...request, attempt: request.attempt + 1, firstSentNs })
      },
      RETRY_PAUSE_MS * 2 ** (request.attempt - 1),
    )
  }

  #release(lane: StreamLane): void {
    lane.request = undefined
    this.#busy.delete(lane)
    this.inFlight -= 1
  }

  #serveQueue(lane: StreamLane): void {
    const work = this.#stopped ? undefined : this.#queue.shift()
    if (work !== undefined) this.#send(lane, work)
    else this.#free.push(lane)
    this.#finishIfIdle()
  }

  /** Ends streams that take too long. */
  check(nowNs: number): void {
    for (const lane of this.#busy.keys()) lane.check(nowNs)
  }

  stop(): void {
    this.#stopped = true
    this.#queue.length = 0
    for (const lane of [...this.#busy.keys()]) lane.cancel()
    this.#finishIfIdle()
  }

  #finishIfIdle(): void {
    if (this.#isDone || this.#busy.size > 0 || this.#pending > 0 || !this.#arrivalsOver || this.#queue.length > 0) return
    this.#isDone = true
    this.#host.done()
  }
}
