/** Looks before anything is measured: which series exist under which names and labels, how often, and which GPUs they are of. */
import { utcText } from '#analysis/dcgm/utc.ts'
import { exporterGenerations } from '#analysis/dcgm-probe/exporter-generation.ts'
import { nextStep, type ProbedFacts, probeFindings } from '#analysis/dcgm-probe/findings.ts'
import { type FoundSeries, gpusIn, metricsIn, missingFrom, tierOf } from '#analysis/dcgm-probe/inventory.ts'
import { honorLabelsOf, hostKeyOf, podKeyOf, uuidKeyOf } from '#analysis/dcgm-probe/label-roles.ts'
import type { GpuSelection } from '#analysis/dcgm-probe/selection.ts'
import { SextantError } from '#base/errors.ts'
import type { ProbedFleet } from '#formats/dcgm-probe.ts'
import type { LabelRequirement } from '#model/label-selector.ts'
import { oneOf, regexLiteral, selectorText } from '#model/promql.ts'
import type { SeriesSource } from '#model/series-source.ts'
import { type FoundAll, findSeries, type LabelSample, type ProbeWindow, sampleLabels } from './find-series.ts'
import { nodesOfPods, podsWithLabels } from './pod-labels.ts'
import { probeCadence } from './probe-cadence.ts'

export interface ProbeRequest {
  readonly window: ProbeWindow
  readonly selection: GpuSelection
  /** Labels of pods, looked up in kube-state-metrics. */
  readonly podLabels: readonly LabelRequirement[]
  readonly expectedGpus?: number | undefined
  readonly maxSeries: number
}

export interface ProbedSelection {
  readonly selection: GpuSelection
  readonly byNode: boolean
}

/** Pods by their labels become names; pods of exporters that name none become the nodes they ran on. */
export async function resolveSelection(source: SeriesSource, request: ProbeRequest, sample: LabelSample): Promise<ProbedSelection> {
  const { window, podLabels } = request
  let { selection } = request
  if (podLabels.length > 0) {
    const pods = await podsWithLabels(source, podLabels, selection.namespaces, window)
    const names = [...new Set(pods.map(({ pod }) => regexLiteral(pod)))].sort()
    const namespaces = [...new Set(pods.map(({ namespace }) => namespace).filter((each) => each !== ''))].sort()
    // Names given beside labels must hold too, which one expression cannot say of two lists.
    const both = selection.pods.length === 0 ? names : names.filter((name) => selection.pods.some((pattern) => matchesWhole(pattern, name)))
    if (both.length === 0) throw nothingLeft('no pod with these labels has one of the names given')
    selection = { ...selection, pods: both, namespaces }
  }
  const isByPod = selection.pods.length > 0 || selection.namespaces.length > 0
  if (!isByPod || sample.namesWorkloads) return { selection, byNode: false }
  const nodes = await nodesOfPods(source, selection.pods.length === 0 ? ['.*'] : selection.pods, selection.namespaces, window)
  if (nodes.length === 0) return { selection, byNode: false }
  const hosts = selection.hosts.length === 0 ? nodes : nodes.filter((node) => selection.hosts.includes(node))
  if (hosts.length === 0) throw nothingLeft('the pods ran on none of the hosts given')
  return { selection: { ...selection, pods: [], namespaces: [], hosts }, byNode: true }
}

/** Two parts of a selection that exclude each other must not become a selection of everything. */
function nothingLeft(why: string): SextantError {
  return new SextantError('missing_data', `${why}.`, 'Give one of the two, and see with `sextant dcgm probe` what it selects.')
}

function matchesWhole(pattern: string, escapedName: string): boolean {
  let whole: RegExp
  try {
    whole = new RegExp(`^(?:${pattern})$`)
  } catch {
    throw new SextantError('usage', `--pod ${pattern} is no regular expression.`, 'Escape what is meant as text with a backslash.', {
      pattern,
    })
  }
  return whole.test(escapedName.replace(/\\(.)/g, '$1'))
}

/** `min_over_time(up)` of the exporters' own targets. */
async function downTargets(source: SeriesSource, series: readonly FoundSeries[], { startMs, endMs }: ProbeWindow): Promise<string[]> {
  const instances = [...new Set(series.flatMap(({ labels }) => labels['instance'] ?? []))]
  const jobs = [...new Set(series.flatMap(({ labels }) => labels['job'] ?? []))]
  if (instances.length === 0 || jobs.length === 0) return []
  const selector = selectorText('up', [oneOf('job', jobs), oneOf('instance', instances)])
  const answer = await source.instant(`min_over_time(${selector}[${endMs - startMs}ms])`, endMs)
  return answer.series.flatMap(({ labels, values }) => (values[0] === 0 ? [labels['instance'] ?? ''] : [])).sort()
}

const DAY_MS = 86_400_000

async function existedBefore(source: SeriesSource, { forms }: LabelSample, window: ProbeWindow): Promise<boolean> {
  // Forms come from series in the window: then it is the selection that names nothing.
  if (forms.length > 0) return false
  const before = await sampleLabels(source, { startMs: window.startMs - DAY_MS, endMs: window.startMs })
  return before.forms.length > 0
}

function distinct(keys: readonly (string | undefined)[]): string[] {
  return [...new Set(keys.flatMap((key) => key ?? []))].sort()
}

function selectorTexts({ matchers }: FoundAll): string[] {
  return matchers.map((each) => selectorText('x', each).slice(1)).map((text) => (text === '' ? '{}' : text))
}

export async function probeDcgm(source: SeriesSource, request: ProbeRequest): Promise<ProbedFleet> {
  const { window, expectedGpus } = request
  const { kind, version } = await source.server()
  const sample = await sampleLabels(source, window)
  const { selection, byNode } = await resolveSelection(source, request, sample)
  const found = await findSeries(source, selection, sample.forms, window, request.maxSeries)
  const { series } = found
  const { spacingS, cadence } = await probeCadence(source, series, window)
  const labelSets = series.map(({ labels }) => labels)
  const metrics = metricsIn(series, spacingS)
  const durationS = (window.endMs - window.startMs) / 1000
  const facts: ProbedFacts = {
    series,
    metrics,
    gpus: gpusIn(series),
    missing: missingFrom(metrics),
    exporters: exporterGenerations(series),
    honorLabels: honorLabelsOf(labelSets),
    cadence,
    durationS,
    expectedGpus,
    downTargets: await downTargets(source, series, window),
    existBefore: series.length > 0 ? undefined : await existedBefore(source, sample, window),
    byNode,
    otherHosts: series.length > 0 ? [] : sample.hosts,
  }
  const findings = probeFindings(facts)
  return {
    server: { kind, ...(version === undefined ? {} : { version }) },
    window: { startUtc: utcText(window.startMs), endUtc: utcText(window.endMs), durationS },
    tier: tierOf(metrics),
    exporters: [...facts.exporters],
    labels: {
      host: distinct(labelSets.map(hostKeyOf)),
      uuid: distinct(labelSets.map(uuidKeyOf)),
      pod: distinct(labelSets.map(podKeyOf)),
      honorLabels: facts.honorLabels,
    },
    ...(cadence === undefined ? {} : { scrapeIntervalS: cadence.scrapeMs / 1000, collectIntervalS: cadence.collectMs / 1000 }),
    ...(cadence === undefined || cadence.collectFrom === 'given' ? {} : { collectIntervalFrom: cadence.collectFrom }),
    series: series.length,
    metrics,
    missing: [...facts.missing],
    gpus: [...facts.gpus],
    ...(expectedGpus === undefined ? {} : { expectedGpus }),
    selectors: selectorTexts(found),
    findings,
    warnings: [...found.warnings],
    next: nextStep(facts, findings),
  }
}
