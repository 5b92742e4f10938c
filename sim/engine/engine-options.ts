/** What a simulated engine is: its dialect, its limits, how long its steps take, and how it misbehaves. Times are nanoseconds. */

/** Whose paths, metric names, step ranges and status codes it speaks. */
export const engineDialects = ['vllm', 'sglang'] as const
export type EngineDialect = (typeof engineDialects)[number]

/** What most of a decode step's time goes to. */
export const boundSettings = ['kernel', 'host', 'communication'] as const
export type BoundSetting = (typeof boundSettings)[number]

/** `none`: the profiler's routes do not exist. `torch` writes kineto traces, `cuda` what nsys would export. */
export const profilerBackEnds = ['none', 'torch', 'cuda'] as const
export type ProfilerBackEnd = (typeof profilerBackEnds)[number]

/** Coefficients of a step's time: each part is the sum of its terms, times a lognormal factor of median 1. */
export interface TimeModel {
  /** Host work of any step: scheduling, launching, sampling. */
  readonly hostNs: number
  readonly hostPerSequenceNs: number
  /** Reading the weights once. */
  readonly computeNs: number
  readonly computePerDecodeSequenceNs: number
  /** Reading the KV cache, per token of context and decoding sequence. */
  readonly computePerContextTokenNs: number
  readonly computePerPrefillTokenNs: number
  readonly communicationNs: number
  readonly communicationPerTokenNs: number
  /** Deviations of the logarithms of host time and device time. */
  readonly hostJitter: number
  readonly deviceJitter: number
}

export interface ProfilerOptions {
  readonly backEnd: ProfilerBackEnd
  /** Folder for traces; a SGLang client may name another in its request. */
  readonly folder: string
  readonly gzip: boolean
  /** From the answer to stop (or inside it) to the first byte of the trace. */
  readonly lateMs: number
  /** How long the trace's bytes take to be written: until then the file is there and cut short. */
  readonly writeMs: number
  /** The answer to stop waits for the trace, as vLLM's does. */
  readonly stopWaits: boolean
  /** A SGLang client may name the folder that it writes to. */
  readonly clientNamesFolder: boolean
  /** The trace ends inside an event (torch), or its export lacks the last third (cuda), as after a crash. */
  readonly cut: boolean
  /** How much longer device work takes while it is recorded, in the step times that clients see too. */
  readonly overheadFactor: number
}

export interface EngineOptions {
  readonly host: string
  /** 0: a free one. */
  readonly port: number
  readonly seed: number
  readonly dialect: EngineDialect
  readonly model: string
  readonly time: TimeModel
  /** All step times are multiplied by it: 0.5 is twice as fast. */
  readonly timeScale: number
  readonly maxNumSeqs: number
  readonly maxNumBatchedTokens: number
  readonly maxModelLen: number
  /** Prompts are computed in chunks beside decoding; else in steps of their own. */
  readonly chunkedPrefill: boolean
  readonly prefixCaching: boolean
  readonly blockSize: number
  readonly numGpuBlocks: number
  /** Draft tokens per step and sequence; 0: no speculation. */
  readonly speculativeTokens: number
  /** Probability that a draft token is accepted, given that those before it were. */
  readonly acceptanceRate: number
  /** Median length of answers where a request does not ignore the end: 0, every answer is as long as it may be. */
  readonly naturalTokens: number
  readonly tensorParallel: number
  readonly gpuName: string
  readonly profiler: ProfilerOptions
  /** Over which the exporter's samples are averages (its own default is 30,000). */
  readonly dcgmIntervalMs: number
  /** False: no /metrics, as with vLLM's --disable-log-stats. */
  readonly hasMetrics: boolean
  /** Folder of a bundle with zymtrace's tables of all that was served, written when the engine stops. */
  readonly zymtraceFolder?: string
  /** Rules in the words of `faults.ts`. */
  readonly faults: readonly string[]
  /** File for the truth of every request and step. */
  readonly truthPath?: string
}

const ms = 1_000_000

/** Far from the edges between classes: the largest part is more than half of a decode step of up to some hundred sequences. */
const timeModels: Readonly<Record<BoundSetting, TimeModel>> = {
  kernel: model({ hostNs: 0.6 * ms, computeNs: 9 * ms, communicationNs: 0 }),
  host: model({ hostNs: 7 * ms, computeNs: 2 * ms, communicationNs: 0 }),
  communication: model({ hostNs: 0.6 * ms, computeNs: 2 * ms, communicationNs: 7 * ms }),
}

function model(main: Pick<TimeModel, 'hostNs' | 'computeNs' | 'communicationNs'>): TimeModel {
  return {
    ...main,
    hostPerSequenceNs: 4_000,
    computePerDecodeSequenceNs: 40_000,
    computePerContextTokenNs: 8,
    // A prompt of 1,000 tokens in 20 ms: what a mid-sized model takes on one current GPU.
    computePerPrefillTokenNs: 20_000,
    communicationPerTokenNs: main.communicationNs > 0 ? 1_000 : 0,
    hostJitter: 0.03,
    deviceJitter: 0.01,
  }
}

export function timeModelOf(bound: BoundSetting): TimeModel {
  return timeModels[bound]
}

/** A plain vLLM on loopback: what differs is named by whoever starts it. */
export const plainEngine: EngineOptions = {
  host: '127.0.0.1',
  port: 0,
  seed: 1,
  dialect: 'vllm',
  model: 'sextant/simulated-8b',
  time: timeModels.kernel,
  timeScale: 1,
  maxNumSeqs: 256,
  maxNumBatchedTokens: 8_192,
  maxModelLen: 131_072,
  chunkedPrefill: true,
  prefixCaching: true,
  blockSize: 16,
  numGpuBlocks: 400_000,
  speculativeTokens: 0,
  acceptanceRate: 0.7,
  naturalTokens: 0,
  tensorParallel: 1,
  gpuName: 'NVIDIA B200',
  profiler: {
    backEnd: 'none',
    folder: '.',
    gzip: true,
    lateMs: 0,
    writeMs: 0,
    stopWaits: true,
    clientNamesFolder: true,
    cut: false,
    overheadFactor: 1,
  },
  dcgmIntervalMs: 1_000,
  hasMetrics: true,
  faults: [],
}
