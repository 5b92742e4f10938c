/** HANDOFF.md's standing frontier: what to try next in order, and what was tried and is closed, with why. The rest of the page is people's. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileError } from '#platform/access.ts'
import { withLock, writeWhole } from '#platform/files.ts'
import { inert } from '#store/baselines/pages.ts'
import { withSection } from '#store/marked-section.ts'
import { addToBundle } from './bundle.ts'
import { requireBundle } from './paths.ts'
import { frontierHeadings, frontierPlaceholders } from './texts.ts'

export interface RankedLever {
  readonly rank: number
  readonly lever: string
  readonly title: string
  /** With its bound. */
  readonly expectedUnlock: string
  /** What would prove or refute it. */
  readonly gate: string
  readonly status: string
}

export interface ClosedLever {
  readonly lever: string
  readonly title: string
  readonly status: string
  readonly why: string
}

export interface Frontier {
  readonly ranked: readonly RankedLever[]
  readonly closed: readonly ClosedLever[]
}

/** Inert, and free of comment marks: a title must not be able to end the section. */
const cell = (text: string): string => inert(text).replaceAll('\\<', '&lt;').replaceAll('\\>', '&gt;')

function rows(columns: readonly string[], cells: readonly (readonly string[])[]): string {
  const lines = [columns, columns.map(() => '---'), ...cells.map((each) => each.map(cell))]
  return lines.map((each) => `| ${each.join(' | ')} |`).join('\n')
}

/** Ranked by rank, then lever; closed by lever, then status: the order of the caller's rows does not matter. */
export function frontierBodies({ ranked, closed }: Frontier): { readonly ranked: string; readonly closed: string } {
  const by = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
  const next = [...ranked].sort((a, b) => a.rank - b.rank || by(a.lever, b.lever))
  const done = [...closed].sort((a, b) => by(a.lever, b.lever) || by(a.status, b.status) || by(a.why, b.why))
  return {
    ranked:
      next.length === 0
        ? 'Nothing to try next: no lever can be carried by this evidence. What is unknown stands in findings/.'
        : rows(
            ['Rank', 'Lever', 'Change', 'Expected unlock', 'Proved by', 'Status'],
            next.map((row) => [String(row.rank), row.lever, row.title, row.expectedUnlock, row.gate, row.status]),
          ),
    closed:
      done.length === 0
        ? 'None yet.'
        : rows(
            ['Lever', 'Change', 'Status', 'Why'],
            done.map((row) => [row.lever, row.title, row.status, row.why]),
          ),
  }
}

/**
 * Replaces the two generated sections and leaves every other line of the page. HANDOFF.md is begun where it is absent.
 * @param nowUtc records the page as a new version of the bundle's layer; without it the caller does so when all is written.
 */
export async function updateFrontier(folder: string, frontier: Frontier, nowUtc?: string): Promise<void> {
  requireBundle(folder, 'the bundle')
  const path = join(folder, 'HANDOFF.md')
  const bodies = frontierBodies(frontier)
  await withLock(path, () => {
    const before = existsSync(path) ? read(path) : '# Handoff\n'
    const bare = withoutPlaceholders(before)
    const ranked = withSection(bare, { id: 'frontier', heading: frontierHeadings.ranked, body: bodies.ranked }, 'HANDOFF.md')
    const after = withSection(ranked, { id: 'closed', heading: frontierHeadings.closed, body: bodies.closed }, 'HANDOFF.md')
    if (after !== before) writeWhole(path, after)
  })
  if (nowUtc !== undefined) await addToBundle(folder, 'the bundle', [], nowUtc)
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw fileError('HANDOFF.md', error)
  }
}

/** "Nothing ranked yet" below a ranking would contradict it; only where it still stands as it was begun. */
function withoutPlaceholders(text: string): string {
  return [
    [frontierHeadings.ranked, frontierPlaceholders.ranked],
    [frontierHeadings.closed, frontierPlaceholders.closed],
  ].reduce((page, [heading, placeholder]) => page.replace(`## ${heading}\n\n${placeholder}\n`, `## ${heading}\n`), text)
}
