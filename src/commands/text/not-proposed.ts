/** What is not proposed, by why: reasons that many levers share are said once. The JSON and the page have every reason in full. */
import type { Synthesis } from '#formats/synthesis.ts'

type NotProposed = Synthesis['notProposed'][number]

/** Phrases of our own reasons (analysis/ledger/propose.ts, build-ledger.ts, levers). */
const shared: readonly { readonly what: string; readonly phrase: RegExp }[] = [
  { what: 'too small for a trial of three pairs to tell', phrase: /that a trial of three pairs can detect|not on the critical path$/ },
  { what: 'already so', phrase: /^already |^\S+ is \S+ \(--/ },
]

const idOf = ({ lever }: NotProposed): string => lever

/** At most `most` lines of levers with a reason of their own. */
export function notProposedLines(all: readonly NotProposed[], most: number): string[] {
  const taken = new Set<NotProposed>()
  const grouped = shared.flatMap(({ what, phrase }) => {
    const own = all.filter((each) => phrase.test(each.reason))
    // A reason that one lever has is said in full.
    if (own.length < 2) return []
    for (const each of own) taken.add(each)
    return [`${what}: ${own.map(idOf).join(', ')}`]
  })
  const alone = all.filter((each) => !taken.has(each))
  const lines = alone.slice(0, most).map((each) => `${idOf(each)}: ${each.reason}`)
  return [...lines, ...(alone.length > most ? [`${alone.length - most} more, see --json`] : []), ...grouped]
}
