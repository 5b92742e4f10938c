/** What one bottleneck class comes to: a share that its evidence carries, or why it cannot be told. */
import type { Cited, Evidence } from '#analysis/synthesis/evidence.ts'
import type { SourceTolerances } from '#formats/source-tolerances.ts'
import type { BottleneckClass } from '#formats/synthesis.ts'

export interface Claim {
  /** Part of the step, or of the metric that the class is about, that could be won back: 0 to 1. */
  readonly share: number
  readonly why: string
  readonly cites: readonly Cited[]
}

export interface Unknown {
  readonly unknown: string
  readonly settledBy: string
}

/** Undefined: the evidence holds nothing of the class, and nothing is missed. */
export type Judge = (evidence: Evidence, tolerances: SourceTolerances) => Claim | Unknown | undefined

export interface ClassJudge {
  readonly class: BottleneckClass
  readonly judge: Judge
}
