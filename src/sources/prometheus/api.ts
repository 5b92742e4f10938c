/** Calls of the HTTP API: retries, the envelope, and errors in our words. https://prometheus.io/docs/prometheus/latest/querying/api/ */
import { isSextantError, SextantError } from '#base/errors.ts'
import { isHtml, loginPage, refusalError, shown } from './answer-errors.ts'
import { AnswerScanner } from './answer-scanner.ts'
import { BrokenConnection, type Connection, type HttpAnswer, transportError } from './connection.ts'

export interface ApiOptions {
  readonly timeoutMs: number
  /** Attempts for 429, 503 and broken connections, the first included. */
  readonly attempts: number
  /** Wait before the second attempt; doubled before each further one. */
  readonly backOffMs: number
}

/** Two minutes are a server's own limit (`--query.timeout`); the rest is the way. */
export const defaultApiOptions: ApiOptions = { timeoutMs: 150_000, attempts: 4, backOffMs: 500 }

/** A server that asks for more patience than this is told of instead. */
const MAX_WAIT_MS = 30_000
/** Decompressed bytes of one answer; what is larger is asked for in parts. */
const MAX_ANSWER_BYTES = 2 * 1024 * 1024 * 1024
const REFUSAL_BYTES = 64 * 1024

export interface Envelope {
  readonly resultType: string | undefined
  /** `data` where it is a small document; its large list is empty. */
  readonly data: unknown
  readonly warnings: readonly string[]
  readonly isVictoria: boolean
}

export interface ApiCall {
  readonly path: string
  readonly form: URLSearchParams
  /** Called at the beginning of every attempt. */
  readonly begin: () => void
  readonly onElement: (bytes: Uint8Array) => void
  /** Asked after each element: true stops reading, and what came so far is the answer. */
  readonly isEnough?: () => boolean
}

interface Retry {
  readonly error: SextantError
  readonly waitMs: number
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : []
}

function pause(durationMs: number): Promise<void> {
  return new Promise((fulfil) => setTimeout(fulfil, durationMs))
}

/** Seconds or a date; undefined where there is neither. */
export function retryAfterMs(text: string | undefined, nowMs: number): number | undefined {
  if (text === undefined) return undefined
  if (/^\s*\d+\s*$/.test(text)) return Number(text) * 1000
  const date = Date.parse(text)
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs)
}

function brokenResponse(message: string, beginning: string, details: Readonly<Record<string, string | number>> = {}): SextantError {
  return new SextantError('broken_response', message, 'Look at what lies between here and the server; the details hold the first bytes.', {
    ...details,
    beginning: shown(beginning),
  })
}

async function refusalBody(answer: HttpAnswer, connection: Connection): Promise<string> {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of answer.chunks) {
    parts.push(chunk)
    bytes += chunk.length
    if (bytes > REFUSAL_BYTES) break
  }
  answer.dispose()
  return connection.credentials.redact(Buffer.concat(parts).toString('utf8'))
}

function parseEnvelope(scanner: AnswerScanner, answer: HttpAnswer, connection: Connection, bytes: number): Envelope {
  const redact = connection.credentials.redact
  const beginning = redact(scanner.beginning())
  if (isHtml(answer.contentType, beginning)) throw loginPage(answer.status, beginning)
  const text = scanner.envelope()
  if (text === undefined && /^\s*[{[]/.test(beginning))
    throw brokenResponse(`the answer was cut off after ${bytes} bytes.`, beginning, { bytes })
  if (text === undefined) throw brokenResponse(bytes === 0 ? 'the answer is empty.' : 'the answer is not JSON.', beginning)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw brokenResponse('the answer is not JSON.', beginning)
  }
  if (typeof value !== 'object' || value === null || !('status' in value))
    throw brokenResponse('the answer is JSON, but not that of a Prometheus API: it has no status.', beginning)
  if (value.status !== 'success') throw refusalError({ status: 422, contentType: answer.contentType, body: redact(text), attempts: 1 }, '')
  const data = 'data' in value ? value.data : undefined
  const resultType = typeof data === 'object' && data !== null && 'resultType' in data ? String(data.resultType) : undefined
  const warnings = textsOf('warnings' in value ? value.warnings : undefined)
  const infos = textsOf('infos' in value ? value.infos : undefined)
  const said = [...warnings, ...infos].map((each) => shown(redact(each)))
  return { resultType, data, warnings: said, isVictoria: answer.isVictoria }
}

async function readBody(answer: HttpAnswer, call: ApiCall, connection: Connection): Promise<Envelope> {
  const scanner = new AnswerScanner((bytes) => {
    try {
      call.onElement(bytes)
    } catch (error) {
      if (isSextantError(error)) throw error
      throw brokenResponse(
        `an element of the answer is not what the API promises: ${String(error instanceof Error ? error.message : error)}.`,
        connection.credentials.redact(new TextDecoder().decode(bytes.subarray(0, 200))),
      )
    }
  })
  let bytes = 0
  for await (const chunk of answer.chunks) {
    bytes += chunk.length
    if (bytes > MAX_ANSWER_BYTES)
      throw new SextantError(
        'query_too_large',
        `the answer is longer than ${MAX_ANSWER_BYTES} bytes.`,
        'Ask for a shorter window or fewer series.',
        { limit: MAX_ANSWER_BYTES },
      )
    scanner.feed(chunk)
    if (call.isEnough?.() === true) return { resultType: undefined, data: undefined, warnings: [], isVictoria: answer.isVictoria }
  }
  return parseEnvelope(scanner, answer, connection, bytes)
}

/** One attempt: the envelope, or why another attempt may help. Throws what is final. */
async function attempt(connection: Connection, call: ApiCall, options: ApiOptions, number: number): Promise<Envelope | Retry> {
  const backOff = options.backOffMs * 2 ** (number - 1)
  let answer: HttpAnswer | undefined
  let isBody = false
  try {
    call.begin()
    answer = await connection.send(call.path, call.form)
    if (answer.status >= 200 && answer.status < 300) {
      isBody = true
      return await readBody(answer, call, connection)
    }
    const body = await refusalBody(answer, connection)
    const { status, contentType, retryAfter } = answer
    const error = refusalError({ status, contentType, body, attempts: number }, call.path)
    const mayHelp = (status === 429 || status === 503) && error.code === 'server_unavailable'
    if (!mayHelp) throw error
    return { error, waitMs: retryAfterMs(retryAfter, Date.now()) ?? backOff }
  } catch (error) {
    const cause = isCut(error) ? new BrokenConnection('cut off') : transportError(error, connection.address, options.timeoutMs)
    if (!(cause instanceof BrokenConnection)) throw cause
    return { error: connectionError(cause, connection, number, isBody), waitMs: backOff }
  } finally {
    answer?.dispose()
  }
}

/** Gzip that ends early, whose own code says nothing of a connection. */
function isCut(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'Z_BUF_ERROR'
}

function connectionError(cause: BrokenConnection, { address, credentials }: Connection, attempts: number, isBody: boolean): SextantError {
  const details = { server: address.origin, code: credentials.redact(cause.message), attempts }
  if (isBody)
    return new SextantError(
      'broken_response',
      `the answer was cut off: the connection to ${address.origin} broke while it was read (${attempts} attempts).`,
      'Look at what lies between here and the server: a proxy with a shorter timeout, a restart.',
      details,
    )
  return new SextantError(
    'server_unreachable',
    `no server answers at ${address.origin} (${details.code}, ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}).`,
    'Check address and port, and that the server runs; inside a cluster a port-forward is the usual way.',
    details,
  )
}

/** Throws: see docs/errors for server_unreachable, access_denied, query_refused, query_too_large, server_unavailable, timed_out, broken_response. */
export async function callApi(connection: Connection, call: ApiCall, options: ApiOptions): Promise<Envelope> {
  for (let number = 1; ; number += 1) {
    const result = await attempt(connection, call, options, number)
    if (!('error' in result)) return result
    if (number >= options.attempts || result.waitMs > MAX_WAIT_MS) throw result.error
    await pause(result.waitMs)
  }
}
