/**
 * Distance to the roof per family: times of a timeline (L2) joined with counters (L4) by kernel identity. The two are different runs
 * at different clocks: a kernel's ratio carries over, its duration does not. What no counter covers is stated, never filled in.
 */
import type { KernelRow } from '#formats/kernel-summary.ts'
import type { Roofline, RooflineFamily, RooflinePoint } from '#formats/roofline.ts'
import { shortKernelName } from '#model/kernel-name.ts'
import { normalizedKernelName } from '#model/normalized-kernel-name.ts'

export interface FamilyRoofs {
  readonly families: readonly RooflineFamily[]
  readonly join: NonNullable<Roofline['join']>
}

type TimedRow = KernelRow & { readonly totalNs: number }

/** `rows`: kernels by name, with times. `points`: kernels with counters. */
export function familyRoofs(rows: readonly KernelRow[], points: readonly RooflinePoint[]): FamilyRoofs {
  const identities = new Identities(points)
  const sums = new Map<string, FamilySum>()
  const join = { matchedNs: 0, unmatchedNs: 0, ambiguousNs: 0, matchedKernels: 0, countersUnmatched: 0 }
  const matched = new Set<RooflinePoint>()
  let allNs = 0
  for (const row of rows) {
    if (row.totalNs === undefined) continue
    const timed: TimedRow = { ...row, totalNs: row.totalNs }
    allNs += timed.totalNs
    const sum = sums.get(row.family) ?? new FamilySum()
    sums.set(row.family, sum)
    const found = identities.find(row.name)
    if (found === 'ambiguous') join.ambiguousNs += timed.totalNs
    else if (found === undefined) join.unmatchedNs += timed.totalNs
    else {
      matched.add(found)
      join.matchedNs += timed.totalNs
      join.matchedKernels += 1
    }
    sum.add(timed, found === 'ambiguous' ? undefined : found)
  }
  join.countersUnmatched = points.filter((point) => !matched.has(point)).length
  const families = [...sums].map(([family, sum]) => sum.row(family, allNs))
  return { families: families.sort((a, b) => b.totalNs - a.totalNs || (a.family < b.family ? -1 : 1)), join }
}

class FamilySum {
  #totalNs = 0
  #coveredNs = 0
  #leastNs = 0
  #computeNs = 0
  #memoryNs = 0

  add({ totalNs }: TimedRow, point: RooflinePoint | undefined): void {
    this.#totalNs += totalNs
    if (point?.roofRatio === undefined) return
    this.#coveredNs += totalNs
    this.#leastNs += totalNs * point.roofRatio
    this.#computeNs += totalNs * (point.computeRatio ?? 0)
    this.#memoryNs += totalNs * (point.memoryRatio ?? 0)
  }

  /** Ratios are weighted by the time that the timeline gives: Σ tᵢ·ratioᵢ ÷ Σ tᵢ over what is covered. */
  row(family: string, allNs: number): RooflineFamily {
    const covered = this.#coveredNs
    const ratios = {
      bound: this.#computeNs > this.#memoryNs ? ('compute' as const) : ('memory' as const),
      roofRatio: this.#leastNs / covered,
      computeRatio: this.#computeNs / covered,
      memoryRatio: this.#memoryNs / covered,
      leastNs: this.#leastNs,
    }
    return {
      tier: 'L2+L4',
      family,
      totalNs: this.#totalNs,
      shareRatio: allNs > 0 ? this.#totalNs / allNs : 0,
      coveredRatio: this.#totalNs > 0 ? covered / this.#totalNs : 0,
      ...(covered > 0 ? ratios : {}),
    }
  }
}

/** Exact name first, then the normalised, then the short one; a name that fits several kernels fits none. */
class Identities {
  readonly #levels: readonly { readonly key: (name: string) => string; readonly points: ReadonlyMap<string, RooflinePoint | 'ambiguous'> }[]

  constructor(points: readonly RooflinePoint[]) {
    const keys = [(name: string) => name, normalizedKernelName, shortKernelName]
    this.#levels = keys.map((key) => {
      const byKey = new Map<string, RooflinePoint | 'ambiguous'>()
      for (const point of points) {
        const at = key(point.name)
        byKey.set(at, byKey.has(at) ? 'ambiguous' : point)
      }
      return { key, points: byKey }
    })
  }

  find(name: string): RooflinePoint | 'ambiguous' | undefined {
    let found: RooflinePoint | 'ambiguous' | undefined
    for (const { key, points } of this.#levels) {
      const at = points.get(key(name))
      if (at !== undefined && at !== 'ambiguous') return at
      found ??= at
    }
    return found
  }
}
