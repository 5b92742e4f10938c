/** Which series a request means: labels looked up where they can be, never dropped where they cannot. */
import { labelKeysOf, matchersOf, type Selection, selectionText, usualLabelKeys } from '#analysis/dcgm/label-keys.ts'
import type { TimeWindow } from '#analysis/dcgm/window-mean.ts'
import type { DcgmFinding } from '#formats/dcgm-measurement.ts'
import { parseLabelSelector } from '#model/label-selector.ts'
import type { Matcher } from '#model/promql.ts'
import type { SeriesSource } from '#model/series-source.ts'
import type { CorrelationRequest } from './request.ts'

export interface Scope {
  readonly matchers: readonly Matcher[]
  readonly text: string
  readonly names?: ReadonlySet<string>
  readonly findings: readonly DcgmFinding[]
}

export function selectionOf({ host, uuid, pod, namespace, selector }: CorrelationRequest): Selection {
  return { hosts: host, uuids: uuid, pods: pod, namespace, requirements: selector === undefined ? [] : parseLabelSelector(selector) }
}

/** Without a source (a rehearsal): the labels of a default installation. */
export function usualScope(request: CorrelationRequest): Scope {
  const matchers = matchersOf(selectionOf(request), usualLabelKeys)
  return { matchers, text: selectionText(matchers), findings: [] }
}

/** Labels of one field that every exporter has are enough to see under which names they are kept. */
const everywhere = ['DCGM_FI_DEV_GPU_TEMP', 'DCGM_FI_PROF_GR_ENGINE_ACTIVE', 'DCGM_FI_DEV_POWER_USAGE', 'DCGM_FI_PROF_DRAM_ACTIVE']
const MOST_SETS = 1000

export async function scopeOf(source: SeriesSource, request: CorrelationRequest, window: TimeWindow): Promise<Scope> {
  const selection = selectionOf(request)
  for (const name of everywhere) {
    const { labelSets } = await source.labelSets(name, window.startMs, window.endMs, MOST_SETS)
    if (labelSets.length === 0) continue
    const matchers = matchersOf(selection, labelKeysOf(labelSets))
    return { matchers, text: selectionText(matchers), findings: [] }
  }
  return usualScope(request)
}
