/** Which generation of dcgm-exporter wrote series: told from names and labels, because no series says its version. */
import { dcgmFieldOf } from '#model/dcgm-fields.ts'
import type { LabelSet } from './label-roles.ts'

/** Names can be configured by hand, labels cannot: labels decide where both speak (facts/dcgm.md sections 0 and 4). */
function generationOf(labels: LabelSet, names: ReadonlySet<string>): string | undefined {
  const hasNewName = [...names].some((name) => dcgmFieldOf(name)?.name.generation === '4.9')
  if ((labels['DCGM_FI_SYSTEM_DRIVER_VERSION'] ?? '') !== '' || hasNewName) return '4.9 or newer'
  if ((labels['hostname'] ?? '') !== '') return '4.6 to 4.8'
  if ((labels['Hostname'] ?? '') === '') return undefined
  return (labels['pci_bus_id'] ?? '') === '' ? '3.x or older' : '3.x to 4.5'
}

/** @param series label sets with the metric that each belongs to. One generation per host; several where a fleet is being updated. */
export function exporterGenerations(series: readonly { readonly name: string; readonly labels: LabelSet }[]): string[] {
  const namesByTarget = new Map<string, { labels: LabelSet; names: Set<string> }>()
  for (const { name, labels } of series) {
    const target = labels['instance'] ?? labels['Hostname'] ?? labels['hostname'] ?? ''
    const known = namesByTarget.get(target) ?? { labels, names: new Set<string>() }
    known.names.add(name)
    namesByTarget.set(target, known)
  }
  const found = [...namesByTarget.values()].flatMap(({ labels, names }) => generationOf(labels, names) ?? [])
  return [...new Set(found)].sort()
}
