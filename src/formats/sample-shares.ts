/** Shares of samples as `kernels` returns them: L1, never time. */
import * as z from 'zod'

/** Samples, or nanoseconds where `unit` says so (means of a source may have a fraction). */
const amount = z.number().nonnegative()
const ratio = z.number().min(0).max(1)

/** 95 % of the sampling alone: samples of one stack are not independent, so the truth may lie farther off. */
export const shareIntervalShape = {
  shareLowRatio: z.exactOptional(ratio),
  shareHighRatio: z.exactOptional(ratio),
}

export const sampledFrameRowSchema = z.object({
  frame: z.string(),
  file: z.exactOptional(z.string()),
  samples: amount,
  shareRatio: ratio,
  ...shareIntervalShape,
})

export const sampleSharesSchema = z.object({
  rigor: z.literal('L1').describe('Shares of samples: an upper bound of what kept the GPU busy, neither time nor bytes nor FLOPs.'),
  unit: z.enum(['samples', 'ns', 'unknown']),
  meaning: z.string(),
  total: amount.describe('What shares are of.'),
  totalFrom: z
    .enum(['event-kind', 'per-gpu', 'per-category', 'listed-frames'])
    .describe('listed-frames: only those of the frames listed, which are usually the most frequent.'),
  listed: amount.describe('Samples of the frames listed.'),
  weak: z.boolean().describe('Fewer than 1000 samples: quote the interval, never one decimal.'),
  eventKinds: z.array(z.object({ eventKind: z.string(), kind: z.string(), samples: amount })),
  gpus: z.array(z.object({ name: z.string(), uuid: z.string(), samples: amount, shareRatio: ratio })),
  sourceCategories: z
    .array(z.object({ category: z.string(), samples: amount, shareRatio: ratio }))
    .describe('As the source sorted its samples; `families` are by this project’s classifier and need not agree.'),
  hostFramesUnderGpu: z.array(sampledFrameRowSchema).describe('Shares are of the samples in this list, which is cut.'),
  cpuFrames: z.exactOptional(
    z.array(sampledFrameRowSchema).describe('The CPU view: of all on_cpu samples where known, else of this list.'),
  ),
  kernelClassGpuPct: z.record(z.string(), z.number().min(0).max(100)).describe('kernel_class_gpu_pct: percent of GPU samples per bucket.'),
  kernelClassRemainderPct: z.number().min(0).max(100),
  cpuSpinpollPct: z.exactOptional(z.number().min(0).max(100).describe('cpu_spinpoll_pct, of on_cpu samples; absent = no CPU view.')),
  contradictions: z.array(z.string()),
})
export type SampleSharesSummary = z.infer<typeof sampleSharesSchema>
