/** Which series a request means: looked up before anything is measured, so that no part of a selection is dropped or guessed. */

import type { TimeWindow } from '#analysis/dcgm/window-mean.ts'
import { uuidKeyOf } from '#analysis/dcgm-probe/label-roles.ts'
import { distinctMatchers, type GpuSelection, isWholeFleet } from '#analysis/dcgm-probe/selection.ts'
import { SextantError } from '#base/errors.ts'
import type { DcgmFinding } from '#formats/dcgm-measurement.ts'
import { parseLabelSelector } from '#model/label-selector.ts'
import { type Matcher, oneOf, selectorText } from '#model/promql.ts'
import type { SeriesSource } from '#model/series-source.ts'
import { type FoundAll, findSeries, sampleLabels } from './find-series.ts'
import { resolveSelection } from './probe.ts'
import { usualForm } from './probe-rehearsal.ts'
import type { CorrelationRequest } from './request.ts'

export interface Scope {
  readonly matchers: readonly Matcher[]
  /** The selection as it was asked for, in PromQL. */
  readonly text: string
  /** Metrics that exist; absent where nobody looked. */
  readonly names?: ReadonlySet<string>
  readonly findings: readonly DcgmFinding[]
}

/** A thousand GPUs with every field that the table knows: what is larger was not meant. */
const MAX_SERIES = 50_000

function selectionOf({ host = [], uuid = [], pod = [], namespace = [], selector }: CorrelationRequest): GpuSelection {
  return {
    hosts: host,
    uuids: uuid,
    pods: pod,
    namespaces: namespace,
    requirements: selector === undefined ? [] : parseLabelSelector(selector),
  }
}

const textOf = (matchers: readonly Matcher[]): string => selectorText('x', matchers).slice(2, -1)

/** Without a source (a rehearsal): the labels of a default installation. */
export function usualScope(request: CorrelationRequest): Scope {
  const [matchers = []] = distinctMatchers(selectionOf(request), [usualForm])
  return { matchers, text: textOf(matchers), findings: [] }
}

/**
 * Once found, GPUs are asked for by UUID: time without a pod and pods that change then lose no sample.
 * Throws `missing_data` where the selection means no series.
 */
export async function scopeOf(source: SeriesSource, request: CorrelationRequest, window: TimeWindow): Promise<Scope> {
  const { podLabelSelector, maxSeries = MAX_SERIES } = request
  const sample = await sampleLabels(source, window)
  const podLabels = podLabelSelector === undefined ? [] : parseLabelSelector(podLabelSelector)
  const asked = { window, selection: selectionOf(request), podLabels, maxSeries }
  const { selection, byNode } = await resolveSelection(source, asked, sample)
  const found = await findSeries(source, selection, sample.forms, window, maxSeries)
  const text = found.matchers.map(textOf).join(' or ')
  if (found.series.length === 0)
    throw new SextantError(
      'missing_data',
      `no DCGM series match ${text === '' ? 'at all' : `{${text}}`} in the window`,
      'Run `sextant dcgm probe` with the same window and selection: it says what there is, under which names and labels.',
    )
  return {
    matchers: isWholeFleet(selection) ? [] : matchersByGpu(found),
    text,
    names: new Set(found.series.map(({ name }) => name)),
    findings: byNode
      ? [
          {
            code: 'selected-by-node',
            severity: 'warning',
            text: 'the exporter names no pods: every GPU of the nodes on which the pods ran is in the figures',
          },
        ]
      : [],
  }
}

function matchersByGpu({ series, matchers }: FoundAll): readonly Matcher[] {
  const keys = new Set(series.map(({ labels }) => uuidKeyOf(labels)))
  const [key] = keys
  if (keys.size === 1 && key !== undefined)
    return [
      oneOf(
        key,
        series.flatMap(({ labels }) => labels[key] ?? []),
      ),
    ]
  const [only] = matchers
  if (matchers.length === 1 && only !== undefined) return only
  throw new SextantError(
    'ambiguous',
    'the selected series keep the same thing under different labels, and have no UUID in common to be asked for',
    'Select the hosts of one kind of exporter (--host), and correlate each alone.',
  )
}
