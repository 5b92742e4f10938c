/** What gathering a bundle gives: the joined evidence with everything that stands beside it, or why there is none. */
import type { CitationBook, Document } from '#analysis/synthesis/cite.ts'
import type { Evidence } from '#analysis/synthesis/evidence.ts'
import type { SourceReference } from '#formats/source.ts'
import type { Synthesis } from '#formats/synthesis.ts'

export interface GatherOptions {
  /** Launch command, Helm values or deployment/1; beside what the bundle itself holds. */
  readonly engineConfig?: string
  /** Hugging Face config.json. */
  readonly modelConfig?: string
}

/** The capture that a replay reads: the files on disk behind `Evidence.step`. */
export interface ReplaySource {
  readonly path: string
  readonly source: SourceReference
  readonly deviceOrdinal?: number
}

type Said = Pick<
  Synthesis,
  'inventory' | 'deploymentDisagreements' | 'missingContext' | 'sol_rigor' | 'unknowns' | 'bundle' | 'sources' | 'next'
>

export type Gathered = Said &
  (
    | { readonly state: 'refused'; readonly refusal: NonNullable<Synthesis['refusal']> }
    | ({
        readonly state: 'gathered'
        readonly evidence: Evidence
        readonly documents: readonly Document[]
        readonly book: CitationBook
        readonly replay?: ReplaySource
      } & Pick<Synthesis, 'deployment' | 'bottlenecks' | 'reconciliation' | 'conservation' | 'contradictions' | 'agreements'>)
  )
