import { basename } from 'node:path'
import * as z from 'zod'
import { numberFindings } from '#analysis/findings/number-findings.ts'
import { type Finding, type FindingSeverity, findingsRenderSchema, type NumberedFinding } from '#formats/findings.ts'
import { hashPath } from '#platform/hashing.ts'
import { readFindings } from '#store/findings/findings-file.ts'
import { type FindingsPlace, findEvidence, findingsPlace } from '#store/findings/findings-place.ts'
import { defineCommand } from './define-command.ts'
import { findingsMarkdown, findingsRenderText } from './text/findings-text.ts'

function evidenceState({ bundle }: FindingsPlace, path: string | undefined): NumberedFinding['evidence'] {
  if (path === undefined) return 'not-named'
  if (bundle === undefined) return 'cannot-tell'
  return findEvidence(bundle.path, path, undefined) === undefined ? 'missing' : 'exists'
}

function countsOf(findings: readonly Finding[]) {
  const counts: Record<FindingSeverity, number> = { critical: 0, high: 0, medium: 0, low: 0, informational: 0 }
  for (const { severity } of findings) counts[severity] += 1
  return counts
}

export const command = defineCommand({
  name: 'findings render',
  summary: 'Findings of a bundle, numbered C1, H1, M1, L1 in their order, as a table and as a page for a review',
  effect: 'read_only',
  positional: ['findingsYaml'],
  input: z.object({
    findingsYaml: z.string().describe('findings.yaml, or the folder of its bundle'),
    page: z.boolean().default(false).describe('Print the page for a review, in Markdown, instead of the table'),
  }),
  output: findingsRenderSchema,
  examples: [
    { title: 'the findings of the example bundle', args: ['examples/evidence-bundle'] },
    { title: 'the same as a page', args: ['examples/evidence-bundle', '--page'] },
  ],
  async run(context, { findingsYaml, page }) {
    const place = findingsPlace(context.path(findingsYaml), findingsYaml)
    const { findings } = readFindings(place.path, place.shown)
    const numbered = numberFindings(findings).map((each) => ({ ...each, evidence: evidenceState(place, each.evidence_path) }))
    return {
      schema: 'findings-render/1' as const,
      sources: [{ path: basename(place.path), sha256: await hashPath(place.path) }],
      findings_yaml: place.shown,
      counts: countsOf(findings),
      open: findings.filter(({ status }) => status !== 'resolved').length,
      findings: numbered,
      shownAs: page ? ('page' as const) : ('table' as const),
      markdown: findingsMarkdown(numbered),
    }
  },
  render: (output, { width }) => (output.shownAs === 'page' ? output.markdown : findingsRenderText(output, width)),
})
