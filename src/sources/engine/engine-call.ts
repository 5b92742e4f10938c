/** One bounded HTTP call to an inference engine's own routes. */
import { request } from 'undici'
import { SextantError } from '#base/errors.ts'

export interface EngineAddress {
  /** `http://127.0.0.1:8000` and a gateway's prefix, without a slash at the end. */
  readonly base: string
  readonly authorization?: string
}

export interface EngineAnswer {
  readonly status: number
  readonly text: string
  readonly allow?: string
}

export interface CallOptions {
  readonly method?: 'GET' | 'POST'
  readonly body?: unknown
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

const TIMEOUT_MS = 10_000
/** A metrics page of a large deployment has some hundred kilobytes. */
const MOST_BYTES = 32 * 1024 * 1024

function failed(address: EngineAddress, path: string, error: unknown): SextantError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : error instanceof Error ? error.message : 'unknown'
  const details = { url: `${address.base}${path}`, code }
  if (code.includes('TIMEOUT')) {
    return new SextantError(
      'timed_out',
      `${details.url} did not answer in time`,
      'Look at the engine’s log: it may be busy or hung.',
      details,
      error,
    )
  }
  return new SextantError(
    'server_unreachable',
    `no answer from ${details.url} (${code})`,
    'Check that the engine runs and the URL names its port: curl URL/v1/models',
    details,
    error,
  )
}

/** Any status is an answer. Throws `server_unreachable` or `timed_out`. */
export async function callEngine(address: EngineAddress, path: string, options: CallOptions = {}): Promise<EngineAnswer> {
  const { method = 'GET', body, timeoutMs = TIMEOUT_MS, signal } = options
  try {
    const answer = await request(`${address.base}${path}`, {
      method,
      headers: {
        ...(address.authorization === undefined ? {} : { authorization: address.authorization }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      ...(signal === undefined ? {} : { signal }),
    })
    let text = ''
    for await (const part of answer.body) {
      text += String(part)
      if (text.length > MOST_BYTES) throw new Error(`more than ${MOST_BYTES} bytes`)
    }
    const { allow } = answer.headers
    return { status: answer.statusCode, text, ...(typeof allow === 'string' ? { allow } : {}) }
  } catch (error) {
    throw failed(address, path, error)
  }
}
