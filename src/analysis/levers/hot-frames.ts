/** Functions that are hot on the CPU, by name: samples, so a direction (L1). */
import type { Cited, Evidence } from '#analysis/synthesis/evidence.ts'

export interface HotFrames {
  readonly share: number
  /** The hottest, for a person. */
  readonly names: readonly string[]
  readonly cites: readonly Cited[]
}

/** @returns undefined where no CPU sample was taken. Shares of frames are of samples: nested frames may be counted twice, so at most 1. */
export function hotFrames({ frames }: Evidence, pattern: RegExp): HotFrames | undefined {
  const onCpu = frames.filter(({ view }) => view === 'cpu')
  if (onCpu.length === 0) return undefined
  const hot = onCpu.filter(({ frame }) => pattern.test(frame)).sort((a, b) => b.share.value - a.share.value)
  const share = Math.min(
    1,
    hot.reduce((most, each) => Math.max(most, each.share.value), 0),
  )
  return {
    share,
    names: hot.slice(0, 3).map(({ frame }) => (frame.length > 60 ? `${frame.slice(0, 60)}…` : frame)),
    cites: hot.slice(0, 3).map((each) => each.share),
  }
}
