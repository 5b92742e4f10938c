/** Which DCGM series a selection means within a window: label sets only, and never more than a bound. */
import type { FoundSeries } from '#analysis/dcgm-probe/inventory.ts'
import { honorLabelsOf, hostKeyOf, type LabelForm, type LabelSet, labelForms } from '#analysis/dcgm-probe/label-roles.ts'
import { distinctMatchers, type GpuSelection } from '#analysis/dcgm-probe/selection.ts'
import { SextantError } from '#base/errors.ts'
import { dcgmFields } from '#model/dcgm-fields.ts'
import { type Matcher, selectorText } from '#model/promql.ts'
import type { SeriesSource } from '#model/series-source.ts'
import { inParallel } from './in-parallel.ts'

export interface ProbeWindow {
  readonly startMs: number
  readonly endMs: number
}

/** Enough to see every form of labels of a fleet that is being updated node by node. */
const SAMPLE_SETS = 1000

const allNames = dcgmFields.flatMap(({ names }) => names.map(({ name }) => name))

export interface LabelSample {
  readonly forms: readonly LabelForm[]
  /** Whether any series names the pod that uses its GPU. */
  readonly namesWorkloads: boolean
  /** Of those series, sorted. */
  readonly hosts: readonly string[]
}

/** Label sets of the first metric that exists: default-counters.csv always enables temperature and power. */
export async function sampleLabels(source: SeriesSource, window: ProbeWindow): Promise<LabelSample> {
  const usual = allNames.filter((name) => /GPU_TEMP|POWER_USAGE|BOARD_POWER|GPU_UTIL/.test(name))
  for (const name of [...usual, ...allNames.filter((each) => !usual.includes(each))]) {
    const { labelSets } = await source.labelSets(name, window.startMs, window.endMs, SAMPLE_SETS)
    if (labelSets.length === 0) continue
    const hosts = [...new Set(labelSets.flatMap((labels) => labels[hostKeyOf(labels) ?? ''] ?? []))].sort()
    return { forms: labelForms(labelSets), namesWorkloads: honorLabelsOf(labelSets) !== 'unknown', hosts }
  }
  return { forms: [], namesWorkloads: false, hosts: [] }
}

export interface FoundAll {
  readonly series: readonly FoundSeries[]
  /** What stood behind the metric name, one per form of labels. */
  readonly matchers: readonly (readonly Matcher[])[]
  readonly warnings: readonly string[]
}

function tooMany(limit: number): SextantError {
  return new SextantError(
    'limit_exceeded',
    `the selection has more than ${limit} DCGM series in the window.`,
    'Select hosts, pods, a namespace or GPUs (--host, --pod, --namespace, --uuid), or raise --max-series.',
    { limit },
  )
}

/** Throws `limit_exceeded` above `maxSeries`: nothing more expensive than label sets has been asked for by then. */
export async function findSeries(
  source: SeriesSource,
  selection: GpuSelection,
  forms: readonly LabelForm[],
  window: ProbeWindow,
  maxSeries: number,
): Promise<FoundAll> {
  const alternatives = forms.length === 0 ? [] : distinctMatchers(selection, forms)
  const warnings = new Set<string>()
  let count = 0
  const lists = await inParallel(allNames, async (name): Promise<FoundSeries[]> => {
    const found = new Map<string, LabelSet>()
    for (const matchers of alternatives) {
      const answer = await source.labelSets(selectorText(name, matchers), window.startMs, window.endMs, maxSeries + 1 - count)
      if (answer.truncated) throw tooMany(maxSeries)
      for (const warning of answer.warnings) warnings.add(warning)
      for (const labels of answer.labelSets) found.set(JSON.stringify(Object.entries(labels).sort()), labels)
    }
    count += found.size
    if (count > maxSeries) throw tooMany(maxSeries)
    return [...found.values()].map((labels) => ({ name, labels }))
  })
  return { series: lists.flat(), matchers: alternatives, warnings: [...warnings].sort() }
}
