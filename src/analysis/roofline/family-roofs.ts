/**
 * Distance to the roof per family: times of a timeline (L2) joined with counters (L4) by kernel identity and shape. The two are different
 * runs at different clocks: a kernel's ratio carries over, its duration does not, and a ratio at one grid says nothing about another.
 * What no counter covers is stated by its reason, never filled in.
 */
import { hasShape, isSure } from '#analysis/joins/join-totals.ts'
import { type JoinLevel, joinKernels, joinLevels, type KernelMatch } from '#analysis/joins/kernel-join.ts'
import type { KernelPart, KernelSide } from '#analysis/joins/kernel-part.ts'
import { compareWithRoof, type RoofDistance } from '#analysis/kernel-counters/roof.ts'
import type { Roofline, RooflineFamily } from '#formats/roofline.ts'
import { type CountedPart, measuredWork } from './counted-kernels.ts'
import type { Roofs } from './roofs.ts'

type Join = NonNullable<Roofline['join']>

/** Why a kernel's time has no distance to a roof. */
export type Uncovered = 'unmatched' | 'ambiguous' | 'variant' | 'other-shape' | 'undecided'

export interface FamilyRoofs {
  readonly families: readonly RooflineFamily[]
  readonly join: Join
  /** The kernel with the most time that no counter decides and that can be replayed; absent where all is covered. */
  readonly hottest?: { readonly name: string; readonly shareRatio: number; readonly why: Uncovered }
}

/** `side`: kernels with times. `counted`: kernels with counters, of the same model of device. */
export function familyRoofs(side: KernelSide, counted: readonly CountedPart[], roofs: Roofs): FamilyRoofs {
  const rights = counted.map(({ part }) => part)
  const join = joinKernels(side.parts, rights)
  const account = new Account(side.hidden.timeNs)
  for (const index of join.unmatchedLeft) account.uncovered(side.parts[index], 'unmatched')
  for (const match of join.matches) {
    for (const index of match.left) {
      const part = side.parts[index]
      const verdict = part === undefined ? 'unmatched' : verdictOf(part, match, counted, roofs)
      if (typeof verdict === 'string') account.uncovered(part, verdict)
      else if (part !== undefined) account.covered(part, match.level, verdict)
    }
  }
  const matchedRight = new Set(
    join.matches.filter(({ state, level }) => state === 'matched' && isSure(level)).flatMap(({ right }) => right),
  )
  const unmatchedNames = new Set(rights.flatMap(({ name }, index) => (matchedRight.has(index) ? [] : [name])))
  for (const index of matchedRight) unmatchedNames.delete(rights[index]?.name ?? '')
  return account.answer(unmatchedNames.size)
}

/** The distance of one kernel at one shape, or why it has none. */
function verdictOf(
  part: KernelPart,
  { state, level, right }: KernelMatch,
  counted: readonly CountedPart[],
  roofs: Roofs,
): RoofDistance | Uncovered {
  if (state === 'ambiguous') return 'ambiguous'
  if (!isSure(level)) return 'variant'
  const own = right.flatMap((index) => counted[index] ?? []).filter((each) => hasShape(part, [each.part]))
  if (own.length === 0) return 'other-shape'
  const distance = compareWithRoof(measuredWork(own.flatMap(({ works }) => works)), roofs)
  return distance.state === 'judged' ? distance : 'undecided'
}

/** Counters are read by replaying a kernel: one that waits for other ranks would hang, and a copy has no counters. */
const notReplayable: ReadonlySet<string> = new Set(['communication', 'copy'])

class FamilySum {
  totalNs = 0
  coveredNs = 0
  leastNs = 0
  computeNs = 0
  memoryNs = 0
  readonly levels = new Set<JoinLevel>()
}

class Account {
  readonly #families = new Map<string, FamilySum>()
  readonly #uncovered = new Map<Uncovered, number>()
  readonly #byLevel = new Map<JoinLevel, { timeNs: number; names: Set<string> }>()
  readonly #names = new Map<string, { timeNs: number; why: Uncovered }>()
  readonly #hiddenNs: number
  #allNs = 0

  constructor(hiddenNs: number) {
    this.#hiddenNs = hiddenNs
  }

  #add({ family, timeNs = 0 }: KernelPart): FamilySum {
    const sum = this.#families.get(family) ?? new FamilySum()
    this.#families.set(family, sum)
    sum.totalNs += timeNs
    this.#allNs += timeNs
    return sum
  }

  covered(part: KernelPart, level: JoinLevel, { roofRatio, computeRatio, memoryRatio }: RoofDistance): void {
    const { timeNs = 0, name } = part
    const sum = this.#add(part)
    sum.coveredNs += timeNs
    sum.leastNs += timeNs * roofRatio
    sum.computeNs += timeNs * computeRatio
    sum.memoryNs += timeNs * memoryRatio
    sum.levels.add(level)
    const held = this.#byLevel.get(level) ?? { timeNs: 0, names: new Set() }
    this.#byLevel.set(level, { timeNs: held.timeNs + timeNs, names: held.names.add(name) })
  }

  uncovered(part: KernelPart | undefined, why: Uncovered): void {
    if (part === undefined) return
    this.#add(part)
    const { timeNs = 0, name, role = '' } = part
    this.#uncovered.set(why, (this.#uncovered.get(why) ?? 0) + timeNs)
    if (!notReplayable.has(role)) this.#names.set(name, { timeNs: (this.#names.get(name)?.timeNs ?? 0) + timeNs, why })
  }

  answer(countersUnmatched: number): FamilyRoofs {
    const of = (why: Uncovered): number => this.#uncovered.get(why) ?? 0
    const byLevel = joinLevels.flatMap((level) => {
      const held = this.#byLevel.get(level)
      return held === undefined ? [] : [{ level, timeNs: held.timeNs, kernels: held.names.size }]
    })
    const [hottest] = [...this.#names].sort(([a, x], [b, y]) => y.timeNs - x.timeNs || (a < b ? -1 : 1))
    const families = [...this.#families].map(([family, sum]) => familyRow(family, sum, this.#allNs))
    return {
      families: families.sort((a, b) => b.totalNs - a.totalNs || (a.family < b.family ? -1 : 1)),
      join: {
        coveredNs: byLevel.reduce((total, { timeNs }) => total + timeNs, 0),
        byLevel,
        unmatchedNs: of('unmatched'),
        ambiguousNs: of('ambiguous'),
        variantNs: of('variant'),
        otherShapeNs: of('other-shape'),
        undecidedNs: of('undecided'),
        ...(this.#hiddenNs > 0 ? { hiddenNs: this.#hiddenNs } : {}),
        countersUnmatched,
      },
      ...(hottest === undefined || hottest[1].timeNs === 0
        ? {}
        : { hottest: { name: hottest[0], why: hottest[1].why, shareRatio: this.#allNs === 0 ? 0 : hottest[1].timeNs / this.#allNs } }),
    }
  }
}

/** Ratios are weighted by the time that the timeline gives: Σ tᵢ·ratioᵢ ÷ Σ tᵢ over what is covered. */
function familyRow(family: string, sum: FamilySum, allNs: number): RooflineFamily {
  const { totalNs, coveredNs, leastNs, computeNs, memoryNs } = sum
  const ratios = {
    bound: computeNs > memoryNs ? ('compute' as const) : ('memory' as const),
    roofRatio: leastNs / coveredNs,
    computeRatio: computeNs / coveredNs,
    memoryRatio: memoryNs / coveredNs,
    leastNs,
  }
  return {
    tier: 'L2+L4',
    family,
    totalNs,
    shareRatio: allNs > 0 ? totalNs / allNs : 0,
    coveredRatio: totalNs > 0 ? coveredNs / totalNs : 0,
    levels: joinLevels.filter((level) => sum.levels.has(level)),
    ...(coveredNs > 0 ? ratios : {}),
  }
}
