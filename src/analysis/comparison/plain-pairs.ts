/** Pairs of a family without a schema: every finite number of both documents by its path, one direction and one tolerance for all. */
import type { PairedFigure } from './pairing.ts'
import type { Tolerances } from './tolerances.ts'

const noRuns = { baseline: [], current: [] } as const

/** Numbers by dotted path, however deep; members of lists by their index. */
export function numbersOf(value: unknown, path = ''): Map<string, number> {
  const found = new Map<string, number>()
  const walk = (each: unknown, at: string): void => {
    if (typeof each === 'number' && Number.isFinite(each)) found.set(at === '' ? 'value' : at, each)
    else if (typeof each === 'object' && each !== null)
      for (const [key, inner] of Object.entries(each)) walk(inner, at === '' ? key : `${at}.${key}`)
  }
  walk(value, path)
  return found
}

export function plainPairs(baseline: ReadonlyMap<string, number>, current: ReadonlyMap<string, number>): PairedFigure[] {
  const paths = [...new Set([...baseline.keys(), ...current.keys()])].sort()
  return paths.map((path): PairedFigure => {
    const [from, to] = [baseline.get(path) ?? null, current.get(path) ?? null]
    const known = from !== null && to !== null
    const note = `not measured in ${from === null ? 'the baseline' : 'the current run'}: skipped, not failed`
    return {
      id: path,
      metric: path,
      state: known ? 'compared' : 'NULL_LEGACY_BASELINE',
      ...(known ? {} : { note }),
      baseline: from,
      current: to,
      runs: noRuns,
    }
  })
}

export function plainTolerances(percent: number, direction: string | null | undefined): Tolerances {
  const worse = direction === 'higher-is-better' ? 'lower' : direction === 'lower-is-better' ? 'higher' : 'either'
  return { headline: { metric: 'value' }, of: () => ({ tolerance: percent, kind: 'percent', worse }) }
}
