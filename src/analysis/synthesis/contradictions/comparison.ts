/** Two ways to know one quantity: beyond the uncertainty of both they contradict each other, within it they agree. */
import type { CitationBook } from '#analysis/synthesis/cite.ts'
import type { Cited, Evidence } from '#analysis/synthesis/evidence.ts'
import type { Readings } from '#analysis/synthesis/readings.ts'
import type { SourceTolerances } from '#formats/source-tolerances.ts'
import type { Agreement, Contradiction, ReconciliationRow } from '#formats/synthesis.ts'

export interface ComparisonInput {
  readonly evidence: Evidence
  readonly readings: Readings
  readonly book: CitationBook
  readonly tolerances: SourceTolerances
  /** The views side by side: what joins bytes of kernels to their launches in a step. */
  readonly rows: readonly ReconciliationRow[]
}

export interface Said {
  readonly source: string
  readonly what: string
  readonly unit: string
  readonly figure: Cited
}

export interface Comparison {
  readonly id: string
  readonly topic: Agreement['topic']
  readonly says: readonly [Said, Said, ...Said[]]
  /** Of the second beyond the first: absolute for ratios, relative where `isRelative`. */
  readonly difference: number
  readonly tolerance: number
  readonly toleranceFrom: string
  readonly likelyCauses: readonly string[]
  readonly settledBy: string
  /** Not being contradicted is no agreement: within the tolerance nothing is said. */
  readonly onlyContradicts?: boolean
}

/** Undefined where one side is missing, or where they are not of one thing: then nothing is contradicted and nothing confirmed. */
export type Compare = (input: ComparisonInput) => Comparison | undefined

function rowOf({ id, topic, says, difference, tolerance, toleranceFrom }: Comparison): Agreement {
  return {
    id,
    topic: [...topic],
    says: says.map(({ source, what, unit, figure }) => ({ source, what, value: figure.value, unit, citation: figure.citation })),
    difference,
    tolerance,
    toleranceFrom,
  }
}

export interface Judged {
  readonly contradictions: Contradiction[]
  readonly agreements: Agreement[]
}

export function judgeAll(comparisons: readonly Comparison[]): Judged {
  const judged: Judged = { contradictions: [], agreements: [] }
  for (const each of comparisons) {
    if (Math.abs(each.difference) > each.tolerance) {
      judged.contradictions.push({ ...rowOf(each), likelyCauses: [...each.likelyCauses], settledBy: each.settledBy })
    } else if (each.onlyContradicts !== true) judged.agreements.push(rowOf(each))
  }
  return judged
}
