/** The contract of a plant: a deployment with one thing wrong, and the same deployment with it put right. */
import type { Random } from '#base/random.ts'
import type { EffectMetric } from '#formats/ledger.ts'
import type { BottleneckClass } from '#formats/synthesis.ts'
import type { CaptureName, Deployment, Disagreement } from '#sim/deployment/deployment.ts'

export interface Plant {
  readonly id: string
  readonly title: string
  readonly class: BottleneckClass
  /** Of facts/levers: the one that must come first, and those that may stand beside it. */
  readonly lever: string
  readonly beside: readonly string[]
  /** Another one that is planted: it must be among the first three. */
  readonly second?: string
  /** Levers whose preconditions this deployment does not meet. */
  readonly never: readonly string[]
  readonly metric: EffectMetric
  /** Captures that carry it: without one of them nobody could find it. */
  readonly needs: readonly CaptureName[]
  /** Disagreements that would hide the plant, or that it makes itself. */
  readonly unfit?: readonly Disagreement[]
  plant(random: Random, seed: number, name: string): Deployment
  /** The lever applied; `random` draws how much of what it promises comes true. */
  apply(deployment: Deployment, random: Random): Deployment
  /** Where the lever is a knob that can be turned: the deployment at every value it may be set to. */
  readonly turned?: {
    readonly argument: string
    settings(deployment: Deployment): readonly { readonly setting: string; readonly deployment: Deployment }[]
  }
}

export function withMechanism(deployment: Deployment, change: Partial<Deployment['mechanism']>): Deployment {
  return { ...deployment, mechanism: { ...deployment.mechanism, ...change } }
}

export function withArguments(deployment: Deployment, change: Deployment['file']['arguments']): Deployment {
  return { ...deployment, file: { ...deployment.file, arguments: { ...deployment.file.arguments, ...change } } }
}
