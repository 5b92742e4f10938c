/** Per GPU, the time whose samples describe nothing: found from the fields that judge the others. */
import { emptyIntervals, type IntervalSet, totalLength, unionOfSets } from '#base/intervals.ts'
import type { Cadence } from './cadence.ts'
import type { FindingList } from './finding-list.ts'
import type { FieldSamples, GpuSamples } from './gpu-samples.ts'
import { contention, frozenTime, isProfilingDead, standstills } from './liveness.ts'
import { paddedRange, restlessQuantities } from './query-plan.ts'
import { type TimeWindow, windowMean } from './window-mean.ts'

export interface Excluded {
  readonly profiling: IntervalSet
  readonly all: IntervalSet
}

/** Board id -> what does not count; boards without a judging field are not listed: nothing is held against them. */
export function excludedTime(
  judging: ReadonlyMap<string, FieldSamples>,
  window: TimeWindow,
  cadence: Cadence,
  findings: FindingList,
): ReadonlyMap<string, Excluded> {
  const { fromMs, toMs } = paddedRange(window)
  const padded = { startMs: fromMs, endMs: toMs }
  const ofBoard = (quantity: string, board: string): GpuSamples | undefined =>
    judging.get(quantity)?.gpus.find(({ gpu }) => gpu.id === board)
  const boards = new Set([...judging.values()].flatMap(({ gpus }) => gpus.map(({ gpu }) => gpu.board)))
  const excluded = new Map<string, Excluded>()
  for (const board of boards) {
    const restless = restlessQuantities.flatMap((quantity) => ofBoard(quantity, board) ?? [])
    const frozen = frozenTime(
      restless.map((samples) => standstills(samples, cadence)),
      padded,
    )
    const busy = ofBoard('gpu-busy', board)
    const graphics = ofBoard('graphics-engine-active', board)
    const dead = deadTime(graphics ?? ofBoard('dram-active', board), graphics, busy, { window, padded, cadence })
    const { startMs, endMs } = window
    const share = (set: IntervalSet): number => withinRatio(set, startMs, endMs)
    if (share(frozen) > 0) {
      const text = `its restless fields did not change for ${percent(share(frozen))} of the window while at least one of them was not zero: the exporter stood still, and that time does not count`
      findings.add('warning', 'frozen-exporter', text, board)
    }
    if (share(dead) > 0) {
      const text = `profiling fields were zero for ${percent(share(dead))} of the window while the device said it was busy: another profiler had the counters (Nsight, dcgmi profile --pause) or they stopped after an Xid; that time does not count, and is not idle`
      findings.add('warning', 'profiling-contention', text, board)
    }
    excluded.set(board, { all: frozen, profiling: unionOfSets([frozen, dead]) })
  }
  return excluded
}

interface Judged {
  readonly window: TimeWindow
  readonly padded: TimeWindow
  readonly cadence: Cadence
}

function deadTime(
  profiling: GpuSamples | undefined,
  graphics: GpuSamples | undefined,
  busy: GpuSamples | undefined,
  { window, padded, cadence }: Judged,
): IntervalSet {
  if (profiling === undefined || busy === undefined) return emptyIntervals
  const mean = (samples: GpuSamples | undefined) => (samples === undefined ? undefined : windowMean(samples, window, cadence)?.mean)
  if (isProfilingDead(mean(graphics), mean(busy))) return { starts: Float64Array.of(padded.startMs), ends: Float64Array.of(padded.endMs) }
  return contention(profiling, busy, cadence)
}

function withinRatio(set: IntervalSet, startMs: number, endMs: number): number {
  const starts = Float64Array.from(set.starts, (start) => Math.max(start, startMs))
  const ends = Float64Array.from(set.ends, (end, at) => Math.max(Math.min(end, endMs), starts[at] ?? 0))
  return totalLength({ starts, ends }) / (endMs - startMs)
}

const percent = (ratio: number): string => `${(ratio * 100).toFixed(1)} %`
