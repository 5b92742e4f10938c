/**
 * Shares of samples: what a sampling profiler saw, without times. A share is samples over all samples of the same event kind,
 * selector and window: an upper bound of what a category kept busy (rigor L1), never time, bytes or FLOPs, and never
 * comparable across windows.
 */

/** Shown where a frame has no name: the tool saw it and could not name it, which is content. */
export const unresolvedFrame = '<unresolved>'

export interface SampledFrame {
  /** As recorded, or `unresolvedFrame`. */
  readonly name: string
  readonly samples: number
  /** Source file, where the source gives it apart from the name. */
  readonly file?: string
}

export interface SampledEventKind {
  /** `cuda` (GPU samples), `on_cpu`… */
  readonly eventKind: string
  readonly kind: string
  readonly samples: number
}

export interface SampledGpu {
  readonly name: string
  readonly uuid: string
  readonly samples: number
}

/** As the source sorted them: never mixed with the families of this project's own classifier. */
export interface SampledCategory {
  readonly category: string
  readonly samples: number
}

export interface SampleShares {
  /** What `samples` counts: `ns` in files that a timeline was summed into (kernels.json of nsys), `unknown` where the file does not say. */
  readonly unit: 'samples' | 'ns' | 'unknown'
  readonly eventKinds: readonly SampledEventKind[]
  /** Kernels under GPU samples, usually only the most frequent. */
  readonly gpuFrames: readonly SampledFrame[]
  readonly gpus: readonly SampledGpu[]
  readonly categories: readonly SampledCategory[]
  /** Host frames under GPU samples: not where the CPU spends its time. */
  readonly hostFramesUnderGpu: readonly SampledFrame[]
  /** Frames of the CPU view (event kind `on_cpu`); absent = not captured. */
  readonly cpuFrames?: readonly SampledFrame[]
}

/** What to do about an empty result of a store that is filled after the fact. In this order: lag, wrong selector or window, real gap. */
export const ingestLagHint =
  'Samples reach the store 60 to 120 s late: wait, then query the same window again (6 tries, 20 s apart) and write the files anew. If it stays empty, select by host instead of a pod name pattern and take the window from the real start; only then is it a gap (no implant, or a pod that ended before its flush).'
