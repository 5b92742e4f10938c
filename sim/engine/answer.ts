/** One request on its way through the engine: what is sent when its tokens come, and what its fault makes of that. */
import { AnswerText, answerWords, doneEvent, multibyteWord, usageJson, wordAt } from './answer-text.ts'
import { type RequestFault, requestFaults } from './faults.ts'
import { type Exchange, endOfChunks, framed } from './http-connection.ts'
import type { OpenAiRequest } from './open-ai-request.ts'
import type { Sequence } from './scheduler.ts'
import type { RequestEnd, RequestRecord } from './truth-records.ts'

export interface AnswerOptions {
  readonly exchange: Exchange
  readonly request: OpenAiRequest
  readonly sequence: Sequence
  readonly fault: RequestFault | undefined
  readonly model: string
  readonly createdS: number
  readonly now: () => number
  readonly reason: 'length' | 'stop'
  readonly onEnd: (record: RequestRecord) => void
  /** The fault that ends the server. */
  readonly onDie: () => void
}

/** Parts of one event arrive so far apart that they are reads of their own. */
const SPLIT_PAUSE_MS = 2

export class Answer {
  readonly #options: AnswerOptions
  readonly #text: AnswerText
  readonly #id: string
  readonly #chunkNs: number[] = []
  readonly #chunkTokens: number[] = []
  #sentTokens = 0
  #endedNs = -1
  /** During a stall: what came meanwhile waits here. */
  #held: (() => void)[] | undefined
  #hasStalled = false
  /** Writes of a split stream keep their order. */
  #splitting: Promise<void> = Promise.resolve()

  constructor(options: AnswerOptions) {
    this.#options = options
    const { request, sequence, model, createdS, exchange } = options
    this.#id = `${request.kind === 'chat' ? 'chatcmpl' : 'cmpl'}-sim${sequence.id}`
    this.#text = new AnswerText(request.kind, this.#id, model, createdS)
    exchange.onGone = () => this.#end('abort')
  }

  get isEnded(): boolean {
    return this.#endedNs >= 0
  }

  /** The scheduler gave `tokens`; `finished` with the last. */
  give(tokens: number, finished: boolean): void {
    if (this.isEnded || tokens === 0) return
    if (this.#held !== undefined) this.#held.push(() => this.#emit(tokens, finished))
    else this.#emit(tokens, finished)
  }

  #emit(tokens: number, finished: boolean): void {
    if (this.isEnded) return
    const { request, fault } = this.#options
    if (fault !== undefined && this.#chunkNs.length >= fault.after && this.#misbehave(fault, tokens, finished)) return
    this.#note(tokens)
    if (!request.stream) {
      if (finished) this.#sendWhole()
      return
    }
    if (fault?.kind === 'split-bytes') this.#emitSplit(tokens, finished)
    else {
      this.#options.exchange.write(this.#frames(tokens, finished, undefined))
      if (finished) this.#complete()
    }
  }

  #note(tokens: number): void {
    this.#chunkNs.push(this.#options.now())
    this.#chunkTokens.push(tokens)
    this.#sentTokens += tokens
  }

  #usage(): { promptTokens: number; completionTokens: number; cachedTokens: number } {
    const { sequence, fault } = this.#options
    // Off by more than rounding could explain.
    const extra = fault?.kind === 'wrong-usage' ? 7 : 0
    return { promptTokens: sequence.promptTokens, completionTokens: this.#sentTokens + extra, cachedTokens: sequence.cachedTokens }
  }

  /** Frames of one step: role first, [DONE] last. `text` replaces the words. */
  #frames(tokens: number, finished: boolean, text: string | undefined): string {
    const { sequence, request, fault, reason } = this.#options
    const first = this.#sentTokens === tokens
    const position = this.#sentTokens - tokens
    const role = first ? this.#text.roleFrame() : ''
    if (tokens === 1 && !finished && text === undefined && !request.continuousUsage) {
      return `${role}${this.#text.tokenFrame(wordAt(sequence.id, position))}`
    }
    const said = text ?? answerWords(sequence.id, position, tokens)
    const plain = finished ? this.#text.lastEvent(said, reason) : this.#text.textEvent(said)
    const event = request.continuousUsage ? this.#text.withUsage(plain, this.#usage()) : plain
    if (!finished) return `${role}${framed(event)}`
    const withUsage = request.includeUsage && fault?.kind !== 'no-usage' && fault?.kind !== 'no-done'
    const usage = withUsage ? framed(this.#text.usageEvent(this.#usage())) : ''
    const done = fault?.kind === 'no-done' ? '' : framed(doneEvent)
    return `${role}${framed(event)}${usage}${done}${endOfChunks}`
  }

  /** True: the event was replaced or the answer is over. */
  #misbehave(fault: RequestFault, tokens: number, finished: boolean): boolean {
    const { exchange, onDie, request } = this.#options
    switch (fault.kind) {
      case 'reset':
      case 'close':
        exchange.breakOff(fault.kind === 'reset')
        this.#end('fault')
        return true
      case 'die':
        this.#end('fault')
        onDie()
        return true
      case 'stall':
        if (this.#hasStalled) return false
        this.#stall(fault.ms, () => this.#emit(tokens, finished))
        return true
      case 'error-event': {
        if (!request.stream) return false
        const error = '{"error":{"message":"EngineCore encountered an issue.","type":"InternalServerError","param":null,"code":500}}'
        exchange.write(`${framed(`data: ${error}\n\n`)}${framed(doneEvent)}${endOfChunks}`)
        this.#end('fault')
        exchange.end()
        return true
      }
      case 'malformed-sse':
        return this.#chunkNs.length === fault.after && request.stream && !finished ? this.#emitMalformed(tokens) : false
      case 'huge-chunk':
        return this.#chunkNs.length === fault.after && request.stream && !finished ? this.#emitHuge(tokens, fault.bytes) : false
      default:
        return false
    }
  }

  #stall(ms: number, first: () => void): void {
    this.#held = [first]
    this.#hasStalled = true
    if (ms === 0) return
    setTimeout(() => {
      const held = this.#held ?? []
      this.#held = undefined
      for (const emit of held) emit()
    }, ms)
  }

  #emitMalformed(tokens: number): boolean {
    this.#note(tokens)
    this.#options.exchange.write(framed('data: {"id":"broken","choices":[{"index":0,"te\n\n'))
    return true
  }

  #emitHuge(tokens: number, bytes: number): boolean {
    this.#note(tokens)
    const { sequence } = this.#options
    const filler = answerWords(sequence.id, 0, Math.ceil(bytes / wordAt(sequence.id, 0).length))
    this.#options.exchange.write(this.#frames(tokens, false, filler.slice(0, bytes)))
    return true
  }

  /** The frames in three writes: inside the event's head, and inside a character of four bytes. */
  #emitSplit(tokens: number, finished: boolean): void {
    const { exchange } = this.#options
    // Lengths of frames count bytes, so the text goes through Latin-1, one letter per byte.
    const bytesAsLetters = Buffer.from(multibyteWord.repeat(tokens)).toString('latin1')
    const bytes = Buffer.from(this.#frames(tokens, finished, bytesAsLetters), 'latin1')
    const smile = bytes.indexOf(0xf0)
    const cuts = [Math.min(9, bytes.length), smile < 0 ? bytes.length : smile + 2, bytes.length]
    this.#splitting = this.#splitting.then(async () => {
      let from = 0
      for (const to of cuts) {
        if (to <= from || exchange.isEnded) continue
        exchange.write(bytes.subarray(from, to))
        from = to
        if (to < bytes.length) await new Promise((fulfil) => setTimeout(fulfil, SPLIT_PAUSE_MS))
      }
      if (finished) this.#complete()
    })
  }

  #complete(): void {
    this.#end(this.#wholeOr('fault'))
    this.#options.exchange.end()
  }

  /** Why the answer ended, where the client has all of it in spite of its fault. */
  #wholeOr(otherwise: RequestEnd): RequestEnd {
    const { fault, reason } = this.#options
    return fault === undefined || requestFaults[fault.kind].ok || fault.kind === 'stall' ? reason : otherwise
  }

  #sendWhole(): void {
    const { request, exchange, model, createdS, sequence, reason } = this.#options
    const text = answerWords(sequence.id, 0, this.#sentTokens)
    const choice = request.kind === 'chat' ? `"message":{"role":"assistant","content":"${text}"}` : `"text":"${text}"`
    const object = request.kind === 'chat' ? 'chat.completion' : 'text_completion'
    const head = `{"id":"${this.#id}","object":"${object}","created":${createdS},"model":${JSON.stringify(model)}`
    const body = `${head},"choices":[{"index":0,${choice},"logprobs":null,"finish_reason":"${reason}","stop_reason":null}],"usage":${usageJson(this.#usage())}}`
    exchange.send(200, 'application/json', body)
    this.#end(this.#wholeOr('fault'))
  }

  #end(end: RequestEnd): void {
    if (this.isEnded) return
    const { sequence, request, exchange, fault, now, onEnd } = this.#options
    this.#endedNs = now()
    const clientId = exchange.request.headers.get('x-request-id')
    onEnd({
      kind: 'request',
      id: sequence.id,
      answerId: this.#id,
      endpoint: request.kind,
      isStream: request.stream,
      ...(clientId === undefined ? {} : { clientId }),
      promptTokens: sequence.promptTokens,
      cachedTokens: sequence.cachedTokens,
      outputTokens: this.#sentTokens,
      generatedTokens: sequence.producedTokens,
      end,
      ...(fault === undefined ? {} : { fault: fault.kind }),
      arrivalNs: sequence.arrivalNs,
      ...(sequence.scheduledNs < 0 ? {} : { scheduledNs: sequence.scheduledNs }),
      chunkNs: this.#chunkNs,
      ...(this.#chunkTokens.every((tokens) => tokens === 1) ? {} : { chunkTokens: this.#chunkTokens }),
      finishedNs: this.#endedNs,
    })
  }
}
