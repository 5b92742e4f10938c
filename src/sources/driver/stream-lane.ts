/**
 * One connection that carries one stream at a time. The hot path is `onResponseData`: a stamp first, then the parser; nothing is
 * allocated per event. https://undici.nodejs.org/#/docs/api/Dispatcher (dispatch).
 */
import { isUtf8 } from 'node:buffer'
import { type buildConnector, Client, type Dispatcher } from 'undici'
import { grown } from '#base/columns.ts'
import { eventBits, type RequestOutcome, requestOutcomes } from '#model/load-requests.ts'
import { ChunkScanner, isDone } from './chunk-scanner.ts'
import type { DriverClock } from './driver-clock.ts'
import { failureOf, failureText, statusOutcome } from './failure-class.ts'
import type { LoopWatch } from './loop-watch.ts'
import type { RequestPlan } from './plan.ts'
import type { PreparedRequest } from './prompts/prompt-source.ts'
import { at, RequestRow, type RequestTable } from './request-table.ts'
import { SseParser } from './sse-parser.ts'

export interface LaneOwner {
  readonly clock: DriverClock
  readonly watch: LoopWatch
  readonly table: RequestTable
  readonly plan: RequestPlan
  readonly headers: readonly string[]
  readonly connect: buildConnector.connector
  /** The row has been written; the lane is free. */
  ended(lane: StreamLane, outcome: RequestOutcome): void
  /** What a failure said, for a person. */
  failed(outcome: RequestOutcome, text: string): void
}

export interface LaneRequest {
  readonly prepared: PreparedRequest
  readonly phase: number
  readonly index: number
  /** NaN where requests stand alone. */
  readonly conversation: number
  readonly turn: number
  readonly attempt: number
  readonly scheduledNs: number
  /** When the first attempt was sent; absent for the first. */
  readonly firstSentNs?: number
}

/** Of a body that is no stream: enough for its message. */
const MAX_ERROR_BYTES = 2048
/** A server that has said [DONE] and keeps the response open is cut off after this; the stream was whole. */
const CLOSE_WAIT_NS = 5e9

export class StreamLane {
  readonly number: number
  request: LaneRequest | undefined
  readonly #owner: LaneOwner
  readonly #client: Client
  readonly #row = new RequestRow()
  readonly #scanner = new ChunkScanner()
  readonly #parser: SseParser
  #stamps = new Float64Array(1024)
  #bits = new Uint8Array(1024)
  #events = 0
  #outputEvents = 0
  #stampNs = 0
  #lastSeenNs = 0
  #seenBits = 0
  #status = 0
  #isStream = false
  #errorText = ''
  /** Why we gave up, where it was us. */
  #verdict: RequestOutcome | undefined
  #controller: Dispatcher.DispatchController | undefined

  constructor(number: number, owner: LaneOwner) {
    this.number = number
    this.#owner = owner
    this.#parser = new SseParser(this.#event)
    // Timeouts are this lane's own (`check`): undici's cannot tell a first token from the next.
    this.#client = new Client(owner.plan.origin, {
      pipelining: 1,
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: owner.connect,
    })
    this.#client.on('connect', () => {
      if (this.request !== undefined) this.#row.set(at.newConnection, 1)
    })
  }

  start(request: LaneRequest): void {
    this.request = request
    this.#parser.reset()
    this.#events = 0
    this.#outputEvents = 0
    this.#seenBits = 0
    this.#status = 0
    this.#isStream = false
    this.#errorText = ''
    this.#verdict = undefined
    this.#controller = undefined
    const row = this.#row
    row.clear()
    row.set(at.index, request.index)
    row.set(at.phase, request.phase)
    row.set(at.lane, this.number)
    row.set(at.attempt, request.attempt)
    row.set(at.conversation, request.conversation)
    row.set(at.turn, request.turn)
    row.set(at.newConnection, 0)
    row.set(at.scheduledNs, request.scheduledNs)
    row.set(at.maxTokens, request.prepared.maxTokens)
    const now = this.#owner.clock.nowNs()
    row.set(at.sentNs, request.firstSentNs ?? now)
    this.#lastSeenNs = now
    const { path, runId } = this.#owner.plan
    const headers = [
      ...this.#owner.headers,
      'x-request-id',
      `${runId}-${request.index}${request.turn === 0 ? '' : `t${request.turn}`}-${request.attempt}`,
    ]
    this.#client.dispatch({ path, method: 'POST', headers, body: request.prepared.body }, this.#handler)
  }

  /** When the attempt under way was first tried. */
  get sentNs(): number {
    return this.#row.get(at.sentNs)
  }

  readonly #handler: Dispatcher.DispatchHandler = {
    onRequestStart: (controller) => {
      this.#controller = controller
      // A connection in use again waits a turn of the loop in undici, which is our delay and not the server's; one that had to be
      // opened counts from the wish, because its user waits for the handshake too.
      if (this.request?.attempt === 1 && this.#row.get(at.newConnection) === 0) this.#row.set(at.sentNs, this.#owner.clock.nowNs())
      if (this.#verdict !== undefined) controller.abort(new Error(this.#verdict))
    },
    onResponseStart: (_, status, headers) => {
      // An interim response announces nothing.
      if (status < 200) return
      this.#lastSeenNs = this.#owner.clock.nowNs()
      this.#row.set(at.headersNs, this.#lastSeenNs)
      this.#row.set(at.status, status)
      this.#status = status
      const type = headers['content-type']
      this.#isStream = status === 200 && String(type ?? '').includes('text/event-stream')
    },
    onResponseData: (controller, chunk) => {
      const stampNs = this.#owner.clock.nowNs()
      this.#owner.watch.saw(stampNs)
      this.#lastSeenNs = stampNs
      this.#stampNs = stampNs
      if (!this.#isStream) {
        if (this.#errorText.length < MAX_ERROR_BYTES) this.#errorText += chunk.toString('latin1', 0, MAX_ERROR_BYTES)
        return
      }
      this.#parser.push(chunk)
      if (this.#parser.fault !== undefined)
        this.#verdict ??= this.#parser.fault === 'oversized-event' ? 'oversized-event' : 'malformed-stream'
      if (this.#verdict !== undefined) controller.abort(new Error(this.#verdict))
      this.#owner.watch.left()
    },
    onResponseEnd: () => this.#end(this.#verdict ?? this.#judge(), undefined),
    onResponseError: (_, error) => this.#end(this.#verdict ?? failureOf(error, this.#status !== 0), error),
  }

  readonly #event = (bytes: Uint8Array, from: number, to: number): void => {
    let bits = 0
    if (isDone(bytes, from, to)) bits = eventBits.done
    else {
      const scanner = this.#scanner
      scanner.scan(bytes, from, to)
      if (scanner.malformed) this.#verdict ??= 'malformed-stream'
      else if (scanner.hasHighBytes && !isUtf8(bytes.subarray(from, to))) this.#verdict ??= 'invalid-utf8'
      else if (scanner.hasError) {
        this.#verdict ??= 'error-in-stream'
        this.#errorText = Buffer.from(bytes.subarray(from, Math.min(to, from + 200))).toString('utf8')
      } else bits = this.#bitsOf(scanner)
    }
    const row = this.#events++
    if (row === this.#stamps.length) {
      this.#stamps = grown(this.#stamps, row + 1)
      this.#bits = grown(this.#bits, row + 1)
    }
    this.#stamps[row] = this.#stampNs
    this.#bits[row] = bits
    this.#seenBits |= bits
  }

  #bitsOf(scanner: ChunkScanner): number {
    const row = this.#row
    const now = this.#stampNs
    let bits = 0
    if (scanner.hasChoice) {
      bits |= eventBits.choice
      if ((this.#seenBits & eventBits.choice) === 0) row.set(at.firstChunkNs, now)
      row.set(at.lastChunkNs, now)
    }
    if (scanner.hasOutput || scanner.hasReasoning) {
      if (this.#outputEvents++ === 0) row.set(at.firstContentNs, now)
      row.set(at.lastContentNs, now)
      if (scanner.hasOutput && (this.#seenBits & eventBits.output) === 0) row.set(at.firstTextNs, now)
      bits |= (scanner.hasOutput ? eventBits.output : 0) | (scanner.hasReasoning ? eventBits.reasoning : 0)
    }
    if (scanner.hasFinish) bits |= eventBits.finish
    if (scanner.hasUsage) {
      bits |= eventBits.usage
      row.set(at.promptTokens, scanner.promptTokens)
      row.set(at.cachedTokens, scanner.cachedTokens)
      row.set(at.outputTokens, scanner.completionTokens)
      const { promptTokens, completionTokens, totalTokens } = scanner
      if (
        !(completionTokens >= 0) ||
        !(promptTokens >= 0) ||
        (!Number.isNaN(totalTokens) && totalTokens !== promptTokens + completionTokens)
      )
        this.#verdict ??= 'wrong-usage'
    }
    return bits
  }

  /** Of a response that ended in good order. */
  #judge(): RequestOutcome {
    const byStatus = statusOutcome(this.#status)
    if (byStatus !== undefined) return byStatus
    if (!this.#isStream) return 'not-a-stream'
    const isFinished = (this.#seenBits & (eventBits.done | eventBits.finish)) !== 0
    if (this.#parser.isMidEvent || !isFinished) return 'truncated'
    if (this.#outputEvents === 0) return 'no-output'
    const tokens = this.#row.get(at.outputTokens)
    // Every chunk with text stands for a token or more, and none may be beyond what was asked for.
    if (tokens < this.#outputEvents || tokens > this.#row.get(at.maxTokens)) return 'wrong-usage'
    return 'completed'
  }

  /** Called now and then: ends what takes too long. */
  check(nowNs: number): void {
    if (this.request === undefined || this.#verdict !== undefined) return
    const { firstTokenNs, stallNs, requestNs } = this.#owner.plan.timeouts
    const quietNs = nowNs - this.#lastSeenNs
    if ((this.#seenBits & eventBits.done) !== 0 && quietNs > CLOSE_WAIT_NS) this.#giveUp(this.#judge())
    else if (nowNs - this.#row.get(at.sentNs) > requestNs) this.#giveUp('timed-out')
    else if (this.#events === 0 && nowNs - this.#row.get(at.sentNs) > firstTokenNs) this.#giveUp('no-first-token')
    else if (this.#events > 0 && quietNs > stallNs) this.#giveUp('stalled')
  }

  cancel(): void {
    if (this.request !== undefined) this.#giveUp('cancelled')
  }

  #giveUp(outcome: RequestOutcome): void {
    this.#verdict ??= outcome
    this.#controller?.abort(new Error(this.#verdict))
  }

  #end(outcome: RequestOutcome, error: unknown): void {
    if (this.request === undefined) return
    const row = this.#row
    row.set(at.endNs, this.#owner.clock.nowNs())
    row.set(at.outcome, requestOutcomes.indexOf(outcome))
    this.#owner.table.add(row.values, this.#stamps, this.#bits, this.#events)
    if (outcome !== 'completed') {
      const said = this.#errorText !== '' ? this.#errorText : error === undefined || this.#verdict !== undefined ? '' : failureText(error)
      this.#owner.failed(outcome, said.slice(0, 200))
    }
    this.#owner.ended(this, outcome)
  }

  close(): void {
    void this.#client.destroy().catch(() => undefined)
  }
}
