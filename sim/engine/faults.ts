/**
 * Misbehaviour on demand. A rule is `KIND[:NAME=VALUE,…]`, for example `reset:share=0.1,after=5` or `freeze:start=2000,ms=1500`.
 * Rules about requests are tried in order for each request, and the first that applies is taken.
 */
import type { Random } from '#base/random.ts'

/** What each does to a request. `ok` marks those after which a correct client has the whole answer. */
export const requestFaults = {
  'http-429': { ok: false, what: 'answers 429 with Retry-After' },
  'http-500': { ok: false, what: 'answers 500' },
  'http-503': { ok: false, what: 'answers 503' },
  silent: { ok: false, what: 'reads the request and never answers' },
  reset: { ok: false, what: 'resets the connection after some events' },
  close: { ok: false, what: 'closes the connection after some events, inside the chunked body' },
  stall: { ok: false, what: 'sends nothing more after some events: for ms, or for ever' },
  'error-event': { ok: false, what: 'ends the stream with an error event, as vLLM does' },
  'malformed-sse': { ok: false, what: 'sends an event whose JSON is broken in place of one token' },
  empty: { ok: false, what: 'answers 200 with a stream that holds no token' },
  'no-done': { ok: false, what: 'ends the stream without [DONE] and without usage' },
  'wrong-usage': { ok: false, what: 'reports more tokens in usage than it sent' },
  'no-usage': { ok: false, what: 'leaves out the usage that was asked for' },
  'split-bytes': { ok: true, what: 'sends each event in three writes, some of them inside a character of several bytes' },
  'huge-chunk': { ok: true, what: 'one event holds a megabyte of text' },
  die: { ok: false, what: 'the whole server dies after some events of this request' },
} as const
export type RequestFaultKind = keyof typeof requestFaults

/** What each does to the server at a time. */
export const serverFaults = {
  refuse: 'refuses connections',
  freeze: 'does no step',
  'server-dies': 'resets all connections and serves no more',
} as const
export type ServerFaultKind = keyof typeof serverFaults

export interface RequestFault {
  readonly kind: RequestFaultKind
  /** Events with tokens that are sent before it. */
  readonly after: number
  /** Duration; 0 for ever. */
  readonly ms: number
  readonly bytes: number
}

export interface ServerFault {
  readonly kind: ServerFaultKind
  /** Since the engine started. */
  readonly startMs: number
  readonly ms: number
}

interface RequestRule {
  readonly fault: RequestFault
  readonly share: number
  readonly every: number
  readonly at: number
  /** How often it may still apply. */
  left: number
}

const names = ['share', 'every', 'at', 'count', 'after', 'ms', 'bytes', 'start'] as const
type Name = (typeof names)[number]

function parseValues(rule: string, text: string): Partial<Record<Name, number>> {
  const values: Partial<Record<Name, number>> = {}
  for (const pair of text === '' ? [] : text.split(',')) {
    const [name, digits = '', ...more] = pair.split('=')
    const known = names.find((each) => each === name)
    const value = Number(digits)
    if (known === undefined || more.length > 0 || digits === '' || !Number.isFinite(value) || value < 0) {
      throw new RangeError(`fault "${rule}": "${pair}" is not one of ${names.join(', ')} with a number`)
    }
    values[known] = value
  }
  if ((values.share ?? 0) > 1) throw new RangeError(`fault "${rule}": share is between 0 and 1`)
  return values
}

export type FaultRule =
  | { readonly about: 'request'; readonly rule: RequestRule }
  | { readonly about: 'server'; readonly fault: ServerFault }

/** Throws RangeError with what is wrong. */
export function parseFault(text: string): FaultRule {
  const colon = text.indexOf(':')
  const kind = colon < 0 ? text : text.slice(0, colon)
  const values = parseValues(text, colon < 0 ? '' : text.slice(colon + 1))
  if (kind in serverFaults) {
    return { about: 'server', fault: { kind: kind as ServerFaultKind, startMs: values.start ?? 0, ms: values.ms ?? 1_000 } }
  }
  if (!(kind in requestFaults)) {
    throw new RangeError(`fault "${text}": one of ${[...Object.keys(requestFaults), ...Object.keys(serverFaults)].join(', ')}`)
  }
  const fault = { kind: kind as RequestFaultKind, after: values.after ?? 2, ms: values.ms ?? 0, bytes: values.bytes ?? 1_048_576 }
  // Without a word on which requests, all of them.
  const share = values.share ?? (values.every === undefined && values.at === undefined ? 1 : 0)
  return {
    about: 'request',
    rule: { fault, share, every: values.every ?? 0, at: values.at ?? 0, left: values.count ?? Number.POSITIVE_INFINITY },
  }
}

export class Faults {
  readonly #random: Random
  #rules: RequestRule[] = []
  /** How often each kind was applied. */
  readonly counts = new Map<RequestFaultKind, number>()

  constructor(random: Random) {
    this.#random = random
  }

  add(rule: RequestRule): void {
    this.#rules.push(rule)
  }

  clear(): void {
    this.#rules = []
  }

  /** The fault of the request with this number, counted from 1. */
  draw(number: number): RequestFault | undefined {
    for (const rule of this.#rules) {
      const drawn = rule.share > 0 && this.#random.uniform() < rule.share
      const applies = drawn || (rule.every > 0 && number % rule.every === 0) || (rule.at > 0 && number === rule.at)
      if (!applies || rule.left <= 0) continue
      rule.left -= 1
      const { kind } = rule.fault
      this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1)
      return rule.fault
    }
    return undefined
  }
}
