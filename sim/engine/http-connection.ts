/** One client's connection: requests answered in turn, whole or as a stream of chunks that are already framed. */
import type { Socket } from 'node:net'
import { HttpProtocolError, type HttpRequest, RequestParser } from './http-request.ts'

const reasons: Readonly<Record<number, string>> = {
  200: 'OK',
  400: 'Bad Request',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  413: 'Content Too Large',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
}

/** A client that stops reading is dropped before its unread answer fills the memory. */
const MOST_UNSENT_BYTES = 32 * 1024 * 1024

/** HTTP chunk around `text`, which must be ASCII: lengths are counted in characters. */
export function framed(text: string): string {
  return `${text.length.toString(16)}\r\n${text}\r\n`
}

export const endOfChunks = '0\r\n\r\n'

/** One request and the answer to it. */
export class Exchange {
  readonly request: HttpRequest
  readonly socket: Socket
  /** When the request's last byte had been read, on the engine's clock. */
  readonly arrivalNs: number
  /** Called once when the client is gone before the answer was complete. */
  onGone: (() => void) | undefined
  readonly #done: () => void
  #ended = false

  constructor(request: HttpRequest, socket: Socket, arrivalNs: number, done: () => void) {
    this.request = request
    this.socket = socket
    this.arrivalNs = arrivalNs
    this.#done = done
  }

  get isEnded(): boolean {
    return this.#ended
  }

  #head(status: number, type: string, extra: string): string {
    const connection = this.request.keepAlive ? '' : 'connection: close\r\n'
    return `HTTP/1.1 ${status} ${reasons[status] ?? 'Status'}\r\nserver: sextant-simulated-engine\r\ncontent-type: ${type}\r\n${connection}${extra}`
  }

  send(status: number, type: string, body: string, extra = ''): void {
    const length = Buffer.byteLength(body)
    const shown = this.request.method === 'HEAD' ? '' : body
    this.#write(`${this.#head(status, type, extra)}content-length: ${length}\r\n\r\n${shown}`, 'utf8')
    this.end()
  }

  sendJson(status: number, value: unknown, extra = ''): void {
    this.send(status, 'application/json', JSON.stringify(value), extra)
  }

  /** Begins an event stream; what follows goes through `write` in frames. */
  startStream(): void {
    this.#write(
      this.#head(200, 'text/event-stream; charset=utf-8', 'transfer-encoding: chunked\r\ncache-control: no-cache\r\n\r\n'),
      'latin1',
    )
  }

  /** Bytes as they are: the caller has framed them. */
  write(text: string | Buffer): void {
    if (typeof text === 'string') this.#write(text, 'latin1')
    else if (this.socket.writable) this.socket.write(text)
  }

  #write(text: string, encoding: 'latin1' | 'utf8'): void {
    if (!this.socket.writable) return
    this.socket.write(text, encoding)
    if (this.socket.writableLength > MOST_UNSENT_BYTES) this.socket.destroy()
  }

  /** The answer is complete: the connection takes its next request, or closes. */
  end(): void {
    if (this.#ended) return
    this.#ended = true
    if (!this.request.keepAlive) this.socket.end()
    this.#done()
  }

  /** Ends the connection inside the answer: `reset` as a crashed peer does, else as one that closed early. */
  breakOff(reset: boolean): void {
    if (this.#ended) return
    this.#ended = true
    if (reset) this.socket.resetAndDestroy()
    else this.socket.end()
  }

  gone(): void {
    if (this.#ended) return
    this.#ended = true
    this.onGone?.()
  }
}

export interface ConnectionOptions {
  readonly now: () => number
  readonly answer: (exchange: Exchange) => void
}

/** Serves one socket until it closes. Pipelined requests wait for the answers before them. */
export function serveConnection(socket: Socket, { now, answer }: ConnectionOptions): void {
  socket.setNoDelay(true)
  const waiting: { request: HttpRequest; arrivalNs: number }[] = []
  let current: Exchange | undefined
  const next = (): void => {
    const first = waiting.shift()
    if (first === undefined) return
    const exchange = new Exchange(first.request, socket, first.arrivalNs, () => {
      current = undefined
      next()
    })
    current = exchange
    answer(exchange)
  }
  const parser = new RequestParser(() => socket.write('HTTP/1.1 100 Continue\r\n\r\n'))
  socket.on('data', (bytes) => {
    try {
      const arrivalNs = now()
      for (const request of parser.push(bytes)) waiting.push({ request, arrivalNs })
    } catch (error) {
      if (!(error instanceof HttpProtocolError)) throw error
      socket.end(`HTTP/1.1 ${error.status} ${reasons[error.status] ?? 'Error'}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`)
      return
    }
    if (current === undefined) next()
  })
  // A peer that resets is an event of its own life, not an error of ours: `close` follows.
  socket.on('error', () => undefined)
  socket.on('close', () => {
    waiting.length = 0
    current?.gone()
    current = undefined
  })
}
