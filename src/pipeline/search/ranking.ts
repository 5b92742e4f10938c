/** Ranked full text by MiniSearch (BM25+, docs/decisions/0001). Deterministic: the same documents and query give the same order. */
import MiniSearch, { type Query } from 'minisearch'
import type { Matched } from '#formats/search.ts'

export interface Searchable {
  readonly title: string
  readonly text: string
  /** Breaks ties, so that the order never depends on that of reading. */
  readonly path: string
  readonly handle?: string
}

export interface Ranked<T> {
  readonly document: T
  readonly score: number
  /** Words of the document that matched, sorted. */
  readonly terms: readonly string[]
}

/** Words of a question that say nothing about what is looked for. */
const idle = new Set(
  'a an and any are as at be been by can did do does for from had has have how i if in into is it its me my no not of on or our so that the their then there these this to was we were what when where which who why will with you your'.split(
    ' ',
  ),
)

const separators = /[_.:/-]+/
const wordPattern = /[\p{L}\p{N}][\p{L}\p{N}\p{M}_.:/-]*/gu
const bare = (raw: string): string => raw.replace(/[_.:/-]+$/, '')

/** Longer ones are demangled kernels or data, of which only the parts are looked for. */
const MAX_NAME = 64
/** `asyncScheduling` -> async, Scheduling; nothing where there is one hump. */
function humps(part: string): string[] {
  const found = part.split(/(?<=[a-z0-9])(?=[A-Z])/)
  return found.length < 2 ? [] : found
}

/** A name is a word as a whole and by its parts: `--async-scheduling`, `max_num_seqs`, `vllm:num_preemptions`, `asyncScheduling`. */
export function tokenize(text: string): string[] {
  const tokens: string[] = []
  for (const [raw] of text.matchAll(wordPattern)) {
    const whole = bare(raw)
    const parts = whole.split(separators).flatMap((part) => (part.length <= MAX_NAME ? [part, ...humps(part)] : [part]))
    if (parts.length > 1 && whole.length <= MAX_NAME) tokens.push(whole)
    tokens.push(...parts)
  }
  return tokens
}

/** Words of a query: those that say nothing are left out, unless nothing else is there. */
export function queryWords(query: string): string[] {
  const words = [...query.matchAll(wordPattern)].map(([raw]) => bare(raw).toLowerCase())
  const telling = words.filter((word) => !idle.has(word))
  return [...new Set(telling.length > 0 ? telling : words)]
}

/** `"in quotes"` must stand in the document as it is, whatever its case. */
const phrases = (query: string): string[] => [...query.matchAll(/"([^"]+)"/g)].map(([, phrase]) => (phrase ?? '').toLowerCase())

/** Shorter words are prefixes of half the dictionary. */
const MIN_PREFIX = 3
/** Of the letters of a word: one wrong letter in five. Only asked where the words as they stand find nothing. */
const FUZZY = 0.2
/** A title is a statement of what the document is about. */
const TITLE_BOOST = 3

/** `async-scheduling` also finds “async scheduling”, after what holds the name as a whole. */
function queryOf(word: string): Query {
  const parts = word.split(separators).filter((part) => part !== '')
  return parts.length < 2 ? word : { combineWith: 'OR', queries: [word, { combineWith: 'AND', queries: parts }] }
}

const passes = [
  { matched: 'all-words', combineWith: 'AND', fuzzy: false },
  { matched: 'some-words', combineWith: 'OR', fuzzy: false },
  { matched: 'similar-words', combineWith: 'OR', fuzzy: FUZZY },
] as const

/** The strictest reading of the query that finds anything. Ties: path, then handle. */
export function rank<T extends Searchable>(documents: readonly T[], query: string): { matched: Matched; ranked: readonly Ranked<T>[] } {
  const words = queryWords(query)
  if (words.length === 0) return { matched: 'not-asked', ranked: [] }
  const index = new MiniSearch<{ id: number; title: string; text: string }>({
    fields: ['title', 'text'],
    tokenize,
    processTerm: (term) => term.toLowerCase(),
  })
  index.addAll(documents.map(({ title, text }, id) => ({ id, title, text })))
  const wanted = phrases(query)
  for (const { matched, combineWith, fuzzy } of passes) {
    const results = index.search(
      { combineWith, queries: words.map(queryOf) },
      {
        tokenize: (text) => [text],
        fuzzy: (word) => (fuzzy !== false && word.length > MIN_PREFIX ? fuzzy : false),
        prefix: (word) => word.length >= MIN_PREFIX,
        boost: { title: TITLE_BOOST },
      },
    )
    const ranked = results.flatMap(({ id, score, match }): Ranked<T>[] => {
      const document = documents[Number(id)]
      if (document === undefined) return []
      const whole = `${document.title}\n${document.text}`.toLowerCase()
      if (!wanted.every((phrase) => whole.includes(phrase))) return []
      return [{ document, score: Math.round(score * 1000) / 1000, terms: Object.keys(match).sort() }]
    })
    if (ranked.length > 0) return { matched, ranked: ranked.sort(byScore) }
  }
  return { matched: 'nothing', ranked: [] }
}

function byScore<T extends Searchable>(a: Ranked<T>, b: Ranked<T>): number {
  if (a.score !== b.score) return b.score - a.score
  const [left, right] = [`${a.document.path}\0${a.document.handle ?? ''}`, `${b.document.path}\0${b.document.handle ?? ''}`]
  return left < right ? -1 : left > right ? 1 : 0
}
