/** What a new bundle says before anything is known: the field's own headings, nothing claimed. */

export interface BundleIdentity {
  readonly family: string
  readonly runId: string
  readonly createdAtUtc: string
  readonly createdBy: string
  readonly toolVersion: string
  readonly intent: string
  readonly title?: string
  readonly hypothesis?: string
  readonly repo?: string
  readonly commit?: string
  readonly delivery?: string
  readonly image?: string
}

/** A value in YAML's double-quoted form: JSON strings are valid there. */
const quoted = (value: string): string => JSON.stringify(value)
const line = (key: string, value: string | undefined, indent: string): string =>
  value === undefined ? '' : `${indent}${key}: ${quoted(value)}\n`

/** experiment_provenance_v1: what is not given is absent, and absent is unknown, never a match. */
export function provenanceYaml(about: BundleIdentity): string {
  const source =
    about.repo === undefined
      ? ''
      : `source:\n  - repo: ${quoted(about.repo)}\n${line('commit', about.commit, '    ')}${line('delivery', about.delivery, '    ')}${line('image', about.image, '    ')}`
  return `schema: experiment_provenance_v1
identity:
  run_id: ${quoted(about.runId)}
  family: ${quoted(about.family)}
${line('title', about.title, '  ')}${line('hypothesis', about.hypothesis, '  ')}  status: active
${source}verdict:
  tier: draft
`
}

export function sourceText(about: BundleIdentity): string {
  return `# Source

- Family: ${about.family}
- Run-id: ${about.runId}
- Created (UTC): ${about.createdAtUtc}
- Created by: ${about.createdBy}
- Tool: sextant ${about.toolVersion}

## Intent

${about.intent}

## Provenance

\`\`\`provenance
${provenanceYaml(about)}\`\`\`

## Cross-references

None yet.
`
}

export const summaryText = (about: BundleIdentity): string => `# ${about.title ?? about.runId}

- Status: active
- Verdict: none (DRAFT)

## Findings

None yet.

## Recommendations

None yet.

## Open questions

- ${about.hypothesis ?? about.intent}
`

export const frontierHeadings = { ranked: 'Frontier', closed: 'Refuted or tried without effect' } as const
export const frontierPlaceholders = {
  ranked: 'Nothing ranked yet: `sextant synthesize` fills this from evidence.',
  closed: 'None yet.',
} as const

export const handoffText = (about: BundleIdentity): string => `# Handoff: ${about.runId}

## ${frontierHeadings.ranked}

${frontierPlaceholders.ranked}

## ${frontierHeadings.closed}

${frontierPlaceholders.closed}
`

export const observationsText = '# Observations\n\nMeasured tables only. Causes belong in 02-mechanisms.md.\n'
export const mechanismsText = '# Mechanisms\n\nOBSERVATION → MECHANISM → CONFIDENCE, and what would raise it.\n'
