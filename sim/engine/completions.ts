/** From a request for tokens to a sequence in the queue, or to the refusal that its fault or its mistake asks for. */
import type { Answer } from './answer.ts'
import { Answer as RunningAnswer } from './answer.ts'
import { doneEvent } from './answer-text.ts'
import type { EngineState } from './engine-state.ts'
import type { RequestFault } from './faults.ts'
import { type Exchange, endOfChunks, framed } from './http-connection.ts'
import { BadRequest, type OpenAiRequest, parseOpenAiRequest } from './open-ai-request.ts'
import type { Sequence } from './scheduler.ts'
import type { RequestRecord } from './truth-records.ts'

/** Answers that wait for tokens, by their sequence. */
export type RunningAnswers = Map<Sequence, Answer>

function errorBody(message: string, type: string, code: number): object {
  return { error: { message, type, param: null, code } }
}

/** How long the answer will be: as asked, or as its own end comes earlier. */
function answerLength(state: EngineState, request: OpenAiRequest): { tokens: number; reason: 'length' | 'stop' } {
  const { maxModelLen, naturalTokens } = state.options
  const room = maxModelLen - request.words.length
  const most = request.maxTokens ?? room
  if (room < 1 || most > room) {
    const asked = `${request.words.length} in the messages, ${most} in the completion`
    throw new BadRequest(`This model's maximum context length is ${maxModelLen} tokens. However, you requested ${asked}.`)
  }
  if (naturalTokens === 0 || request.ignoreEos) return { tokens: most, reason: 'length' }
  const natural = Math.max(1, request.minTokens, Math.round(naturalTokens * state.random.lengths.lognormal(0.5)))
  return natural < most ? { tokens: natural, reason: 'stop' } : { tokens: most, reason: 'length' }
}

const statusOf: Partial<Record<RequestFault['kind'], number>> = { 'http-429': 429, 'http-500': 500, 'http-503': 503 }

/** Faults that need no token; true where the answer is over or will never come. */
function misbehavesAtOnce(state: EngineState, exchange: Exchange, fault: RequestFault | undefined, record: () => RequestRecord): boolean {
  if (fault === undefined) return false
  const status = statusOf[fault.kind]
  if (status !== undefined) {
    const type = status === 429 ? 'RateLimitError' : status === 503 ? 'ServiceUnavailableError' : 'InternalServerError'
    exchange.sendJson(status, errorBody(`simulated fault ${fault.kind}`, type, status), status === 429 ? 'retry-after: 1\r\n' : '')
  } else if (fault.kind === 'empty') {
    exchange.startStream()
    exchange.write(`${framed(doneEvent)}${endOfChunks}`)
    exchange.end()
  } else if (fault.kind !== 'silent') return false
  state.truth.add(record())
  return true
}

function checkModel(state: EngineState, request: OpenAiRequest, exchange: Exchange): boolean {
  const { model } = state.options
  if (request.model === undefined || request.model === model) return true
  exchange.sendJson(404, errorBody(`The model \`${request.model}\` does not exist.`, 'NotFoundError', 404))
  return false
}

function parseOrRefuse<T>(exchange: Exchange, work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof BadRequest)) throw error
    exchange.sendJson(400, errorBody(error.message, 'BadRequestError', 400))
    return undefined
  }
}

export function serveCompletion(state: EngineState, answers: RunningAnswers, kind: OpenAiRequest['kind'], exchange: Exchange): void {
  const parsed = parseOrRefuse(exchange, () => {
    const request = parseOpenAiRequest(kind, exchange.request.body)
    return { request, length: answerLength(state, request) }
  })
  if (parsed === undefined || !checkModel(state, parsed.request, exchange)) return
  const { request, length } = parsed
  state.totals.requests += 1
  const id = state.totals.requests
  const fault = state.faults.draw(id)
  const { arrivalNs } = exchange
  const promptTokens = request.words.length
  const sequence: Sequence = {
    id,
    promptWords: request.words,
    promptTokens,
    answerTokens: length.tokens,
    arrivalNs,
    scheduledNs: -1,
    cachedTokens: 0,
    computedTokens: 0,
    producedTokens: 0,
  }
  const refused = (): RequestRecord => ({
    kind: 'request',
    id,
    answerId: '',
    endpoint: kind,
    isStream: request.stream,
    promptTokens,
    cachedTokens: 0,
    outputTokens: 0,
    generatedTokens: 0,
    end: 'refused',
    ...(fault === undefined ? {} : { fault: fault.kind }),
    arrivalNs,
    chunkNs: [],
    finishedNs: state.clock.now(),
  })
  if (misbehavesAtOnce(state, exchange, fault, refused)) return
  if (request.stream) exchange.startStream()
  const answer = new RunningAnswer({
    exchange,
    request,
    sequence,
    fault,
    model: state.options.model,
    createdS: Math.floor((Number(state.clock.originEpochNs / 1_000_000n) + arrivalNs / 1e6) / 1000),
    now: state.clock.now,
    reason: length.reason,
    onEnd: (record) => {
      answers.delete(sequence)
      // Does nothing for a sequence that has all its tokens.
      state.scheduler.cancel(sequence)
      state.totals.finished += 1
      state.metrics.observeRequest(record, sequence)
      state.truth.add(record)
    },
    onDie: state.die,
  })
  answers.set(sequence, answer)
  state.totals.promptTokens += promptTokens
  state.scheduler.add(sequence)
  state.loop.poke()
}
