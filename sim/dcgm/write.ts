/** Histories as text: OpenMetrics for `promtool tsdb create-blocks-from openmetrics`, lines for VictoriaMetrics' import. */
import { closeSync, openSync, writeSync } from 'node:fs'
import { type DcgmHistory, type RecordedSeries, recordedSeries } from './history.ts'

function escaped(text: string): string {
  return text.replace(/[\\"\n]/g, (char) => (char === '\n' ? '\\n' : `\\${char}`))
}

function head({ name, labels }: RecordedSeries): string {
  const inside = Object.entries(labels).map(([label, value]) => `${label}="${escaped(value)}"`)
  return `${name}{${inside.join(',')}}`
}

/** OpenMetrics wants seconds, and its closing line. */
export function* openMetricsLines(history: DcgmHistory): Generator<string> {
  for (const series of recordedSeries(history)) {
    const beginning = head(series)
    for (const [index, timeMs] of series.timesMs.entries()) yield `${beginning} ${series.values[index]} ${(timeMs / 1000).toFixed(3)}\n`
  }
  yield '# EOF\n'
}

/** /api/v1/import/prometheus takes milliseconds. */
export function* importLines(history: DcgmHistory): Generator<string> {
  for (const series of recordedSeries(history)) {
    const beginning = head(series)
    for (const [index, timeMs] of series.timesMs.entries()) yield `${beginning} ${series.values[index]} ${timeMs}\n`
  }
}

/** Lines in pieces of about a megabyte. */
export function* joined(lines: Iterable<string>): Generator<string> {
  let parts: string[] = []
  let length = 0
  for (const line of lines) {
    parts.push(line)
    length += line.length
    if (length > 1_000_000) {
      yield parts.join('')
      parts = []
      length = 0
    }
  }
  if (length > 0) yield parts.join('')
}

export function writeOpenMetrics(path: string, history: DcgmHistory): void {
  const file = openSync(path, 'w')
  try {
    for (const piece of joined(openMetricsLines(history))) writeSync(file, piece)
  } finally {
    closeSync(file)
  }
}
