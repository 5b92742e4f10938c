/**
 * Steps as the engine names them: annotated host ranges joined to device work through launches, or annotated spans on the device.
 *
 * `as number` on typed-array reads: every index comes from loops bounded by the length of the column or from the reader's ids.
 */
import type { DeviceSequence } from '#analysis/device-sequence.ts'
import type { LaunchJoin, NoLaunchJoin } from '#analysis/launch-join.ts'
import { type RangeLaunches, rangeLaunches } from '#analysis/range-launches.ts'
import { parseStepAnnotation, type StepAnnotation } from '#model/step-annotation.ts'
import { rangeKinds, type Timeline } from '#model/timeline.ts'

export interface AnnotatedRange {
  readonly startNs: number
  readonly endNs: number
  readonly thread: number
  readonly process: number
  readonly annotation: StepAnnotation
}

export interface AnnotatedRanges {
  /** On host threads, by start. Nested duplicates are gone (trap C17). */
  readonly host: readonly AnnotatedRange[]
  /** The same ranges as the profiler projects them onto devices, by start. */
  readonly device: readonly AnnotatedRange[]
  /** Ranges left out because another step range of the same thread contains them. */
  readonly nested: number
}

const noAnnotatedRanges: AnnotatedRanges = { host: [], device: [], nested: 0 }

/** All ranges of a timeline that name a serving step. */
export function annotatedRanges(timeline: Timeline): AnnotatedRanges {
  const { ranges } = timeline
  if (ranges === undefined) return noAnnotatedRanges
  const parsed = timeline.rangeTexts.map(parseStepAnnotation)
  if (!parsed.some((annotation) => annotation !== undefined)) return noAnnotatedRanges
  const host: AnnotatedRange[] = []
  const device: AnnotatedRange[] = []
  for (let row = 0; row < ranges.length; row += 1) {
    const annotation = parsed[ranges.text[row] as number]
    if (annotation === undefined) continue
    const kind = rangeKinds[ranges.kind[row] as number]
    if (kind !== 'nvtx' && kind !== 'annotation' && kind !== 'device-annotation') continue
    const startNs = ranges.startNs[row] as number
    const thread = ranges.thread[row] as number
    const entry = {
      startNs,
      endNs: startNs + (ranges.durationNs[row] as number),
      thread,
      process: timeline.threads[thread]?.process ?? -1,
      annotation,
    }
    if (kind === 'device-annotation') device.push(entry)
    else host.push(entry)
  }
  const outerHost = outermost(host)
  return { host: outerHost, device: outermost(device), nested: host.length - outerHost.length }
}

/** Per thread, ranges that no other contains; what the inner one knows beyond the outer is kept. */
function outermost(ranges: readonly AnnotatedRange[]): AnnotatedRange[] {
  const sorted = [...ranges].sort((a, b) => a.thread - b.thread || a.startNs - b.startNs || b.endNs - a.endNs)
  const kept: AnnotatedRange[] = []
  for (const range of sorted) {
    const last = kept[kept.length - 1]
    const isInside = last !== undefined && last.thread === range.thread && range.startNs < last.endNs && range.endNs <= last.endNs
    if (!isInside) kept.push(range)
    else if (last.annotation.phase === range.annotation.phase) {
      kept[kept.length - 1] = { ...last, annotation: { ...range.annotation, ...last.annotation } }
    }
  }
  return kept.sort((a, b) => a.startNs - b.startNs || a.thread - b.thread)
}

export interface AnnotatedStart {
  /** Position in the device sequence of the step's first activity. */
  readonly at: number
  /** Absent: the step lies between annotated ones, and no range names it. */
  readonly annotation?: StepAnnotation
}

export type AssignedBy = 'launch-correlation' | 'device-annotation' | 'host-time'

export interface AnnotatedStarts {
  readonly by: AssignedBy
  /** Ascending by position. */
  readonly starts: readonly AnnotatedStart[]
  /** First activity launched after the last annotated range ended: a step whose range is not in the file, or teardown. */
  readonly unannotatedFrom?: number
}

/** A path is trusted when it finds device work for this share of the ranges: the rest are idle steps and the capture's edges. */
const TRUSTED_SHARE = 0.5

/** First device activity of each annotated step, or undefined where no range belongs to this device. */
export function annotatedStarts(
  timeline: Timeline,
  sequence: DeviceSequence,
  ranges: AnnotatedRanges,
  join: LaunchJoin | NoLaunchJoin,
): AnnotatedStarts | undefined {
  const processes = new Set(timeline.devices[sequence.device]?.processes ?? [])
  const isAlone = timeline.devices.length === 1
  const host = ranges.host.filter((range) => isAlone || processes.has(range.process))
  // Graph capture at start-up is annotated by engines that annotate no step (the vLLM V2 runner the other way round; trap C14).
  if (![...host, ...ranges.device].some((range) => range.annotation.phase !== 'capture')) return undefined
  const device = ranges.device.filter((range) => isAlone || processes.has(range.process))
  if (host.length > 0 && join.state === 'joined') {
    const launches = rangeLaunches(timeline, sequence, host, join)
    const starts = startsByLaunch(host, launches)
    // Several devices under one process: each range belongs to the device that its thread launches on.
    const isTrusted = starts.length - launches.unannotated.length >= TRUSTED_SHARE * host.length || (!isAlone && starts.length > 0)
    if (isTrusted) return { by: 'launch-correlation', starts, ...(launches.tail === undefined ? {} : { unannotatedFrom: launches.tail }) }
  }
  if (device.length > 0) {
    const starts = startsByTime(sequence, device, true)
    if (starts.length >= TRUSTED_SHARE * device.length) return { by: 'device-annotation', starts }
  }
  if (host.length > 0 && processes.size <= 1) {
    const starts = startsByTime(sequence, host, false)
    if (starts.length > 0) return { by: 'host-time', starts }
  }
  return undefined
}

/** First activity of each range, and of steps between them that no range names. */
function startsByLaunch(host: readonly AnnotatedRange[], launches: RangeLaunches): AnnotatedStart[] {
  const starts: AnnotatedStart[] = launches.unannotated.map((at) => ({ at }))
  for (const [index, { annotation }] of host.entries()) {
    const at = launches.first[index] as number
    if (at >= 0) starts.push({ at, annotation })
  }
  return distinctAscending(starts)
}

/** First activity that starts within each span (`bounded`), or between this range's start and the next one's. */
function startsByTime(sequence: DeviceSequence, ranges: readonly AnnotatedRange[], bounded: boolean): AnnotatedStart[] {
  const starts: AnnotatedStart[] = []
  let p = 0
  for (const [index, { startNs, endNs, annotation }] of ranges.entries()) {
    while (p < sequence.length && (sequence.startNs[p] as number) < startNs) p += 1
    const limit = bounded ? endNs : (ranges[index + 1]?.startNs ?? Number.POSITIVE_INFINITY)
    if (p < sequence.length && (sequence.startNs[p] as number) <= limit) starts.push({ at: p, annotation })
  }
  return distinctAscending(starts)
}

/** Ranges that share their first activity (spans repeated per stream) are one step. */
function distinctAscending(starts: AnnotatedStart[]): AnnotatedStart[] {
  starts.sort((a, b) => a.at - b.at)
  return starts.filter((start, index) => index === 0 || start.at !== starts[index - 1]?.at)
}
