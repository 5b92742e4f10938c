/** Versions of engines against the bounds of configs/engine-knobs.yaml. */

export type Answer = 'yes' | 'no' | 'unknown'

/** `0.14.1`, `v0.5.6.post1`, `0.14.0rc2.dev7+g1a2b3c4`. A candidate or a build of main counts as just before the version it names. */
const pattern = /^v?(\d+)\.(\d+)(?:\.(\d+))?(.*)$/
/** What a build without tags calls itself: it says nothing. */
const placeholder = /^v?0\.[01](\.0)?\.?dev/

interface Version {
  readonly numbers: readonly number[]
  readonly isBefore: boolean
}

/** @returns undefined for `latest`, `main`, a commit, or the name of a build without tags. */
export function parseVersion(text: string | undefined): Version | undefined {
  const match = text === undefined ? null : pattern.exec(text.trim())
  if (match === null || placeholder.test(match[0])) return undefined
  const [, major = '', minor = '', patch = '0', rest = ''] = match
  return { numbers: [Number(major), Number(minor), Number(patch)], isBefore: /^[.-]?(?:rc|dev|a|b|alpha|beta|pre)\d*/i.test(rest) }
}

function compare(version: Version, bound: string): number {
  const against = parseVersion(bound)?.numbers ?? []
  for (const [index, number] of version.numbers.entries()) {
    const difference = number - (against[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

/** Whether `version` is at or after the bound; inside a range nobody knows, and a candidate of the bound itself may be either. */
export function reaches(version: string | undefined, bound: string | undefined): Answer {
  if (bound === undefined) return 'yes'
  const parsed = parseVersion(version)
  if (parsed === undefined) return 'unknown'
  const [from = '', surely = from] = bound.split('..')
  const atLow = compare(parsed, from)
  const atHigh = compare(parsed, surely)
  if (atHigh > 0 || (atHigh === 0 && !parsed.isBefore)) return 'yes'
  if (atLow < 0) return 'no'
  return 'unknown'
}

/** Whether `version` lies in [since, until). */
export function within(
  version: string | undefined,
  { since, until }: { readonly since?: string | undefined; readonly until?: string | undefined },
): Answer {
  const begun = reaches(version, since)
  const ended = until === undefined ? 'no' : reaches(version, until)
  if (begun === 'no' || ended === 'yes') return 'no'
  return begun === 'yes' && ended === 'no' ? 'yes' : 'unknown'
}
