/** The server that a command was pointed at. */
import { SextantError } from '#base/errors.ts'
import type { SeriesServer } from '#model/series-source.ts'
import { parseAddress } from '#sources/prometheus/address.ts'
import { openPrometheus, type PrometheusSource } from '#sources/prometheus/client.ts'

export interface ServerRequest {
  /** Absent: SEXTANT_PROMETHEUS_URL. */
  readonly url?: string | undefined
  readonly serverKind?: SeriesServer['kind'] | undefined
  readonly timeoutS?: number | undefined
  readonly acceptPartial?: boolean | undefined
}

type Environment = Readonly<Record<string, string | undefined>>

const URL_VARIABLE = 'SEXTANT_PROMETHEUS_URL'

/**
 * Credentials belong to one server. Where SEXTANT_PROMETHEUS_URL says which, another address is asked without them: over MCP the address
 * may come from a text that somebody else wrote.
 */
function environmentFor(url: string, env: Environment): Environment {
  const owner = env[URL_VARIABLE] ?? ''
  if (owner === '' || parseAddress(owner).origin === parseAddress(url).origin) return env
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('SEXTANT_PROMETHEUS_')))
}

/** Nothing is asked yet. Throws `usage` where no address is known, or for an impossible one. */
export function openServer({ url, serverKind, timeoutS, acceptPartial }: ServerRequest, env: Environment): PrometheusSource {
  const address = url ?? env[URL_VARIABLE] ?? ''
  if (address === '')
    throw new SextantError('usage', 'nothing says which server to ask.', `Give --url http://127.0.0.1:9090, or set ${URL_VARIABLE}.`)
  return openPrometheus(address, {
    env: environmentFor(address, env),
    ...(serverKind === undefined ? {} : { kind: serverKind }),
    ...(timeoutS === undefined ? {} : { timeoutMs: Math.round(timeoutS * 1000) }),
    ...(acceptPartial === undefined ? {} : { acceptPartial }),
  })
}
