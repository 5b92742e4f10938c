/** The table "Workload-level SoL" of a campaign: one row per cell that has a correlation, each citing its file. */
import type { DcgmSummary } from '#formats/dcgm-correlate.ts'
import type { DcgmCorrelation, DcgmResource } from '#formats/dcgm-correlation.ts'

export interface CellCorrelation {
  readonly cell: string
  /** Relative to the campaign. */
  readonly path: string
  readonly correlation: DcgmCorrelation
}

type Row = DcgmSummary['rows'][number]

export function summaryRow({ cell, path, correlation }: CellCorrelation): Row {
  const headline = (resource: DcgmResource['resource']): DcgmResource | undefined =>
    correlation.resources.find((row) => row.resource === resource && row.is_headline && row.standing !== 'not-usable')
  const sol = (resource: DcgmResource['resource']): number | undefined => headline(resource)?.sol_pct ?? undefined
  const hbm = sol('hbm')
  const nvlink = sol('nvlink')
  const pcie = sol('pcie')
  const tensor = headline('tensor-pipe')?.measured_avg
  const tokens = correlation.energy?.output_tokens_per_joule
  return {
    cell,
    hwKey: correlation.hw_key,
    gpus: correlation.n_gpus,
    windowS: correlation.duration_s,
    ...(hbm === undefined ? {} : { hbmPct: hbm }),
    ...(tensor === undefined ? {} : { tensorActivePct: tensor * 100 }),
    ...(nvlink === undefined ? {} : { nvlinkPct: nvlink }),
    ...(pcie === undefined ? {} : { pciePct: pcie }),
    ...(correlation.power_watts_per_gpu === undefined ? {} : { powerW: correlation.power_watts_per_gpu }),
    ...(tokens === undefined ? {} : { outputTokensPerJoule: tokens }),
    warnings: correlation.findings.filter(({ severity }) => severity !== 'info').length,
    source: path,
  }
}

const cellText = (text: string): string => text.replace(/[|\r\n]/g, ' ').replace(/[<>]/g, '')
const number = (value: number | undefined, digits: number): string => (value === undefined ? 'not measured' : value.toFixed(digits))

/** Unknown stays words, never 0. */
export function summaryMarkdown(rows: readonly Row[]): string {
  const head =
    '| cell | hardware | GPUs | window s | HBM % | tensor pipe active % | NVLink % (busier direction) | PCIe % (busier direction) | W per GPU | output tokens/J | warnings | source |'
  const rule = head.replace(/[^|]+/g, ' --- ')
  const lines = rows.map((row) =>
    [
      cellText(row.cell),
      cellText(row.hwKey),
      String(row.gpus),
      number(row.windowS, 0),
      number(row.hbmPct, 1),
      number(row.tensorActivePct, 1),
      number(row.nvlinkPct, 1),
      number(row.pciePct, 1),
      number(row.powerW, 0),
      number(row.outputTokensPerJoule, 3),
      String(row.warnings),
      `\`${cellText(row.source)}\``,
    ].join(' | '),
  )
  const note =
    'HBM: share of theoretical DRAM bandwidth. Tensor pipe active: share of cycles, no FLOP/s. Links: against the peak of one direction. Window means over all GPUs.'
  return `${[head, rule, ...lines.map((line) => `| ${line} |`)].join('\n')}\n\n${note}\n`
}
