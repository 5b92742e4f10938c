/** What is searched: one document per text, finding, ledger row and trial, with what filters ask for. */
import type { EvidenceKind } from '#formats/search.ts'

/** What is known of the bundle, campaign or registry entry that a file belongs to. */
export interface BundleFacts {
  readonly folder: string
  readonly family?: string
  readonly runId?: string
  readonly status?: string
  readonly date?: string
}

export interface EvidenceDocument {
  readonly kind: EvidenceKind
  readonly title: string
  readonly text: string
  /** Relative to the root. */
  readonly path: string
  readonly handle?: string
  readonly family?: string
  readonly runId?: string
  readonly status?: string
  readonly date?: string
}

/** A lever that some ledger, trial or synthesis speaks of, for the question whether it was tried. */
export interface LeverRecord {
  readonly origin: 'ledger' | 'trial' | 'not-proposed'
  readonly path: string
  /** Id, with its name where the record has one. Empty: a trial that names no lever. */
  readonly lever: string
  readonly title: string
  readonly status: string
  readonly why: string
  /** More text that the lever may be recognised by. */
  readonly about: string
  readonly handle?: string
  readonly trial?: string
  readonly engine?: string
  readonly family?: string
  readonly runId?: string
  readonly date?: string
}

export interface Gathered {
  readonly documents: readonly EvidenceDocument[]
  readonly levers: readonly LeverRecord[]
}

export const nothingGathered: Gathered = { documents: [], levers: [] }

/** Properties that are there, so that absent stays absent. */
export function factsOf({ family, runId, date }: BundleFacts): Pick<EvidenceDocument, 'family' | 'runId' | 'date'> {
  return {
    ...(family === undefined ? {} : { family }),
    ...(runId === undefined ? {} : { runId }),
    ...(date === undefined ? {} : { date }),
  }
}
