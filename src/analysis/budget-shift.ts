/** What moved between two budgets, per step part, and between two kernel summaries, per family (`--against`). */
import type { BudgetDevice, DecodeBudget } from '#formats/decode-budget.ts'
import type { BudgetAgainst, KernelsAgainst } from '#formats/shift.ts'

export type BudgetShift = Omit<BudgetAgainst, 'sources'>
export type DeviceShift = BudgetShift['devices'][number]
/** Means over decode steps: only these sum to the cadence. */
export type PartShift = DeviceShift['cadence']
export type FamilyShift = KernelsAgainst['families'][number]

type Budget = Pick<DecodeBudget, 'devices' | 'captures'>

/** Compares measured devices: the same physical device, else the same rank, else in order where both sides have equally many. */
export function budgetShift(before: Budget, after: Budget): BudgetShift {
  const pairs = pairDevices(before.devices, after.devices)
  const paired = { before: new Set(pairs.map((pair) => pair.before)), after: new Set(pairs.map((pair) => pair.after)) }
  const unpaired = (devices: readonly BudgetDevice[], taken: ReadonlySet<number>): number[] =>
    devices.flatMap((_, index) => (taken.has(index) ? [] : [index]))
  return {
    devices: pairs.flatMap((pair) => {
      const [a, b] = [before.devices[pair.before], after.devices[pair.after]]
      return a === undefined || b === undefined ? [] : [shiftOf(pair, a, b)]
    }),
    unmatched: { before: unpaired(before.devices, paired.before), after: unpaired(after.devices, paired.after) },
    caveats: caveatsOf(before, after, pairs),
  }
}

interface Pair {
  readonly before: number
  readonly after: number
  readonly matchedBy: DeviceShift['matchedBy']
}

function pairDevices(before: readonly BudgetDevice[], after: readonly BudgetDevice[]): Pair[] {
  const left = before.flatMap((device, index) => (device.state === 'measured' ? [index] : []))
  const right = after.flatMap((device, index) => (device.state === 'measured' ? [index] : []))
  const byKey = (matchedBy: Pair['matchedBy'], key: (device: BudgetDevice) => string | number | undefined): Pair[] =>
    left.flatMap((l): Pair[] => {
      const wanted = before[l] === undefined ? undefined : key(before[l])
      const found = right.filter((r) => after[r] !== undefined && wanted !== undefined && key(after[r]) === wanted)
      const [only] = found
      return only !== undefined && found.length === 1 ? [{ before: l, after: only, matchedBy }] : []
    })
  const byUuid = byKey('uuid', (device) => device.uuid)
  if (byUuid.length > 0) return byUuid
  const byRank = byKey('rank', (device) => device.rank)
  if (byRank.length > 0) return byRank
  if (left.length !== right.length) return []
  return left.flatMap((l, index): Pair[] => {
    const r = right[index]
    return r === undefined ? [] : [{ before: l, after: r, matchedBy: 'order' }]
  })
}

function shiftOf(pair: Pair, before: BudgetDevice, after: BudgetDevice): DeviceShift {
  const cadenceBefore = before.cadenceNs?.meanNs ?? 0
  const shift = (part: string, beforeNs: number, afterNs: number): PartShift => {
    const deltaNs = afterNs - beforeNs
    return { part, beforeNs, afterNs, deltaNs, ofCadenceRatio: cadenceBefore === 0 ? 0 : deltaNs / cadenceBefore }
  }
  const bySize = (a: PartShift, b: PartShift): number => Math.abs(b.deltaNs) - Math.abs(a.deltaNs) || (a.part < b.part ? -1 : 1)
  const names = ['computeNs', 'opaqueGraphNs', 'communicationExposedNs', 'copyExposedNs', 'hostGapWithinNs', 'hostGapBetweenNs'] as const
  const familyNames = [...new Set([...(before.families ?? []), ...(after.families ?? [])].map(({ family }) => family))]
  const familyMean = (device: BudgetDevice, name: string): number => device.families?.find(({ family }) => family === name)?.meanNs ?? 0
  return {
    ...pair,
    cadence: shift('cadenceNs', cadenceBefore, after.cadenceNs?.meanNs ?? 0),
    parts: names.map((name) => shift(name, before.parts?.[name].meanNs ?? 0, after.parts?.[name].meanNs ?? 0)).sort(bySize),
    families: familyNames.map((name) => shift(name, familyMean(before, name), familyMean(after, name))).sort(bySize),
    classBefore: before.verdict?.class ?? 'unknown',
    classAfter: after.verdict?.class ?? 'unknown',
  }
}

function caveatsOf(before: Budget, after: Budget, pairs: readonly Pair[]): string[] {
  const caveats: string[] = []
  const overheads = new Set([...before.captures, ...after.captures].map(({ overhead }) => overhead))
  if (overheads.size > 1)
    caveats.push('one side was taken with a framework profiler and the other was not: only the direction of the host gap compares')
  if (pairs.some(({ matchedBy }) => matchedBy === 'order'))
    caveats.push('devices are matched by order: neither UUID nor rank tells them apart')
  for (const { before: l, after: r } of pairs) {
    const batches = [before.devices[l]?.steps?.batch?.realMedian, after.devices[r]?.steps?.batch?.realMedian]
    if (batches[0] !== undefined && batches[1] !== undefined && batches[0] !== batches[1]) {
      caveats.push(`batch differs: ${batches[0]} sequences a step before, ${batches[1]} after`)
    }
  }
  return [...new Set(caveats)]
}

export interface KernelTotals {
  readonly family: string
  readonly totalNs: number
  readonly count: number
}

/** Kernel time per family on both sides, by descending change of share. Absent families count as 0: they ran no kernel there. */
export function familyShift(before: readonly KernelTotals[], after: readonly KernelTotals[]): FamilyShift[] {
  const left = totalsByFamily(before)
  const right = totalsByFamily(after)
  const sum = (totals: ReadonlyMap<string, { totalNs: number }>): number =>
    [...totals.values()].reduce((all, { totalNs }) => all + totalNs, 0)
  const [sumBefore, sumAfter] = [sum(left), sum(right)]
  const shifts = [...new Set([...left.keys(), ...right.keys()])].map((family): FamilyShift => {
    const a = left.get(family) ?? { totalNs: 0, count: 0 }
    const b = right.get(family) ?? { totalNs: 0, count: 0 }
    return {
      family,
      beforeNs: a.totalNs,
      afterNs: b.totalNs,
      deltaNs: b.totalNs - a.totalNs,
      beforeCount: a.count,
      afterCount: b.count,
      beforeRatio: sumBefore === 0 ? 0 : a.totalNs / sumBefore,
      afterRatio: sumAfter === 0 ? 0 : b.totalNs / sumAfter,
    }
  })
  const change = ({ beforeRatio, afterRatio }: FamilyShift): number => Math.abs(afterRatio - beforeRatio)
  return shifts.sort((a, b) => change(b) - change(a) || (a.family < b.family ? -1 : 1))
}

function totalsByFamily(rows: readonly KernelTotals[]): ReadonlyMap<string, { totalNs: number; count: number }> {
  const totals = new Map<string, { totalNs: number; count: number }>()
  for (const { family, totalNs, count } of rows) {
    const held = totals.get(family) ?? { totalNs: 0, count: 0 }
    totals.set(family, { totalNs: held.totalNs + totalNs, count: held.count + count })
  }
  return totals
}
