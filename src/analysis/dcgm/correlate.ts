/** `dcgm_correlation.json` from a measurement: pure, so that a frozen measurement gives what the live one gave. */
import type { Ceilings, FoundHardware } from '#analysis/ceilings.ts'
import type { DeviceNames } from '#analysis/hardware-names.ts'
import type { DcgmAttribution, DcgmCategory, DcgmCorrelation, DcgmResource } from '#formats/dcgm-correlation.ts'
import type { DcgmFinding, DcgmMeasurement } from '#formats/dcgm-measurement.ts'
import type { SourceReference } from '#formats/source.ts'
import { clocksOf } from './clocks.ts'
import { ENERGY_TOLERANCE, energyOf } from './energy.ts'
import { fieldKeyOf, hardwareOfGpus } from './hardware.ts'
import { isShort } from './measurement-findings.ts'
import { nextDcgmLever } from './next-lever.ts'
import { type Readings, readingsOf } from './readings.ts'
import { resourceRows } from './resources.ts'
import { tensorBounds } from './tensor-bound.ts'

export interface CorrelateOptions {
  readonly ceilings: Ceilings
  readonly names: DeviceNames
  readonly hwKey?: string
  readonly dtype?: string
  readonly provenance: DcgmCorrelation['provenance']
  readonly sources: readonly SourceReference[]
  readonly attribute?: Attribute
}

export interface Attributed {
  readonly capturedSources: readonly string[]
  readonly kernelsJsonPath?: string
  readonly categories: readonly DcgmCategory[]
  readonly attribution: DcgmAttribution
}

/** Splits the totals over kernel categories; asked once they are known. */
export type Attribute = (totals: {
  readonly resources: readonly DcgmResource[]
  readonly found: FoundHardware
  readonly durationS: number
  readonly collectIntervalS: number
  readonly outputTokens: number | undefined
}) => Attributed

/** Throws as `hardwareOfGpus`. */
export function correlate(measurement: DcgmMeasurement, options: CorrelateOptions): DcgmCorrelation {
  const { ceilings, names } = options
  const hwKey = options.hwKey ?? measurement.hw_key_given
  const dtype = options.dtype ?? measurement.dtype
  const { window, cadence, gpus, expected_gpus: expected } = measurement
  const models = gpus.flatMap(({ model }) => model ?? [])
  const found = hardwareOfGpus(ceilings, names, models, hwKey)
  const readings = readingsOf(measurement)
  const context = { hardware: found.hardware, ceilings, durationS: window.duration_s, ...(dtype === undefined ? {} : { dtype }) }
  const resources = resourceRows(readings, context)
  const clocks = clocksOf(readings.smClock, measurement.throttling, found.hardware)
  return assembled({
    found,
    readings,
    resources,
    options,
    fields: {
      sweep_start_utc: window.start_utc,
      sweep_end_utc: window.end_utc,
      duration_s: window.duration_s,
      n_gpus: gpus.length,
      gpu_count: gpuCount(gpus.length, expected),
      dcgm_group_level: groupLevel(measurement),
      scrape_interval_s: cadence.scrape_interval_s,
      short_sweep_warning: isShort(measurement),
      nodes: [...new Set(gpus.flatMap(({ host }) => host ?? []))].sort(),
      namespace: measurement.namespace ?? null,
      pod_label_selector: measurement.pod_label_selector ?? null,
      queries: measurement.queries.map(({ quantity, metric, promql, unit }) => queryRow(resources, quantity, metric, promql, unit)),
      ...(clocks === undefined ? {} : { clocks }),
      measurement,
    },
    workload: measurement.workload,
    findings: measurement.findings,
  })
}

/** What both kinds of input come to before they are one file. */
export interface CorrelationInput {
  readonly found: FoundHardware
  readonly readings: Readings
  readonly resources: readonly DcgmResource[]
  readonly options: CorrelateOptions
  readonly fields: Pick<
    DcgmCorrelation,
    | 'sweep_start_utc'
    | 'sweep_end_utc'
    | 'duration_s'
    | 'n_gpus'
    | 'gpu_count'
    | 'dcgm_group_level'
    | 'scrape_interval_s'
    | 'short_sweep_warning'
    | 'nodes'
    | 'namespace'
    | 'pod_label_selector'
    | 'queries'
  > &
    Partial<Pick<DcgmCorrelation, 'clocks' | 'measurement'>>
  readonly workload?: DcgmMeasurement['workload'] | undefined
  readonly findings: readonly DcgmFinding[]
}

export function assembled({ found, readings, resources, options, fields, workload, findings }: CorrelationInput): DcgmCorrelation {
  const energy = energyOf(readings, fields.duration_s, workload)
  const attributed = options.attribute?.({
    resources,
    found,
    durationS: fields.duration_s,
    collectIntervalS: fields.measurement?.cadence.collect_interval_s ?? fields.scrape_interval_s,
    outputTokens: workload?.output_tokens,
  })
  const correlation = {
    schema: 'dcgm-correlation/1' as const,
    schema_version: 1 as const,
    sources: [...options.sources],
    captured_sources: ['dcgm', ...(attributed?.capturedSources ?? [])],
    hw_key: fieldKeyOf(found.hardware.key, options.names),
    hardware: hardwareText(found),
    dry_run: false as const,
    ...(readings.power === undefined ? {} : { power_watts_per_gpu: readings.power.mean }),
    ...(attributed?.kernelsJsonPath === undefined ? {} : { kernels_json_path: attributed.kernelsJsonPath }),
    resources: [...resources],
    tensor_bounds: boundRows(readings, found, options.ceilings),
    per_category_attribution: [...(attributed?.categories ?? [])],
    ...(attributed === undefined ? {} : { attribution: attributed.attribution }),
    ...(energy === undefined ? {} : { energy }),
    ...fields,
    provenance: options.provenance,
    findings: [...findings, ...energyFindings(energy)],
  }
  return { ...correlation, next: nextDcgmLever(correlation, readings.graphicsActive?.mean) }
}

function hardwareText({ hardware, matchedBy, assumes }: FoundHardware): DcgmCorrelation['hardware'] {
  return { key: hardware.key, name: hardware.name, matched_by: matchedBy, ...(assumes === undefined ? {} : { assumes }) }
}

export function gpuCount(found: number, expected: number | undefined): DcgmCorrelation['gpu_count'] {
  if (expected === undefined) return { found, state: 'not-checked' }
  return { found, expected, state: found === expected ? 'as-expected' : 'differs' }
}

function groupLevel({ quantities }: DcgmMeasurement): DcgmCorrelation['dcgm_group_level'] {
  const profiling = quantities.some(({ group, quantity }) => group === 'prof' && quantity !== 'graphics-engine-active')
  return profiling ? 'prof' : quantities.length > 0 ? 'counter' : 'absent'
}

function boundRows({ tensor, smClock }: Readings, { hardware }: FoundHardware, ceilings: Ceilings): DcgmCorrelation['tensor_bounds'] {
  if (tensor === undefined) return []
  return tensorBounds(tensor.mean, smClock, hardware, ceilings).map(({ dtype, peak, flopsPerSAtMost, ratioAtMost, clock }) => ({
    dtype,
    peak_key: peak.metric,
    tflops_at_most: flopsPerSAtMost / 1e12,
    sol_pct_at_most: ratioAtMost * 100,
    clock,
  }))
}

function queryRow(
  resources: readonly DcgmResource[],
  quantity: string,
  metric: string,
  promql: string,
  unit: string,
): DcgmCorrelation['queries'][number] {
  const row = resources.find((each) => each.direction !== 'both' && each.metric.split(', ').includes(metric))
  return { peak_key: row?.peak_key ?? quantity, metric, promql, unit, is_fallback: row?.is_fallback ?? false }
}

function energyFindings(energy: DcgmCorrelation['energy']): DcgmFinding[] {
  const difference = energy?.difference_pct
  if (difference === undefined || Math.abs(difference) <= ENERGY_TOLERANCE * 100) return []
  const text = `energy of the counter and window times mean power differ by ${difference.toFixed(1)} %: power is a point sample of a load that changes, or one of them misses part of the window`
  return [{ code: 'energy-and-power-differ', severity: 'warning', text }]
}
