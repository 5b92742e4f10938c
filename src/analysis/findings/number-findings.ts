/** C1, H1, M1, L1: how people call a finding in a review. */
import type { Finding, FindingSeverity } from '#formats/findings.ts'

const letters: Readonly<Record<FindingSeverity, string>> = { critical: 'C', high: 'H', medium: 'M', low: 'L', informational: 'I' }

/** Numbers count within a severity, in the order of the file: a finding keeps its number while those before it stay. */
export function numberFindings<T extends Pick<Finding, 'severity'>>(findings: readonly T[]): (T & { readonly number: string })[] {
  const counts = new Map<FindingSeverity, number>()
  return findings.map((finding) => {
    const count = (counts.get(finding.severity) ?? 0) + 1
    counts.set(finding.severity, count)
    return { ...finding, number: `${letters[finding.severity]}${count}` }
  })
}
