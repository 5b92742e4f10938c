/** What holds for the window as a whole: too short, not covered, GPUs missing. */
import type { DcgmMeasurement, MeasuredQuantity } from '#formats/dcgm-measurement.ts'
import type { FindingList } from './finding-list.ts'

/** facts/dcgm.md section 5.2: below this the mean is of another window than the one that was asked for. */
export const LEAST_COVERAGE = 0.9
/** Independent values below which a mean is an anecdote (facts/dcgm.md sections 5.2 and 5.7). */
export const LEAST_INTERVALS = 4
/** Above this many the edges move the mean by less than a tenth: inner and outer bounds need no mention. */
export const EDGES_MATTER_BELOW = 20
/** The field's least window (gpu-perf-tune dcgm_config.min_sweep_seconds). */
const LEAST_WINDOW_S = 60
/** Profiling fields missing this much more than device fields: somebody else had the counters. */
const MISSING_MORE = 0.1

export function isShort({ cadence, window }: Pick<DcgmMeasurement, 'cadence' | 'window'>): boolean {
  return cadence.intervals_in_window < LEAST_INTERVALS || window.duration_s < LEAST_WINDOW_S
}

export function addWindowFindings(measurement: DcgmMeasurement, findings: FindingList): void {
  const { cadence, window, gpus, expected_gpus: expected, instances } = measurement
  if (isShort(measurement)) {
    const text = `the window of ${window.duration_s} s holds ${cadence.intervals_in_window.toFixed(1)} independent values per GPU (collect interval ${cadence.collect_interval_s} s): read the inner and outer bounds, not the mean`
    findings.add('warning', 'short-window', text)
  }
  if (cadence.collect_interval_from === 'assumed') {
    const text = `values do not show the collect interval; the exporter’s default of ${cadence.collect_interval_s} s is taken`
    findings.add('info', 'collect-interval-assumed', text)
  }
  if (expected !== undefined && gpus.length !== expected) {
    const text = `${gpus.length} GPUs have samples in the window, ${expected} were expected: means and totals are of the ${gpus.length}`
    findings.add('error', 'gpu-count', text)
  }
  if (instances.length > 0) {
    const text = `${instances.length} MIG instances: their rows stand alone, because whether an instance’s ratio is of its slice or of the whole GPU is not documented; fields of the whole board are counted once`
    findings.add('warning', 'mig', text)
  }
  addCoverage(measurement, findings)
  addIdleEdges(measurement, findings)
  addMissingProfiling(measurement, findings)
}

function addIdleEdges({ idle_edges: edges, cadence }: DcgmMeasurement, findings: FindingList): void {
  const interval = Math.max(cadence.scrape_interval_s, cadence.collect_interval_s)
  if (edges === undefined || Math.max(edges.before_s, edges.after_s) < 2 * interval) return
  const text = `the GPUs are idle for ${edges.before_s} s at the beginning of the window and ${edges.after_s} s at its end: means are diluted by that, choose the window with --start and --end`
  findings.add('warning', 'idle-edges', text)
}

function addCoverage({ quantities, gpus }: DcgmMeasurement, findings: FindingList): void {
  const boards = new Set(gpus.map(({ id }) => id))
  for (const { quantity, gpus: rows } of quantities) {
    for (const { gpu, coverage } of rows) {
      if (coverage >= LEAST_COVERAGE) continue
      const text = `samples cover less than ${LEAST_COVERAGE * 100} % of the window (coverage beside each figure): means are of the covered part only`
      findings.add('warning', 'coverage', text, gpu)
    }
    const missing = [...boards].filter((board) => !rows.some(({ gpu }) => gpu === board || gpu.startsWith(`${board}/`)))
    for (const board of missing)
      findings.add('warning', 'gpu-without-field', `no samples of ${quantity}: it is in no figure of that field`, board)
  }
}

/** Blanks of the profiling group while the rest goes on: Nsight or `dcgmi profile --pause` (facts/dcgm.md section 2.2, trap E15). */
function addMissingProfiling({ quantities, gpus }: DcgmMeasurement, findings: FindingList): void {
  const best = (group: MeasuredQuantity['group'], gpu: string): number | undefined => {
    const found = quantities.filter((each) => each.group === group).flatMap((each) => each.gpus.filter((row) => row.gpu === gpu))
    return found.length === 0 ? undefined : Math.max(...found.map(({ coverage }) => coverage))
  }
  for (const { id } of gpus) {
    const profiling = best('prof', id)
    const device = best('device', id)
    if (profiling === undefined || device === undefined || device - profiling <= MISSING_MORE) continue
    const text =
      'profiling fields are missing while device fields go on: another profiler had the counters (Nsight, dcgmi profile --pause); that time is not idle'
    findings.add('warning', 'profiling-missing', text, id)
  }
}
