/** `search runbooks`: the pages that speak of what is asked, best first. */
import type { RunbookKind, SearchRunbooks } from '#formats/search.ts'
import { sourceNames } from '#pipeline/source-names.ts'
import { printable } from '#platform/printable.ts'
import { rank } from './ranking.ts'
import { gatherOwn, gatherShipped } from './runbook-documents.ts'
import { snippet } from './snippet.ts'

export interface RunbookQuery {
  readonly configRoot: string
  /** Where a team's own pages are looked for; absent: only shipped ones are searched. */
  readonly root?: string
  readonly query: string
  readonly kind?: readonly RunbookKind[]
  /** 0 is all. */
  readonly limit: number
  /** The first hit whole. */
  readonly page: boolean
}

export function searchRunbooks({ configRoot, root, query, kind = [], limit, page }: RunbookQuery): SearchRunbooks {
  const shipped = gatherShipped(configRoot)
  const own = root === undefined ? { documents: [], skipped: [] } : gatherOwn(root, configRoot)
  const documents = [...shipped.documents, ...own.documents].filter((each) => kind.length === 0 || kind.includes(each.kind))
  const { matched, ranked } = rank(documents, query)
  const shown = limit === 0 ? ranked : ranked.slice(0, limit)
  const names = sourceNames(shown.map(({ document }) => document.path))
  return {
    schema: 'search-runbooks/1',
    sources: shown.map(({ document }, index) => ({ path: names[index] ?? document.path, sha256: document.sha256 })),
    query,
    matched,
    hits: shown.map(({ document, score, terms }, index) => ({
      rank: index + 1,
      score,
      kind: document.kind,
      title: printable(document.title),
      path: document.path,
      terms: [...terms],
      snippet: snippet(withoutTitle(document.text), terms),
      commands: document.commands.map(printable),
      ...(page && index === 0 ? { page: printable(document.text) } : {}),
    })),
    omitted: ranked.length - shown.length,
    searched: { shipped: shipped.documents.length, own: own.documents.length },
    skipped: [...shipped.skipped, ...own.skipped],
  }
}

/** The title stands beside the snippet already. */
const withoutTitle = (text: string): string => text.replace(/^#\s+.+\n+/, '')
