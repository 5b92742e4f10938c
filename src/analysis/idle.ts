/**
 * Why the device was idle: each gap by the host call that launched the activity after it (HTA's idle-time taxonomy, extended;
 * algorithms, section 2). Parts sum to the gaps.
 *
 * `as number` on typed-array reads: rows come from activity references and from the join, both bounded by their tables.
 */
import { HostWalk } from '#analysis/host-walk.ts'
import type { LaunchJoin, NoLaunchJoin } from '#analysis/launch-join.ts'
import type { RangePaths } from '#analysis/range-paths.ts'
import type { IdleGaps } from '#analysis/sweep-gaps.ts'
import { noActivity, rowOfActivity, tableOfActivity } from '#analysis/sweep-input.ts'
import { idleCategorySchema } from '#formats/timeline-summary.ts'
import type { Timeline } from '#model/timeline.ts'

/**
 * - `launch-limited`: the host was in launch or other API calls, or the launch was on its way to the device.
 * - `synchronisation`: the host waited in a synchronising call or blocking copy, and launched late because of it.
 * - `sync-return`: the synchronisation waited for the work that ended at the gap's start; the host had not yet woken up.
 * - `host-wait`: the host sat in an operating-system wait (poll, futex, read…).
 * - `host-busy`: the host did something else, in the range that `rangeTexts` names where there is one.
 * - `queued`: the work was launched before the gap, or long before it started: the device waited for a dependency, or to start it.
 * - `inside-graph`: the activities on both sides come from one launch: nodes of one graph.
 * - `unknown`: the launch call is not in the capture, or the gap reaches the window's edge.
 */
export const idleCategories = idleCategorySchema.options
export type IdleCategory = (typeof idleCategories)[number]

/** Above this share of unknown idle time nothing may be claimed about the causes (algorithms, section 2: one tenth). */
export const MAX_UNKNOWN_RATIO = 0.1
/**
 * A synchronisation that was waiting when the device fell idle returns within the wake-up time of its thread: tens of microseconds
 * with blocking waits. What lasts longer than 100 us waits for something else.
 */
const SYNC_RETURN_NS = 100_000
/**
 * From the end of a launch call to the start on an idle device: 2 to 10 us for kernels, somewhat more for graphs. What takes longer
 * than 20 us was launched in time and held up by something else.
 */
const LAUNCH_LATENCY_NS = 20_000

export interface IdleAttribution {
  readonly totalNs: number
  /** Nanoseconds by index of `idleCategories`. Sums to `totalNs`. */
  readonly byCategoryNs: Float64Array
  /** Gaps by the category with their largest part. */
  readonly gapsByCategory: Float64Array
  readonly unknownRatio: number
  /** False above `MAX_UNKNOWN_RATIO`: say what is missing instead of a cause. */
  readonly causesClaimable: boolean
  /** `host-busy` time by the text of the innermost range at the launch, by falling time; time in no range is left out. */
  readonly rangeTexts: readonly { readonly text: string; readonly totalNs: number }[]
  /** Largest part of each gap as an index of `idleCategories`, when asked for. */
  readonly categoryOfGap?: Uint8Array
}

export interface IdleOptions {
  readonly paths?: RangePaths
  /** Keep `categoryOfGap`. */
  readonly perGap?: boolean
}

const UNKNOWN = idleCategories.indexOf('unknown')
const QUEUED = idleCategories.indexOf('queued')
const INSIDE_GRAPH = idleCategories.indexOf('inside-graph')

/** Attributes gaps in order of time, as a sweep gives them. Without a join everything is unknown. */
export function attributeIdle(
  timeline: Timeline,
  gaps: IdleGaps,
  join: LaunchJoin | NoLaunchJoin,
  options: IdleOptions = {},
): IdleAttribution {
  const attribution = new Attribution(timeline, gaps, join, options)
  for (let gap = 0; gap < gaps.length; gap += 1) attribution.add(gap)
  return attribution.finish()
}

class Attribution {
  readonly #timeline: Timeline
  readonly #gaps: IdleGaps
  readonly #launches: readonly Int32Array[]
  readonly #walk: HostWalk | undefined
  readonly #paths: RangePaths | undefined
  readonly #byCategory = new Float64Array(idleCategories.length)
  readonly #counts = new Float64Array(idleCategories.length)
  /** The parts of the gap at hand: the first six categories, which a late launch splits into. */
  readonly #parts = new Float64Array(6)
  readonly #byText: Float64Array
  readonly #categoryOfGap: Uint8Array | undefined
  #totalNs = 0

  constructor(timeline: Timeline, gaps: IdleGaps, join: LaunchJoin | NoLaunchJoin, options: IdleOptions) {
    this.#timeline = timeline
    this.#gaps = gaps
    const { hostCalls } = timeline
    const joined = join.state === 'joined' && hostCalls !== undefined
    this.#launches = joined ? [join.kernelLaunch, join.graphLaunch, join.memcpyLaunch, join.memsetLaunch] : []
    this.#walk = joined ? new HostWalk(timeline, hostCalls) : undefined
    this.#paths = options.paths
    this.#byText = new Float64Array(options.paths === undefined ? 0 : timeline.rangeTexts.length)
    this.#categoryOfGap = options.perGap === true ? new Uint8Array(gaps.length) : undefined
  }

  #launchOf(reference: number): number {
    if (reference === noActivity) return -1
    return this.#launches[tableOfActivity(reference)]?.[rowOfActivity(reference)] ?? -1
  }

  add(gap: number): void {
    const from = this.#gaps.startNs[gap] as number
    const to = this.#gaps.endNs[gap] as number
    const length = to - from
    this.#totalNs += length
    const largest = this.#explain(from, to, this.#gaps.before[gap] as number, this.#gaps.after[gap] as number)
    this.#counts[largest] = (this.#counts[largest] as number) + 1
    if (this.#categoryOfGap !== undefined) this.#categoryOfGap[gap] = largest
  }

  #add(category: number, ns: number): void {
    this.#byCategory[category] = (this.#byCategory[category] as number) + ns
  }

  /** Adds the parts of one gap; the category of the largest. */
  #explain(from: number, to: number, before: number, after: number): number {
    const { hostCalls } = this.#timeline
    const call = this.#launchOf(after)
    if (call < 0 || hostCalls === undefined || this.#walk === undefined) {
      this.#add(UNKNOWN, to - from)
      return UNKNOWN
    }
    const callStart = hostCalls.startNs[call] as number
    const callEnd = callStart + (hostCalls.durationNs[call] as number)
    if (callEnd <= from) {
      const whole = this.#launchOf(before) === call ? INSIDE_GRAPH : QUEUED
      this.#add(whole, to - from)
      return whole
    }
    if (this.#launchOf(before) === call) {
      this.#add(INSIDE_GRAPH, to - from)
      return INSIDE_GRAPH
    }
    return this.#explainLate(from, to, call, callStart, callEnd)
  }

  /** Until the launch call the thread's own calls explain the gap; then the launch itself; a start much later than that was held up. */
  #explainLate(from: number, to: number, call: number, callStart: number, callEnd: number): number {
    const { hostCalls } = this.#timeline
    if (this.#walk === undefined || hostCalls === undefined) return UNKNOWN
    const thread = hostCalls.thread[call] as number
    const launchAt = Math.min(Math.max(callStart, from), to)
    const launched = Math.min(Math.max(callEnd, launchAt), to)
    const latency = Math.min(to - launched, LAUNCH_LATENCY_NS)
    const time = this.#walk.split(thread, from, launchAt)
    const syncReturn = Math.min(time.syncFromBeforeNs, SYNC_RETURN_NS)
    const parts = this.#parts
    parts[0] = time.launchNs + (launched - launchAt) + latency
    parts[QUEUED] = to - launched - latency
    parts[1] = time.syncNs - syncReturn
    parts[2] = syncReturn
    parts[3] = time.waitNs
    parts[4] = time.busyNs
    let largest = 0
    for (let category = 0; category < parts.length; category += 1) {
      const part = parts[category] as number
      this.#add(category, part)
      if (part > (parts[largest] as number)) largest = category
    }
    const path = time.busyNs === 0 ? -1 : (this.#paths?.ofCall[call] ?? -1)
    if (path >= 0) {
      const text = this.#paths?.text[path] as number
      this.#byText[text] = (this.#byText[text] as number) + time.busyNs
    }
    return largest
  }

  finish(): IdleAttribution {
    const unknownNs = this.#byCategory[UNKNOWN] as number
    const unknownRatio = this.#totalNs > 0 ? unknownNs / this.#totalNs : 0
    const rangeTexts: { text: string; totalNs: number }[] = []
    for (const [id, totalNs] of this.#byText.entries()) {
      if (totalNs > 0) rangeTexts.push({ text: this.#timeline.rangeTexts[id] ?? '', totalNs })
    }
    rangeTexts.sort((a, b) => b.totalNs - a.totalNs || (a.text < b.text ? -1 : 1))
    return {
      totalNs: this.#totalNs,
      byCategoryNs: this.#byCategory,
      gapsByCategory: this.#counts,
      unknownRatio,
      causesClaimable: unknownRatio <= MAX_UNKNOWN_RATIO && this.#totalNs > 0,
      rangeTexts,
      ...(this.#categoryOfGap === undefined ? {} : { categoryOfGap: this.#categoryOfGap }),
    }
  }
}

/** The gaps of a selection in order of time, as `attributeIdle` needs them, with their places in the selection. */
export function gapsByTime(gaps: IdleGaps): { readonly gaps: IdleGaps; readonly places: Uint32Array } {
  const places = Uint32Array.from({ length: gaps.length }, (_, gap) => gap)
  places.sort((a, b) => (gaps.startNs[a] as number) - (gaps.startNs[b] as number))
  const pick = <T extends Float64Array | Uint32Array>(column: T, into: T): T => {
    for (const [at, place] of places.entries()) into[at] = column[place] as number
    return into
  }
  const { length } = gaps
  return {
    gaps: {
      length,
      startNs: pick(gaps.startNs, new Float64Array(length)),
      endNs: pick(gaps.endNs, new Float64Array(length)),
      before: pick(gaps.before, new Uint32Array(length)),
      after: pick(gaps.after, new Uint32Array(length)),
    },
    places,
  }
}
