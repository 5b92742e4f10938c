/**
 * Steps in real time. Step times are those of the model, each step beginning where the one before ended, so that a timer that fires late
 * delays what is sent (and the truth says by how much) but not the steps after it.
 */
import type { Random } from '#base/random.ts'
import type { EngineOptions } from './engine-options.ts'
import type { Scheduler, StepPlan, StepResult } from './scheduler.ts'
import { drawParts, durationOf, type StepParts } from './time-model.ts'
import type { StepRecord } from './truth-records.ts'

export interface StepLoopOptions {
  readonly scheduler: Scheduler
  readonly random: Random
  readonly engine: Pick<EngineOptions, 'time' | 'timeScale'>
  readonly now: () => number
  /** How much longer device work takes just now: what recording it costs. */
  readonly deviceFactor: () => number
  readonly isProfiled: () => boolean
  readonly onResults: (results: readonly StepResult[]) => void
  readonly onStep: (record: StepRecord) => void
}

interface OpenStep {
  readonly plan: StepPlan
  readonly parts: StepParts
  readonly startNs: number
  readonly endNs: number
  readonly isProfiled: boolean
}

/** Sockets get their turn even where steps are shorter than what it takes to send their tokens. */
const MOST_STEPS_AT_ONCE = 4
const never = Number.POSITIVE_INFINITY

export class StepLoop {
  readonly #options: StepLoopOptions
  #step: OpenStep | undefined
  /** End of the last step, or of a pause: nothing starts before. */
  #freeNs = 0
  #timer: NodeJS.Timeout | undefined
  #timerAtNs = never
  #steps = 0
  #isStopped = false

  constructor(options: StepLoopOptions) {
    this.#options = options
  }

  get steps(): number {
    return this.#steps
  }

  /** Start of the step that runs; Infinity without one. */
  get openSinceNs(): number {
    return this.#step?.startNs ?? never
  }

  /** Something arrived. */
  poke(): void {
    if (this.#step === undefined) this.#run()
  }

  /** No step is done for `durationNs` from now, or from the end of the step that runs: a stall of the whole engine. */
  pause(durationNs: number): void {
    const now = this.#options.now()
    if (this.#step === undefined) this.#freeNs = Math.max(this.#freeNs, now + durationNs)
    else this.#step = { ...this.#step, endNs: Math.max(this.#step.endNs, now) + durationNs }
    this.#run()
  }

  stop(): void {
    this.#isStopped = true
    clearTimeout(this.#timer)
  }

  /** Ends what is due, begins what can, and sleeps until the next end or start. */
  #run(): void {
    if (this.#isStopped) return
    const now = this.#options.now()
    for (let done = 0; this.#step !== undefined && this.#step.endNs <= now && done < MOST_STEPS_AT_ONCE; done++) {
      this.#finish(this.#step)
      this.#begin(now)
    }
    if (this.#step === undefined) this.#begin(now)
    this.#sleep(this.#step?.endNs ?? this.#options.scheduler.earliestNs(this.#freeNs))
  }

  #begin(now: number): void {
    const { scheduler, engine, random, deviceFactor, isProfiled } = this.#options
    const startNs = scheduler.earliestNs(this.#freeNs)
    this.#step = undefined
    // Not before its time: what arrives until then is part of it.
    if (startNs > now) return
    const plan = scheduler.plan(startNs)
    const drawn = drawParts(engine.time, plan.work, engine.timeScale, random)
    const factor = deviceFactor()
    const parts = { ...drawn, computeNs: Math.round(drawn.computeNs * factor), communicationNs: Math.round(drawn.communicationNs * factor) }
    this.#step = { plan, parts, startNs, endNs: startNs + durationOf(parts), isProfiled: isProfiled() }
  }

  #finish({ plan, parts, startNs, endNs, isProfiled }: OpenStep): void {
    const { scheduler, now, onResults, onStep } = this.#options
    this.#freeNs = endNs
    const results = scheduler.finish(plan)
    const lateNs = now() - endNs
    onResults(results)
    const { decodeSequences, prefillSequences, prefillTokens } = plan.work
    const record: StepRecord = {
      kind: 'step',
      index: this.#steps,
      startNs,
      endNs,
      // A pause inside the step is time of the host.
      hostNs: endNs - startNs - parts.computeNs - parts.communicationNs,
      computeNs: parts.computeNs,
      communicationNs: parts.communicationNs,
      decodeSequences,
      prefillSequences,
      prefillTokens,
      outputTokens: results.reduce((sum, { tokens }) => sum + tokens, 0),
      lateNs,
      isProfiled,
    }
    this.#steps += 1
    onStep(record)
  }

  #sleep(untilNs: number): void {
    if (this.#timerAtNs === untilNs) return
    clearTimeout(this.#timer)
    this.#timerAtNs = untilNs
    if (untilNs === never) return
    // Timers have whole milliseconds: up, because a token before its time would be wrong, one after it is only late.
    const ms = Math.ceil((untilNs - this.#options.now()) / 1e6)
    this.#timer = setTimeout(
      () => {
        this.#timerAtNs = never
        this.#run()
      },
      Math.max(0, ms),
    )
  }
}
