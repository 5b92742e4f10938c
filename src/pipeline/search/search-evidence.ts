/** `search evidence`: gather, filter, rank, and say what was searched. */
import type { EvidenceHit, EvidenceKind, SearchEvidence, Tried } from '#formats/search.ts'
import { sourceNames } from '#pipeline/source-names.ts'
import { printable } from '#platform/printable.ts'
import type { EvidenceDocument } from './evidence-document.ts'
import { type EvidenceCorpus, gatherEvidence } from './evidence-documents.ts'
import { type Ranked, rank } from './ranking.ts'
import { snippet } from './snippet.ts'
import { tried } from './tried.ts'

export interface EvidenceQuery {
  readonly root: string
  /** Below the root; '' is all of it. */
  readonly start: string
  readonly query: string
  readonly tried?: string
  readonly family?: string
  readonly kind?: readonly EvidenceKind[]
  readonly status?: string
  /** Milliseconds since 1970. */
  readonly sinceMs?: number
  /** 0 is all. */
  readonly limit: number
}

const same = (a: string | undefined, b: string | undefined): boolean => b === undefined || a?.toLowerCase() === b.toLowerCase()

/** Undefined where nobody knows when: such a document is left out by --since, and counted. */
function isSince(date: string | undefined, sinceMs: number | undefined): boolean | undefined {
  if (sinceMs === undefined) return true
  const at = date === undefined ? Number.NaN : Date.parse(date)
  return Number.isNaN(at) ? undefined : at >= sinceMs
}

const line = (text: string): string => printable(text.replace(/[\s\u2028\u2029]+/g, ' ').trim()).slice(0, 200)

function hitOf({ document, score, terms }: Ranked<EvidenceDocument>, index: number): EvidenceHit {
  const { kind, title, path, text, handle, family, runId, status, date } = document
  return {
    rank: index + 1,
    score,
    kind,
    title: line(title),
    path,
    ...(handle === undefined ? {} : { handle: line(handle) }),
    ...(family === undefined ? {} : { family: line(family) }),
    ...(runId === undefined ? {} : { run_id: line(runId) }),
    ...(status === undefined ? {} : { status: line(status) }),
    ...(date === undefined ? {} : { date: line(date) }),
    terms: [...terms],
    snippet: snippet(text, terms),
  }
}

/** "No record" is only worth what was searched: what could not be read is said with it. */
function triedOf({ levers, skipped }: EvidenceCorpus, asked: EvidenceQuery): Tried | undefined {
  if (asked.tried === undefined) return undefined
  const fitting = levers.filter((record) => same(record.family, asked.family) && isSince(record.date, asked.sinceMs) === true)
  const { rows, reason, ...answer } = tried(fitting, asked.tried)
  const shown = asked.limit === 0 ? rows : rows.slice(0, asked.limit)
  return {
    ...answer,
    reason:
      answer.answer === 'no-record' && skipped.length > 0
        ? `${reason}; ${skipped.length} ${skipped.length === 1 ? 'place' : 'places'} could not be searched`
        : reason,
    rows: shown.map((row) => ({
      ...row,
      title: line(row.title),
      why: printable(row.why.replace(/\s+/g, ' ')),
      lever: line(row.lever),
      status: line(row.status),
    })),
    omitted: rows.length - shown.length,
  }
}

export function searchEvidence(asked: EvidenceQuery): SearchEvidence {
  const corpus = gatherEvidence(asked.root, asked.start)
  const { family, kind, status, sinceMs } = asked
  const fitting = corpus.documents.filter(
    (document) =>
      same(document.family, family) &&
      same(document.status, status) &&
      (kind === undefined || kind.length === 0 || kind.includes(document.kind)),
  )
  const dated = fitting.filter(({ date }) => isSince(date, sinceMs) === true)
  const { matched, ranked } = rank(dated, asked.query)
  const shown = asked.limit === 0 ? ranked : ranked.slice(0, asked.limit)
  const hits = shown.map(hitOf)
  const answer = triedOf(corpus, asked)
  return {
    schema: 'search-evidence/1',
    sources: sourcesOf(corpus, [...hits, ...(answer?.rows ?? [])]),
    query: asked.query,
    matched,
    hits,
    omitted: ranked.length - shown.length,
    ...(answer === undefined ? {} : { tried: answer }),
    searched: { ...corpus.counted, documents: corpus.documents.length, leverRows: corpus.levers.length },
    undated: fitting.filter(({ date }) => isSince(date, sinceMs) === undefined).length,
    skipped: corpus.skipped.map(({ path, why }) => ({ path, why: line(why) })),
  }
}

function sourcesOf({ hashes }: Pick<EvidenceCorpus, 'hashes'>, named: readonly { readonly path: string }[]) {
  const paths = [...new Set(named.map(({ path }) => path))].sort()
  const names = sourceNames(paths)
  return paths.map((path, index) => ({ path: names[index] ?? path, sha256: hashes.get(path) ?? '' }))
}
