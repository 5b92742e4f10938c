/**
 * Frozen files of other tools: means without GPUs. What they measured is used as far as the metric and its PromQL can mean it; what they
 * cannot mean is kept and marked, with the reason, because a wrong number is worse than none.
 */
import { quantityOf } from '#analysis/ceiling-metric.ts'
import type { DcgmCorrelation, DcgmResource } from '#formats/dcgm-correlation.ts'
import type { DcgmFrozen } from '#formats/dcgm-frozen.ts'
import type { DcgmFinding } from '#formats/dcgm-measurement.ts'
import { dcgmFieldOf } from '#model/dcgm-fields.ts'
import type { BoardStats } from './board-stats.ts'
import { assembled, type CorrelateOptions, gpuCount } from './correlate.ts'
import { hardwareOfGpus } from './hardware.ts'
import type { LinkReadings, Readings } from './readings.ts'
import { resourceRows } from './resources.ts'

type FrozenRow = DcgmFrozen['resources'][number]

/** What a row can mean, or why it can mean nothing. */
export type FrozenMeaning = { readonly quantities: readonly string[] } | { readonly notUsable: string }

const DIFFERENCES = /\b(rate|irate|increase|delta|idelta|deriv)\s*\(/

export function meaningOf({ metric, unit, promql }: FrozenRow): FrozenMeaning {
  const names = [...new Set(metric.match(/DCGM_FI_\w+/g) ?? [])]
  const fields = names.map((name) => dcgmFieldOf(name)?.field)
  const [first] = fields
  if (first === undefined || fields.includes(undefined)) return { notUsable: `${metric} is no field of DCGM that is known here` }
  const quantities = fields.flatMap((field) => field?.quantity ?? [])
  if (/^fp(16|32|64)-active$/.test(first.quantity))
    return {
      notUsable: 'the FP16, FP32 and FP64 pipes are not tensor pipes: a BF16 or TF32 GEMM reads about 0 there; PIPE_TENSOR_ACTIVE sees it',
    }
  if (first.quantity === 'memory-used')
    return { notUsable: 'FB_USED is allocated memory in MiB, no traffic: nothing follows from it for bandwidth' }
  if (first.quantity === 'memory-busy') return { notUsable: 'time in which memory was accessed is no bandwidth' }
  if (first.kind !== 'counter' && DIFFERENCES.test(promql)) {
    const found = DIFFERENCES.exec(promql)?.[1]
    return {
      notUsable: `its PromQL takes ${found}() of a field that is ${first.kind === 'rate' ? 'per second already' : 'no counter'}: the result is the slope of a rate, not traffic`,
    }
  }
  if ((first.unit === 'ratio') !== (unit === 'ratio')) return { notUsable: `${metric} is in ${first.unit}, the file calls it ${unit}` }
  return { quantities }
}

export function correlateFrozen(frozen: DcgmFrozen, options: CorrelateOptions): DcgmCorrelation {
  const found = hardwareOfGpus(options.ceilings, options.names, [], options.hwKey ?? frozen.hw_key)
  const durationS = (Date.parse(frozen.sweep_end_utc) - Date.parse(frozen.sweep_start_utc)) / 1000
  const usable = frozen.resources.flatMap((row) => {
    const meaning = meaningOf(row)
    return 'quantities' in meaning ? [{ row, quantities: meaning.quantities }] : []
  })
  const readings = readingsOfRows(usable, frozen)
  const dtypes = declaredTypes(usable)
  const [only] = dtypes
  const dtype = options.dtype ?? (dtypes.length === 1 ? only : undefined)
  const context = { hardware: found.hardware, ceilings: options.ceilings, durationS, ...(dtype === undefined ? {} : { dtype }) }
  const resources = [...resourceRows(readings, context), ...frozen.resources.flatMap((row) => unusableRow(row, frozen.n_gpus))]
  return assembled({
    found,
    readings,
    resources,
    options: { ...options, provenance: { ...options.provenance, ...capturedFields(frozen) } },
    fields: {
      sweep_start_utc: frozen.sweep_start_utc,
      sweep_end_utc: frozen.sweep_end_utc,
      duration_s: durationS,
      n_gpus: frozen.n_gpus,
      gpu_count: gpuCount(frozen.n_gpus, undefined),
      dcgm_group_level: frozen.data_tier,
      scrape_interval_s: frozen.scrape_interval_s,
      short_sweep_warning: durationS < Math.max(60, 4 * frozen.scrape_interval_s),
      nodes: [...(frozen.nodes ?? [])].sort(),
      namespace: frozen.namespace ?? null,
      pod_label_selector: frozen.pod_label_selector ?? null,
      queries: frozen.resources.map(({ peak_key, metric, promql, unit }) => ({ peak_key, metric, promql, unit, is_fallback: false })),
    },
    findings: findingsOf(frozen, dtypes),
  })
}

function capturedFields({ captured_at, captured_by }: DcgmFrozen): Partial<DcgmCorrelation['provenance']> {
  return { ...(captured_at === undefined ? {} : { captured_at }), ...(captured_by === undefined ? {} : { captured_by }) }
}

type Usable = readonly { readonly row: FrozenRow; readonly quantities: readonly string[] }[]

function readingsOfRows(usable: Usable, frozen: DcgmFrozen): Readings {
  const stats = (wanted: readonly string[]): BoardStats | undefined => {
    const hit = usable.find(({ quantities }) => quantities.length === wanted.length && wanted.every((each) => quantities.includes(each)))
    if (hit === undefined) return undefined
    const { measured_avg: mean, measured_min: min, measured_max: max, coverage, metric } = hit.row
    return {
      quantity: wanted.join('+'),
      metrics: metric.match(/DCGM_FI_\w+/g) ?? [metric],
      gpus: frozen.n_gpus,
      mean,
      ...(min === undefined ? {} : { min }),
      ...(max === undefined ? {} : { max }),
      ...(coverage === undefined ? {} : { coverage }),
    }
  }
  const link = (transmit: string, receive: string, merged?: string): LinkReadings => {
    const both = stats([transmit, receive])
    const alone = merged === undefined || both !== undefined ? undefined : stats([merged])
    const [sent, received] = [stats([transmit]), stats([receive])]
    return {
      ...(sent === undefined ? {} : { transmit: sent }),
      ...(received === undefined ? {} : { receive: received }),
      ...(both === undefined && alone === undefined ? {} : { both: both ?? alone }),
      isMerged: alone !== undefined || (both !== undefined && sent === undefined && received === undefined),
    } as LinkReadings
  }
  const dram = stats(['dram-active'])
  const tensor = stats(['tensor-active'])
  const watts = frozen.power_watts_per_gpu
  return {
    ...(dram === undefined ? {} : { dram }),
    ...(tensor === undefined ? {} : { tensor }),
    nvlink: link('nvlink-transmit', 'nvlink-receive', 'nvlink-both-directions'),
    pcie: link('pcie-transmit', 'pcie-receive'),
    c2c: link('c2c-transmit', 'c2c-receive'),
    ...(watts === undefined
      ? {}
      : { power: { quantity: 'board-power', metrics: ['power_watts_per_gpu'], gpus: frozen.n_gpus, mean: watts } }),
  }
}

/** Types under whose peaks the one tensor reading stands. */
function declaredTypes(usable: Usable): string[] {
  const types = usable.flatMap(({ row, quantities }) => {
    const quantity = quantityOf(row.peak_key)
    return quantities.includes('tensor-active') && quantity.kind === 'compute' ? [quantity.dtype] : []
  })
  return [...new Set(types)].sort()
}

function unusableRow(row: FrozenRow, gpus: number): DcgmResource[] {
  const meaning = meaningOf(row)
  if (!('notUsable' in meaning)) return []
  const quantity = quantityOf(row.peak_key)
  const resource =
    quantity.kind === 'compute'
      ? 'tensor-pipe'
      : quantity.kind === 'link-bandwidth'
        ? 'nvlink'
        : quantity.kind === 'pcie-bandwidth'
          ? 'pcie'
          : 'hbm'
  return [
    {
      resource,
      is_headline: false,
      standing: 'not-usable',
      peak_key: row.peak_key,
      metric: row.metric,
      is_fallback: false,
      n_gpus: gpus,
      unit: row.unit,
      measured_avg: row.measured_avg,
      measured_bytes_total: null,
      measured_bytes_per_s: null,
      measured_tflops_avg: null,
      peak_per_gpu: null,
      peak_per_gpu_units: null,
      peak_aggregate: null,
      sol_pct: null,
      may_be_called: 'what the file says',
      must_not_be_called: `a share of ${row.peak_key}`,
      notes: [meaning.notUsable],
    },
  ]
}

function findingsOf(frozen: DcgmFrozen, dtypes: readonly string[]): DcgmFinding[] {
  const findings: DcgmFinding[] = [
    {
      code: 'frozen-means-only',
      severity: 'info',
      text: 'the file holds means without GPUs: spread, coverage and missing GPUs cannot be judged',
    },
  ]
  const add = (code: string, text: string): void => void findings.push({ code, severity: 'warning', text })
  if ((frozen.nodes ?? []).length === 0) add('no-nodes', 'the file names no nodes: its figures cannot be asked for again')
  const merging = frozen.resources.filter(({ promql }) => /\bby\s*\(\s*gpu\s*\)/.test(promql))
  if (merging.length > 0 && (frozen.nodes ?? []).length !== 1)
    add('nodes-merged', 'PromQL `by (gpu)` merges GPUs of equal index on all nodes: two nodes of eight look like eight')
  if (dtypes.length > 1)
    add(
      'one-reading-two-peaks',
      `one tensor reading stands under the peaks of ${dtypes.join(' and ')}: at most one can be meant, so none is taken`,
    )
  for (const row of frozen.resources) {
    const meaning = meaningOf(row)
    if ('notUsable' in meaning) add('not-usable', `${row.peak_key}: ${meaning.notUsable}`)
  }
  return findings.sort((a, b) => (`${a.code} ${a.text}` < `${b.code} ${b.text}` ? -1 : 1))
}
