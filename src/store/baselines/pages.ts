/** SOURCE.md of an entry and INDEX.md of the registry. What comes from files and people is made inert in Markdown. */
import type { PerfBaseline } from '#formats/perf-baseline.ts'
import type { BaselineEntry } from './entries.ts'
import { isoOf } from './layout.ts'

/** One line, no table separators, no markup: text of strangers in a page that people trust. */
export function inert(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/[\\`*_[\]<>|#]/g, (character) => `\\${character}`)
    .trim()
}

/** `4100 tok/s at c=16` of an entry that knows it, else the value. */
function valueText({ value, headline }: PerfBaseline): string {
  const throughput = headline?.['throughput_toks_per_s']
  if (typeof throughput === 'number') return `${throughput} tok/s at c=${String(headline?.['concurrency'])}`
  if (value === null || value === undefined) return 'structured'
  return typeof value === 'object' ? 'structured' : String(value)
}

export function sourcePage(baseline: PerfBaseline): string {
  const rows: readonly (readonly [string, string | null | undefined])[] = [
    ['Family', baseline.family],
    ['Measurement', baseline.measurement],
    ['Value', valueText(baseline)],
    ['Unit', baseline.unit],
    ['Direction', baseline.direction],
    ['Source', baseline.source_path],
    ['sha256', baseline.source_sha256],
    ['Registered (UTC)', baseline.registered_at_utc],
    ['Registered by', baseline.registered_by?.operator_user],
    ['Workstation', baseline.workstation?.hostname],
    ['Cluster', baseline.cluster],
    ['Tool', baseline.profile_and_optimize_sha],
    [
      'Speed of light',
      baseline.sol_pct == null ? undefined : `${baseline.sol_pct} % of ${baseline.sol_ceiling_key ?? 'a ceiling that is not named'}`,
    ],
    ['Notes', baseline.notes],
  ]
  const lines = rows.flatMap(([name, text]) => (text === undefined || text === null || text === '' ? [] : [`- ${name}: ${inert(text)}`]))
  return `# ${inert(baseline.family)}/${inert(baseline.measurement)}\n\n${lines.join('\n')}\n\nImmutable: another run is another entry.\n`
}

export function indexPage(entries: readonly BaselineEntry[]): string {
  const rows = entries
    .map(({ family, measurement, stamp, baseline }) => [
      isoOf(stamp),
      `${family}/${measurement}/${stamp}`,
      valueText(baseline),
      baseline.unit,
      baseline.notes ?? '',
    ])
    .sort((a, b) => ((a[0] ?? '') < (b[0] ?? '') || (a[0] === b[0] && (a[1] ?? '') < (b[1] ?? '')) ? -1 : 1))
  const lines = rows.map((cells) => `| ${cells.map(inert).join(' | ')} |`)
  return `# Performance baselines\n\n| UTC | Slug | Value | Unit | Notes |\n|---|---|---|---|---|\n${lines.join('\n')}${lines.length > 0 ? '\n' : ''}`
}
