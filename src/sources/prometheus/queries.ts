/** The two kinds of query, each with its answer read into columns. */
import { SextantError } from '#base/errors.ts'
import type { SampledSeries } from '#model/series-source.ts'
import { type ApiOptions, callApi } from './api.ts'
import type { Connection } from './connection.ts'
import { type ReadSeries, readSeries, UnexpectedBytes } from './series-bytes.ts'

export interface QueryRoom {
  readonly connection: Connection
  readonly options: ApiOptions
  /** Parameters that the kind of server wants beside each query. */
  readonly own: Readonly<Record<string, string>>
}

export interface QueryAnswer {
  readonly resultType: string
  readonly series: readonly SampledSeries[]
  readonly warnings: readonly string[]
}

/** Seconds with the milliseconds that the API understands. */
export function seconds(timeMs: number): string {
  return (timeMs / 1000).toFixed(3)
}

interface Query {
  readonly path: '/api/v1/query' | '/api/v1/query_range'
  readonly parameters: Readonly<Record<string, string>>
  readonly fromMs?: number
  readonly toMs?: number
}

async function run(room: QueryRoom, query: Query): Promise<QueryAnswer> {
  const { fromMs = Number.NEGATIVE_INFINITY, toMs = Number.POSITIVE_INFINITY } = query
  let series: ReadSeries[] = []
  let scalar: number[] = []
  const call = {
    path: query.path,
    form: new URLSearchParams({ ...query.parameters, ...room.own }),
    begin: () => {
      series = []
      scalar = []
    },
    onElement: (bytes: Uint8Array) => {
      if (bytes[0] === 0x7b) series.push(readSeries(bytes, fromMs, toMs))
      else scalar.push(scalarPart(bytes))
    },
  }
  const envelope = await callApi(room.connection, call, room.options)
  const { resultType } = envelope
  if (resultType === undefined)
    throw new SextantError('broken_response', 'the answer to a query has no resultType.', 'Look at what lies between here and the server.')
  const warnings = [...envelope.warnings]
  const histograms = series.filter(({ hasHistograms }) => hasHistograms).length
  if (histograms > 0) warnings.push(`${histograms} series hold native histograms, which are not read`)
  if (resultType === 'scalar') return { resultType, series: [scalarSeries(scalar)], warnings }
  return { resultType, series: series.map(({ labels, timesMs, values }) => ({ labels, timesMs, values })), warnings }
}

function scalarPart(bytes: Uint8Array): number {
  const text = new TextDecoder().decode(bytes).trim().replace(/^"|"$/g, '').replace(/Inf$/, 'Infinity')
  const value = Number(text)
  if (text === '' || (Number.isNaN(value) && text !== 'NaN')) throw new UnexpectedBytes('a scalar is no number')
  return value
}

function scalarSeries(parts: readonly number[]): SampledSeries {
  const [time = Number.NaN, value = Number.NaN] = parts
  return { labels: {}, timesMs: Float64Array.of(Math.round(time * 1000)), values: Float64Array.of(value) }
}

/** The server's own limit of patience, in whole seconds below ours, so that its error arrives before ours. */
function serverTimeout({ timeoutMs }: ApiOptions): Readonly<Record<string, string>> {
  return { timeout: `${Math.max(1, Math.floor(timeoutMs / 1000) - 1)}s` }
}

/** `expected`: the type that the expression must give; another type means that the server understood something else. */
export async function instantQuery(
  room: QueryRoom,
  query: string,
  timeMs: number,
  expected: readonly string[],
  window: { readonly fromMs?: number; readonly toMs?: number } = {},
): Promise<QueryAnswer> {
  const parameters = { query, time: seconds(timeMs), ...serverTimeout(room.options) }
  const answer = await run(room, { path: '/api/v1/query', parameters, ...window })
  requireType(answer, expected, query)
  return answer
}

export async function rangeQuery(room: QueryRoom, query: string, startMs: number, endMs: number, stepMs: number): Promise<QueryAnswer> {
  const parameters = { query, start: seconds(startMs), end: seconds(endMs), step: String(stepMs / 1000), ...serverTimeout(room.options) }
  const answer = await run(room, { path: '/api/v1/query_range', parameters })
  requireType(answer, ['matrix'], query)
  return answer
}

function requireType({ resultType }: QueryAnswer, expected: readonly string[], query: string): void {
  if (expected.includes(resultType)) return
  throw new SextantError(
    'broken_response',
    `the server answered a ${resultType} where a ${expected.join(' or ')} was asked for.`,
    'What answers may only resemble Prometheus: record its name and version, and ask it with another tool.',
    { resultType, query },
  )
}
