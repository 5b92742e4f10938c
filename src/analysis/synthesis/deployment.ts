/** The deployment as levers ask of it: every knob with its state, by the engine's own version. */
import type { DeploymentFile, EngineName, Model } from '#formats/deployment.ts'

export type KnobValue = string | number | boolean

/** `default`: not set at launch, so the engine's own default at this version. `unknown`: neither is known. */
export type KnobState =
  | { readonly state: 'set' | 'resolved' | 'default'; readonly value: KnobValue; readonly from: string }
  | { readonly state: 'unknown'; readonly why: string }
  | { readonly state: 'absent'; readonly why: string }

export interface Deployment {
  readonly engine?: EngineName
  readonly version?: string
  readonly model: Model
  /** Key of the ceilings table, e.g. `h100-sxm`. */
  readonly hardware?: string
  /** 9.0, 10.0… */
  readonly computeCapability?: string
  readonly tensorParallel?: number
  readonly dataParallel?: number
  readonly pipelineParallel?: number
  readonly expertParallel?: boolean
  readonly gpus?: number
  readonly usdPerGpuHour?: number
  readonly file?: DeploymentFile
  /**
   * @param knob id of configs/engine-knobs.yaml. `absent`: this engine at this version has no such knob, so it is never proposed.
   */
  knob(knob: string): KnobState
}
