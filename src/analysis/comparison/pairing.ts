/** From two documents to pairs of figures: nothing is dropped in silence, and what may not be compared says why. */
import { median } from '#base/statistics.ts'
import {
  type InferencePerfbench,
  type PerfbenchCell,
  type PerfbenchFigure,
  perfbenchDefinitions,
  perfbenchFigures,
} from '#formats/inference-perfbench.ts'

/** One run's figure with the block that it belongs to. */
export interface RunFigure {
  readonly run: string
  readonly node?: string
  readonly value: number
  /** Requests that completed in that run; absent = not said. */
  readonly requests?: number
}

export interface PairedFigure {
  readonly id: string
  /** Name under which it has its tolerance: `ttft_p50_ms`, `kernel_class_gpu_pct.fp8_bmm`. */
  readonly metric: string
  readonly concurrency?: number
  readonly state: 'compared' | 'NULL_LEGACY_BASELINE' | 'MISSING_CELL' | 'DEFINITIONS_DIFFER' | 'UNIT_UNKNOWN' | 'SHOWN'
  readonly note?: string
  /** In the metric's own unit; rates in percent. Null: not measured. */
  readonly baseline: number | null
  readonly current: number | null
  /** Empty for what has one value per document. */
  readonly runs: { readonly baseline: readonly RunFigure[]; readonly current: readonly RunFigure[] }
}

const noRuns = { baseline: [], current: [] } as const

/** A figure of the cell: as written, else the median over its runs. Undefined where the key is in neither. */
function figureOf(cell: PerfbenchCell, figure: PerfbenchFigure | 'errors'): number | null | undefined {
  const written = cell[figure]
  if (typeof written === 'number') return written
  const values = (cell.runs ?? []).flatMap((run) => run[figure] ?? [])
  if (values.length > 0) return median(values)
  return written
}

/** Without runs the cell is one run of its own. */
function runsOf(cell: PerfbenchCell, figure: PerfbenchFigure): RunFigure[] {
  const runs = cell.runs ?? [{ ...cell, run: 'run-1' }]
  return runs.flatMap((run) => {
    const value = run[figure]
    if (typeof value !== 'number') return []
    const node = 'node' in run && typeof run['node'] === 'string' ? { node: run['node'] } : {}
    return [{ run: run.run, value, ...node, ...(typeof run.requests === 'number' ? { requests: run.requests } : {}) }]
  })
}

const definitionOf = (cell: PerfbenchCell, figure: PerfbenchFigure): string => cell.definitions?.[figure] ?? perfbenchDefinitions[figure]

/** Null where either is not known; then nothing may be concluded from the row. */
function pairOf(
  id: string,
  metric: string,
  baseline: number | null | undefined,
  current: number | null | undefined,
  runs: PairedFigure['runs'] = noRuns,
): PairedFigure[] {
  if (baseline === undefined && current === undefined) return []
  const known = typeof baseline === 'number' && typeof current === 'number'
  const absent = typeof baseline === 'number' ? 'the current run' : typeof current === 'number' ? 'the baseline' : 'both'
  return [
    {
      id,
      metric,
      state: known ? 'compared' : 'NULL_LEGACY_BASELINE',
      ...(known ? {} : { note: `not measured in ${absent}: skipped, not failed` }),
      baseline: baseline ?? null,
      current: current ?? null,
      runs,
    },
  ]
}

function cellPairs(concurrency: number, baseline: PerfbenchCell, current: PerfbenchCell): PairedFigure[] {
  const pairs = perfbenchFigures.flatMap((figure) => {
    const runs = { baseline: runsOf(baseline, figure), current: runsOf(current, figure) }
    const [pair] = pairOf(`c${concurrency} ${figure}`, figure, figureOf(baseline, figure), figureOf(current, figure), runs)
    if (pair === undefined) return []
    const [theirs, ours] = [definitionOf(baseline, figure), definitionOf(current, figure)]
    const unknown = theirs === 'unknown' || ours === 'unknown'
    if (pair.state !== 'compared' || (theirs === ours && !unknown)) return [pair]
    const note = unknown
      ? 'what one of them measures is not known'
      : `the baseline is ${theirs}, the current run ${ours}: not the same quantity`
    return [{ ...pair, state: 'DEFINITIONS_DIFFER' as const, note }]
  })
  const errors = pairOf(`c${concurrency} errors`, 'errors', figureOf(baseline, 'errors'), figureOf(current, 'errors'))
  return [...pairs, ...errors.map((pair) => (pair.state === 'compared' ? { ...pair, state: 'SHOWN' as const } : pair))].map((pair) => ({
    ...pair,
    concurrency,
  }))
}

function missingCell(concurrency: number, side: 'baseline' | 'current', cell: PerfbenchCell): PairedFigure {
  const value = figureOf(cell, 'throughput_toks_per_s') ?? null
  return {
    id: `c${concurrency}`,
    metric: 'throughput_toks_per_s',
    concurrency,
    state: 'MISSING_CELL',
    note: `concurrency ${concurrency} was measured only in the ${side === 'baseline' ? 'baseline' : 'current run'}`,
    baseline: side === 'baseline' ? value : null,
    current: side === 'current' ? value : null,
    runs: noRuns,
  }
}

type Unit = 'ratio' | 'percent' | null | undefined

/**
 * Factor to percent. Said, or certain because a value is above 1, or, where every value is at most 1, a ratio: 1 % and less would be a
 * cache that does nothing. Undefined where the two sides leave it open.
 */
function percentFactors(values: readonly [baseline: readonly number[], current: readonly number[]], said: readonly [Unit, Unit]) {
  const units = values.map((side, index) => said[index] ?? (side.some((value) => value > 1) ? 'percent' : undefined))
  const open = values.some((side, index) => units[index] === undefined && units[1 - index] === 'percent' && side.some((value) => value > 0))
  if (open) return undefined
  return units.map((unit) => (unit === 'percent' ? 1 : 100)) as [number, number]
}

function ratePair(metric: string, baseline: InferencePerfbench, current: InferencePerfbench, keys: readonly string[], unitKey: string) {
  const [theirs, ours] = [baseline.server_metrics_delta ?? {}, current.server_metrics_delta ?? {}]
  const numbers = (of: Readonly<Record<string, unknown>>) => keys.map((key) => of[key]).filter((value) => typeof value === 'number')
  const unit = (of: Readonly<Record<string, unknown>>): Unit =>
    of[unitKey] === 'ratio' || of[unitKey] === 'percent' ? of[unitKey] : undefined
  const value = (of: Readonly<Record<string, unknown>>) => of[metric] as number | null | undefined // the schema says so
  return pairOf(metric, metric, value(theirs), value(ours)).map((pair): PairedFigure => {
    const methods = [theirs, ours].map((of) => of['prefix_cache_hit_rate_method'])
    const [method, other] = methods
    if (
      metric.startsWith('prefix') &&
      typeof method === 'string' &&
      typeof other === 'string' &&
      method !== other &&
      pair.state === 'compared'
    )
      return { ...pair, state: 'DEFINITIONS_DIFFER', note: `the baseline is: ${method}; the current run is: ${other}` }
    const factors = percentFactors([numbers(theirs), numbers(ours)], [unit(theirs), unit(ours)])
    if (factors === undefined && pair.state === 'compared')
      return { ...pair, state: 'UNIT_UNKNOWN', note: `one side is in percent, the other may be a ratio or a percentage: state ${unitKey}` }
    const [from, to] = factors ?? [1, 1]
    return {
      ...pair,
      baseline: pair.baseline === null ? null : pair.baseline * from,
      current: pair.current === null ? null : pair.current * to,
    }
  })
}

function serverPairs(baseline: InferencePerfbench, current: InferencePerfbench): PairedFigure[] {
  const hit = ['prefix_cache_hit_rate_pre', 'prefix_cache_hit_rate_post']
  const shown = ['num_requests_running_peak', 'avg_generation_throughput_toks_per_s'] as const
  return [
    ...ratePair('prefix_cache_hit_rate_post', baseline, current, hit, 'prefix_cache_hit_rate_unit'),
    ...ratePair('gpu_cache_usage_perc_peak', baseline, current, ['gpu_cache_usage_perc_peak'], 'gpu_cache_usage_perc_unit'),
    ...shown.flatMap((metric) =>
      pairOf(metric, metric, baseline.server_metrics_delta?.[metric], current.server_metrics_delta?.[metric]).map((pair) =>
        pair.state === 'compared' ? { ...pair, state: 'SHOWN' as const } : pair,
      ),
    ),
  ]
}

function kernelPairs(baseline: InferencePerfbench, current: InferencePerfbench): PairedFigure[] {
  const [theirs, ours] = [baseline.kernel_class_gpu_pct, current.kernel_class_gpu_pct]
  const [ofTheirs, ofOurs] = [baseline['kernel_class_of'], current['kernel_class_of']]
  const apart = typeof ofTheirs === 'string' && typeof ofOurs === 'string' && ofTheirs !== ofOurs
  const differ = {
    state: 'DEFINITIONS_DIFFER',
    note: `percent of ${String(ofTheirs)} in the baseline, of ${String(ofOurs)} in the current run`,
  } as const
  const names = [...new Set([...Object.keys(theirs ?? {}), ...Object.keys(ours ?? {})])].sort()
  const classes = names.flatMap((name) => {
    const metric = `kernel_class_gpu_pct.${name}`
    return pairOf(metric, metric, theirs?.[name] ?? null, ours?.[name] ?? null).map((pair) =>
      apart && pair.state === 'compared' ? { ...pair, ...differ } : pair,
    )
  })
  const whole =
    names.length > 0 || (theirs === undefined && ours === undefined)
      ? []
      : pairOf('kernel_class_gpu_pct', 'kernel_class_gpu_pct', null, null)
  return [...whole, ...classes, ...pairOf('cpu_spinpoll_pct', 'cpu_spinpoll_pct', baseline.cpu_spinpoll_pct, current.cpu_spinpoll_pct)]
}

/** Cells by concurrency, then the server's metrics (what may be a cause comes with its own rows), kernel classes and the busy wait. */
export function pairFigures(baseline: InferencePerfbench, current: InferencePerfbench): PairedFigure[] {
  const points = [...new Set([...Object.keys(baseline.metrics), ...Object.keys(current.metrics)])].map(Number).sort((a, b) => a - b)
  const cells = points.flatMap((concurrency) => {
    const [theirs, ours] = [baseline.metrics[String(concurrency)], current.metrics[String(concurrency)]]
    if (theirs !== undefined && ours !== undefined) return cellPairs(concurrency, theirs, ours)
    if (theirs !== undefined) return [missingCell(concurrency, 'baseline', theirs)]
    return ours === undefined ? [] : [missingCell(concurrency, 'current', ours)]
  })
  return [...serverPairs(baseline, current), ...cells, ...kernelPairs(baseline, current)]
}
