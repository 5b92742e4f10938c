/** The contract of a lever: one file each, found by the registry. A lever looks at evidence and says what it would change, or why not. */

import type { Deployment } from '#analysis/synthesis/deployment.ts'
import type { Cited, Evidence } from '#analysis/synthesis/evidence.ts'
import type { EngineName } from '#formats/deployment.ts'
import type { EvidenceTopic } from '#formats/evidence-topic.ts'
import type { EffectMetric, LeverType } from '#formats/ledger.ts'
import type { BottleneckClass } from '#formats/synthesis.ts'

export interface Precondition {
  readonly what: string
  /** unknown is allowed and lowers confidence; unmet is a refusal. */
  readonly state: 'met' | 'unmet' | 'unknown'
  readonly why: string
}

/** An uncertain size of a formula, with where its range is from. */
export interface Uncertain {
  readonly name: string
  readonly low: number
  readonly high: number
  readonly why: string
}

/**
 * `replay`: words of `what-if` (`host=0.05..0.3`, `kernels:FAMILY=0.4..0.6`, `merge-launches`); the captured steps are replayed with them.
 * `formula`: new over old of a serving metric, each uncertain size drawn from its range.
 */
export type EffectModel =
  | { readonly by: 'replay'; readonly changes: readonly string[]; readonly assumptions: readonly string[] }
  | {
      readonly by: 'formula'
      readonly metric: EffectMetric
      readonly text: string
      readonly uncertain: readonly Uncertain[]
      /** @param drawn one value of each of `uncertain`. @returns new over old: 0.8 of a time is 20 % less. */
      newOverOld(drawn: readonly number[]): number
    }

/** Settings of named knobs (configs/engine-knobs.yaml); `undefined` removes the setting. */
export interface KnobSetting {
  readonly knob: string
  readonly to: string | number | boolean | undefined
}

export interface Candidate {
  /** Time that the lever would take, for grouping: levers of one part cannot both win it. `host-between`, `kernels:attention-flash`… */
  readonly part: string
  /** Largest part of the step (replay) or of the metric (formula) that it can win: the ceiling, by Amdahl. 0 to 1. */
  readonly ceilingRatio: number
  readonly effect: EffectModel
  readonly settings?: readonly KnobSetting[]
  readonly source?: { readonly file: string; readonly symbol: string; readonly sketch: string }
  readonly kernel?: { readonly candidate: string; readonly baseline: string }
  readonly summary: string
  /** Sentences with the figures that made it fire, and these figures. */
  readonly because: readonly string[]
  readonly cites: readonly Cited[]
  readonly restsOn: readonly EvidenceTopic[]
  readonly preconditions: readonly Precondition[]
  readonly risks: readonly string[]
  readonly falsifier: string
  /** Quality of the join that it needs, 0 to 1: share of the time that the join covers. Absent: it needs none. */
  readonly joinRatio?: number
}

/** `applies: false`: the class or the engine does not fit, nothing to say. Else the reason is shown under "not proposed". */
export interface NoCandidate {
  readonly none: string
  readonly applies: boolean
}

export interface Lever {
  /** L01… of facts/levers.md section 8. */
  readonly id: string
  readonly name: string
  readonly title: string
  readonly type: LeverType
  readonly class: BottleneckClass
  readonly engines: readonly EngineName[]
  /** Hours of a person and a GPU node to try it. */
  readonly cost: { readonly hours: number; readonly why: string }
  /** The answers of the model may change: a trial needs an accuracy gate. */
  readonly changesAccuracy: boolean
  /** Where the lever is described: engine source at a commit. */
  readonly reference: { readonly repo: string; readonly commit: string; readonly file: string }
  check(evidence: Evidence, deployment: Deployment): Candidate | NoCandidate
}

export const nothing = (none: string, applies = false): NoCandidate => ({ none, applies })
