/**
 * Reports of Nsight Compute, `.ncu-rep` and `.ncu-repz`, without any tool of NVIDIA's.
 * Format: https://docs.nvidia.com/nsight-compute/CustomizationGuide/index.html#report-file-format; field numbers learnt from files.
 *
 * Not supported: results of command lists and whole graphs (counted), source code and SASS (skipped), values per instruction
 * (their number is kept), charts and tables of sections and rules.
 */
import { SextantError } from '#base/errors.ts'
import type { Loss } from '#model/capture.ts'
import type { CounterMetric } from '#model/kernel-counters.ts'
import type { RandomAccess, Reader, ReadOptions, ReadResult, Source } from '#model/reader.ts'
import type { Device } from '#model/timeline.ts'
import { openRandomAccess } from '#platform/access.ts'
import { attributesOf, buildCapture, deviceFrom } from './capture.ts'
import type { FinishedColumns } from './counter-columns.ts'
import { detectReport } from './detect-report.ts'
import { roleOfMetric } from './metric-roles.ts'
import { unitOfMetric } from './metric-units.ts'
import { type Report, ReportParser } from './report.ts'
import { accessOf, decompressZstd, startsAsZstd } from './zstd.ts'

export const ncuReportReader: Reader = {
  kind: 'ncu-rep',
  title: 'Nsight Compute report (.ncu-rep, .ncu-repz)',
  spec: 'https://docs.nvidia.com/nsight-compute/CustomizationGuide/index.html#report-file-format',
  version: 1,
  detect: detectReport,
  read: readReport,
}

async function readReport(source: Source, options: ReadOptions): Promise<ReadResult> {
  const file = openRandomAccess(source.path)
  try {
    let access: RandomAccess = file
    let damage: string | undefined
    if (startsAsZstd(file.read(0, 4))) {
      const whole = decompressZstd(file, source.name, options.limits.maxDecompressedBytes)
      access = accessOf(whole.bytes)
      damage = whole.damage
    }
    const parser = new ReportParser(access, source.name, (read) => options.onProgress?.(Math.min(read, source.size), source.size))
    const report = parser.parse()
    if (damage !== undefined) report.losses.add('damaged-compression', 1, `what follows a damaged zstd frame was not read (${damage})`)
    refuseEmpty(report, source.name)
    return resultOf(report)
  } finally {
    file.close()
  }
}

/** A report without any result that is whole is an answer (no kernel matched the filter); one that is damaged is not. */
function refuseEmpty(report: Report, name: string): void {
  const losses = report.losses.list()
  if (report.columns.length > 0 || losses.length === 0) return
  const cut = losses.some(({ code }) => code.startsWith('truncated'))
  throw new SextantError(
    cut ? 'truncated_file' : 'corrupt_file',
    `${name} ${cut ? 'ends' : 'is damaged'} before its first result.`,
    'Copy the report again from where it was written, or profile again.',
    { losses: losses.map(({ code }) => code) },
  )
}

function resultOf(report: Report): ReadResult {
  const { strings, session, losses } = report
  const describe = (id: number): CounterMetric | undefined => {
    const name = strings[id]
    if (name === undefined) return undefined
    const unit = unitOfMetric(name)
    const role = roleOfMetric(name)
    return { name, ...(unit === undefined ? {} : { unit }), ...(role === undefined ? {} : { role }) }
  }
  const columns = report.columns.finish(describe)
  losses.add('unnamed-metrics', columns.unnamed, 'values whose metric has no name in the string table: left out')
  losses.add('command-list-results', report.commandLists, 'results of command lists: not read')
  losses.add('graph-results', report.graphs, 'results of whole graphs: not read')
  const unknown = Array.from(report.unknown.counts, ([field, count]) => ({ field, count })).sort((a, b) => (a.field < b.field ? -1 : 1))
  for (const { field, count } of unknown) losses.add(`unknown-field-${field.toLowerCase()}`, count, `fields ${field} of a newer format`)
  const capture = buildCapture({
    kind: 'ncu-rep',
    ...versionOf(session.versions),
    columns,
    processes: report.processes,
    sections: report.sections,
    devices: devicesOf(report, columns),
    ...(session.clockControl === undefined ? {} : { clockControl: session.clockControl }),
    holdsRules: true,
    facts: factsOf(report),
    inventory: {
      blocks: report.blocks,
      sources: report.sources,
      results: report.columns.length,
      'string-table': strings.length,
      'command-list-results': report.commandLists,
      'graph-results': report.graphs,
    },
  })
  const kept: readonly Loss[] = losses.list()
  return { capture, losses: kept }
}

/** `2023.1.1.0 (build 32678585) (public-release)`: the part before the first space. */
function versionOf(versions: ReadonlyMap<string, string>): { readonly version?: string } {
  const version = (versions.get('Nsight Compute Target') ?? versions.get('Nsight Compute'))?.split(' ')[0]
  return version === undefined ? {} : { version }
}

function factsOf({ session, version }: Report): Record<string, string> {
  const facts: Record<string, string> = {}
  if (version !== undefined) facts['format-version'] = String(version)
  for (const [provider, each] of session.versions) facts[provider.toLowerCase().replace(/[^a-z0-9]+/g, '-')] = each
  const { clockControl, replayMode, rulesApplied, creationUnixS } = session
  if (clockControl !== undefined) facts['clock-control-mode'] = clockControl
  if (replayMode !== undefined) facts['replay-mode'] = replayMode
  if (rulesApplied !== undefined) facts['rules-applied'] = String(rulesApplied)
  if (creationUnixS !== undefined && Number.isFinite(creationUnixS)) facts['creation-unix-s'] = String(creationUnixS)
  return facts
}

/** From the session; older tools store the attributes with each result. */
function devicesOf({ session }: Report, columns: FinishedColumns): Device[] {
  const known = Array.from(session.devices.values(), ({ ordinal, name, attributes }) =>
    deviceFrom(ordinal, name, (key) => attributes.get(key)),
  )
  if (known.length > 0 || columns.results.length === 0) return known
  const attribute = attributesOf(columns, 0)
  return attribute('device__attribute_display_name') === undefined ? [] : [deviceFrom(0, undefined, attribute)]
}
