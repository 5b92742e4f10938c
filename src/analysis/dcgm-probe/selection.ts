/** What a request selects, as matchers for each form of labels that a fleet has. Every part becomes a matcher; none is dropped. */
import { type LabelRequirement, matcherOf } from '#model/label-selector.ts'
import { type Matcher, oneOf } from '#model/promql.ts'
import type { LabelForm } from './label-roles.ts'

export interface GpuSelection {
  readonly hosts: readonly string[]
  readonly uuids: readonly string[]
  /** Regular expressions over whole names of pods. */
  readonly pods: readonly string[]
  readonly namespaces: readonly string[]
  /** Of other labels of the series themselves. */
  readonly requirements: readonly LabelRequirement[]
}

export function isWholeFleet({ hosts, uuids, pods, namespaces, requirements }: GpuSelection): boolean {
  return hosts.length + uuids.length + pods.length + namespaces.length + requirements.length === 0
}

/** Alternatives in one expression, each kept whole. */
function anyOf(patterns: readonly string[]): string {
  return patterns.length === 1 ? (patterns[0] ?? '') : patterns.map((pattern) => `(?:${pattern})`).join('|')
}

export function matchersFor(selection: GpuSelection, form: LabelForm): Matcher[] {
  const { hosts, uuids, pods, namespaces, requirements } = selection
  return [
    ...(hosts.length === 0 ? [] : [oneOf(form.host, hosts)]),
    ...(uuids.length === 0 ? [] : [oneOf(form.uuid, uuids)]),
    ...(namespaces.length === 0 ? [] : [oneOf(form.namespace, namespaces)]),
    ...(pods.length === 0 ? [] : [{ label: form.pod, operator: '=~' as const, value: anyOf(pods) }]),
    ...requirements.map((requirement) => matcherOf(requirement, requirement.key)),
  ]
}

/** The forms that differ for this selection: most selections name only some of the labels. */
export function distinctMatchers(selection: GpuSelection, forms: readonly LabelForm[]): Matcher[][] {
  const byText = new Map<string, Matcher[]>()
  for (const form of forms) {
    const matchers = matchersFor(selection, form)
    byText.set(JSON.stringify(matchers), matchers)
  }
  return [...byText.values()]
}
