/** What a server's refusal means for the one who asked, each with its own next step. */
import { SextantError } from '#base/errors.ts'
import { printable } from '#platform/printable.ts'

/** As much of a server's own words as a message bears. */
const SHOWN_CHARACTERS = 300

export interface Refusal {
  readonly status: number
  readonly contentType: string
  /** The beginning of the body, secrets already removed. */
  readonly body: string
  readonly attempts: number
}

export interface ApiError {
  readonly errorType: string
  readonly error: string
}

export function shown(text: string): string {
  const line = printable(text).replace(/\s+/g, ' ').trim()
  return line.length > SHOWN_CHARACTERS ? `${line.slice(0, SHOWN_CHARACTERS)}…` : line
}

/** The API's own error object; undefined for what a proxy writes. */
export function apiErrorOf(body: string): ApiError | undefined {
  try {
    const value: unknown = JSON.parse(body)
    if (typeof value !== 'object' || value === null || !('error' in value)) return undefined
    return { errorType: 'errorType' in value ? String(value.errorType) : '', error: String(value.error) }
  } catch {
    return undefined
  }
}

export function isHtml(contentType: string, body: string): boolean {
  return /\bhtml\b/i.test(contentType) || /^\s*(?:<!doctype html|<html|<head|<body)/i.test(body)
}

export function loginPage(status: number, body: string): SextantError {
  const title = /<title[^>]*>([^<]*)/i.exec(body)?.[1]
  return new SextantError(
    'access_denied',
    `the server answered ${status} with a web page${title === undefined ? '' : ` (${shown(title)})`} instead of the API: most likely a login page of a gateway.`,
    'Give a token that the gateway accepts in SEXTANT_PROMETHEUS_TOKEN, or use the address of the API behind it (for example through a port-forward).',
    { status },
  )
}

/** Limits on samples, series, points and length of queries, as Prometheus, VictoriaMetrics, Thanos, Mimir and Cortex word them. */
const TOO_LARGE =
  /too many (?:samples|points|series|chunks)|max(?:imum)? number of|maxSamples|maxMemoryPerQuery|-search\.max|exceed\w* (?:\w+ )?(?:limit|maximum)|limit exceeded|limit \d+ violated|ResourceExhausted|not enough memory/i

/** Ranges refused in an instant query, as gateways that only know vectors say it. */
export function refusesRawRange(error: unknown): boolean {
  return (
    error instanceof SextantError &&
    error.code === 'query_refused' &&
    /range.?vector|matri(?:x|ces)|invalid expression type/i.test(error.message)
  )
}

const SPLIT_HINT = 'Ask for a shorter window or fewer hosts, or let its operator raise the limit that it names.'

export function refusalError(refusal: Refusal, path: string): SextantError {
  const { status, contentType, body, attempts } = refusal
  const api = apiErrorOf(body)
  const words = api === undefined ? '' : `: ${shown(api.error)}`
  const details = {
    status,
    path,
    ...(api === undefined ? { answer: shown(body) } : { errorType: shown(api.errorType), error: shown(api.error) }),
  }
  if (status === 401 || status === 403)
    return new SextantError(
      'access_denied',
      status === 401
        ? `the server wants other credentials (401)${words}: none were given, or the token is wrong or has expired.`
        : `the server does not let these credentials read (403)${words}.`,
      status === 401
        ? 'Renew the token and set SEXTANT_PROMETHEUS_TOKEN or SEXTANT_PROMETHEUS_TOKEN_FILE (or _USER and _PASSWORD, or _HEADERS_FILE).'
        : 'Ask its operator for the right to query, or check SEXTANT_PROMETHEUS_TENANT.',
      details,
    )
  if (status === 413 || (status !== 404 && status !== 429 && TOO_LARGE.test(api?.error ?? body)))
    return new SextantError('query_too_large', `the server refuses so many samples (${status})${words}.`, SPLIT_HINT, details)
  if (status === 503 && api?.errorType === 'timeout')
    return new SextantError('timed_out', `the server gave up on the query (503)${words}.`, SPLIT_HINT, details)
  if (status === 429 || status >= 500)
    return new SextantError(
      'server_unavailable',
      `the server is ${status === 429 ? 'asking for fewer requests' : 'overloaded or broken'} (${status} after ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'})${words}.`,
      'Wait a minute and try again; if it stays, look at the server and at what lies before it.',
      { ...details, attempts },
    )
  if (isHtml(contentType, body) && status !== 404) return loginPage(status, body)
  if (status === 404)
    return new SextantError(
      'query_refused',
      `there is no Prometheus API under ${path} (404)${words}.`,
      'Check the path prefix of the address: Mimir and Grafana Cloud have /prometheus or /api/prom, VictoriaMetrics clusters /select/0/prometheus.',
      details,
    )
  const kind =
    status === 400
      ? 'the query is not valid for this server'
      : status === 422
        ? 'the server cannot evaluate the query'
        : 'the server refuses the request'
  return new SextantError(
    'query_refused',
    `${kind} (${status})${words}.`,
    'The words are the server’s own; the query stands in the details.',
    details,
  )
}
