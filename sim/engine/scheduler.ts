/**
 * Continuous batching as an event model without a clock: who is in the next step, and what a finished step gives to whom.
 * First come, first served. Blocks for prompt and answer are reserved on admission, so nobody is ever preempted.
 */
import type { Random } from '#base/random.ts'
import type { EngineOptions } from './engine-options.ts'
import { PrefixCache } from './prefix-cache.ts'
import type { StepWork } from './time-model.ts'

export interface Sequence {
  readonly id: number
  readonly promptWords: readonly string[]
  readonly promptTokens: number
  /** Tokens that its answer will have. */
  readonly answerTokens: number
  readonly arrivalNs: number
  /** Start of its first step; -1 while it waits. */
  scheduledNs: number
  cachedTokens: number
  /** Prompt tokens computed or taken from the cache. */
  computedTokens: number
  producedTokens: number
}

export interface StepPlan {
  readonly prefills: readonly { readonly sequence: Sequence; readonly tokens: number }[]
  readonly decodes: readonly Sequence[]
  readonly work: StepWork
}

/** What a step gave one sequence. `tokens` is 0 for a prompt that is not done. */
export interface StepResult {
  readonly sequence: Sequence
  readonly tokens: number
  readonly finished: boolean
}

export interface SpeculationCounts {
  drafts: number
  draftTokens: number
  acceptedTokens: number
  readonly acceptedPerPosition: number[]
}

export type SchedulerOptions = Pick<
  EngineOptions,
  | 'maxNumSeqs'
  | 'maxNumBatchedTokens'
  | 'chunkedPrefill'
  | 'prefixCaching'
  | 'blockSize'
  | 'numGpuBlocks'
  | 'speculativeTokens'
  | 'acceptanceRate'
>

export class Scheduler {
  readonly #options: SchedulerOptions
  readonly #random: Random
  readonly #cache: PrefixCache
  readonly #waiting: Sequence[] = []
  #running: Sequence[] = []
  #reservedBlocks = 0
  readonly speculation: SpeculationCounts
  /** Prompt tokens asked of the prefix cache, and found. */
  cacheQueries = 0
  cacheHits = 0

  constructor(options: SchedulerOptions, random: Random) {
    this.#options = options
    this.#random = random
    this.#cache = new PrefixCache(options.blockSize, options.numGpuBlocks)
    const acceptedPerPosition = Array.from({ length: options.speculativeTokens }, () => 0)
    this.speculation = { drafts: 0, draftTokens: 0, acceptedTokens: 0, acceptedPerPosition }
  }

  get running(): number {
    return this.#running.length
  }

  get waiting(): number {
    return this.#waiting.length
  }

  /** Share of the KV cache that admitted sequences hold, 0 to 1. */
  get cacheUsage(): number {
    return this.#reservedBlocks / this.#options.numGpuBlocks
  }

  resetPrefixCache(): void {
    this.#cache.clear()
  }

  /** Arrivals are added in the order of their times. */
  add(sequence: Sequence): void {
    this.#waiting.push(sequence)
  }

  /** The client went away: its place is free from the next step on. */
  cancel(sequence: Sequence): void {
    const waiting = this.#waiting.indexOf(sequence)
    if (waiting >= 0) this.#waiting.splice(waiting, 1)
    else if (this.#running.includes(sequence)) this.#release(sequence)
  }

  /** When a step can start at the earliest: at once, with the first arrival, or never. */
  earliestNs(freeNs: number): number {
    if (this.#running.length > 0) return freeNs
    const [first] = this.#waiting
    return first === undefined ? Number.POSITIVE_INFINITY : Math.max(freeNs, first.arrivalNs)
  }

  /** Who is in the step that starts at `startNs`; only what has arrived by then is admitted. */
  plan(startNs: number): StepPlan {
    const { chunkedPrefill, maxNumBatchedTokens } = this.#options
    const perDecode = 1 + this.#options.speculativeTokens
    const decoding = this.#running.filter(({ computedTokens, promptTokens }) => computedTokens >= promptTokens)
    let budget = chunkedPrefill ? Math.max(0, maxNumBatchedTokens - decoding.length * perDecode) : maxNumBatchedTokens
    const prefills: { sequence: Sequence; tokens: number }[] = []
    const take = (sequence: Sequence): void => {
      const tokens = Math.min(sequence.promptTokens - sequence.computedTokens, budget)
      budget -= tokens
      prefills.push({ sequence, tokens })
    }
    for (const sequence of this.#running) if (sequence.computedTokens < sequence.promptTokens && budget > 0) take(sequence)
    while (this.#admits(startNs, budget, prefills.length > 0)) {
      const sequence = this.#waiting.shift() as Sequence
      this.#admit(sequence, startNs)
      take(sequence)
    }
    // Prompts in steps of their own: decoding pauses meanwhile.
    const decodes = !chunkedPrefill && prefills.length > 0 ? [] : decoding
    return { prefills, decodes, work: this.#work(prefills, decodes) }
  }

  #admits(startNs: number, budget: number, others: boolean): boolean {
    const [next] = this.#waiting
    if (next === undefined || next.arrivalNs > startNs || budget <= 0 || this.#running.length >= this.#options.maxNumSeqs) return false
    // Whole prompts: one that is longer than a step's budget goes alone and is cut all the same.
    if (!this.#options.chunkedPrefill && others && next.promptTokens > budget) return false
    return this.#running.length === 0 || this.#reservedBlocks + this.#blocksOf(next) <= this.#options.numGpuBlocks
  }

  #admit(sequence: Sequence, startNs: number): void {
    sequence.scheduledNs = startNs
    if (this.#options.prefixCaching) {
      sequence.cachedTokens = this.#cache.hits(sequence.promptWords)
      sequence.computedTokens = sequence.cachedTokens
      this.cacheQueries += sequence.promptTokens
      this.cacheHits += sequence.cachedTokens
    }
    this.#reservedBlocks += this.#blocksOf(sequence)
    this.#running.push(sequence)
  }

  #blocksOf(sequence: Sequence): number {
    return Math.ceil((sequence.promptTokens + sequence.answerTokens) / this.#options.blockSize)
  }

  #release(sequence: Sequence): void {
    this.#running = this.#running.filter((other) => other !== sequence)
    this.#reservedBlocks -= this.#blocksOf(sequence)
  }

  #work(prefills: StepPlan['prefills'], decodes: readonly Sequence[]): StepWork {
    let contextTokens = 0
    for (const { promptTokens, producedTokens } of decodes) contextTokens += promptTokens + producedTokens
    return {
      decodeSequences: decodes.length,
      decodeTokens: decodes.length * (1 + this.#options.speculativeTokens),
      contextTokens,
      prefillSequences: prefills.length,
      prefillTokens: prefills.reduce((sum, { tokens }) => sum + tokens, 0),
    }
  }

  /** Ends the step. Sequences that were cancelled meanwhile get nothing. */
  finish({ prefills, decodes }: StepPlan): StepResult[] {
    const results: StepResult[] = []
    const alive = new Set(this.#running)
    for (const { sequence, tokens } of prefills) {
      if (!alive.has(sequence)) continue
      sequence.computedTokens += tokens
      const done = sequence.computedTokens >= sequence.promptTokens
      if (done && this.#options.prefixCaching) this.#cache.keep(sequence.promptWords)
      results.push(this.#give(sequence, done ? 1 : 0))
    }
    for (const sequence of decodes) if (alive.has(sequence)) results.push(this.#give(sequence, 1 + this.#accepted()))
    const finished = new Set(results.filter((result) => result.finished).map(({ sequence }) => sequence))
    if (finished.size > 0) {
      this.#running = this.#running.filter((sequence) => !finished.has(sequence))
      for (const sequence of finished) this.#reservedBlocks -= this.#blocksOf(sequence)
    }
    return results
  }

  #give(sequence: Sequence, offered: number): StepResult {
    const tokens = Math.min(offered, sequence.answerTokens - sequence.producedTokens)
    sequence.producedTokens += tokens
    return { sequence, tokens, finished: sequence.producedTokens >= sequence.answerTokens && offered > 0 }
  }

  /** Draft tokens that the model agrees with: a refused one ends the run. */
  #accepted(): number {
    const { speculativeTokens, acceptanceRate } = this.#options
    if (speculativeTokens === 0) return 0
    let accepted = 0
    while (accepted < speculativeTokens && this.#random.uniform() < acceptanceRate) accepted += 1
    const counts = this.speculation
    counts.drafts += 1
    counts.draftTokens += speculativeTokens
    counts.acceptedTokens += accepted
    for (let position = 0; position < accepted; position++) {
      counts.acceptedPerPosition[position] = (counts.acceptedPerPosition[position] ?? 0) + 1
    }
    return accepted
  }
}
