/** A measurement as `dcgm_frozen_v1`: the field's means for other tools, and everything that the answer needs for this one. */
import type { DcgmCorrelation, DcgmResource } from '#formats/dcgm-correlation.ts'
import type { DcgmFrozen } from '#formats/dcgm-frozen.ts'
import type { DcgmMeasurement } from '#formats/dcgm-measurement.ts'

export function frozenOf(measurement: DcgmMeasurement, correlation: DcgmCorrelation): DcgmFrozen {
  const { hw_key, n_gpus, sweep_start_utc, sweep_end_utc, dcgm_group_level, nodes, namespace, pod_label_selector } = correlation
  return {
    schema_version: 1,
    hw_key,
    // The field asks for a positive count; without a GPU nothing is frozen.
    n_gpus,
    sweep_start_utc,
    sweep_end_utc,
    captured_by: 'sextant',
    data_tier: dcgm_group_level === 'prof' ? 'prof' : 'counter',
    scrape_interval_s: correlation.scrape_interval_s,
    ...(correlation.power_watts_per_gpu === undefined ? {} : { power_watts_per_gpu: correlation.power_watts_per_gpu }),
    nodes,
    ...(namespace === null ? {} : { namespace }),
    ...(pod_label_selector === null ? {} : { pod_label_selector }),
    notes:
      'measured_avg is the mean over GPUs of time-weighted means of raw samples; byte fields are rates (no rate() was applied). Per GPU: measurement.',
    resources: correlation.resources.filter(({ standing }) => standing !== 'not-usable').map((row) => frozenRow(row, measurement)),
    measurement,
  }
}

function frozenRow(row: DcgmResource, { queries }: DcgmMeasurement): DcgmFrozen['resources'][number] {
  const { peak_key, metric, unit, measured_avg, measured_min, measured_max, coverage } = row
  const asked = queries.filter((query) => metric.includes(query.metric)).map(({ promql }) => promql)
  return {
    peak_key,
    metric,
    unit,
    measured_avg,
    promql: asked.join(' ; '),
    ...(measured_min === undefined ? {} : { measured_min }),
    ...(measured_max === undefined ? {} : { measured_max }),
    ...(coverage === undefined ? {} : { coverage }),
  }
}

/** Rows of the file that do not say what its measurement says: somebody edited one and not the other. Empty = they agree. */
export function contradictions(frozen: DcgmFrozen, expected: DcgmFrozen): string[] {
  const found: string[] = []
  for (const key of ['hw_key', 'n_gpus', 'sweep_start_utc', 'sweep_end_utc', 'power_watts_per_gpu'] as const)
    if (frozen[key] !== expected[key]) found.push(`${key} is ${frozen[key]}, its measurement says ${expected[key]}`)
  const rows = new Map(expected.resources.map((row) => [`${row.peak_key} ${row.metric}`, row.measured_avg]))
  for (const { peak_key, metric, measured_avg } of frozen.resources) {
    const mean = rows.get(`${peak_key} ${metric}`)
    if (mean !== measured_avg) found.push(`${peak_key} of ${metric} is ${measured_avg}, its measurement says ${mean ?? 'nothing'}`)
  }
  return found
}
