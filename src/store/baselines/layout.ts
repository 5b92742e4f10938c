/** Where baselines lie: `experiments/artifacts/perf-baselines/<family>/<measurement>/<UTC>/` below the repository. */
import { join, relative, resolve } from 'node:path'
import { SextantError } from '#base/errors.ts'

export const REGISTRY = 'experiments/artifacts/perf-baselines'
export const DIFFS = 'experiments/artifacts/perf-baseline-diffs'
export const ARTIFACTS = 'experiments/artifacts'

const SEGMENT = /^[A-Za-z0-9][A-Za-z0-9._-]*$/
/** Ours, and the one with dashes and colons that the field's examples show. */
const STAMPS = [/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{1,6})?Z$/, /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?Z$/]

/** Throws `usage` for a name that could leave the registry or hide in it. */
export function segment(what: string, name: string): string {
  if (SEGMENT.test(name) && name.length <= 128) return name
  throw new SextantError(
    'usage',
    `${what} "${name}" cannot be a folder of the registry`,
    'Use letters, digits, dot, dash and underscore, beginning with a letter or a digit.',
  )
}

/** `<root>/<family>/<measurement>/<stamp>`, and nothing outside `root`. */
export function entryFolder(root: string, family: string, measurement: string, stamp: string): string {
  const folder = join(root, segment('family', family), segment('measurement', measurement), stamp)
  if (relative(resolve(root), resolve(folder)).startsWith('..')) throw new Error('a registry path left the registry')
  return folder
}

/** Sortable text of a stamp in either spelling, to the microsecond; undefined for any other name. */
export function stampOrder(name: string): string | undefined {
  for (const pattern of STAMPS) {
    const match = pattern.exec(name)
    if (match !== null) return match.slice(1, 7).join('') + (match[7] ?? '').padEnd(6, '0')
  }
  return undefined
}

/** `20260519T200000000000Z` of microseconds since 1970. */
export function stampOf(epochUs: bigint): string {
  const iso = new Date(Number(epochUs / 1000n)).toISOString()
  return `${iso.slice(0, 19).replaceAll(/[-:]/g, '')}${iso.slice(20, 23)}${String(epochUs % 1000n).padStart(3, '0')}Z`
}

/** `2026-05-19T20:00:00.000000Z` of a stamp. */
export function isoOf(stamp: string): string {
  const order = stampOrder(stamp) ?? ''
  const at = (from: number, to: number) => order.slice(from, to)
  return `${at(0, 4)}-${at(4, 6)}-${at(6, 8)}T${at(8, 10)}:${at(10, 12)}:${at(12, 14)}.${at(14, 20)}Z`
}
