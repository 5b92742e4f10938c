/**
 * Measures one window: reads raw samples field by field, judges which of them describe anything, and keeps one row per GPU and field.
 * What is not measured is listed as such. Memory: the samples of six fields, and of one more at a time.
 */
import { SextantError } from '#base/errors.ts'
import type { DcgmMeasurement, DcgmWindow, MeasuredBoard } from '#formats/dcgm-measurement.ts'
import { type Matcher, selectorText } from '#model/promql.ts'
import type { SeriesSource } from '#model/series-source.ts'
import { type Cadence, cadenceOf } from './cadence.ts'
import { excludedTime } from './excluded-time.ts'
import { FieldReader } from './field-reader.ts'
import { FindingList } from './finding-list.ts'
import type { FieldSamples } from './gpu-samples.ts'
import { idleEdges } from './idle-edges.ts'
import { measuredField } from './measured-field.ts'
import { addWindowFindings } from './measurement-findings.ts'
import { restlessQuantities, wantedQuantities } from './query-plan.ts'
import { throttlingOf } from './throttling.ts'
import type { TimeWindow } from './window-mean.ts'

export interface MeasureRequest {
  readonly window: TimeWindow
  readonly windowText: DcgmWindow
  readonly matchers: readonly Matcher[]
  /** How the selection was given, for the record. */
  readonly selector: string
  readonly expectedGpus?: number
  /** Where the exporter's `--collect-interval` is known. */
  readonly collectMs?: number
  /** Names that a probe found; absent = every name is asked for. */
  readonly names?: ReadonlySet<string>
  readonly onProgress?: (done: number, total: number) => void
}

/** Throws `missing_data` where nothing matched, or too little to tell how often values come. */
export async function measureWindow(source: SeriesSource, request: MeasureRequest): Promise<DcgmMeasurement> {
  const { window, collectMs } = request
  const findings = new FindingList()
  const reader = new FieldReader(source, request, findings, request.onProgress)
  const judging = new Map<string, FieldSamples>()
  for (const quantity of ['gpu-busy', 'graphics-engine-active', ...restlessQuantities]) judging.set(quantity, await reader.read(quantity))
  const restless = restlessQuantities.flatMap((quantity) => judging.get(quantity)?.gpus ?? [])
  const byField = restlessQuantities.map((quantity) => judging.get(quantity)?.gpus ?? [])
  const cadence = cadenceOf(restless.length > 0 ? byField : [...judging.values()].map(({ gpus }) => gpus), collectMs)
  if (cadence === undefined) throw nothingFound(request, [...judging.values()])
  const excluded = excludedTime(judging, window, cadence, findings)
  const boards = new Map<string, MeasuredBoard>()
  const measurement = emptyMeasurement(request, cadence)
  const activity = ['graphics-engine-active', 'gpu-busy', 'board-power'].map((quantity) => judging.get(quantity)?.gpus ?? [])
  const edges = idleEdges(activity.find((gpus) => gpus.length > 0) ?? [], window)
  for (const quantity of wantedQuantities) {
    const samples = judging.get(quantity) ?? (await reader.read(quantity))
    judging.delete(quantity)
    addField(measurement, samples, { window, cadence, findings, excluded })
    noteIdentities(samples, boards, measurement)
  }
  measurement.gpus.push(...[...boards.values()].sort((a, b) => (a.id < b.id ? -1 : 1)))
  measurement.queries.push(...reader.asked)
  const whole = { ...measurement, pods: [...new Set(measurement.pods)].sort(), ...(edges === undefined ? {} : { idle_edges: edges }) }
  addWindowFindings(whole, findings)
  return { ...whole, findings: findings.list() }
}

function addField(measurement: DcgmMeasurement, samples: FieldSamples, context: Parameters<typeof measuredField>[1]): void {
  const { quantity } = samples.field
  const { window, cadence } = context
  if (quantity === 'clock-event-reasons') {
    for (const each of samples.gpus) {
      const found = throttlingOf(each, window, cadence)
      if (found !== undefined) measurement.throttling.push({ gpu: each.gpu.id, ...found, reasons: { ...found.reasons } })
    }
    return
  }
  const row = measuredField(samples, context)
  if (row !== undefined) measurement.quantities.push(row)
  else measurement.unavailable.push({ quantity, reason: unavailableReason(samples) })
}

function unavailableReason({ field, gpus }: FieldSamples): string {
  const names = field.names.map(({ name }) => name).join(', ')
  return gpus.length > 0
    ? `samples of ${names} describe no part of the window that counts`
    : `not exported in this window under any of its names (${names}): not measured, which is not zero`
}

function noteIdentities({ gpus }: FieldSamples, boards: Map<string, MeasuredBoard>, measurement: DcgmMeasurement): void {
  const { startMs, endMs } = rangeOf(measurement)
  for (const { gpu, pods, timesMs } of gpus) {
    const isInside = timesMs.some((timeMs) => timeMs > startMs && timeMs <= endMs)
    // A GPU that was there only before or after the window is not of it.
    if (!isInside) continue
    const { id, board, instance, profile, uuid, host, index, model } = gpu
    const known = boards.get(board)
    const identity = {
      ...(uuid === undefined ? {} : { uuid }),
      ...(host === undefined ? {} : { host }),
      ...(index === undefined ? {} : { index }),
      ...(model === undefined ? {} : { model }),
    }
    boards.set(board, { id: board, ...identity, ...known })
    measurement.pods.push(...pods)
    if (instance !== undefined && !measurement.instances.some((each) => each.id === id))
      measurement.instances.push({ id, board, instance, ...(profile === undefined ? {} : { profile }) })
  }
}

function rangeOf({ window }: DcgmMeasurement): TimeWindow {
  return { startMs: Date.parse(window.start_utc), endMs: Date.parse(window.end_utc) }
}

function emptyMeasurement(request: MeasureRequest, { scrapeMs, collectMs, collectFrom }: Cadence): DcgmMeasurement {
  const { window, windowText, selector, expectedGpus } = request
  return {
    schema: 'dcgm-measurement/1',
    window: windowText,
    cadence: {
      scrape_interval_s: scrapeMs / 1000,
      collect_interval_s: collectMs / 1000,
      collect_interval_from: collectFrom,
      intervals_in_window: (window.endMs - window.startMs) / Math.max(scrapeMs, collectMs),
    },
    selector,
    ...(expectedGpus === undefined ? {} : { expected_gpus: expectedGpus }),
    gpus: [],
    instances: [],
    pods: [],
    quantities: [],
    throttling: [],
    unavailable: [],
    queries: [],
    findings: [],
  }
}

function nothingFound({ matchers, windowText }: MeasureRequest, judging: readonly FieldSamples[]): SextantError {
  const found = judging.some(({ gpus }) => gpus.length > 0)
  const where = `between ${windowText.start_utc} and ${windowText.end_utc}`
  if (found)
    return new SextantError(
      'missing_data',
      `no GPU has two samples ${where}: the window is shorter than the scrape interval`,
      'Measure a window of at least four collect intervals (120 s by default), or scrape and collect faster.',
    )
  const unidentified = judging.reduce((sum, each) => sum + each.unidentified, 0)
  if (unidentified > 0)
    return new SextantError(
      'missing_data',
      `the series ${where} name neither a UUID nor a host, so that GPUs of two nodes cannot be told apart`,
      'Keep the labels UUID and Hostname when relabelling, or run the exporter without --no-hostname.',
      { unidentified },
    )
  const asked = selectorText('DCGM_FI_PROF_DRAM_ACTIVE', matchers)
  return new SextantError(
    'missing_data',
    `no series like ${asked} ${where}`,
    'Run `sextant dcgm probe`: with honor_labels=false the workload’s pod is exported_pod, and hosts may be under Hostname or hostname.',
    { asked },
  )
}
