/**
 * Kernels of a timeline with what one launch of each moves and computes, from counters of the same kernel at the same shape. What no
 * counter covers has no price: it is in the residual, never filled in.
 */
import { classifyKernelName, type FamilyRules } from '#analysis/families.ts'
import { fieldCategory } from '#analysis/field-categories.ts'
import { hasShape, isSure } from '#analysis/joins/join-totals.ts'
import { joinKernels, type KernelMatch } from '#analysis/joins/kernel-join.ts'
import type { KernelPart, KernelSide } from '#analysis/joins/kernel-part.ts'
import { combinedWork } from '#analysis/kernel-counters/combined-work.ts'
import { compareWithRoof } from '#analysis/kernel-counters/roof.ts'
import type { LaunchWork } from '#analysis/kernel-counters/work.ts'
import type { CountedPart } from '#analysis/roofline/counted-kernels.ts'
import type { Roofs } from '#analysis/roofline/roofs.ts'
import { mean, sampleStandardDeviation } from '#base/statistics.ts'

export interface LaunchPrice {
  /** DRAM bytes per launch; absent where they were not counted. */
  readonly bytes?: number
  /** Of the mean: deviation between counted launches over the root of their number. */
  readonly bytesError: number
  readonly flops?: number
  /** Least time that the operations of one launch need at the peaks of their types. */
  readonly computeS?: number
  readonly computeCeiling?: string
}

export interface PricedKernel {
  /** Of the field. */
  readonly category: string
  readonly launches: number
  readonly timeNs: number
  readonly price?: LaunchPrice
}

export const HIDDEN = 'graphs without kernel rows'

/** One row per kernel and shape of the timeline, in its order; opaque graphs as one of their own. */
export function pricedKernels(side: KernelSide, counted: readonly CountedPart[], roofs: Roofs, rules: FamilyRules): PricedKernel[] {
  const join = joinKernels(
    side.parts,
    counted.map(({ part }) => part),
  )
  const matches = new Map(join.matches.flatMap((match) => match.left.map((index) => [index, match] as const)))
  const priced = side.parts.map((part, index): PricedKernel => {
    const price = priceOf(part, matches.get(index), counted, roofs)
    return { category: categoryOf(part, rules), launches: part.rows, timeNs: part.timeNs ?? 0, ...(price === undefined ? {} : { price }) }
  })
  const { rows, timeNs } = side.hidden
  return rows === 0 ? priced : [...priced, { category: HIDDEN, launches: rows, timeNs }]
}

function categoryOf({ name, shortName, family }: KernelPart, rules: FamilyRules): string {
  const answer = classifyKernelName({ name, shortName }, rules)
  return fieldCategory({ name, family, ...(answer.family === undefined ? {} : { role: answer.role }) })
}

function priceOf(part: KernelPart, match: KernelMatch | undefined, counted: readonly CountedPart[], roofs: Roofs): LaunchPrice | undefined {
  if (match?.state !== 'matched' || !isSure(match.level)) return undefined
  const works = match.right
    .flatMap((index) => counted[index] ?? [])
    .filter((each) => hasShape(part, [each.part]))
    .flatMap((each) => each.works)
  return works.length === 0 ? undefined : meanPrice(works, roofs)
}

function meanPrice(works: readonly LaunchWork[], roofs: Roofs): LaunchPrice {
  const bytes = Float64Array.from(works.flatMap(({ dram }) => (dram === undefined ? [] : [dram.totalBytes])))
  const combined = combinedWork(works)
  const distance = compareWithRoof(combined, roofs)
  const isJudged = distance.state === 'judged' && combined.durationNs !== undefined
  const computeCeiling = distance.state === 'judged' ? distance.ceilings.find((key) => key !== roofs.dramBytes?.key) : undefined
  return {
    ...(bytes.length === 0 ? {} : { bytes: mean(bytes) }),
    bytesError: bytes.length < 2 ? 0 : sampleStandardDeviation(bytes) / Math.sqrt(bytes.length),
    ...(combined.flops.state === 'known' ? { flops: combined.flops.total / works.length } : {}),
    ...(isJudged ? { computeS: (distance.computeRatio * (combined.durationNs ?? 0)) / 1e9 / works.length } : {}),
    ...(computeCeiling === undefined ? {} : { computeCeiling }),
  }
}
