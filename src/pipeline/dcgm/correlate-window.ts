/** From a request to `dcgm_correlation.json` and the frozen file beside it: live, from saved answers, or from a frozen file. */
import { activityOf } from '#analysis/dcgm/activity.ts'
import type { ActivityIn, ChosenWindow } from '#analysis/dcgm/bench-window.ts'
import { type CorrelateOptions, correlate } from '#analysis/dcgm/correlate.ts'
import { frozenOf } from '#analysis/dcgm/frozen-export.ts'
import { measureWindow } from '#analysis/dcgm/measure.ts'
import { paddedRange } from '#analysis/dcgm/query-plan.ts'
import { SextantError } from '#base/errors.ts'
import type { DcgmCorrelation } from '#formats/dcgm-correlation.ts'
import type { DcgmFrozen } from '#formats/dcgm-frozen.ts'
import type { DcgmFinding, DcgmMeasurement } from '#formats/dcgm-measurement.ts'
import type { SourceReference } from '#formats/source.ts'
import type { SeriesSource } from '#model/series-source.ts'
import { loadCeilings, loadDeviceNames, loadShippedCeilings, SHIPPED } from '#pipeline/ceilings.ts'
import { sourceNames } from '#pipeline/source-names.ts'
import { hashPath } from '#platform/hashing.ts'
import { openKeptAnswers } from '#sources/kept-answers.ts'
import { attributionOf } from './attribution.ts'
import { correlateFrozenFile } from './frozen-file.ts'
import type { CorrelationRequest } from './request.ts'
import { scopeOf } from './scope.ts'
import { chooseWindow, openBench } from './window-choice.ts'

export interface CorrelationContext {
  readonly configRoot: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly path: (given: string) => string
  readonly progress?: ((progress: { done: number; total?: number; note?: string }) => void) | undefined
}

export interface CorrelatedWindow {
  readonly correlation: DcgmCorrelation
  /** Absent where the input was a frozen file of another tool: it is that file. */
  readonly frozen?: DcgmFrozen
}

export interface OpenedSource {
  readonly source: SeriesSource
  readonly from: 'server' | 'responses'
  /** Files that were read for it, once it has been used. */
  readonly filesRead: () => readonly string[]
  close(): Promise<void>
}

export async function correlateWindow(context: CorrelationContext, request: CorrelationRequest): Promise<CorrelatedWindow> {
  const ways = [request.url, request.responses, request.frozenYaml].filter((way) => way !== undefined)
  if (ways.length > 1)
    throw new SextantError(
      'usage',
      'several inputs say where the samples come from',
      'Give one of --url, --responses DIR and --frozen-yaml FILE.',
    )
  const shared = await sharedOptions(context, request)
  if (request.frozenYaml !== undefined) return correlateFrozenFile(context.path(request.frozenYaml), request, shared)
  const opened = await openSource(context, request)
  try {
    return await correlateSource(context, request, opened, shared)
  } finally {
    await opened.close()
  }
}

async function correlateSource(
  context: CorrelationContext,
  request: CorrelationRequest,
  opened: OpenedSource,
  shared: SharedOptions,
): Promise<CorrelatedWindow> {
  const { source, from, filesRead } = opened
  const bench = request.bench === undefined ? undefined : await openBench(context.path(request.bench))
  const chosen = await chooseWindow(request, bench, lazyActivity(source, request))
  const measured = await measuredFrom(context, request, source, chosen)
  const { kind, version } = await source.server()
  const answers = await Promise.all([...new Set(filesRead())].sort().map(async (path) => ({ path, sha256: await hashPath(path) })))
  const names = sourceNames(answers.map(({ path }) => path))
  const sources = [
    ...(bench === undefined ? [] : [bench.source]),
    ...answers.map(({ sha256 }, at) => ({ path: names[at] ?? '', sha256 })),
    ...shared.sources,
  ]
  const provenance = { from, ...(from === 'responses' ? {} : { server: version === undefined ? kind : `${kind} ${version}` }) }
  const correlation = correlate(measured, { ...shared, provenance, sources })
  return { correlation, frozen: frozenOf(measured, correlation) }
}

/** Labels are looked up where the first stretch of time lies, and only if activity is asked for at all. */
function lazyActivity(source: SeriesSource, request: CorrelationRequest): ActivityIn {
  let found: ActivityIn | undefined
  return async (fromMs, toMs) => {
    found ??= activityOf(source, (await scopeOf(source, request, { startMs: fromMs, endMs: toMs })).matchers)
    return found(fromMs, toMs)
  }
}

async function measuredFrom(
  context: CorrelationContext,
  request: CorrelationRequest,
  source: SeriesSource,
  chosen: ChosenWindow,
): Promise<DcgmMeasurement> {
  const { fromMs, toMs } = paddedRange(chosen.window)
  const scope = await scopeOf(source, request, { startMs: fromMs, endMs: toMs })
  const { expectedGpus, collectIntervalS } = request
  const measurement = await measureWindow(source, {
    window: chosen.window,
    windowText: chosen.text,
    matchers: scope.matchers,
    selector: scope.text,
    ...(scope.names === undefined ? {} : { names: scope.names }),
    ...(expectedGpus === undefined ? {} : { expectedGpus }),
    ...(collectIntervalS === undefined ? {} : { collectMs: collectIntervalS * 1000 }),
    onProgress: (done, total) => context.progress?.({ done, total, note: 'queries' }),
  })
  return withDeclared(measurement, request, chosen, scope.findings)
}

/** What the request declares, kept with the measurement so that a frozen file needs no arguments. */
function withDeclared(
  measurement: DcgmMeasurement,
  request: CorrelationRequest,
  chosen: ChosenWindow,
  more: readonly DcgmFinding[],
): DcgmMeasurement {
  const { hwKey, dtype, namespace, podLabelSelector } = request
  return {
    ...measurement,
    ...(hwKey === undefined ? {} : { hw_key_given: hwKey }),
    ...(dtype === undefined ? {} : { dtype }),
    ...(namespace === undefined || namespace.length === 0 ? {} : { namespace: namespace.join(',') }),
    ...(podLabelSelector === undefined ? {} : { pod_label_selector: podLabelSelector }),
    ...(chosen.workload === undefined ? {} : { workload: chosen.workload }),
    findings: [...measurement.findings, ...chosen.findings, ...more],
  }
}

export type SharedOptions = Omit<CorrelateOptions, 'provenance'>

async function sharedOptions(context: CorrelationContext, request: CorrelationRequest): Promise<SharedOptions> {
  const path = request.table === undefined ? undefined : context.path(request.table)
  const { ceilings, sha256 } = path === undefined ? loadShippedCeilings(context.configRoot) : loadCeilings(path)
  const [name = SHIPPED] = path === undefined ? [SHIPPED] : sourceNames([path])
  const attribution = await attributionOf(context, request)
  const sources: SourceReference[] = [{ path: name, sha256 }, ...attribution.sources]
  const { hwKey, dtype } = request
  return {
    ceilings,
    names: loadDeviceNames(context.configRoot),
    ...(hwKey === undefined ? {} : { hwKey }),
    ...(dtype === undefined ? {} : { dtype }),
    ...(attribution.attribute === undefined ? {} : { attribute: attribution.attribute }),
    sources,
  }
}

async function openSource(context: CorrelationContext, request: CorrelationRequest): Promise<OpenedSource> {
  const { responses } = request
  if (responses !== undefined) {
    const kept = openKeptAnswers(context.path(responses))
    return { source: kept, from: 'responses', filesRead: () => kept.read, close: async () => undefined }
  }
  // Loaded only for a live server: its HTTP client is the largest thing here.
  const { openServer } = await import('./open-server.ts')
  const source = openServer(request, context.env)
  return { source, from: 'server', filesRead: () => [], close: () => source.close() }
}
