/** Whether a campaign measured the source that a finding or a lever names (facts/formats.md section 7). */
import type { Provenance } from '#formats/provenance.ts'

export interface NamedSource {
  readonly repo: string
  readonly commit?: string | null
  readonly delivery?: string | null
}
export type ProvenanceMatch = 'match' | 'mismatch' | 'unknown'

/** Shortest hash that git itself prints: below it a prefix matches by chance. */
const LEAST_HASH = 7

/** Hosts and endings are ways of writing one repository. */
const repoKey = (repo: string): string =>
  repo
    .trim()
    .toLowerCase()
    .replace(/^(?:git\+)?(?:https?|ssh|git):\/\/(?:[^@/]*@)?[^/]+\//, '')
    .replace(/^[^@/]+@[^:]+:/, '')
    .replace(/\.git$|\/+$/g, '')

/** Short against full; what is not said matches nothing (trap H15). */
function commitsMatch(a: string | null | undefined, b: string | null | undefined): ProvenanceMatch {
  const [one, other] = [a?.trim().toLowerCase() ?? '', b?.trim().toLowerCase() ?? '']
  if (one.length < LEAST_HASH || other.length < LEAST_HASH) return 'unknown'
  return one.startsWith(other) || other.startsWith(one) ? 'match' : 'mismatch'
}

function deliveriesMatch(a: string | null | undefined, b: string | null | undefined): ProvenanceMatch {
  if (a === null || a === undefined || a === '' || b === null || b === undefined || b === '') return 'unknown'
  return a === b ? 'match' : 'mismatch'
}

function matchOne(named: NamedSource, measured: readonly NamedSource[]): ProvenanceMatch {
  const same = measured.filter(({ repo }) => repoKey(repo) === repoKey(named.repo))
  if (same.length === 0) return 'mismatch'
  const parts = same.map((each) => {
    const both = [commitsMatch(named.commit, each.commit), deliveriesMatch(named.delivery, each.delivery)]
    return both.includes('mismatch') ? 'mismatch' : both.includes('unknown') ? 'unknown' : 'match'
  })
  return parts.includes('match') ? 'match' : parts.includes('unknown') ? 'unknown' : 'mismatch'
}

/** Every named source must match; unknown where either side names none. */
export function provenanceMatch(named: readonly NamedSource[], measured: Provenance['source']): ProvenanceMatch {
  if (named.length === 0 || measured === undefined || measured.length === 0) return 'unknown'
  const each = named.map((one) => matchOne(one, measured as readonly NamedSource[]))
  return each.includes('mismatch') ? 'mismatch' : each.includes('unknown') ? 'unknown' : 'match'
}
