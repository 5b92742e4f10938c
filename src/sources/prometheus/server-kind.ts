/** Which implementation answers, so that its own parameters are sent and its version is recorded. */
import { isSextantError } from '#base/errors.ts'
import type { SeriesServer } from '#model/series-source.ts'
import { type ApiOptions, callApi, type Envelope } from './api.ts'
import type { Connection } from './connection.ts'

export type ServerKind = SeriesServer['kind']

/**
 * Parameters that keep an answer raw and whole (facts/dcgm.md section 7):
 * Thanos would answer from downsampled blocks, count replicas twice and leave out stores that are down; VictoriaMetrics may round times
 * for its cache. Prometheus ignores what it does not know, so an unknown server gets them too.
 */
export function ownParameters(kind: ServerKind, acceptPartial: boolean): Readonly<Record<string, string>> {
  const thanos = { dedup: 'true', max_source_resolution: '0s', partial_response: acceptPartial ? 'true' : 'false' }
  const victoria = { nocache: '1' }
  if (kind === 'thanos') return thanos
  if (kind === 'victoriametrics') return victoria
  return kind === 'unknown' ? { ...thanos, ...victoria } : {}
}

function field(data: unknown, name: string): string {
  if (typeof data !== 'object' || data === null) return ''
  const value: unknown = Object.getOwnPropertyDescriptor(data, name)?.value
  return typeof value === 'string' ? value : ''
}

async function ask(connection: Connection, path: string, options: ApiOptions): Promise<Envelope | undefined> {
  try {
    return await callApi(connection, { path, form: new URLSearchParams(), begin: () => undefined, onElement: () => undefined }, options)
  } catch (error) {
    // Gateways often let only queries through. What concerns queries too (no server, no access) is told by the first query.
    if (isSextantError(error) && ['query_refused', 'broken_response'].includes(error.code)) return undefined
    throw error
  }
}

/** By /api/v1/status/buildinfo; Thanos gives a version 0.x there and is told by its list of stores, which Prometheus does not have. */
export async function detectServer(connection: Connection, options: ApiOptions): Promise<SeriesServer> {
  const build = await ask(connection, '/api/v1/status/buildinfo', options)
  if (build === undefined) return { kind: 'unknown' }
  // Its build information is empty, or made up for Grafana: no version is better than a wrong one.
  if (build.isVictoria) return { kind: 'victoriametrics' }
  const version = field(build.data, 'version')
  const known = version === '' ? {} : { version }
  if (/mimir|cortex/i.test(field(build.data, 'application'))) return { kind: 'mimir', ...known }
  if (version.startsWith('0.') && (await ask(connection, '/api/v1/stores', options)) !== undefined) return { kind: 'thanos', ...known }
  return field(build.data, 'goVersion') === '' ? { kind: 'unknown', ...known } : { kind: 'prometheus', ...known }
}
