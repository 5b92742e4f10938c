/**
 * HTTP/1.1 requests from bytes, as much as an engine's clients send (RFC 9112): Content-Length or chunked bodies, keep-alive, pipelining.
 * Of its own because faults have to break the protocol at chosen bytes, and because a write per token must cost one system call.
 */

export interface HttpRequest {
  readonly method: string
  /** Without the query. */
  readonly path: string
  readonly query: URLSearchParams
  /** Lower-case names. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: Buffer
  readonly keepAlive: boolean
}

/** What is wrong with the bytes; the connection cannot go on after it. */
export class HttpProtocolError extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

const MOST_HEAD_BYTES = 64 * 1024
/** A prompt of the longest context is some megabytes of JSON. */
const MOST_BODY_BYTES = 64 * 1024 * 1024
const endOfHead = Buffer.from('\r\n\r\n')
const endOfLine = Buffer.from('\r\n')

type Head = Omit<HttpRequest, 'body'>

function parseHead(bytes: Buffer): Head {
  const [first = '', ...lines] = bytes.toString('latin1').split('\r\n')
  const [, method, target, minor] = /^([A-Z]+) (\S+) HTTP\/1\.([01])$/.exec(first) ?? []
  if (method === undefined || target === undefined) throw new HttpProtocolError(400, 'not an HTTP/1 request line')
  const headers = new Map<string, string>()
  for (const line of lines) {
    const colon = line.indexOf(':')
    if (colon <= 0) throw new HttpProtocolError(400, 'a header line without a colon')
    headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim())
  }
  const mark = target.indexOf('?')
  const connection = headers.get('connection')?.toLowerCase() ?? ''
  return {
    method,
    path: mark < 0 ? target : target.slice(0, mark),
    query: new URLSearchParams(mark < 0 ? '' : target.slice(mark + 1)),
    headers,
    keepAlive: minor === '1' ? !connection.includes('close') : connection.includes('keep-alive'),
  }
}

export class RequestParser {
  #pending: Buffer = Buffer.alloc(0)
  #parts: Buffer[] = []
  #partBytes = 0
  #head: Head | undefined
  /** Bytes of body still to come; -1: chunked. */
  #missing = 0
  readonly #continue: () => void

  /** `onContinue` is called where a client waits for leave to send its body. */
  constructor(onContinue: () => void) {
    this.#continue = onContinue
  }

  /** The requests that these bytes complete. Throws HttpProtocolError. */
  push(bytes: Buffer): HttpRequest[] {
    this.#pending = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes])
    const requests: HttpRequest[] = []
    for (;;) {
      if (this.#head === undefined && !this.#takeHead()) return requests
      if (!(this.#missing < 0 ? this.#takeChunks() : this.#takeBody())) return requests
      requests.push({ ...(this.#head as Head), body: Buffer.concat(this.#parts) })
      this.#head = undefined
      this.#parts = []
      this.#partBytes = 0
    }
  }

  #takeHead(): boolean {
    const end = this.#pending.indexOf(endOfHead)
    if (end < 0) {
      if (this.#pending.length > MOST_HEAD_BYTES) throw new HttpProtocolError(431, 'header too large')
      return false
    }
    const head = parseHead(this.#pending.subarray(0, end))
    this.#pending = this.#pending.subarray(end + endOfHead.length)
    this.#head = head
    if (head.headers.get('transfer-encoding')?.toLowerCase() === 'chunked') this.#missing = -1
    else {
      const length = head.headers.get('content-length') ?? '0'
      if (!/^\d{1,10}$/.test(length)) throw new HttpProtocolError(400, 'content-length is not a number')
      this.#missing = Number(length)
      this.#limit(this.#missing)
    }
    if (head.headers.get('expect')?.toLowerCase() === '100-continue') this.#continue()
    return true
  }

  #limit(bytes: number): void {
    if (bytes > MOST_BODY_BYTES) throw new HttpProtocolError(413, 'body too large')
  }

  #keep(bytes: Buffer): void {
    this.#parts.push(bytes)
    this.#partBytes += bytes.length
    this.#limit(this.#partBytes)
  }

  #takeBody(): boolean {
    const taken = this.#pending.subarray(0, this.#missing)
    if (taken.length > 0) this.#keep(taken)
    this.#missing -= taken.length
    this.#pending = this.#pending.subarray(taken.length)
    return this.#missing === 0
  }

  /** Whole chunks only: clients that send chunked bodies send few and small ones. */
  #takeChunks(): boolean {
    for (;;) {
      const end = this.#pending.indexOf(endOfLine)
      if (end < 0) return false
      const [size = ''] = this.#pending.toString('latin1', 0, end).split(';')
      if (!/^[0-9a-f]{1,8}$/i.test(size.trim())) throw new HttpProtocolError(400, 'chunk size is not a hexadecimal number')
      const length = Number.parseInt(size, 16)
      this.#limit(length)
      const from = end + endOfLine.length
      if (this.#pending.length < from + length + endOfLine.length) return false
      if (length > 0) this.#keep(this.#pending.subarray(from, from + length))
      this.#pending = this.#pending.subarray(from + length + endOfLine.length)
      if (length === 0) return true
    }
  }
}
