/** From options to what is sent: the plan that stands in the result, and the one that the threads follow. */
import { randomBytes } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { SextantError } from '#base/errors.ts'
import type { DrivePlan } from '#formats/drive-result.ts'
import type { Calibration } from '#sources/driver/calibrate.ts'
import { type Endpoint, parseEndpoint } from '#sources/driver/endpoint.ts'
import type { PromptPlan, RequestPlan } from '#sources/driver/plan.ts'
import { type ConversationFile, readConversations } from '#sources/driver/prompts/conversation-file.ts'
import type { DriveOptions } from './drive-options.ts'
import { type DrivePoint, pointsOf } from './points.ts'

export interface Prepared {
  readonly endpoint: Endpoint
  readonly points: readonly DrivePoint[]
  readonly conversations?: ConversationFile
  readonly extraBody: DrivePlan['extraBody']
  readonly salt: string
  readonly threads: number
}

/** One thread carries this many streams at 50 events a second each with a p99 lag of a few milliseconds (docs/performance.md). */
const STREAMS_PER_THREAD = 256
/** Without a length, and without a recording that has one. */
const DEFAULT_OUTPUT_TOKENS = 128

function objectOf(text: string | undefined): DrivePlan['extraBody'] {
  if (text === undefined) return {}
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as DrivePlan['extraBody'] // JSON.parse yields JSON
  } catch {
    // Told below.
  }
  throw new SextantError('usage', '--extra-body wants a JSON object', 'For example --extra-body \'{"top_p": 0.9}\'')
}

/** A thread for each few hundred streams, while one core is left for the main thread and the system. */
function threadsFor(points: readonly DrivePoint[], wanted: number | undefined): number {
  if (wanted !== undefined) return wanted
  const spare = Math.max(1, availableParallelism() - 1)
  const streams = Math.max(...points.map(({ arrivals }) => (arrivals.kind === 'closed' ? arrivals.concurrency : arrivals.ratePerS * 10)))
  return Math.min(spare, Math.max(1, Math.ceil(streams / STREAMS_PER_THREAD)))
}

export async function prepare(options: DriveOptions, dataset: string | undefined): Promise<Prepared> {
  const endpoint = parseEndpoint(options.url, options.api, options.metricsUrl)
  const points = pointsOf(options)
  if (dataset === undefined && options.multiTurn)
    throw new SextantError('usage', 'there is no conversation to replay', 'Name the recording: --dataset FILE')
  const extraBody = objectOf(options.extraBody)
  const limit = options.conversations ?? Number.POSITIVE_INFINITY
  const conversations =
    dataset === undefined
      ? undefined
      : await readConversations(dataset, {
          limit,
          multiTurn: options.multiTurn,
          ...(options.outputTokens === undefined ? {} : { outputTokens: options.outputTokens }),
        })
  return {
    endpoint,
    points,
    extraBody,
    threads: threadsFor(points, options.threads),
    // 48 bits: no two runs share one, and it is a handful of tokens.
    salt: options.salt === 'none' ? '' : (options.salt ?? randomBytes(6).toString('hex')),
    ...(conversations === undefined ? {} : { conversations }),
  }
}

function spreadOf(mean: number, spread: number): readonly [number, number] {
  const least = Math.max(1, Math.round(mean * (1 - spread)))
  return [least, Math.max(least, Math.round(mean * (1 + spread)))]
}

export function promptPlan(options: DriveOptions, { conversations }: Prepared, calibration: Calibration | undefined): PromptPlan {
  if (conversations !== undefined)
    return { kind: 'conversations', conversations: conversations.conversations, multiTurn: options.multiTurn }
  const { tokensPerWord, overheadTokens } = calibration ?? { tokensPerWord: 1, overheadTokens: 0 }
  const wordsFor = (tokens: number) => Math.max(0, Math.round(tokens / tokensPerWord))
  const prefixWords = wordsFor(options.sharedPrefixTokens)
  const [minWords, maxWords] = spreadOf(Math.max(1, wordsFor(options.inputTokens - overheadTokens) - prefixWords), options.spread)
  const [minOutputTokens, maxOutputTokens] = spreadOf(options.outputTokens ?? DEFAULT_OUTPUT_TOKENS, options.spread)
  return {
    kind: 'random',
    seed: options.seed,
    minWords,
    maxWords,
    minOutputTokens,
    maxOutputTokens,
    prefixWords,
    prefixes: options.prefixes,
  }
}

/** Random words never end by themselves; a recorded question has an end of its own. */
function ignoresEos(options: DriveOptions, prepared: Prepared): boolean {
  return options.ignoreEos ?? prepared.conversations === undefined
}

export function requestPlan(options: DriveOptions, prepared: Prepared, model: string, prompts: PromptPlan): RequestPlan {
  const { endpoint, salt, extraBody } = prepared
  const seconds = (value: number) => value * 1e9
  return {
    origin: endpoint.origin,
    path: endpoint.path,
    api: endpoint.api,
    model,
    prompts,
    salt,
    ignoreEos: ignoresEos(options, prepared),
    temperature: options.temperature,
    extraBody,
    retries: options.retries,
    runId: `sextant-${salt === '' ? randomBytes(6).toString('hex') : salt}`.replace(/[^\w.-]/g, '_'),
    timeouts: {
      connectNs: seconds(options.connectTimeoutS),
      firstTokenNs: seconds(options.firstTokenTimeoutS),
      stallNs: seconds(options.stallTimeoutS),
      requestNs: seconds(options.requestTimeoutS),
    },
  }
}

function promptsSaid(
  options: DriveOptions,
  { conversations }: Prepared,
  datasetName: string | undefined,
  calibration: Calibration | undefined,
): DrivePlan['prompts'] {
  const output = options.outputTokens === undefined ? {} : { outputTokensAsked: options.outputTokens }
  if (conversations !== undefined) {
    return {
      kind: 'conversations',
      ...(datasetName === undefined ? {} : { dataset: datasetName }),
      conversationNum: conversations.conversations.length,
      multiTurn: options.multiTurn,
      ...output,
    }
  }
  return {
    kind: 'random',
    seed: options.seed,
    inputTokensAsked: options.inputTokens,
    outputTokensAsked: options.outputTokens ?? DEFAULT_OUTPUT_TOKENS,
    spread: options.spread,
    ...(options.sharedPrefixTokens === 0 ? {} : { sharedPrefixTokens: options.sharedPrefixTokens, prefixes: options.prefixes }),
    ...(calibration === undefined ? {} : { tokensPerWord: calibration.tokensPerWord }),
  }
}

export interface Asked {
  readonly model?: string
  readonly datasetName?: string
  readonly calibration?: Calibration
  /** A rehearsal shows that there will be a salt, not which. */
  readonly rehearsed: boolean
}

/** The plan as it is written down. */
export function describePlan(options: DriveOptions, prepared: Prepared, asked: Asked): DrivePlan {
  const { endpoint, points, threads, extraBody, salt } = prepared
  const limits = { ttftMs: options.goodputTtftMs, tpotMs: options.goodputTpotMs, e2elMs: options.goodputE2elMs }
  const goodput = Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined)) as DrivePlan['goodput']
  return {
    url: `${endpoint.origin}${endpoint.path}`,
    api: endpoint.api,
    ...(asked.model === undefined ? {} : { model: asked.model }),
    points: points.map(({ id }) => id),
    ...(options.requests === undefined ? {} : { requests: options.requests }),
    ...(options.durationS === undefined ? {} : { durationS: options.durationS }),
    ...(options.warmUpRequests === undefined ? {} : { warmUpRequests: options.warmUpRequests }),
    rampS: options.rampS,
    prompts: promptsSaid(options, prepared, asked.datasetName, asked.calibration),
    salt: asked.rehearsed && options.salt === undefined ? '(fresh in each run)' : salt,
    ignoreEos: ignoresEos(options, prepared),
    temperature: options.temperature,
    extraBody,
    retries: options.retries,
    seed: options.seed,
    threads,
    timeoutsS: {
      connect: options.connectTimeoutS,
      firstToken: options.firstTokenTimeoutS,
      stall: options.stallTimeoutS,
      request: options.requestTimeoutS,
    },
    ...(goodput === undefined || Object.keys(goodput).length === 0 ? {} : { goodput }),
    forced: options.force,
  }
}
