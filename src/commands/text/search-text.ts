/** The `search` commands for a person: title, where it stands, one line of it. */
import { formatCount } from '#base/units.ts'
import type { Matched, SearchEvidence, SearchRunbooks, Tried } from '#formats/search.ts'
import { oneLine } from './account.ts'

const matchedWords: Readonly<Record<Matched, string>> = {
  'all-words': '',
  'some-words': 'Nothing holds every word; these hold some.\n',
  'similar-words': 'Nothing holds these words; these hold words of similar spelling.\n',
  nothing: 'Nothing found.\n',
  'not-asked': '',
}

const answerWords: Readonly<Record<Tried['answer'], string>> = {
  settled: 'tried, and settled',
  'tried-open': 'tried, and open',
  'not-tried': 'known, not tried',
  'no-record': 'no record',
}

const counted = (count: number, one: string): string => `${formatCount(count)} ${count === 1 ? one : `${one}s`}`

const more = (omitted: number): string => (omitted > 0 ? `… and ${formatCount(omitted)} more (--limit 0 shows all)\n` : '')

function triedText({ lever, answer, reason, rows, omitted }: Tried): string {
  const lines = rows.map(({ origin, status, lever: id, title, why, path, handle, run_id: run, repeats }) => {
    const name = [id, title].filter((part) => part !== '').join(' ')
    const where = `${path}${handle === undefined ? '' : ` ${handle}`}${run === undefined || path.includes(run) ? '' : ` (${run})`}`
    const again = repeats > 0 ? ` (and ${repeats} times before)` : ''
    return `  ${status}  ${oneLine(name)}${origin === 'trial' ? ' [trial]' : ''}\n      why: ${oneLine(why)}\n      ${oneLine(where)}${again}\n`
  })
  return `${oneLine(lever)}: ${answerWords[answer]}. ${reason}\n${lines.join('')}${omitted > 0 ? `  ${more(omitted)}` : ''}`
}

const skippedText = (skipped: SearchEvidence['skipped']): string =>
  skipped.length === 0 ? '' : `\nNot searched\n${skipped.map(({ path, why }) => `  ${oneLine(path)}: ${oneLine(why)}\n`).join('')}`

export function searchEvidenceText({ matched, hits, omitted, tried, searched, undated, skipped }: SearchEvidence): string {
  const blocks = hits.map(({ rank, kind, title, status, date, path, handle, snippet }) => {
    const facts = [kind, status, date?.slice(0, 10)].filter((part) => part !== undefined).join(', ')
    return `${String(rank).padStart(2)}. ${oneLine(title)} (${facts})\n    ${oneLine(path)}${handle === undefined ? '' : ` ${oneLine(handle)}`}\n    ${snippet}\n`
  })
  const { bundles, trials, documents, leverRows } = searched
  const scope = `Searched: ${counted(documents, 'document')} of ${counted(bundles, 'bundle')} and ${counted(trials, 'trial')}, ${counted(leverRows, 'record')} of levers${undated > 0 ? `; ${formatCount(undated)} without a date left out` : ''}.\n`
  return [
    tried === undefined ? '' : `${triedText(tried)}\n`,
    matchedWords[matched],
    blocks.join(''),
    more(omitted),
    blocks.length > 0 ? '\n' : '',
    scope,
    skippedText(skipped),
  ].join('')
}

export function searchRunbooksText({ matched, hits, omitted, searched, skipped }: SearchRunbooks): string {
  const blocks = hits.map(({ rank, kind, title, path, snippet, commands, page }) => {
    if (page !== undefined) return `${page.trimEnd()}\n\n(${oneLine(path)})\n`
    const [first] = commands
    return `${String(rank).padStart(2)}. ${oneLine(title)} (${kind})\n    ${oneLine(path)}\n    ${snippet}\n${first === undefined ? '' : `    $ ${oneLine(first)}\n`}`
  })
  const own = searched.own > 0 ? ` and ${formatCount(searched.own)} of your own` : ''
  const hint = hits.length > 0 && hits.every(({ page }) => page === undefined) ? '\nThe first page whole: --page\n' : '\n'
  return `${matchedWords[matched]}${blocks.join('')}${more(omitted)}${hint}Searched: ${formatCount(searched.shipped)} runbooks${own}.\n${skippedText(skipped)}`
}
