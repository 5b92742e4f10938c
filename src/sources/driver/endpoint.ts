/** Where requests go. A URL may name the server, its `/v1`, or the whole route, as people copy it. */
import { SextantError } from '#base/errors.ts'

export interface Endpoint {
  /** `http://127.0.0.1:8000` */
  readonly origin: string
  /** Everything before `/v1`: a gateway's prefix, mostly empty. */
  readonly prefix: string
  readonly api: 'chat' | 'completions'
  readonly path: string
  readonly metricsUrl: string
  readonly modelsUrl: string
  readonly versionUrl: string
  /** The server is on this machine, or a tunnel to another begins here. */
  readonly isLoopback: boolean
}

const routes = { chat: '/v1/chat/completions', completions: '/v1/completions' } as const

export function parseEndpoint(text: string, api: 'chat' | 'completions' | undefined, metricsUrl?: string): Endpoint {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new SextantError('usage', `not an http or https URL: ${text}`, 'Name the server: http://127.0.0.1:8000')
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new SextantError(
      'usage',
      'the URL of the server must hold no password, query or fragment: it is written into results.',
      'Give a key by the environment: --api-key-env NAME',
    )
  }
  const match = /^(.*?)(?:\/v1(?:\/(chat\/completions|completions))?)?\/*$/.exec(url.pathname)
  const prefix = (match?.[1] ?? '').replace(/\/+$/, '')
  const named = match?.[2] === undefined ? undefined : match[2] === 'completions' ? 'completions' : 'chat'
  if (named !== undefined && api !== undefined && named !== api) {
    throw new SextantError('usage', `the URL names ${named}, --api names ${api}`, 'Leave one of them out.')
  }
  const chosen = api ?? named ?? 'chat'
  return {
    origin: url.origin,
    prefix,
    api: chosen,
    path: `${prefix}${routes[chosen]}`,
    // vLLM and SGLang serve it beside /v1, not below.
    metricsUrl: metricsUrl ?? `${url.origin}${prefix}/metrics`,
    modelsUrl: `${url.origin}${prefix}/v1/models`,
    versionUrl: `${url.origin}${prefix}/version`,
    isLoopback: isLoopback(url.hostname),
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host)
}
