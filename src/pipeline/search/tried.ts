/** Has this been tried? (methodology rule 27). Rows of ledgers and trials that speak of a lever, and what they settle. */
import { settledStatuses } from '#formats/ledger.ts'
import type { Tried, TriedRow } from '#formats/search.ts'
import type { LeverRecord } from './evidence-document.ts'
import { queryWords, tokenize } from './ranking.ts'

const open = new Set(['staged', 'planned', 'INCONCLUSIVE', 'INVALID'])

const idPattern = /^l\d+$/i

const wordsOf = (text: string): ReadonlySet<string> => new Set(tokenize(text).map((word) => word.toLowerCase()))

/** Shorter words begin half the dictionary. */
const MIN_BEGINNING = 4

/** Every word, as a whole or by its parts, or as the beginning of one: async is also asynchronous. An id is only itself. */
function says(record: LeverRecord, words: readonly string[]): boolean {
  const said = wordsOf(`${record.lever} ${record.title} ${record.about}`)
  const all = [...said]
  const has = (word: string): boolean =>
    said.has(word) || (word.length >= MIN_BEGINNING && !idPattern.test(word) && all.some((each) => each.startsWith(word)))
  return words.every((word) => has(word) || word.split(/[_.:/-]+/).every(has))
}

/** `L01 async-scheduling` has the id L01 and this name. */
const idOf = (lever: string): string => (lever.split(/\s+/)[0] ?? '').toLowerCase()
const nameOf = (lever: string): string => lever.split(/\s+/).slice(1).join(' ')

/** An id means its own rows; and the trials that a row names, that name the id, or that speak of the lever by its name. */
function matching(records: readonly LeverRecord[], lever: string): LeverRecord[] {
  const words = queryWords(lever)
  if (words.length === 0) return []
  const id = words.find((word) => idPattern.test(word))
  if (id === undefined)
    return withNamedTrials(
      records,
      records.filter((record) => says(record, words)),
    )
  const own = records.filter((record) => idOf(record.lever) === id)
  const names = [...new Set(own.map((record) => nameOf(record.lever)))].map(queryWords).filter((each) => each.length > 0)
  const trials = records.filter((record) => record.origin === 'trial' && (says(record, [id]) || names.some((name) => says(record, name))))
  return withNamedTrials(records, [...own, ...trials])
}

function withNamedTrials(records: readonly LeverRecord[], found: readonly LeverRecord[]): LeverRecord[] {
  const named = new Set(found.flatMap(({ origin, trial }) => (origin === 'ledger' && trial !== undefined ? [trial] : [])))
  const wanted = new Set(found)
  return records.filter((record) => wanted.has(record) || (record.origin === 'trial' && named.has(record.trial ?? '')))
}

/** A bundle that is synthesized again says its rows again: one of each standing is kept, the newest by name of its file. */
function onePerStanding(records: readonly LeverRecord[]): TriedRow[] {
  const rows = new Map<string, TriedRow>()
  for (const record of [...records].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))) {
    const { about, origin, path, status, trial = '', runId, ...rest } = record
    const bundle = path.replace(/(?:^|\/)(?:findings|ledger)\/.*$/, '')
    const key = [bundle, origin, rest.lever, status, trial].join('\0')
    const before = rows.get(key)
    rows.delete(key)
    rows.set(key, {
      origin,
      path,
      status,
      ...rest,
      ...(trial === '' ? {} : { trial }),
      ...(runId === undefined ? {} : { run_id: runId }),
      repeats: before === undefined ? 0 : before.repeats + 1,
    })
  }
  return [...rows.values()]
}

const order = (row: TriedRow): number =>
  settledStatuses.has(row.status) ? 0 : open.has(row.status) ? 1 : row.origin === 'not-proposed' ? 3 : 2

export function tried(records: readonly LeverRecord[], lever: string): Omit<Tried, 'omitted'> {
  const rows = onePerStanding(matching(records, lever)).sort(
    (a, b) => order(a) - order(b) || (a.path < b.path ? -1 : a.path > b.path ? 1 : 0),
  )
  const counts = new Map<string, number>()
  for (const { status } of rows) counts.set(status, (counts.get(status) ?? 0) + 1)
  const counted = [...counts].map(([status, count]) => `${count} ${status}`).join(', ')
  const [first] = rows
  if (first === undefined) {
    return { lever, answer: 'no-record', reason: 'no ledger row and no trial in what was searched speaks of it', rows: [] }
  }
  if (order(first) === 0) {
    return { lever, answer: 'settled', reason: `${counted}: each holds for its own deployment; read why before trying it again`, rows }
  }
  if (order(first) === 1) return { lever, answer: 'tried-open', reason: `${counted}: begun, and nothing is settled`, rows }
  return { lever, answer: 'not-tried', reason: `${counted}: no trial of it is known`, rows }
}
