/** `sextant metrics` for a person: readings, what was counted between two dumps, and what cannot be known from them. */
import { formatBytes, formatCount, formatDuration, formatRatio, significant } from '#base/units.ts'
import type { RenderOptions } from '#commands/define-command.ts'
import type { MetricsReport } from '#formats/metrics.ts'
import { table } from './table.ts'

function formatValue(value: number | undefined, unit: string): string {
  if (value === undefined) return '-'
  if (unit === 'ratio') return formatRatio(value)
  if (unit === 'B') return formatBytes(value)
  if (unit === 'B/s') return `${formatBytes(value)}/s`
  if (unit === 's') return formatDuration(value * 1e9)
  if (unit === 'celsius') return `${significant(value)} °C`
  if (unit === 'Hz') return `${significant(value / 1e6, 4)} MHz`
  if (['count', 'requests', 'tokens', 'code', 'bitmask'].includes(unit)) return `${formatCount(Number(value.toFixed(3)))} ${unit}`
  return `${significant(value, 4)} ${unit}`
}

function deltaLines({ deltas = [] }: MetricsReport, options: RenderOptions): string {
  const rows = deltas.map(({ quantity, unit, entity, state, delta, perSecond, reason }) => [
    quantity,
    entity,
    state === 'invalid' ? 'INVALID' : formatValue(delta, unit),
    perSecond === undefined ? '-' : `${significant(perSecond, 4)}/s`,
    reason ?? '',
  ])
  const columns = [
    { title: 'counted between the dumps' },
    { title: 'of' },
    { title: 'gained', align: 'right' },
    { title: 'rate', align: 'right' },
    { title: '', shrinks: true },
  ] as const
  return rows.length === 0 ? '' : `\n${table(columns, rows, options)}`
}

function histogramLines({ histograms }: MetricsReport): string {
  const lines = histograms.map(({ quantity, unit, count, mean, quantiles, since }) => {
    const held = quantiles.map(({ quantile, above, atMost }) => {
      const edge =
        atMost === undefined ? `above ${formatValue(above, unit)}` : `${formatValue(above, unit)} to ${formatValue(atMost, unit)}`
      return `p${quantile * 100} ${edge}`
    })
    return `  ${quantity}: mean ${formatValue(mean, unit)} over ${formatCount(count)} since the ${since}; ${held.join(', ')}\n`
  })
  return lines.length === 0 ? '' : `\nHistograms (a bucket is all that is known):\n${lines.join('')}`
}

export function metricsText(report: MetricsReport, options: RenderOptions): string {
  const { readings, derived, unavailable, findings, unknownNames, samples } = report
  const rows = readings.map(({ quantity, unit, entity, value, name }) => [quantity, entity, formatValue(value, unit), name])
  const columns = [{ title: 'quantity' }, { title: 'of' }, { title: 'value', align: 'right' }, { title: 'as', shrinks: true }] as const
  const lines = [`${formatCount(samples)} samples\n\n`, table(columns, rows, options), deltaLines(report, options), histogramLines(report)]
  const known = derived.map(({ name, unit, value, reason, formula }) =>
    value === undefined ? `  ${name}: unknown (${reason ?? ''})\n` : `  ${name}: ${formatValue(value, unit)} (${formula})\n`,
  )
  if (known.length > 0) lines.push('\nDerived:\n', ...known)
  if (unavailable.length > 0) lines.push(`\nUnavailable, not zero: ${unavailable.map(({ quantity }) => quantity).join(', ')}\n`)
  for (const { text } of findings) lines.push(`\n${text}\n`)
  if (unknownNames.length > 0) lines.push(`\n${unknownNames.length} names are not in the rename table (--json lists them)\n`)
  return lines.join('')
}
