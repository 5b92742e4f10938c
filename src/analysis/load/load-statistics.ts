/**
 * What the requests of a cell come to, under every definition that is in use (facts/bench-results.md section 8): the name of a latency
 * says nothing, its definition does. Only completed requests are measured; the others are counted by how they ended.
 */
import type { BenchCell, LatencyDefinition, LatencyQuantity, RateQuantity, Statistic } from '#model/bench-result.ts'
import { Distribution } from '#model/distribution.ts'
import { eventBits, fieldPlace, type RequestBatch, requestOutcomes } from '#model/load-requests.ts'
import { eachRequest, type RequestCursor } from './request-rows.ts'
import { weightedStatistics } from './weighted-statistics.ts'

export interface LoadLatency {
  readonly quantity: LatencyQuantity
  readonly definition: LatencyDefinition
  /** Requests behind it. */
  readonly requests: number
  /** Values: gaps are pooled over requests. */
  readonly samples: number
  readonly statistics: readonly (readonly [Statistic, number])[]
}

export interface LoadRate {
  readonly quantity: RateQuantity
  readonly per: 'deployment' | 'user'
  readonly statistic: Statistic
  readonly perSecond: number
  readonly window: NonNullable<BenchCell['rates'][number]['window']>
}

export interface GoodputLimits {
  readonly ttftNs?: number
  readonly tpotNs?: number
  readonly e2elNs?: number
}

export interface LoadStatistics {
  /** Ways in which attempts ended, as `requestOutcomes` calls them; only those that happened. */
  readonly outcomes: Readonly<Record<string, number>>
  readonly attempts: number
  /** Completed at a later attempt than the first; their latencies count from the first. */
  readonly completedAfterRetry: number
  readonly completed: number
  readonly failed: number
  readonly latencies: readonly LoadLatency[]
  readonly rates: readonly LoadRate[]
  /** First sending to last content; absent where nothing completed. */
  readonly firstSentNs?: number
  readonly lastContentNs?: number
  readonly tokens: {
    readonly input?: number
    readonly output?: number
    readonly cached?: number
    readonly inputMean?: number
    readonly outputMean?: number
    /** Completed requests whose server did not say how many tokens they were. */
    readonly requestsWithoutUsage: number
    /** Ended before the length that was asked for. */
    readonly shorterThanAsked: number
    /** Output tokens by events that carried some: above 1 where the engine emits several at once. */
    readonly perChunkMean?: number
  }
  readonly newConnections: number
  readonly good?: { readonly requests: number; readonly outputTokens?: number }
}

const at = {
  outcome: fieldPlace('outcome'),
  attempt: fieldPlace('attempt'),
  newConnection: fieldPlace('newConnection'),
  scheduledNs: fieldPlace('scheduledNs'),
  sentNs: fieldPlace('sentNs'),
  firstChunkNs: fieldPlace('firstChunkNs'),
  firstContentNs: fieldPlace('firstContentNs'),
  firstTextNs: fieldPlace('firstTextNs'),
  lastChunkNs: fieldPlace('lastChunkNs'),
  lastContentNs: fieldPlace('lastContentNs'),
  endNs: fieldPlace('endNs'),
  maxTokens: fieldPlace('maxTokens'),
  promptTokens: fieldPlace('promptTokens'),
  cachedTokens: fieldPlace('cachedTokens'),
  outputTokens: fieldPlace('outputTokens'),
}

class Accumulator {
  readonly series = new Map<string, { quantity: LatencyQuantity; definition: LatencyDefinition; values: Distribution; requests: number }>()
  readonly outcomes = new Float64Array(requestOutcomes.length)
  readonly tpotNs: number[] = []
  readonly tpotWeights: number[] = []
  readonly perUser = new Distribution()
  attempts = 0
  completed = 0
  completedAfterRetry = 0
  firstSentNs = Number.POSITIVE_INFINITY
  lastContentNs = Number.NEGATIVE_INFINITY
  input = 0
  output = 0
  cached = 0
  cachedSaid = 0
  withoutUsage = 0
  shorter = 0
  outputEvents = 0
  newConnections = 0
  goodRequests = 0
  goodTokens = 0
  readonly #isOpen: boolean
  readonly #limits: GoodputLimits

  constructor(isOpen: boolean, limits: GoodputLimits) {
    this.#isOpen = isOpen
    this.#limits = limits
  }

  #values(quantity: LatencyQuantity, definition: LatencyDefinition): Distribution {
    const key = `${quantity} ${definition}`
    let known = this.series.get(key)
    if (known === undefined) {
      known = { quantity, definition, values: new Distribution(), requests: 0 }
      this.series.set(key, known)
    }
    known.requests += 1
    return known.values
  }

  #add(quantity: LatencyQuantity, definition: LatencyDefinition, valueNs: number): void {
    if (!Number.isNaN(valueNs)) this.#values(quantity, definition).add(valueNs)
  }

  take(request: RequestCursor): void {
    const outcome = request.at(at.outcome)
    this.attempts += 1
    this.outcomes[outcome] = (this.outcomes[outcome] ?? 0) + 1
    this.newConnections += request.at(at.newConnection)
    if (!request.isCompleted) return
    this.completed += 1
    if (request.at(at.attempt) > 1) this.completedAfterRetry += 1
    const sent = request.at(at.sentNs)
    const lastContent = request.at(at.lastContentNs)
    this.firstSentNs = Math.min(this.firstSentNs, sent)
    this.lastContentNs = Math.max(this.lastContentNs, lastContent)
    this.#add('ttft', 'first-chunk', request.at(at.firstChunkNs) - sent)
    this.#add('ttft', 'first-content', request.at(at.firstContentNs) - sent)
    this.#add('time-to-first-output-token', 'first-output-content', request.at(at.firstTextNs) - sent)
    this.#add('e2el', 'until-last-token-chunk', request.at(at.lastChunkNs) - sent)
    this.#add('e2el', 'until-last-content', lastContent - sent)
    this.#add('e2el', 'until-stream-close', request.at(at.endNs) - sent)
    const scheduled = request.at(at.scheduledNs)
    this.#add('schedule-delay', 'behind-schedule', sent - scheduled)
    if (this.#isOpen) {
      this.#add('ttft-with-queue', 'first-content', request.at(at.firstContentNs) - scheduled)
      this.#add('e2el-with-queue', 'until-last-content', lastContent - scheduled)
    }
    this.#addGaps(request)
    this.#addTokens(request, this.#isOpen ? scheduled : sent)
  }

  /** Between events with choices, as vLLM's benchmark takes them, and between those with text. */
  #addGaps(request: RequestCursor): void {
    const { batch, chunkFrom, chunkTo } = request
    if (batch === undefined) return
    const chunks = this.#values('itl', 'chunk-gap')
    const contents = this.#values('itl', 'content-gap')
    let before = Number.NaN
    let contentBefore = Number.NaN
    for (let chunk = chunkFrom; chunk < chunkTo; chunk++) {
      const bits = batch.chunkBits[chunk] ?? 0
      if ((bits & eventBits.choice) === 0) continue
      const now = batch.chunkNs[chunk] ?? Number.NaN
      if (!Number.isNaN(before)) chunks.add(now - before)
      before = now
      if ((bits & (eventBits.output | eventBits.reasoning)) === 0) continue
      this.outputEvents += 1
      if (!Number.isNaN(contentBefore)) contents.add(now - contentBefore)
      contentBefore = now
    }
  }

  #addTokens(request: RequestCursor, from: number): void {
    const output = request.at(at.outputTokens)
    const input = request.at(at.promptTokens)
    const cached = request.at(at.cachedTokens)
    if (!Number.isNaN(cached)) {
      this.cached += cached
      this.cachedSaid += 1
    }
    let tpot = Number.NaN
    if (Number.isNaN(output)) this.withoutUsage += 1
    else {
      this.output += output
      this.input += input
      if (output < request.at(at.maxTokens)) this.shorter += 1
      if (output > 1) {
        tpot = (request.at(at.lastContentNs) - request.at(at.firstContentNs)) / (output - 1)
        this.#add('tpot', 'request-mean-without-first', tpot)
        this.tpotNs.push(tpot)
        this.tpotWeights.push(output - 1)
        if (tpot > 0) this.perUser.add(1e9 / tpot)
      }
    }
    if (!this.#isGood(request, from, tpot, output)) return
    this.goodRequests += 1
    if (!Number.isNaN(output)) this.goodTokens += output
  }

  /** Absent is not good: a TPOT that is not known meets no limit (facts/methodology.md rule 10). One token alone has none to meet. */
  #isGood(request: RequestCursor, from: number, tpotNs: number, output: number): boolean {
    const { ttftNs, tpotNs: tpotLimit, e2elNs } = this.#limits
    if (ttftNs !== undefined && !(request.at(at.firstContentNs) - from <= ttftNs)) return false
    if (tpotLimit !== undefined && !(output === 1 || tpotNs <= tpotLimit)) return false
    return e2elNs === undefined || request.at(at.lastContentNs) - from <= e2elNs
  }

  latencies(): LoadLatency[] {
    const pooled = [...this.series.values()].map(({ quantity, definition, values, requests }) => ({
      quantity,
      definition,
      requests,
      samples: values.count,
      statistics: values.statistics(),
    }))
    if (this.tpotNs.length === 0) return pooled
    const weighted: LoadLatency = {
      quantity: 'itl',
      definition: 'request-mean-without-first-token-weighted',
      requests: this.tpotNs.length,
      samples: this.tpotNs.length,
      statistics: weightedStatistics(this.tpotNs, this.tpotWeights),
    }
    return [...pooled, weighted]
  }

  rates(hasLimits: boolean): LoadRate[] {
    const seconds = (this.lastContentNs - this.firstSentNs) / 1e9
    if (!(seconds > 0)) return []
    const window = 'first-request-to-last-response' as const
    const rate = (quantity: RateQuantity, count: number): LoadRate => ({
      quantity,
      per: 'deployment',
      statistic: 'mean',
      perSecond: count / seconds,
      window,
    })
    const tokens =
      this.withoutUsage > 0
        ? []
        : ([
            ['output-tokens', this.output],
            ['input-tokens', this.input],
            ['total-tokens', this.input + this.output],
          ] as const)
    const user = this.perUser.statistics().find(([statistic]) => statistic === 'mean')?.[1]
    return [
      rate('requests', this.completed),
      ...tokens.map(([quantity, count]) => rate(quantity, count)),
      ...(user === undefined
        ? []
        : [{ quantity: 'output-tokens', per: 'user', statistic: 'mean', perSecond: user, window: 'decode-only' } as const]),
      ...(hasLimits ? [rate('goodput-requests', this.goodRequests)] : []),
      ...(hasLimits && this.withoutUsage === 0 ? [rate('goodput-tokens', this.goodTokens)] : []),
    ]
  }
}

/** @param isOpen latencies from the scheduled time are given beside those from sending, and limits are judged from it. */
export function loadStatistics(batches: readonly RequestBatch[], isOpen: boolean, limits: GoodputLimits = {}): LoadStatistics {
  const sums = new Accumulator(isOpen, limits)
  eachRequest(batches, (request) => sums.take(request))
  const hasLimits = limits.ttftNs !== undefined || limits.tpotNs !== undefined || limits.e2elNs !== undefined
  const said = sums.completed - sums.withoutUsage
  const all = sums.withoutUsage === 0 && sums.completed > 0
  return {
    outcomes: Object.fromEntries(
      requestOutcomes.flatMap((name, index) => ((sums.outcomes[index] ?? 0) > 0 ? [[name, sums.outcomes[index] ?? 0]] : [])),
    ),
    attempts: sums.attempts,
    completed: sums.completed,
    completedAfterRetry: sums.completedAfterRetry,
    failed: sums.attempts - sums.completed,
    latencies: sums.latencies(),
    rates: sums.rates(hasLimits),
    ...(sums.completed === 0 ? {} : { firstSentNs: sums.firstSentNs, lastContentNs: sums.lastContentNs }),
    tokens: {
      ...(all ? { input: sums.input, output: sums.output } : {}),
      ...(all && sums.cachedSaid === sums.completed ? { cached: sums.cached } : {}),
      ...(said > 0 ? { inputMean: sums.input / said, outputMean: sums.output / said } : {}),
      ...(all && sums.outputEvents > 0 ? { perChunkMean: sums.output / sums.outputEvents } : {}),
      requestsWithoutUsage: sums.withoutUsage,
      shorterThanAsked: sums.shorter,
    },
    newConnections: sums.newConnections,
    ...(hasLimits ? { good: { requests: sums.goodRequests, ...(all ? { outputTokens: sums.goodTokens } : {}) } } : {}),
  }
}

/** A statistic of a latency; undefined where it was not measured. */
export function latencyOf(
  statistics: Pick<LoadStatistics, 'latencies'>,
  quantity: LatencyQuantity,
  definition: LatencyDefinition,
  statistic: Statistic,
): number | undefined {
  const found = statistics.latencies.find((each) => each.quantity === quantity && each.definition === definition)
  return found?.statistics.find(([name]) => name === statistic)?.[1]
}
