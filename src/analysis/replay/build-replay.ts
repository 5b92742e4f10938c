/**
 * The replay graphs of a device: windows of consecutive typical steps, with the threads that launched them.
 *
 * `as number` on typed-array reads: positions come from steps and from the join, both bounded by their tables.
 */
import { COMMUNICATION, COMPUTE, COPY, copyToken, type DeviceSequence, OPAQUE_GRAPH } from '#analysis/device-sequence.ts'
import { type OutermostCalls, outermostCalls } from '#analysis/host-walk.ts'
import type { LaunchJoin } from '#analysis/launch-join.ts'
import type { Step, StepSet } from '#analysis/step.ts'
import { type HostCallClass, type HostCallTable, hostCallClasses, type Timeline } from '#model/timeline.ts'
import { addDeviceEdges, type DeviceNode } from './device-edges.ts'
import { awaitedActivity, type EndedActivity } from './device-waits.ts'
import { addThread, type CallNode } from './host-nodes.ts'
import { NodeList } from './node-list.ts'
import type { NodeKind, ReplayGraph } from './replay-graph.ts'

export interface ReplaySource {
  readonly timeline: Timeline
  readonly sequence: DeviceSequence
  readonly steps: StepSet
  readonly join: LaunchJoin
}

export interface NoReplay {
  readonly state: 'unknown'
  readonly code: 'no-host-rows' | 'too-few-consecutive-steps' | 'launches-not-joined'
  readonly reason: string
}

export interface Replays {
  readonly state: 'built'
  readonly graphs: readonly ReplayGraph[]
  /** First step of each window that a what-if is read from: those before it still carry the measured past. */
  readonly readFrom: number
}

/** A what-if is read from at least this many steps; the two before them carry the past (an asynchronous host is one step ahead). */
const SETTLING_STEPS = 2
const MIN_WINDOW = SETTLING_STEPS + 3
const MAX_WINDOW = 16
/** Windows spread over the capture: what differs between them is part of the interval. */
const MAX_WINDOWS = 5
/** Enough nodes for any step, few enough that hundreds of replays take seconds. */
const MAX_ACTIVITIES = 120_000
/** With fewer of the activities joined to a launch, the host's part of the graph is missing. */
const MIN_JOINED = 0.95

export function buildReplays(source: ReplaySource): Replays | NoReplay {
  const { hostCalls } = source.timeline
  if (hostCalls === undefined) {
    return {
      state: 'unknown',
      code: 'no-host-rows',
      reason: 'the capture holds no host calls: what the device waited for cannot be replayed',
    }
  }
  const windows = chooseWindows(source.steps.steps)
  if (windows.length === 0) {
    return {
      state: 'unknown',
      code: 'too-few-consecutive-steps',
      reason: `no ${MIN_WINDOW} typical steps follow each other: a replay needs a stretch that repeats`,
    }
  }
  const calls = outermostCalls(hostCalls, source.timeline.threads.length)
  const graphs: ReplayGraph[] = []
  for (const window of windows) {
    const built = new WindowBuilder(source, hostCalls, calls, window).build()
    if (built.joinedRatio < MIN_JOINED) {
      return {
        state: 'unknown',
        code: 'launches-not-joined',
        reason: `only ${(100 * built.joinedRatio).toFixed(0)} % of the activities of typical steps have their launch call in the capture (at least ${100 * MIN_JOINED} % are needed)`,
      }
    }
    graphs.push(built.graph)
  }
  return { state: 'built', graphs, readFrom: SETTLING_STEPS }
}

/** Runs of typical decode steps without a break, cut into windows; the last step of each has a successor, whose beginning ends it. */
function chooseWindows(steps: readonly Step[]): (readonly Step[])[] {
  const runs: Step[][] = []
  let run: Step[] = []
  for (const step of steps) {
    const isTypical = step.dropped === undefined && step.isLike && !Number.isNaN(step.nextNs) && step.phase !== 'prefill'
    if (isTypical && (run.length === 0 || run[run.length - 1]?.nextNs === step.startNs)) run.push(step)
    else {
      runs.push(run)
      run = isTypical ? [step] : []
    }
  }
  runs.push(run)
  const windows = runs.filter(({ length }) => length >= MIN_WINDOW).flatMap((each) => cutWindows(each))
  const stride = Math.max(1, Math.ceil(windows.length / MAX_WINDOWS))
  return windows.filter((_, index) => index % stride === 0)
}

function cutWindows(run: readonly Step[]): (readonly Step[])[] {
  const perStep = run.reduce((sum, step) => sum + step.to - step.from, 0) / run.length
  const size = Math.max(MIN_WINDOW, Math.min(MAX_WINDOW, Math.floor(MAX_ACTIVITIES / Math.max(1, perStep))))
  const windows: (readonly Step[])[] = []
  for (let from = 0; from + MIN_WINDOW <= run.length; from += size) windows.push(run.slice(from, from + size))
  return windows.filter(({ length }) => length >= MIN_WINDOW)
}

const launchTables = ['kernelLaunch', 'graphLaunch', 'memcpyLaunch', 'memsetLaunch'] as const
const correlated = ['kernels', 'graphs', 'memcpys', 'memsets'] as const
const kindOfActivity: Readonly<Record<number, NodeKind>> = {
  [COMPUTE]: 'compute',
  [COMMUNICATION]: 'communication',
  [OPAQUE_GRAPH]: 'opaque-graph',
  [COPY]: 'copy',
}

interface Placed {
  readonly position: number
  readonly step: number
  readonly call: number
  readonly overlappedNs: number
}

class WindowBuilder {
  readonly #source: ReplaySource
  readonly #hostCalls: HostCallTable
  readonly #calls: OutermostCalls
  readonly #steps: readonly Step[]
  readonly #originNs: number
  readonly #list = new NodeList()

  constructor(source: ReplaySource, hostCalls: HostCallTable, calls: OutermostCalls, steps: readonly Step[]) {
    this.#source = source
    this.#hostCalls = hostCalls
    this.#calls = calls
    this.#steps = steps
    this.#originNs = steps[0]?.startNs ?? 0
  }

  build(): { readonly graph: ReplayGraph; readonly joinedRatio: number } {
    const { sequence, timeline } = this.#source
    const placed = this.#place()
    const nodes = placed.map((each) => this.#deviceNode(each))
    const ended = this.#endedActivities(placed, nodes)
    const called = placed.filter(({ call }) => call >= 0)
    const firstCallNs = Math.min(0, ...called.map(({ call }) => (this.#hostCalls.startNs[call] as number) - this.#originNs))
    const untilNs = Math.max(...placed.map(({ position }) => (sequence.startNs[position] as number) - this.#originNs))
    const window = { timeline, calls: this.#calls, originNs: this.#originNs, fromNs: firstCallNs, untilNs }
    const threads = new Set(called.map(({ call }) => this.#hostCalls.thread[call] as number))
    const calls = [...threads]
      .sort((a, b) => a - b)
      .flatMap((thread) => addThread(this.#list, window, thread, (call) => this.#awaited(ended, call)))
    const byStart = [...calls].sort((a, b) => a.startNs - b.startNs)
    const device = placed.map((each, index): DeviceNode => {
      const call = each.call < 0 ? undefined : this.#callNode(byStart, each.call)
      return this.#describe(each, nodes[index] as number, call)
    })
    addDeviceEdges(this.#list, device)
    const stepNodes = this.#steps.map(({ from }) => placed.findIndex(({ position }) => position === from))
    const last = this.#steps[this.#steps.length - 1]
    const after = placed.findIndex(({ position }) => position === last?.to)
    const marks = [...stepNodes, after].map((index) => nodes[index] as number)
    return { graph: this.#list.finish(marks), joinedRatio: placed.length === 0 ? 0 : called.length / placed.length }
  }

  /** The activities of the window, and the first of the step after it. */
  #place(): Placed[] {
    const { sequence, join } = this.#source
    const [first] = this.#steps
    const last = this.#steps[this.#steps.length - 1]
    if (first === undefined || last === undefined) return []
    const placed: Placed[] = []
    let step = 0
    const overlapped = this.#overlaps(first.from, Math.min(sequence.length, last.to + 1))
    for (let position = first.from; position <= last.to && position < sequence.length; position += 1) {
      while (step + 1 < this.#steps.length && position >= (this.#steps[step + 1]?.from ?? Number.POSITIVE_INFINITY)) step += 1
      const table = launchTables[sequence.table[position] as number] ?? 'kernelLaunch'
      const call = join[table][sequence.row[position] as number] as number
      placed.push({
        position,
        step: position === last.to ? this.#steps.length : step,
        call,
        overlappedNs: overlapped[position - first.from] as number,
      })
    }
    return placed
  }

  /** For each position, how long another lane of the device worked beside it. */
  #overlaps(from: number, to: number): Float64Array {
    const { sequence } = this.#source
    const overlapped = new Float64Array(to - from)
    const active: number[] = []
    for (let p = from; p < to; p += 1) {
      const start = sequence.startNs[p] as number
      const end = sequence.endNs[p] as number
      for (let i = active.length - 1; i >= 0; i -= 1) {
        const other = active[i] as number
        const otherEnd = sequence.endNs[other] as number
        if (otherEnd <= start) {
          active.splice(i, 1)
          continue
        }
        if (sequence.lane[other] === sequence.lane[p]) continue
        const shared = Math.min(end, otherEnd) - start
        overlapped[p - from] = Math.min(end - start, (overlapped[p - from] as number) + shared)
        overlapped[other - from] = Math.min(otherEnd - (sequence.startNs[other] as number), (overlapped[other - from] as number) + shared)
      }
      active.push(p)
    }
    return overlapped
  }

  #deviceNode({ position, step, overlappedNs }: Placed): number {
    const { sequence } = this.#source
    const startNs = (sequence.startNs[position] as number) - this.#originNs
    return this.#list.node({
      startNs,
      durationNs: (sequence.endNs[position] as number) - this.#originNs - startNs,
      kind: kindOfActivity[sequence.kind[position] as number] ?? 'compute',
      token: sequence.token[position] as number,
      step,
      overlappedNs,
    })
  }

  #endedActivities(placed: readonly Placed[], nodes: readonly number[]): EndedActivity[] {
    const { sequence } = this.#source
    const toHost = copyToken(sequence, 'device-to-host')
    return placed
      .map(({ position, call }, index) => ({
        node: nodes[index] as number,
        endNs: (sequence.endNs[position] as number) - this.#originNs,
        launchedNs: call < 0 ? Number.NaN : (this.#hostCalls.startNs[call] as number) - this.#originNs,
        isResult: sequence.token[position] === toHost,
      }))
      .sort((a, b) => a.endNs - b.endNs)
  }

  #awaited(
    ended: readonly EndedActivity[],
    call: { readonly row: number; readonly startNs: number; readonly endNs: number },
  ): number | undefined {
    const entry = this.#source.timeline.hostCallNames[this.#hostCalls.name[call.row] as number]
    const callClass: HostCallClass = entry?.class ?? hostCallClasses[0]
    return awaitedActivity(ended, { class: callClass, name: entry?.name ?? '', startNs: call.startNs, endNs: call.endNs })
  }

  /** The outermost call that a launch stands in: the same call, or one around it. */
  #callNode(byStart: readonly CallNode[], row: number): { readonly node: number; readonly startNs: number } | undefined {
    const time = (this.#hostCalls.startNs[row] as number) - this.#originNs
    let low = 0
    let high = byStart.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((byStart[middle]?.startNs ?? 0) <= time) low = middle + 1
      else high = middle
    }
    for (let at = low - 1; at >= 0 && at >= low - 4; at -= 1) {
      const call = byStart[at]
      if (call !== undefined && call.startNs <= time && time <= call.endNs) return { node: call.node, startNs: call.startNs }
    }
    return undefined
  }

  #describe({ position }: Placed, node: number, call: { readonly node: number; readonly startNs: number } | undefined): DeviceNode {
    const { sequence, timeline } = this.#source
    const table = correlated[sequence.table[position] as number] ?? 'kernels'
    return {
      node,
      startNs: (sequence.startNs[position] as number) - this.#originNs,
      endNs: (sequence.endNs[position] as number) - this.#originNs,
      lane: sequence.lane[position] as number,
      launch: timeline[table].correlation?.[sequence.row[position] as number] ?? 0,
      ...(call === undefined ? {} : { call }),
    }
  }
}
