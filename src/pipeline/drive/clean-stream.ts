/**
 * One stream alone: a tiny prompt, a long generation that does not end by itself. Prefill and queueing are then nothing, and TPOT is the
 * decode step (facts/methodology.md rule 17). Rounds can be asked for one by one, so that a profiler's window can be put around some.
 */
import { loadStatistics } from '#analysis/load/load-statistics.ts'
import { judgeRun } from '#analysis/load/validity.ts'
import { mean, median } from '#base/statistics.ts'
import type { DriveClean } from '#formats/drive-result.ts'
import type { ClientDelays } from '#model/client-delays.ts'
import { fieldPlace, MEASURED, type RequestBatch, requestOutcomes, WARM_UP } from '#model/load-requests.ts'
import { type Endpoint, parseEndpoint } from '#sources/driver/endpoint.ts'
import { LoadDriver } from '#sources/driver/load-driver.ts'
import type { RequestPlan } from '#sources/driver/plan.ts'
import { askServer } from '#sources/driver/server-facts.ts'
import { clientOf, utcText } from './cell-result.ts'
import { definitionsOf } from './definitions.ts'
import type { DriveHost } from './drive-options.ts'
import { authorizationOf, modelOf } from './run-drive.ts'

export interface CleanOptions {
  readonly url: string
  readonly api?: 'chat' | 'completions'
  readonly model?: string
  readonly outputTokens: number
  readonly apiKeyEnv?: string
  /** From sending to the first event, and between two. */
  readonly stallTimeoutS: number
  readonly slowClientMs?: number
}

export type CleanRound = DriveClean['rounds'][number]

export interface RoundResult {
  readonly round: CleanRound
  readonly batches: readonly RequestBatch[]
  readonly delays: ClientDelays
}

/** A prompt of a few words: its prefill is a fraction of a decode step. */
const PROMPT_WORDS = 4

const at = {
  outcome: fieldPlace('outcome'),
  sentNs: fieldPlace('sentNs'),
  endNs: fieldPlace('endNs'),
  firstContentNs: fieldPlace('firstContentNs'),
  lastContentNs: fieldPlace('lastContentNs'),
  outputTokens: fieldPlace('outputTokens'),
}

function planOf(options: CleanOptions, endpoint: Endpoint, model: string): RequestPlan {
  const tokens = options.outputTokens
  const stallNs = options.stallTimeoutS * 1e9
  return {
    origin: endpoint.origin,
    path: endpoint.path,
    api: endpoint.api,
    model,
    prompts: {
      kind: 'random',
      seed: 1,
      minWords: PROMPT_WORDS,
      maxWords: PROMPT_WORDS,
      minOutputTokens: tokens,
      maxOutputTokens: tokens,
      prefixWords: 0,
      prefixes: 1,
    },
    // A cached prompt of four words changes nothing.
    salt: '',
    ignoreEos: true,
    temperature: 0,
    extraBody: {},
    retries: 0,
    runId: 'sextant-clean',
    timeouts: { connectNs: 10e9, firstTokenNs: stallNs, stallNs, requestNs: 3600e9 },
  }
}

function roundOf(number: number, batches: readonly RequestBatch[], originEpochNs: bigint): CleanRound {
  const row = batches[0]?.rows
  const value = (place: number): number => row?.[place] ?? Number.NaN
  const statistics = loadStatistics(batches, false)
  const tokens = value(at.outputTokens)
  const firstNs = value(at.firstContentNs)
  const gap = statistics.latencies.find(({ definition }) => definition === 'content-gap')?.statistics.find(([name]) => name === 'p50')?.[1]
  const perChunk = statistics.tokens.perChunkMean
  return {
    round: number,
    outcome: requestOutcomes[value(at.outcome)] ?? 'client-error',
    wallNs: value(at.endNs) - value(at.sentNs),
    ...(Number.isNaN(firstNs) ? {} : { ttftNs: firstNs - value(at.sentNs) }),
    ...(tokens > 1 ? { tpotNs: (value(at.lastContentNs) - firstNs) / (tokens - 1) } : {}),
    ...(gap === undefined ? {} : { contentGapP50Ns: gap }),
    ...(Number.isNaN(tokens) ? {} : { outputTokens: tokens }),
    ...(perChunk === undefined ? {} : { tokensPerChunk: perChunk }),
    startEpochNs: String(originEpochNs + BigInt(Math.round(value(at.sentNs)))),
  }
}

export class CleanStream {
  readonly model: string
  readonly endpoint: Endpoint
  readonly #driver: LoadDriver
  #rounds = 0
  #index = 0

  private constructor(endpoint: Endpoint, model: string, driver: LoadDriver) {
    this.endpoint = endpoint
    this.model = model
    this.#driver = driver
  }

  /** Close it after use. Throws where the server does not answer. */
  static async open(options: CleanOptions, host: DriveHost): Promise<CleanStream> {
    const endpoint = parseEndpoint(options.url, options.api)
    const authorization = authorizationOf(options, host)
    const model = modelOf(options.model, await askServer(endpoint, authorization))
    const driver = await LoadDriver.open({
      plan: planOf(options, endpoint, model),
      threads: 1,
      handicapMs: options.slowClientMs ?? 0,
      ...(authorization === undefined ? {} : { authorization }),
      ...(host.signal === undefined ? {} : { signal: host.signal }),
    })
    return new CleanStream(endpoint, model, driver)
  }

  /** Epoch nanoseconds of 0 on the clock of rounds and stamps. */
  get originEpochNs(): bigint {
    return this.#driver.originEpochNs
  }

  /** Now, on the same clock: for what is done beside the stream. */
  nowNs(): number {
    return this.#driver.clock.nowNs()
  }

  /** One generation from sending to the end of its stream; how it ended is in the round. */
  async round(phase: number = MEASURED): Promise<RoundResult> {
    const { batches, delays } = await this.#driver.phase({
      phase,
      arrivals: { kind: 'closed', concurrency: 1 },
      seed: 1,
      count: 1,
      firstIndex: this.#index++,
    })
    const number = phase === MEASURED ? ++this.#rounds : 0
    return { round: roundOf(number, batches, this.#driver.originEpochNs), batches, delays }
  }

  close(): Promise<void> {
    return this.#driver.close()
  }
}

const nothingMeasured = { state: 'unknown', reasons: [] } as const

/** The delays of all rounds as one: the worst of each, because rounds are few. */
function worstDelays(rounds: readonly RoundResult[]): ClientDelays {
  const [first, ...rest] = rounds.map(({ delays }) => delays)
  if (first === undefined) return { cpuNs: 0, events: 0, maxQueued: 0 }
  const worse = (a: ClientDelays['probe'], b: ClientDelays['probe']): ClientDelays['probe'] => {
    if (a === undefined || b === undefined) return a ?? b
    return {
      count: a.count + b.count,
      meanNs: Math.max(a.meanNs, b.meanNs),
      p50Ns: Math.max(a.p50Ns, b.p50Ns),
      p95Ns: Math.max(a.p95Ns, b.p95Ns),
      p99Ns: Math.max(a.p99Ns, b.p99Ns),
      maxNs: Math.max(a.maxNs, b.maxNs),
    }
  }
  return rest.reduce<ClientDelays>((sum, each) => {
    const probe = worse(sum.probe, each.probe)
    const loopWait = worse(sum.loopWait, each.loopWait)
    const loopDelay = (sum.loopDelay?.p99Ns ?? -1) >= (each.loopDelay?.p99Ns ?? -1) ? sum.loopDelay : each.loopDelay
    return {
      cpuNs: sum.cpuNs + each.cpuNs,
      events: sum.events + each.events,
      maxQueued: 0,
      ...(probe === undefined ? {} : { probe }),
      ...(loopWait === undefined ? {} : { loopWait }),
      ...(loopDelay === undefined ? {} : { loopDelay }),
    }
  }, first)
}

export function rehearseClean(options: CleanOptions, warmUpRounds: number): DriveClean {
  const { origin, path } = parseEndpoint(options.url, options.api)
  return {
    schema: 'drive-clean/1',
    sources: [],
    dryRun: true,
    url: `${origin}${path}`,
    ...(options.model === undefined ? {} : { model: options.model }),
    outputTokensAsked: options.outputTokens,
    warmUpRounds,
    rounds: [],
    validity: { state: nothingMeasured.state, reasons: [] },
    definitions: {},
  }
}

export async function runClean(
  options: CleanOptions & { readonly rounds: number; readonly warmUpRounds: number },
  host: DriveHost,
): Promise<DriveClean> {
  const stream = await CleanStream.open(options, host)
  try {
    for (let round = 0; round < options.warmUpRounds && host.signal?.aborted !== true; round++) await stream.round(WARM_UP)
    const results: RoundResult[] = []
    for (let round = 0; round < options.rounds && host.signal?.aborted !== true; round++) {
      host.progress?.({ done: round, total: options.rounds, note: `round ${round + 1} of ${options.rounds}` })
      results.push(await stream.round())
    }
    return summary(options, stream, results, host.signal?.aborted === true)
  } finally {
    await stream.close()
  }
}

function summary(
  options: CleanOptions & { readonly warmUpRounds: number },
  stream: CleanStream,
  results: readonly RoundResult[],
  interrupted: boolean,
): DriveClean {
  const statistics = loadStatistics(
    results.flatMap(({ batches }) => batches),
    false,
  )
  const delays = worstDelays(results)
  const tpots = results.flatMap(({ round }) => (round.outcome === 'completed' ? (round.tpotNs ?? []) : []))
  const { firstSentNs, lastContentNs } = statistics
  const startEpochNs = results[0]?.round.startEpochNs
  // One round that failed voids the figure: the limit on errors is none.
  const validity = judgeRun({ statistics, delays, loop: 'closed', maxErrorRatio: 0, interrupted })
  return {
    schema: 'drive-clean/1',
    sources: [],
    dryRun: false,
    ...(startEpochNs === undefined
      ? {}
      : {
          bench: {
            captured_at: utcText(BigInt(startEpochNs)),
            ...(firstSentNs === undefined || lastContentNs === undefined
              ? {}
              : { duration_effective_s: (lastContentNs - firstSentNs) / 1e9 }),
          },
        }),
    url: `${stream.endpoint.origin}${stream.endpoint.path}`,
    model: stream.model,
    outputTokensAsked: options.outputTokens,
    warmUpRounds: options.warmUpRounds,
    rounds: results.map(({ round }) => round),
    ...(tpots.length === 0
      ? {}
      : { tpotNs: { median: median(tpots), mean: mean(tpots), min: Math.min(...tpots), max: Math.max(...tpots) } }),
    client: clientOf(delays, 1, statistics.newConnections),
    validity: { state: validity.state, reasons: [...validity.reasons] },
    definitions: definitionsOf([]),
  }
}
