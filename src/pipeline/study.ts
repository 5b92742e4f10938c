/** One opened capture and what is computed from it, each piece once and only when a question asks for it. */
import type { BudgetCapture } from '#analysis/budget/capture-budget.ts'
import { communicatingNames } from '#analysis/budget-families.ts'
import { computeCoverage } from '#analysis/coverage.ts'
import { buildSequences, type DeviceSequence } from '#analysis/device-sequence.ts'
import type { FamilyRules } from '#analysis/families.ts'
import type { DeviceSteps } from '#analysis/gates/gate.ts'
import { joinLaunches, type LaunchJoin, type NoLaunchJoin } from '#analysis/launch-join.ts'
import { type CollectiveCalls, collectiveCalls } from '#analysis/rank-collectives.ts'
import type { NoSteps, StepSet } from '#analysis/step.ts'
import { annotatedRanges } from '#analysis/step-ranges.ts'
import { detectSteps } from '#analysis/steps.ts'
import type { Coverage } from '#formats/coverage.ts'
import type { Capture, Loss } from '#model/capture.ts'

export class Study {
  readonly capture: Capture
  readonly losses: readonly Loss[]
  readonly rules: FamilyRules
  /** Of the capture's bytes; '' where it was not opened from a file. */
  readonly sha256: string
  readonly #kept = new Map<string, unknown>()

  constructor(opened: { capture: Capture; losses: readonly Loss[]; sha256?: string }, rules: FamilyRules) {
    this.capture = opened.capture
    this.losses = opened.losses
    this.rules = rules
    this.sha256 = opened.sha256 ?? ''
  }

  #once<T>(key: string, compute: () => T): T {
    if (!this.#kept.has(key)) this.#kept.set(key, compute())
    return this.#kept.get(key) as T // only `compute` of the same key ever fills it
  }

  /** Undefined for captures without a timeline (statistics only). */
  join(): LaunchJoin | NoLaunchJoin | undefined {
    const { timeline } = this.capture
    return this.#once('join', () => (timeline === undefined ? undefined : joinLaunches(timeline)))
  }

  coverage(): Coverage {
    return this.#once('coverage', () => computeCoverage(this.capture, this.losses, this.join()))
  }

  /** 1 per kernel name that communicates: the one definition for timeline, gates and budget. */
  communicationNames(): Uint8Array {
    const { timeline } = this.capture
    return this.#once('communication', () => (timeline === undefined ? new Uint8Array(0) : communicatingNames(timeline, this.rules)))
  }

  sequences(): readonly DeviceSequence[] {
    const { timeline } = this.capture
    return this.#once('sequences', () => (timeline === undefined ? [] : buildSequences(timeline, this.communicationNames())))
  }

  /** Steps of each device, by index into `Timeline.devices`. */
  steps(): readonly (StepSet | NoSteps)[] {
    return this.sequences().flatMap((_, device) => this.stepsOf(device) ?? [])
  }

  /** Steps of one device, by its index into `Timeline.devices`. */
  stepsOf(device: number): StepSet | NoSteps | undefined {
    const { timeline } = this.capture
    const join = this.join()
    const sequence = this.sequences()[device]
    if (timeline === undefined || join === undefined || sequence === undefined) return undefined
    const ranges = this.#once('ranges', () => annotatedRanges(timeline))
    return this.#once(`steps ${device}`, () => detectSteps(timeline, sequence, ranges, join))
  }

  /** Collectives of one device, by the same index. */
  callsOf(device: number): CollectiveCalls {
    const { timeline } = this.capture
    if (timeline === undefined) return { hasSequence: false, byKey: new Map() }
    return this.#once(`calls ${device}`, () => collectiveCalls(timeline, this.sequences()[device]))
  }

  /** The same in the shape that gates ask for. */
  gateSteps(): readonly DeviceSteps[] {
    return this.steps().map((set, device): DeviceSteps => {
      if (set.state === 'unknown') return { device, state: 'unknown', reason: set.reason }
      return { device, state: 'found', steps: set.steps.map(({ startNs, endNs, phase }) => ({ startNs, endNs, phase })) }
    })
  }
}

/** For a budget: what other questions of the same reading computed is not computed again. */
export function budgetCapture(study: Study): BudgetCapture {
  const { capture, losses } = study
  return { capture, losses, coverage: study.coverage(), computed: study }
}
