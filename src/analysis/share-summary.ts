/** What shares of samples say, with the denominator stated and the interval that the count of samples allows. */
import { samplesByKernelClass, spinPollSamples } from '#analysis/sample-classes.ts'
import { binomialInterval } from '#base/binomial.ts'
import type { SampleSharesSummary } from '#formats/sample-shares.ts'
import type { SampledFrame, SampleShares } from '#model/shares.ts'

/** The mission's limit: below it a share has no meaningful decimal. */
export const WEAK_SAMPLES = 1000

export const sharesMeaning =
  'share of GPU samples: every one was taken while the GPU was busy, so it is no share of the step or of wall time, and shares of two windows neither add nor divide'

export interface ShareTotal {
  readonly total: number
  readonly totalFrom: SampleSharesSummary['totalFrom']
  readonly listed: number
}

const sum = (rows: readonly { readonly samples: number }[]): number => rows.reduce((total, { samples }) => total + samples, 0)

/** GPU samples: the first table that counts all of them and can hold the frames listed, else those frames alone. */
export function gpuTotal(shares: SampleShares): ShareTotal {
  const listed = sum(shares.gpuFrames)
  const counts = [
    ['event-kind', sum(shares.eventKinds.filter(({ eventKind }) => eventKind === 'cuda'))],
    ['per-gpu', sum(shares.gpus)],
    ['per-category', sum(shares.categories)],
  ] as const
  const [totalFrom, total] = counts.find(([, count]) => count > 0 && count >= listed) ?? (['listed-frames', listed] as const)
  return { total, totalFrom, listed }
}

export interface ShareFields {
  readonly shareRatio: number
  readonly shareLowRatio?: number
  readonly shareHighRatio?: number
}

/** `counted`: whether the numbers are samples; nanoseconds have no binomial interval. */
export function shareFields(samples: number, total: number, counted: boolean): ShareFields {
  if (total === 0) return { shareRatio: 0 }
  const { lowRatio, highRatio } = binomialInterval(samples, total)
  return { shareRatio: samples / total, ...(counted ? { shareLowRatio: lowRatio, shareHighRatio: highRatio } : {}) }
}

export function summarizeShares(shares: SampleShares): SampleSharesSummary {
  const { total, totalFrom, listed } = gpuTotal(shares)
  const counted = shares.unit === 'samples'
  const classes = [...samplesByKernelClass(shares.gpuFrames)].map(([name, samples]): [string, number] => [name, percent(samples, total)])
  const { cpuFrames } = shares
  const onCpu = cpuTotal(shares)
  return {
    rigor: 'L1',
    unit: shares.unit,
    meaning: counted ? sharesMeaning : 'share of the kernel time that the file sums, which is a sum over streams',
    total,
    totalFrom,
    listed,
    weak: counted && total < WEAK_SAMPLES,
    eventKinds: [...shares.eventKinds],
    gpus: withShares(shares.gpus),
    sourceCategories: withShares(shares.categories),
    hostFramesUnderGpu: frameRows(shares.hostFramesUnderGpu, sum(shares.hostFramesUnderGpu), counted),
    ...(cpuFrames === undefined ? {} : { cpuFrames: frameRows(cpuFrames, onCpu, counted) }),
    kernelClassGpuPct: Object.fromEntries(classes),
    kernelClassRemainderPct: Math.max(0, 100 - classes.reduce((all, [, pct]) => all + pct, 0)),
    ...(cpuFrames === undefined || onCpu === 0 ? {} : { cpuSpinpollPct: percent(spinPollSamples(cpuFrames), onCpu) }),
    contradictions: contradictionsOf(shares, total),
  }
}

const percent = (samples: number, total: number): number => (total === 0 ? 0 : Math.min(100, (100 * samples) / total))

function cpuTotal({ cpuFrames = [], eventKinds }: SampleShares): number {
  return Math.max(sum(cpuFrames), sum(eventKinds.filter(({ eventKind }) => eventKind === 'on_cpu')))
}

function withShares<T extends { readonly samples: number }>(rows: readonly T[]): (T & { shareRatio: number })[] {
  const total = sum(rows)
  return rows.map((row) => ({ ...row, shareRatio: total === 0 ? 0 : row.samples / total }))
}

function frameRows(frames: readonly SampledFrame[], total: number, counted: boolean): SampleSharesSummary['hostFramesUnderGpu'] {
  return frames.map(({ name, file, samples }) => ({
    frame: name,
    ...(file === undefined ? {} : { file }),
    samples,
    ...shareFields(samples, total, counted),
  }))
}

/** Tables of one query that do not agree are said, not averaged away. */
function contradictionsOf(shares: SampleShares, total: number): string[] {
  const said: string[] = []
  const counted = sum(shares.eventKinds.filter(({ eventKind }) => eventKind === 'cuda'))
  const listed = sum(shares.gpuFrames)
  if (counted > 0 && listed > counted) said.push(`the frames listed hold ${listed} samples, all GPU samples are only ${counted}`)
  for (const [what, rows] of [
    ['GPUs', shares.gpus],
    ['categories', shares.categories],
  ] as const) {
    const found = sum(rows)
    // Lists of frames are cut; totals per GPU and per category are not.
    if (found > 0 && counted > 0 && Math.abs(found - total) > 0.01 * total)
      said.push(`${what} sum to ${found} samples, GPU samples to ${total}`)
  }
  return said
}
