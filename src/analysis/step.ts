/** A step of one device, and sets of them: the shapes that step detection yields. */
import type { Anchor } from '#analysis/cut-scale.ts'
import type { AssignedBy } from '#analysis/step-ranges.ts'
import type { AnnotatedPhase, StepAnnotation } from '#model/step-annotation.ts'

export type StepPhase = Exclude<AnnotatedPhase, 'other'> | 'unknown'

/** Why a step is left out of statistics. */
export type DropReason = 'truncated-end' | 'truncated-start' | 'warm-up' | 'profiler-start-skew' | 'pause'

export interface Step {
  /** Positions [from, to) in the device sequence. */
  readonly from: number
  readonly to: number
  readonly startNs: number
  /** End of the last activity that began in the step. */
  readonly endNs: number
  /** Start of the step that follows directly, NaN where none does: then the step has no cadence. */
  readonly nextNs: number
  /** Kernel and graph time in the step without collectives, summed: for telling phases apart, not a budget part. */
  readonly workNs: number
  readonly phase: StepPhase
  /** True where the phase is concluded from the data, false where an annotation says it. */
  readonly inferred: boolean
  /** Of the motif that the budget measures. Annotated steps all are: their phases tell them apart. */
  readonly isLike: boolean
  readonly annotation?: StepAnnotation
  readonly dropped?: DropReason
}

export interface StepSet {
  readonly state: 'found'
  readonly source: 'annotations' | 'periodicity'
  readonly assignedBy?: AssignedBy
  readonly anchor?: Pick<Anchor, 'kind' | 'token' | 'agreement' | 'regularity' | 'coverage'>
  /** Share of steps that have a like, 0..1. */
  readonly purity: number
  /** In time order, dropped ones included. */
  readonly steps: readonly Step[]
  readonly notes: readonly string[]
}

export interface NoSteps {
  readonly state: 'unknown'
  readonly code:
    | 'no-activity'
    | 'shared-device'
    | 'no-repeating-motif'
    | 'too-few-steps'
    | 'irregular'
    | 'impure'
    | 'autocorrelation-disagrees'
  readonly reason: string
}

/** Fewer like steps than this have no usable spread (algorithms.md, 3.6). */
export const MIN_LIKE_STEPS = 5
