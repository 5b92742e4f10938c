/** Pages that say what to do: those that are shipped, and a team's own below the root. */
import { createHash } from 'node:crypto'
import { readFileSync, realpathSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { RunbookKind } from '#formats/search.ts'
import { walk } from './walk.ts'

export interface RunbookDocument {
  readonly kind: RunbookKind
  readonly title: string
  readonly text: string
  readonly path: string
  readonly sha256: string
  readonly commands: readonly string[]
}

export interface Runbooks {
  readonly documents: readonly RunbookDocument[]
  readonly skipped: readonly { readonly path: string; readonly why: string }[]
}

/** A page for people; more is something else. */
const MAX_BYTES = 1024 * 1024

const kindOfFolder: Readonly<Record<string, RunbookKind>> = { bottlenecks: 'bottleneck', gates: 'gate', verdicts: 'verdict' }

/** `sextant …` lines of the page's code blocks, as a test of the shipped pages parses them. */
export function commandsOf(page: string): string[] {
  return [...page.matchAll(/^```[a-z]*\n([\s\S]*?)^```/gm)].flatMap(([, block = '']) =>
    block
      .split('\n')
      .map((line) => line.replace(/^\$\s*/, '').trim())
      .filter((line) => line.startsWith('sextant ')),
  )
}

/** The pages lie at docs/runbooks beside configs/, in a checkout and beside the bundle (scripts/build.ts). */
export const shippedRunbooks = (configRoot: string): string => join(configRoot, '..', 'docs', 'runbooks')

export function gatherShipped(configRoot: string): Runbooks {
  const folder = shippedRunbooks(configRoot)
  const { files, skipped } = walk(folder, '', () => false)
  const pages = files.filter((path) => path.endsWith('.md') && path !== 'README.md')
  const read = readPages(folder, pages, (path) => kindOfFolder[path.split('/')[0] ?? ''] ?? 'own')
  return {
    documents: read.documents.map((page) => ({ ...page, path: `docs/runbooks/${page.path}` })),
    skipped: [...skipped, ...read.skipped],
  }
}

/** `runbooks/**.md` and files called runbook, in ignored and dot folders too. Shipped pages that lie below the root are not told twice. */
export function gatherOwn(root: string, configRoot: string): Runbooks {
  const shipped = realPath(shippedRunbooks(configRoot))
  const { files, skipped } = walk(root, '', (path) => realPath(join(root, path)) === shipped)
  const own = files.filter((path) => /(?:^|\/)runbooks?\/.*\.md$|runbook[^/]*\.md$/i.test(path))
  const read = readPages(root, own, () => 'own')
  return { documents: read.documents, skipped: [...skipped, ...read.skipped] }
}

function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

function readPages(root: string, paths: readonly string[], kindOf: (path: string) => RunbookKind): Runbooks {
  const documents: RunbookDocument[] = []
  const skipped: { path: string; why: string }[] = []
  for (const path of paths) {
    try {
      const { size } = statSync(join(root, path))
      if (size > MAX_BYTES) {
        skipped.push({ path, why: `${size} bytes: no page to read` })
        continue
      }
      const bytes = readFileSync(join(root, path))
      const text = new TextDecoder().decode(bytes)
      const title = /^#\s+(.+)$/m.exec(text)?.[1]?.trim() ?? path
      const sha256 = createHash('sha256').update(bytes).digest('hex')
      documents.push({ kind: kindOf(path), title, text, path, sha256, commands: commandsOf(text) })
    } catch (error) {
      skipped.push({ path, why: `cannot be read (${error instanceof Error && 'code' in error ? String(error.code) : 'unknown'})` })
    }
  }
  return { documents, skipped }
}
