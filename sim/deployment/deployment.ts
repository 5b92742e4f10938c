/** A deployment that is known whole: what runs, on what, and what was captured of it. */
import type { DeploymentFile, EngineName } from '#formats/deployment.ts'
import type { BottleneckClass } from '#formats/synthesis.ts'
import type { GpuFacts } from '#sim/gpu-facts.ts'
import type { Mechanism } from './mechanism.ts'
import type { Serving } from './serving.ts'

export interface Recording {
  readonly steps: number
  /** Traced, of the tensor-parallel group. */
  readonly ranks: number
  readonly files: 'per-rank' | 'one'
  readonly annotations: 'none' | 'vllm' | 'sglang'
  /** Share of device rows lost. */
  readonly droppedShare: number
}

/** Captures that a bundle can hold beside the timeline. */
export const captureNames = ['nsys', 'ncu', 'zymtrace', 'dcgm', 'bench', 'metrics', 'deployment', 'model-config'] as const
export type CaptureName = (typeof captureNames)[number]

/** Two sources that are made to disagree, or do by what they see; everything else agrees within its errors. */
export const disagreementNames = [
  'busy',
  'sampled-share',
  'tensor-activity',
  'step-time',
  'clock',
  'sm-busy',
  'hot-at-roof',
  'under-recorded',
] as const
export type Disagreement = (typeof disagreementNames)[number]

export const plantClasses = [
  'host',
  'communication',
  'straggler',
  'attention',
  'gemm',
  'moe',
  'prefill',
  'kv-capacity',
  'cache-routing',
  'speculation',
  'copy',
  'clock',
] as const satisfies readonly BottleneckClass[]

export interface Deployment {
  readonly name: string
  readonly seed: number
  readonly engine: EngineName
  readonly version: string
  readonly gpu: GpuFacts
  /** Key of the table of ceilings. */
  readonly hardware: string
  readonly tensorParallel: number
  /** Sequences in a decode step. */
  readonly batch: number
  readonly mechanism: Mechanism
  readonly recording: Recording
  readonly serving: Serving
  readonly file: DeploymentFile
  readonly captures: ReadonlySet<CaptureName>
  readonly disagreements: readonly Disagreement[]
  /** Of the SM clock's maximum, while it serves. */
  readonly clockRatio: number
  readonly throttle?: 'sw_power_cap' | 'sw_thermal'
  /** Groups of which the counters have only the pipes' activity: bytes and operations were not collected. */
  readonly uncounted: readonly string[]
}
