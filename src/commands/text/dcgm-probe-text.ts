/** `sextant dcgm probe` for a person: what is there, whose it is, what to beware of, and the next step. */
import { formatCount, significant } from '#base/units.ts'
import type { RenderOptions } from '#commands/define-command.ts'
import type { DcgmProbe, ProbedFleet, ProbedGpu } from '#formats/dcgm-probe.ts'
import { table } from './table.ts'

const tiers: Readonly<Record<ProbedFleet['tier'], string>> = {
  prof: 'profiling counters (HBM traffic, tensor activity)',
  counter: 'only what the driver counts: no HBM traffic, no tensor activity',
  absent: 'no DCGM metrics',
}

const intervalSources = {
  repeats: 'seen in values that repeat',
  'at-most-scrape': 'or shorter: no value repeats',
  assumed: 'assumed, the exporter’s default: the values do not show it',
} as const

function seconds(value: number | undefined): string {
  return value === undefined ? '-' : `${significant(value)} s`
}

function headLines(found: ProbedFleet): string {
  const { server, window, tier, exporters, labels, series, gpus, expectedGpus, scrapeIntervalS, collectIntervalS, collectIntervalFrom } =
    found
  const hosts = new Set(gpus.flatMap(({ host }) => host ?? []))
  const wanted = expectedGpus === undefined ? '' : ` of ${expectedGpus} expected`
  const lines = [
    `${server.kind}${server.version === undefined ? '' : ` ${server.version}`}, ${window.startUtc} to ${window.endUtc} (${significant(window.durationS / 60)} min)`,
    `${gpus.length} GPUs${wanted} on ${hosts.size} ${hosts.size === 1 ? 'host' : 'hosts'}, ${formatCount(series)} series`,
    `tier: ${tier}, ${tiers[tier]}`,
  ]
  if (exporters.length > 0) lines.push(`exporters: ${exporters.join(', ')} (told from names and labels)`)
  if (labels.uuid.length > 0)
    lines.push(
      `labels: host in ${labels.host.join(' and ')}, GPU in ${labels.uuid.join(' and ')}, workload in ${labels.pod.join(' and ') || 'none'} (honor_labels ${labels.honorLabels})`,
    )
  if (scrapeIntervalS !== undefined)
    lines.push(
      `scraped every ${seconds(scrapeIntervalS)}, collected every ${seconds(collectIntervalS)}${collectIntervalFrom === undefined ? '' : ` (${intervalSources[collectIntervalFrom]})`}`,
    )
  return `${lines.join('\n')}\n`
}

function metricLines({ metrics }: ProbedFleet, options: RenderOptions): string {
  const rows = metrics.map(({ quantity, kind, unit, group, series, gpus, scrapeIntervalS, name }) => [
    quantity,
    kind,
    unit,
    group,
    String(gpus),
    String(series),
    seconds(scrapeIntervalS),
    name,
  ])
  const columns = [
    { title: 'quantity' },
    { title: 'kind' },
    { title: 'unit' },
    { title: 'group' },
    { title: 'GPUs', align: 'right' },
    { title: 'series', align: 'right' },
    { title: 'every', align: 'right' },
    { title: 'metric', shrinks: true },
  ] as const
  // All of them: a row that is cut off would look like a metric that is absent.
  return rows.length === 0 ? '' : `\n${table(columns, rows, { width: options.width })}`
}

function indicesText(gpus: readonly ProbedGpu[]): string {
  return gpus.map(({ index, uuid }) => index ?? uuid ?? '').join(' ')
}

function hostLines({ gpus }: ProbedFleet, options: RenderOptions): string {
  const byHost = new Map<string, ProbedGpu[]>()
  for (const gpu of gpus) byHost.set(gpu.host ?? '(no host)', [...(byHost.get(gpu.host ?? '(no host)') ?? []), gpu])
  const rows = [...byHost].map(([host, own]) => [
    host,
    String(own.length),
    indicesText(own),
    [...new Set(own.flatMap(({ pods }) => pods))].sort().join(', ') || '-',
  ])
  const columns = [{ title: 'host' }, { title: 'GPUs', align: 'right' }, { title: 'index' }, { title: 'pods', shrinks: true }] as const
  return rows.length === 0 ? '' : `\n${table(columns, rows, options)}`
}

export function dcgmProbeText({ dryRun, requests, found }: DcgmProbe, options: RenderOptions): string {
  if (dryRun || found === undefined)
    return `Would ask (labels are looked up first; these are those of a default installation):\n${requests.map((each) => `  ${each}\n`).join('')}`
  const lines = [headLines(found), hostLines(found, options), metricLines(found, options)]
  const { findings, warnings, next } = found
  if (findings.length > 0) lines.push(`\n${findings.map(({ severity, text }) => `${severity}: ${text}\n`).join('')}`)
  if (warnings.length > 0) lines.push(`\nThe server says:\n${warnings.map((each) => `  ${each}\n`).join('')}`)
  lines.push(`\nNext: ${next.lever}\n  unlocks: ${next.expectedUnlock}\n  gate: ${next.gate}\n`)
  return lines.join('')
}
