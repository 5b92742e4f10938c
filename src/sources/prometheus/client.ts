/** Prometheus and what speaks its HTTP API, as a source of series. Read only. */
import { SextantError } from '#base/errors.ts'
import type { LabelSets, SeriesAnswer, SeriesServer, SeriesSource } from '#model/series-source.ts'
import { parseAddress } from './address.ts'
import { type ApiOptions, callApi, defaultApiOptions } from './api.ts'
import { openConnection } from './connection.ts'
import { readCredentials } from './credentials.ts'
import { labelKey } from './merge-series.ts'
import { instantQuery, type QueryRoom, seconds } from './queries.ts'
import { rawSamples } from './raw-samples.ts'
import { readLabels } from './series-bytes.ts'
import { detectServer, ownParameters } from './server-kind.ts'

export interface PrometheusOptions extends Partial<ApiOptions> {
  /** Where credentials are looked for; nothing else is read from it. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Where detection is not possible (a gateway that lets only queries through). */
  readonly kind?: SeriesServer['kind']
  /** Thanos: take answers from which stores are missing; they come with a warning. Default: such answers are errors. */
  readonly acceptPartial?: boolean
  readonly compress?: boolean
}

export interface PrometheusSource extends SeriesSource {
  close(): Promise<void>
}

/** Label sets of /api/v1/series; more than `limit` are not read. */
async function listedLabelSets(room: QueryRoom, selector: string, startMs: number, endMs: number, limit: number): Promise<LabelSets> {
  let labelSets: Record<string, string>[] = []
  const call = {
    path: '/api/v1/series',
    // One more than wanted says whether there are more; servers that do not know `limit` are stopped on this side.
    form: new URLSearchParams({ 'match[]': selector, start: seconds(startMs), end: seconds(endMs), limit: String(limit + 1), ...room.own }),
    begin: () => {
      labelSets = []
    },
    onElement: (bytes: Uint8Array) => {
      labelSets.push(readLabels(bytes))
    },
    isEnough: () => labelSets.length > limit,
  }
  const { warnings } = await callApi(room.connection, call, room.options)
  return { labelSets: labelSets.slice(0, limit), truncated: labelSets.length > limit, warnings }
}

function withoutName(labels: Readonly<Record<string, string>>): Record<string, string> {
  const { __name__: _, ...rest } = labels
  return rest
}

/**
 * /api/v1/series knows blocks of hours (VictoriaMetrics: days), not samples: those without a sample in the window are left out here by
 * counting samples.
 */
async function labelSetsIn(room: QueryRoom, selector: string, startMs: number, endMs: number, limit: number): Promise<LabelSets> {
  const listed = await listedLabelSets(room, selector, startMs, endMs, limit)
  if (listed.truncated || listed.labelSets.length === 0) return listed
  // Left-open on a server that closes both ends: one millisecond shorter is the same for samples in whole milliseconds.
  const { series, warnings } = await instantQuery(room, `count_over_time(${selector}[${Math.max(1, endMs - startMs - 1)}ms])`, endMs, [
    'vector',
  ])
  const present = new Set(series.map(({ labels }) => labelKey(withoutName(labels))))
  const labelSets = listed.labelSets.filter((labels) => present.has(labelKey(withoutName(labels))))
  const sorted = labelSets.map((labels) => ({ labels, key: labelKey(labels) })).sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
  return { labelSets: sorted.map(({ labels }) => labels), truncated: false, warnings: [...listed.warnings, ...warnings] }
}

/** Nothing is asked before the first method is called. Throws `usage` for an impossible address or credentials. */
export function openPrometheus(address: string, options: PrometheusOptions): PrometheusSource {
  const { env, kind, acceptPartial = false, compress, ...given } = options
  const api: ApiOptions = { ...defaultApiOptions, ...given }
  const connection = openConnection(parseAddress(address), readCredentials(env), {
    timeoutMs: api.timeoutMs,
    ...(compress === undefined ? {} : { compress }),
  })
  let detected: Promise<SeriesServer> | undefined
  const server = (): Promise<SeriesServer> => {
    detected ??= kind === undefined ? detectServer(connection, api) : Promise.resolve({ kind })
    return detected
  }
  const room = async (): Promise<QueryRoom> => ({ connection, options: api, own: ownParameters((await server()).kind, acceptPartial) })
  return {
    server,
    rawSamples: async (selector, startMs, endMs): Promise<SeriesAnswer> => rawSamples(await room(), selector, startMs, endMs),
    labelSets: async (selector, startMs, endMs, limit) => labelSetsIn(await room(), selector, startMs, endMs, limit),
    instant: async (query, timeMs): Promise<SeriesAnswer> => {
      const { series, warnings, resultType } = await instantQuery(await room(), query, timeMs, ['vector', 'scalar'])
      if (series.some(({ timesMs }) => timesMs.length !== 1))
        throw new SextantError(
          'broken_response',
          `a ${resultType} has other than one sample per series.`,
          'What answers only resembles Prometheus.',
        )
      return { series, warnings }
    },
    close: () => connection.close(),
  }
}
