/** What a probe would ask, without asking: with the labels of a default installation, because nobody looked yet. */
import { distinctMatchers } from '#analysis/dcgm-probe/selection.ts'
import { dcgmFields } from '#model/dcgm-fields.ts'
import { kubeStateLabels, matcherOf } from '#model/label-selector.ts'
import { selectorText } from '#model/promql.ts'
import type { ProbeRequest } from './probe.ts'

/** Helm chart's defaults until 4.5: honor_labels false (facts/dcgm.md section 4). */
export const usualForm = { host: 'Hostname', uuid: 'UUID', pod: 'exported_pod', namespace: 'exported_namespace' }

export function probeRequests({ window, selection, podLabels }: ProbeRequest): string[] {
  const within = `from ${window.startMs / 1000} to ${window.endMs / 1000}`
  const series = (selector: string): string => `series ${selector} ${within}`
  const pods = podLabels.map((each) => series(selectorText('kube_pod_labels', [matcherOf(each, kubeStateLabels(each.key)[0] ?? '')])))
  const [matchers = []] = distinctMatchers(selection, [usualForm])
  const names = dcgmFields.flatMap((field) => field.names.map(({ name }) => series(selectorText(name, matchers))))
  return ['server /api/v1/status/buildinfo', ...pods, ...names]
}
