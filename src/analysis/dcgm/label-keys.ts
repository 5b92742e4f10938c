/** Under which labels an exporter and its scraper keep host, GPU and the workload's pod (facts/dcgm.md section 4). */
import { type LabelRequirement, matcherOf } from '#model/label-selector.ts'
import { type Matcher, oneOf } from '#model/promql.ts'

type LabelSet = Readonly<Record<string, string>>

export interface LabelKeys {
  readonly host: string
  readonly uuid: string
  readonly pod: string
  readonly namespace: string
}

/** What the Helm chart's defaults give (honor_labels false, names until 4.5): where nobody can look. */
export const usualLabelKeys: LabelKeys = { host: 'Hostname', uuid: 'UUID', pod: 'exported_pod', namespace: 'exported_namespace' }

const hostKeys = ['Hostname', 'hostname', 'node', 'nodename', 'kubernetes_node', 'instance']
const uuidKeys = ['UUID', 'uuid', 'gpu_uuid']

export function labelKeysOf(labelSets: readonly LabelSet[]): LabelKeys {
  const has = (key: string): boolean => labelSets.some((labels) => (labels[key] ?? '') !== '')
  const first = (keys: readonly string[], otherwise: string): string => keys.find(has) ?? otherwise
  // With honor_labels=true the workload's pod is `pod`; else that is the exporter's own (trap E24).
  const isExported = has('exported_pod') || !labelSets.some(({ pod }) => pod !== undefined && pod !== '' && !/dcgm-exporter/.test(pod))
  return {
    host: first(hostKeys, usualLabelKeys.host),
    uuid: first(uuidKeys, usualLabelKeys.uuid),
    pod: isExported ? 'exported_pod' : 'pod',
    namespace: isExported ? 'exported_namespace' : 'namespace',
  }
}

export interface Selection {
  readonly hosts?: readonly string[] | undefined
  readonly uuids?: readonly string[] | undefined
  /** Regular expressions, as PromQL anchors them. */
  readonly pods?: readonly string[] | undefined
  readonly namespace?: string | undefined
  /** Any other label of the series. */
  readonly requirements?: readonly LabelRequirement[] | undefined
}

/** Every part of a selection becomes a matcher; none is dropped (trap E9). */
export function matchersOf(selection: Selection, keys: LabelKeys): Matcher[] {
  const { hosts = [], uuids = [], pods = [], namespace, requirements = [] } = selection
  return [
    ...(hosts.length === 0 ? [] : [oneOf(keys.host, hosts)]),
    ...(uuids.length === 0 ? [] : [oneOf(keys.uuid, uuids)]),
    ...(namespace === undefined ? [] : [oneOf(keys.namespace, [namespace])]),
    ...(pods.length === 0 ? [] : [{ label: keys.pod, operator: '=~' as const, value: pods.join('|') }]),
    ...requirements.map((requirement) => matcherOf(requirement, requirement.key)),
  ]
}

/** The selection in words, for the record. */
export function selectionText(matchers: readonly Matcher[]): string {
  return matchers.map(({ label, operator, value }) => `${label}${operator}"${value}"`).join(',')
}
