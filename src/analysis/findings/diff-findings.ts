/** What changed between two lists of findings, by id. Every id of either list lands in exactly one of the four groups. */
import type { Finding, FindingsDiff } from '#formats/findings.ts'

export type FindingChanges = Omit<FindingsDiff, 'schema' | 'sources'>

const headed = ({ id, severity, headline }: Finding) => ({ id, severity, headline })

/** Order: of B for what B holds, else of A. Severities that differ are told beside, whatever happened to the status. */
export function diffFindings(before: readonly Finding[], after: readonly Finding[]): FindingChanges {
  const old = new Map(before.map((finding) => [finding.id, finding]))
  const held = new Set(after.map(({ id }) => id))
  const changes: FindingChanges = { new: [], resolved: [], statusChanges: [], severityChanges: [], unchanged: 0 }
  for (const finding of after) {
    const was = old.get(finding.id)
    if (was === undefined) changes.new.push({ ...headed(finding), status: finding.status })
    else if (was.status === finding.status) changes.unchanged += 1
    else if (finding.status === 'resolved') changes.resolved.push({ ...headed(finding), how: 'status', before: was.status })
    else changes.statusChanges.push({ ...headed(finding), before: was.status, after: finding.status })
    if (was !== undefined && was.severity !== finding.severity) {
      changes.severityChanges.push({ id: finding.id, before: was.severity, after: finding.severity })
    }
  }
  for (const finding of before) {
    if (!held.has(finding.id)) changes.resolved.push({ ...headed(finding), how: 'absent', before: finding.status })
  }
  return changes
}
