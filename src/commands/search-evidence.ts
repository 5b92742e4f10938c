import { existsSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { SextantError } from '#base/errors.ts'
import { evidenceKindSchema, searchEvidenceSchema } from '#formats/search.ts'
import { searchEvidence } from '#pipeline/search/search-evidence.ts'
import { experimentsRoot } from '#store/bundle/paths.ts'
import { type CommandContext, defineCommand } from './define-command.ts'
import { searchEvidenceText } from './text/search-text.ts'

const input = z.object({
  query: z.string().default('').describe('Words, names or flags; “in quotes” stands there as it is. Every word first, then any'),
  more: z.array(z.string()).default([]).describe('More words of the query, so that it needs no quotes on a command line'),
  root: z.string().optional().describe('Folder to search (default: experiments/ of PROFILE_AND_OPTIMIZE_REPO_ROOT, else of here)'),
  tried: z.string().optional().describe('A lever by id (L01) or words: has it been tried, with what outcome and why'),
  family: z.string().optional().describe('Only bundles of this family'),
  kind: z.array(evidenceKindSchema).optional().describe('Only these kinds of document'),
  status: z.string().optional().describe('Only this status: open, resolved, DRAFT, PROVEN, REFUTED, NULL, active, …'),
  since: z.string().optional().describe('Only what is dated from this day on: 2026-11-01 or a UTC time'),
  limit: z.number().int().min(0).default(10).describe('Hits at most, 0 for all'),
})

/** The folder that is searched, and where in it to begin: paths of hits are relative to the folder. */
function placeOf(context: CommandContext, given: string | undefined): { readonly root: string; readonly start: string } {
  if (given !== undefined) return { root: context.path(given), start: '' }
  const root = context.path(experimentsRoot(context.env, '.'))
  if (existsSync(join(root, 'experiments'))) return { root, start: 'experiments' }
  throw new SextantError(
    'file_not_found',
    'no folder experiments/ here',
    'Name the folder of the bundles with --root, or set PROFILE_AND_OPTIMIZE_REPO_ROOT.',
  )
}

function sinceMs(given: string | undefined): number | undefined {
  if (given === undefined) return undefined
  const at = /^\d{4}-\d{2}-\d{2}(?:T[\d:.]+Z)?$/.test(given) ? Date.parse(given) : Number.NaN
  if (!Number.isNaN(at)) return at
  throw new SextantError('usage', `--since ${given} is no day`, 'Write 2026-11-01, or 2026-11-01T12:00:00Z.', { given })
}

export const command = defineCommand({
  name: 'search evidence',
  tool: 'search_evidence',
  summary:
    'Search bundles, findings, ledgers and trials, git-ignored folders too; with --tried: has this lever been tried, and what came of it?',
  effect: 'read_only',
  positional: ['query', 'more'],
  input,
  output: searchEvidenceSchema,
  examples: [
    { title: 'what is known of a family of kernels', args: ['moe gemm roof', '--root', 'examples', '--limit', '5'] },
    { title: 'has this been tried?', args: ['--tried', 'async scheduling', '--root', 'examples'] },
  ],
  async run(context, { query: first, more, root, tried, family, kind, status, since, limit }) {
    const query = [first, ...more].join(' ')
    if (query.trim() === '' && (tried ?? '').trim() === '') {
      throw new SextantError('usage', 'nothing is asked', 'Give words to look for, or --tried LEVER.')
    }
    const from = sinceMs(since)
    return searchEvidence({
      ...placeOf(context, root),
      query,
      limit,
      ...(tried === undefined ? {} : { tried }),
      ...(family === undefined ? {} : { family }),
      ...(kind === undefined ? {} : { kind }),
      ...(status === undefined ? {} : { status }),
      ...(from === undefined ? {} : { sinceMs: from }),
    })
  },
  render: searchEvidenceText,
})
