/** The description of a deployment's decode loop and of how it was recorded. Everything else follows from it and its seed. */
import type { StepItem } from './step-item.ts'

export type StepPhase = 'prefill' | 'decode' | 'mixed'
/** How CUDA graphs are recorded: not used, every node as a kernel row, or one opaque row per launch. */
export type GraphRecording = 'none' | 'node' | 'graph'
/** `both`: engines with two instrumentations write the same step twice, one range inside the other. */
export type Annotations = 'none' | 'vllm' | 'sglang' | 'both'

export interface SpecialStep {
  readonly at: number
  readonly phase: 'prefill' | 'mixed'
  /** Prompt tokens. */
  readonly tokens: number
}

export interface Straggler {
  readonly rank: number
  /** Its kernels take this many times longer. */
  readonly kernelFactor: number
  /** Its host work takes this many times longer. */
  readonly hostFactor: number
}

export interface Scenario {
  readonly name: string
  readonly seed: number
  readonly gpuName: string
  /** Ranks recorded (1..8) of `worldSize` in the job. */
  readonly ranks: number
  readonly worldSize: number
  /** One capture file per rank, or all ranks in one. */
  readonly files: 'per-rank' | 'one'
  /** Device ordinals as recorded: `zero` = every process sees one GPU (CUDA_VISIBLE_DEVICES). */
  readonly ordinals: 'rank' | 'zero'
  /** Whether ranks in one file are processes of their own. */
  readonly processes: 'per-rank' | 'one'
  /** All steps: warm-up, decode, prefill and mixed. */
  readonly steps: number
  /** Sequences decoded together. */
  readonly requests: number
  /** Tokens per sequence and step: 2 with one speculative token. */
  readonly tokensPerRequest: number
  readonly annotations: Annotations
  readonly graphs: GraphRecording
  /** Graph launches per decode step: 1, or more for piecewise graphs. */
  readonly graphsPerStep: number
  /** Ranks that run without graphs although the others use them. */
  readonly eagerRanks: readonly number[]
  readonly layers: number
  /** Median sum of compute kernels per decode step. */
  readonly computeNs: number
  /** Sum over a decode step of each collective's shortest time (what it takes when all ranks arrive together). */
  readonly communicationNs: number
  /** Sum of copies beside the small ones of every step (KV offload). */
  readonly copyNs: number
  /** Sum of memsets per decode step. */
  readonly memsetNs: number
  /** Idle time per decode step that the host's work is calibrated to give. */
  readonly gapNs: number
  /** Share of collectives that run on a second stream beside compute. */
  readonly communicationHidden: number
  readonly copiesHidden: boolean
  readonly collectives: 'custom' | 'nccl-allreduce' | 'nccl-gather-scatter'
  /** Deviations of the logarithm of host times and kernel times. */
  readonly hostJitter: number
  readonly kernelJitter: number
  /** Share of the host's time between steps spent in an operating-system wait (the engine's queue). */
  readonly hostWaitShare: number
  /** Host call duration of an eager launch. */
  readonly launchNs: number
  /** Host call duration of a graph launch. */
  readonly graphLaunchNs: number
  /** Between neighbouring nodes of a graph on one stream. */
  readonly graphNodeGapNs: number
  /** Device work of a step as given, in place of the layers of a plain model: `layers` and the sums of times then say nothing. */
  readonly items?: Readonly<Record<StepPhase, readonly StepItem[]>>
  /** Host time between steps as given, in place of one that is calibrated to leave `gapNs`. */
  readonly hostNs?: number
  /** The host runs one step ahead of the device. */
  readonly asynchronous: boolean
  readonly straggler?: Straggler
  readonly specialSteps: readonly SpecialStep[]
  readonly warmUpSteps: number
  /** How much slower warm-up steps are. */
  readonly warmUpFactor: number
  /** The first collective waits this long for a rank whose profiler started late. */
  readonly profilerStartSkewNs: number
  /** The recording ends in the middle of the last step (a crash). */
  readonly truncated: boolean
  /** Share of device rows lost in bursts (full buffers); host rows stay. */
  readonly droppedShare: number
  /** Share of graph rows that were recorded. */
  readonly graphRowsKept: number
  /** Rows without timestamps or device, as CUPTI writes for graphs that it could not time. */
  readonly graphRowsUntimed: number
  /** Weights are loaded before the first step, and the process shuts down after the last. */
  readonly loadAndTeardown: boolean
  /** Host activity rows (API calls, OS waits, ranges) are recorded. */
  readonly hostRows: boolean
  /** What the profiler itself does to times: 1 = nothing. */
  readonly profilerKernelFactor: number
}

/** A plain single-GPU decode loop without graphs, host-bound: cases change what they are about. */
export const plainScenario: Scenario = {
  name: 'plain',
  seed: 1,
  gpuName: 'NVIDIA B200',
  ranks: 1,
  worldSize: 1,
  files: 'per-rank',
  ordinals: 'rank',
  processes: 'per-rank',
  steps: 60,
  requests: 8,
  tokensPerRequest: 1,
  annotations: 'none',
  graphs: 'none',
  graphsPerStep: 1,
  eagerRanks: [],
  layers: 4,
  computeNs: 3_000_000,
  communicationNs: 0,
  copyNs: 0,
  memsetNs: 0,
  gapNs: 5_000_000,
  communicationHidden: 0,
  copiesHidden: false,
  collectives: 'custom',
  hostJitter: 0.04,
  kernelJitter: 0.02,
  hostWaitShare: 0.2,
  launchNs: 4_000,
  graphLaunchNs: 18_000,
  graphNodeGapNs: 350,
  asynchronous: false,
  specialSteps: [],
  warmUpSteps: 0,
  warmUpFactor: 3,
  profilerStartSkewNs: 0,
  truncated: false,
  droppedShare: 0,
  graphRowsKept: 1,
  graphRowsUntimed: 0,
  loadAndTeardown: false,
  hostRows: true,
  profilerKernelFactor: 1,
}
