/** One line of a document around what matched. The text is a stranger's: nothing in it may move a cursor or look like another line. */
import { printable } from '#platform/printable.ts'

const LENGTH = 220
/** Before the first match, so that it stands in a sentence. */
const LEAD = 40
/** Occurrences looked at: more change nothing that a reader would see. */
const MAX_PLACES = 2000

interface Place {
  readonly at: number
  readonly term: string
}

function placesOf(text: string, terms: readonly string[]): Place[] {
  const lower = text.toLowerCase()
  // Lower case can be longer than the text itself (İ): then places would be off, and the beginning has to do.
  if (lower.length !== text.length) return []
  const places: Place[] = []
  for (const term of terms) {
    for (let at = lower.indexOf(term); at >= 0 && places.length < MAX_PLACES; at = lower.indexOf(term, at + term.length)) {
      places.push({ at, term })
    }
  }
  return places.sort((a, b) => a.at - b.at)
}

/** Where the most different terms stand together; the first such place. */
function bestStart(places: readonly Place[]): number {
  let best = { start: 0, terms: 0 }
  for (const [index, { at }] of places.entries()) {
    const terms = new Set<string>()
    for (let next = index; next < places.length; next += 1) {
      const place = places[next]
      if (place === undefined || place.at > at + LENGTH - LEAD) break
      terms.add(place.term)
    }
    if (terms.size > best.terms) best = { start: Math.max(0, at - LEAD), terms: terms.size }
  }
  return best.start
}

/** @param terms in lower case. */
export function snippet(text: string, terms: readonly string[]): string {
  const line = printable(text.replace(/[\s\u2028\u2029]+/g, ' ').trim())
  const start = bestStart(placesOf(line, terms))
  const from = start === 0 ? 0 : line.indexOf(' ', start - 1) + 1
  const whole = line.slice(from, from + LENGTH)
  const isCut = from + LENGTH < line.length
  const shown = isCut ? whole.replace(/\s\S*$/, '') : whole
  return `${from > 0 ? '… ' : ''}${shown}${isCut ? ' …' : ''}`
}
