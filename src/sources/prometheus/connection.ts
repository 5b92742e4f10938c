/**
 * One HTTP connection pool to one server: read only, no redirect to another host, every wait bounded.
 * Requests are POST forms, because queries may be long; GET where a gateway refuses POST.
 */

import { pipeline } from 'node:stream'
import { rootCertificates } from 'node:tls'
import { createGunzip } from 'node:zlib'
import { Agent, request } from 'undici'
import { SextantError } from '#base/errors.ts'
import type { ServerAddress } from './address.ts'
import { loginPage, shown } from './answer-errors.ts'
import type { Credentials } from './credentials.ts'

export interface ConnectionOptions {
  /** From the request to the last byte of its answer. */
  readonly timeoutMs: number
  /** Ask for gzip; default: unless the server is on this machine. */
  readonly compress?: boolean
}

export interface HttpAnswer {
  readonly status: number
  readonly contentType: string
  readonly retryAfter?: string
  /** VictoriaMetrics names itself by a header that it alone has. */
  readonly isVictoria: boolean
  readonly chunks: AsyncIterable<Uint8Array>
  /** Gives up on the rest of the body. */
  dispose(): void
}

/** The connection broke or was refused: worth another attempt. */
export class BrokenConnection extends Error {}

const CONNECT_TIMEOUT_MS = 10_000
/** Enough for the queries of one probe beside each other; a server evaluates 20 at once by default and has others to answer. */
const CONNECTIONS = 4
const MAX_REDIRECTS = 3

export interface Connection {
  readonly address: ServerAddress
  readonly credentials: Credentials
  /** `path` follows the prefix: `/api/v1/query`. */
  send(path: string, form: URLSearchParams): Promise<HttpAnswer>
  close(): Promise<void>
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return ''
  if ('code' in error && typeof error.code === 'string') return error.code
  return error.name
}

const certificateProblem = /CERT|SELF_SIGNED|UNABLE_TO_(?:GET|VERIFY)|ERR_TLS|ERR_SSL|EPROTO|HOSTNAME_MISMATCH|ALTNAME/

/** What went wrong below HTTP. A `BrokenConnection` may be tried again, everything else is final. */
export function transportError(error: unknown, address: ServerAddress, timeoutMs: number): Error {
  const code = codeOf(error)
  const details = { server: address.origin, code }
  if (error instanceof SextantError || error instanceof BrokenConnection) return error
  if (code === 'TimeoutError' || code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT')
    return new SextantError(
      'timed_out',
      `the server did not finish its answer within ${timeoutMs / 1000} s.`,
      'Ask for a shorter window or fewer series, or raise --timeout-s.',
      details,
    )
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return new SextantError(
      'server_unreachable',
      `no machine has the name in ${address.origin} (${code}).`,
      'Check the address; a name of a cluster needs a port-forward outside of it.',
      details,
    )
  if (certificateProblem.test(code))
    return new SextantError(
      'server_unreachable',
      `the TLS connection to ${address.origin} failed (${code}).`,
      'Name the file of its authority in SEXTANT_PROMETHEUS_CA_FILE, or use http: where the server has no TLS.',
      details,
    )
  if (code.startsWith('HPE_') || code === 'HTTPParserError')
    return new SextantError(
      'broken_response',
      `what answers at ${address.origin} does not speak HTTP (${code}).`,
      'Check the port, and whether it wants https:.',
      details,
    )
  if (/^(?:UND_ERR_|E[A-Z]+$)/.test(code)) return new BrokenConnection(code)
  return error instanceof Error ? error : new Error(String(error))
}

function redirected(status: number, location: string | undefined, from: URL): URL {
  const target = location === undefined ? undefined : URL.canParse(location, from.href) ? new URL(location, from.href) : undefined
  // 303 means "look at this page", never "ask there".
  if (target !== undefined && target.origin === from.origin && status !== 303) return target
  const where = target === undefined ? 'nowhere' : shown(target.origin)
  const sameHost = target?.hostname === from.hostname && target.origin !== from.origin
  throw new SextantError(
    'access_denied',
    `the server answers with a redirect (${status}) to ${where}, which is ${sameHost ? 'not the address given' : 'most likely a login page'}; credentials are not carried there.`,
    sameHost
      ? `If that is the right server, give ${where} as the address.`
      : 'Give a token that the gateway accepts in SEXTANT_PROMETHEUS_TOKEN, or use the address behind it.',
    { status, target: where },
  )
}

async function* decoded(body: AsyncIterable<Uint8Array> & NodeJS.ReadableStream, encoding: string): AsyncIterable<Uint8Array> {
  if (encoding === '' || encoding === 'identity') {
    yield* body
    return
  }
  if (encoding !== 'gzip' && encoding !== 'x-gzip')
    throw new SextantError(
      'broken_response',
      `the answer is encoded as ${shown(encoding)}, which nobody asked for.`,
      'Look at the proxy before the server.',
    )
  const gunzip = createGunzip()
  // Errors of either end arrive at the reader of `gunzip`.
  pipeline(body, gunzip, () => undefined)
  yield* gunzip as AsyncIterable<Uint8Array>
}

export function openConnection(address: ServerAddress, credentials: Credentials, options: ConnectionOptions): Connection {
  const { timeoutMs, compress = !address.isLoopback } = options
  const { caPem, certificatePem, keyPem } = credentials
  const agent = new Agent({
    connections: CONNECTIONS,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    connect: {
      timeout: Math.min(CONNECT_TIMEOUT_MS, timeoutMs),
      ...(caPem === undefined ? {} : { ca: [...rootCertificates, caPem] }),
      ...(certificatePem === undefined || keyPem === undefined ? {} : { cert: certificatePem, key: keyPem }),
    },
  })
  let method: 'POST' | 'GET' = 'POST'
  const once = async (url: URL, form: URLSearchParams, signal: AbortSignal) => {
    const isPost = method === 'POST'
    const target = isPost ? url : new URL(`${url.href}?${form}`)
    return request(target, {
      method,
      dispatcher: agent,
      signal,
      headers: {
        accept: 'application/json',
        'accept-encoding': compress ? 'gzip' : 'identity',
        ...(isPost ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
        ...credentials.headers,
      },
      ...(isPost ? { body: form.toString() } : {}),
    })
  }
  const send = async (path: string, form: URLSearchParams): Promise<HttpAnswer> => {
    let url = new URL(`${address.origin}${address.prefix}${path}`)
    const signal = AbortSignal.timeout(timeoutMs)
    for (let redirects = 0; ; ) {
      const answer = await once(url, form, signal)
      const { statusCode: status, headers, body } = answer
      const header = (name: string): string => String(headers[name] ?? '')
      if (status === 405 && method === 'POST') {
        method = 'GET'
        await body.dump()
        continue
      }
      if (status >= 300 && status < 400) {
        await body.dump()
        redirects += 1
        if (redirects > MAX_REDIRECTS) throw loginPage(status, '')
        url = redirected(status, headers['location'] === undefined ? undefined : header('location'), url)
        continue
      }
      return {
        status,
        contentType: header('content-type'),
        ...(headers['retry-after'] === undefined ? {} : { retryAfter: header('retry-after') }),
        isVictoria: headers['x-server-hostname'] !== undefined,
        chunks: decoded(body, header('content-encoding').trim().toLowerCase()),
        dispose: () => {
          body.on('error', () => undefined)
          body.destroy()
        },
      }
    }
  }
  return { address, credentials, send, close: () => agent.close() }
}
