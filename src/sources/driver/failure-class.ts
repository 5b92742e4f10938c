/** What a failed connection or response is called. */
import type { RequestOutcome } from '#model/load-requests.ts'

const byCode: Readonly<Record<string, RequestOutcome>> = {
  ECONNREFUSED: 'refused',
  ENOTFOUND: 'unreachable',
  EAI_AGAIN: 'unreachable',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  ETIMEDOUT: 'connect-timeout',
  UND_ERR_CONNECT_TIMEOUT: 'connect-timeout',
}

const resets: ReadonlySet<string> = new Set([
  'ECONNRESET',
  'EPIPE',
  'UND_ERR_SOCKET',
  'ECONNABORTED',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
])

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

/** @param hasResponse headers of the response had arrived. */
export function failureOf(error: unknown, hasResponse: boolean): RequestOutcome {
  const code = codeOf(error)
  // `localhost` is tried at several addresses; the first says why.
  if (code === '' && error instanceof AggregateError) return failureOf(error.errors[0], hasResponse)
  const known = byCode[code]
  if (known !== undefined) return known
  if (resets.has(code)) return hasResponse ? 'reset-mid-stream' : 'reset'
  if (code.startsWith('HPE_') || (error instanceof Error && error.name === 'HTTPParserError')) return 'malformed-http'
  return 'client-error'
}

/** Undefined where the status is the one of a stream. */
export function statusOutcome(status: number): RequestOutcome | undefined {
  if (status === 200) return undefined
  if (status === 429) return 'http-429'
  return status >= 500 ? 'http-5xx' : 'http-4xx'
}

/** Failures that may pass: another attempt is honest where each attempt is counted. */
export function mayPass(outcome: RequestOutcome): boolean {
  return outcome === 'refused' || outcome === 'reset' || outcome === 'connect-timeout' || outcome === 'http-429' || outcome === 'http-5xx'
}

/** For a person: a code where there is one, else the message; bounded, because a server may have written it. */
export function failureText(error: unknown): string {
  const code = codeOf(error)
  const message = error instanceof Error ? error.message : String(error)
  return `${code === '' || message.includes(code) ? '' : `${code}: `}${message}`.slice(0, 200)
}
