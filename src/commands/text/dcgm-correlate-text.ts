/** `dcgm correlate` for a person. */
import { formatBytes, formatRatio, significant } from '#base/units.ts'
import type { RenderOptions } from '#commands/define-command.ts'
import type { DcgmCorrelate } from '#formats/dcgm-correlate.ts'
import type { DcgmCorrelation, DcgmResource } from '#formats/dcgm-correlation.ts'
import { nextLines, oneLine, section } from './account.ts'
import { dcgmAttributionText } from './dcgm-attribution-text.ts'
import { type Column, table } from './table.ts'

const right = (title: string): Column => ({ title, align: 'right' })

const percent = (value: number | null | undefined): string => (value === null || value === undefined ? '' : formatRatio(value / 100))

const names: Readonly<Record<DcgmResource['resource'], string>> = {
  hbm: 'HBM',
  'tensor-pipe': 'tensor pipe active',
  nvlink: 'NVLink',
  pcie: 'PCIe',
  c2c: 'NVLink-C2C',
}

function amount(row: DcgmResource, value: number | undefined): string {
  if (value === undefined) return ''
  return row.unit === 'ratio' ? formatRatio(value) : `${formatBytes(value)}/s`
}

function nameOf({ resource, direction, standing, metric }: DcgmResource): string {
  if (standing === 'not-usable') return `not usable: ${metric}`
  return direction === undefined ? names[resource] : `${names[resource]} ${direction}`
}

function solOf({ sol_pct: sol, standing }: DcgmResource): string {
  if (sol === null) return ''
  return standing === 'upper-bound' ? `<= ${percent(sol)}` : percent(sol)
}

function resourceTable({ resources, short_sweep_warning: short }: DcgmCorrelation, size: RenderOptions): string {
  const columns: Column[] = [
    { title: 'per GPU', shrinks: true },
    right('mean'),
    right('least GPU'),
    right('most GPU'),
    ...(short ? [right('inner'), right('outer')] : []),
    right('bytes/s'),
    right('of peak'),
    { title: 'peak' },
    right('GPUs'),
    right('coverage'),
  ]
  const rows = resources.map((row) => [
    nameOf(row),
    amount(row, row.measured_avg),
    amount(row, row.measured_min),
    amount(row, row.measured_max),
    ...(short ? [amount(row, row.inner), amount(row, row.outer)] : []),
    row.unit === 'ratio' && row.measured_bytes_per_s !== null ? `${formatBytes(row.measured_bytes_per_s)}/s` : '',
    solOf(row),
    row.peak_per_gpu === null ? '' : `${row.peak_key} ${row.peak_per_gpu} ${row.peak_per_gpu_units ?? ''}`,
    String(row.n_gpus),
    row.coverage === undefined ? '' : formatRatio(row.coverage),
  ])
  return `\n${table(columns, rows, { ...size, rows: Number.POSITIVE_INFINITY })}`
}

function energyLines({ energy, power_watts_per_gpu: watts, clocks }: DcgmCorrelation): string[] {
  const lines: string[] = []
  if (watts !== undefined) lines.push(`power ${significant(watts)} W per GPU`)
  if (energy !== undefined) {
    const check = energy.difference_pct === undefined ? '' : `, power over the window differs by ${significant(energy.difference_pct)} %`
    lines.push(
      `energy ${significant(energy.joules / 1000)} kJ of ${energy.n_gpus} GPUs (${energy.from === 'counter' ? 'counter' : 'mean power times window'}${check}); boards only`,
    )
    if (energy.output_tokens_per_joule !== undefined)
      lines.push(
        `${significant(energy.output_tokens_per_joule)} output tokens per joule, which is tokens per second per watt (${energy.tokens_from ?? ''})`,
      )
    if (energy.total_tokens_per_joule !== undefined)
      lines.push(`${significant(energy.total_tokens_per_joule)} input and output tokens per joule`)
  }
  if (clocks !== undefined) {
    const ofMost = clocks.of_max_pct === undefined ? '' : `, ${percent(clocks.of_max_pct)} of the maximum`
    lines.push(`SM clock ${significant(clocks.sm_clock_mean_hz / 1e6, 4)} MHz on average${ofMost}`)
    if (clocks.throttled_pct !== undefined) {
      const reasons = Object.entries(clocks.throttle_reasons ?? {}).map(([reason, share]) => `${reason} ${percent(share)}`)
      lines.push(
        `throttled ${percent(clocks.throttled_pct)} of the time on the GPU that was throttled most${reasons.length === 0 ? '' : ` (${reasons.join(', ')})`}`,
      )
    }
  }
  return lines
}

function headLines(correlation: DcgmCorrelation): string[] {
  const { gpu_count: count, measurement, hardware } = correlation
  const expected = count.state === 'not-checked' ? '' : count.state === 'as-expected' ? ', as expected' : `, of ${count.expected} expected`
  const chosen = measurement?.window
  return [
    `${hardware.name} (${hardware.key}), ${correlation.n_gpus} GPUs${expected}, ${correlation.nodes.length === 0 ? 'nodes not named' : correlation.nodes.join(', ')}`,
    ...(hardware.assumes === undefined ? [] : [`taken for ${hardware.assumes}`]),
    `${correlation.sweep_start_utc} to ${correlation.sweep_end_utc}, ${significant(correlation.duration_s)} s${chosen === undefined ? '' : ` (${chosen.chosen_by})`}`,
    ...(chosen?.reason === undefined ? [] : [chosen.reason]),
    cadenceLine(correlation),
  ]
}

function cadenceLine({ measurement, scrape_interval_s: scrape, dcgm_group_level: level }: DcgmCorrelation): string {
  const group =
    level === 'prof'
      ? 'profiling fields'
      : level === 'counter'
        ? 'device fields only: neither bytes of HBM nor tensor activity can be known'
        : 'no DCGM field'
  if (measurement === undefined) return `${group}; scraped every ${scrape} s, as the file says`
  const { collect_interval_s: collect, collect_interval_from: from, intervals_in_window: intervals } = measurement.cadence
  return `${group}; scraped every ${significant(scrape)} s, collected every ${significant(collect)} s (${from.replaceAll('-', ' ')}): ${significant(intervals)} independent values per GPU`
}

/** Once per resource: rows of one link share most of what there is to say. */
function noteLines({ resources }: DcgmCorrelation): string[] {
  const lines = resources.flatMap((row) => {
    const name = row.standing === 'not-usable' ? nameOf(row) : names[row.resource]
    return [...row.notes.map((note) => `${name}: ${note}`), ...(row.is_headline ? [`${name} is not ${row.must_not_be_called}`] : [])]
  })
  return [...new Set(lines)]
}

/** Bounds of one reading: at most one of them can be near the truth, so they share a line. */
function boundLines({ tensor_bounds: bounds }: DcgmCorrelation): string[] {
  if (bounds.length === 0) return []
  const each = bounds.map(({ dtype, tflops_at_most: tflops, sol_pct_at_most: sol }) => `${dtype} ${significant(tflops)} (${percent(sol)})`)
  return [`TFLOP/s of one GPU at most, and of the dense peak, if all tensor work were of one type: ${each.join(', ')}`]
}

function findingLines({ findings }: DcgmCorrelation): string[] {
  return findings.map(({ severity, text, gpus }) => {
    const some = gpus === undefined ? '' : ` (${gpus.length === 1 ? gpus[0] : `${gpus.length} GPUs`})`
    return `${severity}: ${text}${some}`
  })
}

function unavailableLine({ measurement }: DcgmCorrelation): string[] {
  const missing = measurement?.unavailable.map(({ quantity }) => quantity) ?? []
  return missing.length === 0 ? [] : [`${missing.join(', ')} (not zero: not exported in this window, or no sample that counts)`]
}

function rehearsalText({ queries = [], window, selector }: DcgmCorrelate): string {
  return [
    `Nothing was asked. Window ${window?.startUtc ?? ''} to ${window?.endUtc ?? ''} (${window?.chosenBy ?? ''}); selection: ${selector === '' ? 'every GPU' : selector}\n`,
    'Each query is an instant query (/api/v1/query) with the time beside it; save each answer’s body under the name beside it for --responses.\n\n',
    ...queries.map(({ promql, time_s: time, file }) => `${promql}\n  time=${time}  ${file}\n`),
  ].join('')
}

export function dcgmCorrelateText(output: DcgmCorrelate, size: RenderOptions): string {
  const { correlation, written } = output
  if (correlation === undefined) return rehearsalText(output)
  return [
    headLines(correlation)
      .map((line) => `${oneLine(line)}\n`)
      .join(''),
    resourceTable(correlation, size),
    section('Energy and clocks', energyLines(correlation)),
    section('Tensor activity', boundLines(correlation)),
    dcgmAttributionText(correlation, size),
    section('Findings', findingLines(correlation)),
    section('Not measured', unavailableLine(correlation)),
    section('What the figures are', noteLines(correlation)),
    written.length === 0 ? '' : `\nWritten to the cell: ${written.join(', ')}\n`,
    `\n${nextLines(correlation.next)
      .map((line) => `${line}\n`)
      .join('')}`,
  ].join('')
}
