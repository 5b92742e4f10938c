/**
 * Answers of the Prometheus HTTP API that somebody else fetched, one file per metric name: for servers that are reachable only through
 * another tool. https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries (resultType matrix). Not read: vectors,
 * Grafana frames. A name without a file was not asked for, and is absent.
 */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { SextantError } from '#base/errors.ts'
import type { LabelSets, SampledSeries, SeriesAnswer, SeriesSource } from '#model/series-source.ts'
import { fileError } from '#platform/access.ts'

/** 64 GPUs over a day at 15 s print 25 MB per metric; this leaves room for ten times that. */
const MAX_BYTES = 256 * 1024 * 1024

export interface KeptAnswers extends SeriesSource {
  /** Files that were read, in order of reading. */
  readonly read: readonly string[]
}

/** Throws `file_not_found` where `folder` is none. */
export function openKeptAnswers(folder: string): KeptAnswers {
  try {
    if (!statSync(folder).isDirectory())
      throw new SextantError('usage', `${folder} is no folder`, 'Name the folder that holds the saved answers.')
  } catch (error) {
    throw fileError(folder, error)
  }
  const read: string[] = []
  const rawSamples = async (selector: string, startMs: number, endMs: number): Promise<SeriesAnswer> => {
    const name = /^[A-Za-z_:][A-Za-z0-9_:]*/.exec(selector)?.[0] ?? ''
    const path = join(folder, `${name}.json`)
    if (!existsSync(path)) return { series: [], warnings: [] }
    read.push(path)
    const { series, warnings } = answerOf(path)
    const matchers = matchersOf(selector)
    const selected = series.filter(({ labels }) => matchers.every((matches) => matches(labels)))
    return { series: selected.flatMap((each) => within(each, startMs, endMs)), warnings }
  }
  return {
    read,
    server: async () => ({ kind: 'kept-answers' }),
    rawSamples,
    labelSets: async (selector, startMs, endMs, limit): Promise<LabelSets> => {
      const { series, warnings } = await rawSamples(selector, startMs, endMs)
      return { labelSets: series.slice(0, limit).map(({ labels }) => labels), truncated: series.length > limit, warnings }
    },
    instant: async () => {
      throw new SextantError(
        'missing_data',
        'saved answers hold raw samples only',
        'Select by host, UUID, namespace or pod, which needs no other query.',
      )
    },
  }
}

type Labels = SampledSeries['labels']

/** A saved answer may hold more than was asked for: the selector is asked again here. Its text is what `selectorText` writes. */
function matchersOf(selector: string): ((labels: Labels) => boolean)[] {
  const parts = [...selector.matchAll(/(\w+)(=~|!~|!=|=)("(?:[^"\\]|\\.)*")/g)]
  return parts.map(([, label = '', operator, quoted = '""']) => {
    const value = unquoted(quoted)
    const isRegex = operator === '=~' || operator === '!~'
    const pattern = isRegex ? new RegExp(`^(?:${value})$`, 's') : undefined
    const isWanted = operator === '=' || operator === '=~'
    // A missing label and an empty one are the same to Prometheus.
    return (labels) => (pattern?.test(labels[label] ?? '') ?? (labels[label] ?? '') === value) === isWanted
  })
}

function unquoted(text: string): string {
  return text.slice(1, -1).replace(/\\(?:x([0-9a-f]{2})|(.))/g, (_, code: string | undefined, char: string) => {
    if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16))
    return { n: '\n', r: '\r', t: '\t' }[char] ?? char
  })
}

function within({ labels, timesMs, values }: SampledSeries, startMs: number, endMs: number): SampledSeries[] {
  const kept = [...timesMs.keys()].filter((at) => (timesMs[at] ?? 0) > startMs && (timesMs[at] ?? 0) <= endMs)
  if (kept.length === 0) return []
  return [{ labels, timesMs: Float64Array.from(kept, (at) => timesMs[at] ?? 0), values: Float64Array.from(kept, (at) => values[at] ?? 0) }]
}

function answerOf(path: string): SeriesAnswer {
  const name = basename(path)
  const answer = parsed(path, name)
  const status = answer['status']
  if (status === 'error')
    throw new SextantError(
      'query_refused',
      `${name} holds the server’s refusal: ${String(answer['error'])}`,
      'Ask the query of --dry-run again and save its answer.',
    )
  const data = isObject(answer['data']) ? answer['data'] : undefined
  if (status !== 'success' || data === undefined) throw broken(name, 'it is no answer of the query API (no status and data)')
  if (data['resultType'] !== 'matrix' || !Array.isArray(data['result']))
    throw broken(name, `its resultType is ${String(data['resultType'])}, not matrix: the query was asked without its range ([…s])`)
  const texts = (key: string): string[] => (Array.isArray(answer[key]) ? answer[key].map(String) : [])
  return {
    series: data['result'].map((each, at) => seriesOf(each, `${name} result ${at}`)),
    warnings: [...texts('warnings'), ...texts('infos')],
  }
}

function parsed(path: string, name: string): Readonly<Record<string, unknown>> {
  let text: string
  try {
    if (statSync(path).size > MAX_BYTES)
      throw new SextantError(
        'limit_exceeded',
        `${name} is larger than ${MAX_BYTES} bytes`,
        'Save answers of a shorter window or fewer GPUs.',
        { limit: MAX_BYTES },
      )
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw fileError(path, error)
  }
  if (/^\s*</.test(text)) throw broken(name, 'it is a web page, most likely of a login')
  try {
    const value: unknown = JSON.parse(text)
    if (isObject(value)) return value
  } catch (error) {
    throw broken(name, 'it is not whole JSON', error)
  }
  throw broken(name, 'it is no object')
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function seriesOf(value: unknown, where: string): SampledSeries {
  if (!isObject(value) || !isObject(value['metric']) || !Array.isArray(value['values'])) throw broken(where, 'it has no metric and values')
  const { __name__: _, ...metric } = value['metric']
  const labels = Object.fromEntries(Object.entries(metric).map(([key, text]) => [key, String(text)]))
  const timesMs = new Float64Array(value['values'].length)
  const values = new Float64Array(value['values'].length)
  let last = Number.NEGATIVE_INFINITY
  for (const [at, sample] of value['values'].entries()) {
    const [time, text] = Array.isArray(sample) ? sample : []
    if (typeof time !== 'number' || typeof text !== 'string') throw broken(where, `sample ${at} is not [seconds, "value"]`)
    // Seconds with a fraction: whole milliseconds, as Prometheus keeps them.
    const timeMs = Math.round(time * 1000)
    if (timeMs <= last) throw broken(where, `sample ${at} is not later than the one before it`)
    last = timeMs
    timesMs[at] = timeMs
    values[at] = sampleValue(text, `${where} sample ${at}`)
  }
  return { labels, timesMs, values }
}

function sampleValue(text: string, where: string): number {
  if (text === '+Inf' || text === 'Inf') return Number.POSITIVE_INFINITY
  if (text === '-Inf') return Number.NEGATIVE_INFINITY
  if (text === 'NaN') return Number.NaN
  const value = Number(text)
  if (text.trim() === '' || Number.isNaN(value)) throw broken(where, `${text} is no number`)
  return value
}

function broken(where: string, why: string, cause?: unknown): SextantError {
  return new SextantError(
    'broken_response',
    `${where}: ${why}`,
    'Save the body of the API’s answer as it came, for the query that --dry-run prints.',
    {},
    cause,
  )
}
