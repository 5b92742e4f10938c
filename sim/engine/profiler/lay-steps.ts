/**
 * What a profiler would have recorded of steps that were served: host calls, device rows and ranges whose parts are those of the steps.
 * A step begins when its predecessor ended or its first request came, and holds, one after the other, the host's preparation, the launches
 * with the device's work behind them, the wait for the result, and the host's work on the tokens.
 */
import { Random } from '#base/random.ts'
import type { EngineOptions } from '#sim/engine/engine-options.ts'
import type { StepRecord } from '#sim/engine/truth-records.ts'
import type { Activity, CallKind, Plan, RankPlan, StepLabel } from '#sim/plan.ts'
import { streamIds } from '#sim/plan.ts'
import { plainScenario, type Scenario, type StepPhase } from '#sim/scenario.ts'
import type { StepItem } from '#sim/step-item.ts'
import { stepItems } from '#sim/step-items.ts'

/** As in `sim/simulate.ts`: what traces of engines show. */
const launchLatencyNs = 2_000
const streamGapNs = 600
const graphNodeGapNs = 350
const syncReturnNs = 3_000
const betweenCallsNs = 700
const launchNs = 4_000
const graphLaunchNs = 18_000
/** Share of a step's host time that comes after its result: detokenising and handing out. */
const afterResultShare = 0.2
/** Share of the preparation in which the worker waits for the scheduler's message. */
const waitShare = 0.2

export function scenarioOf(options: EngineOptions, cut: boolean): Scenario {
  return {
    ...plainScenario,
    name: 'served',
    seed: options.seed,
    gpuName: options.gpuName,
    worldSize: options.tensorParallel,
    requests: 1,
    tokensPerRequest: 1 + options.speculativeTokens,
    annotations: options.dialect,
    graphs: 'node',
    layers: 6,
    computeNs: 1_000_000,
    communicationNs: options.time.communicationNs > 0 ? 1_000_000 : 0,
    collectives: 'nccl-allreduce',
    truncated: cut,
  }
}

function phaseOf({ prefillTokens, decodeSequences }: StepRecord): StepPhase {
  if (prefillTokens === 0) return 'decode'
  return decodeSequences === 0 ? 'prefill' : 'mixed'
}

function rangeText(options: EngineOptions, step: StepRecord): string {
  const { prefillSequences, prefillTokens, decodeSequences } = step
  if (options.dialect === 'vllm') {
    const tokens = decodeSequences * (1 + options.speculativeTokens)
    return `execute_context_${prefillSequences}(${prefillTokens})_generation_${decodeSequences}(${tokens})`
  }
  if (prefillTokens === 0) return `step[DECODE bs=${decodeSequences}]`
  return decodeSequences === 0
    ? `step[EXTEND bs=${prefillSequences} toks=${prefillTokens}]`
    : `step[MIXED bs=${prefillSequences + decodeSequences}]`
}

/** Durations of the items so that computing and copying, and communicating, take what the step says. */
function scaledDurations(items: readonly StepItem[], step: StepRecord, random: Random): number[] {
  const drawn = items.map((item) => item.durationNs * random.lognormal(0.02))
  const sums = { communication: 0, other: 0 }
  const kind = (item: StepItem): keyof typeof sums => (item.class === 'communication' ? 'communication' : 'other')
  for (const [index, item] of items.entries()) sums[kind(item)] += drawn[index] ?? 0
  const wanted = { communication: step.communicationNs, other: step.computeNs }
  return items.map((item, index) => Math.max(300, Math.round(((drawn[index] ?? 0) * wanted[kind(item)]) / sums[kind(item)])))
}

class StepLayer {
  readonly #rank: RankPlan
  #correlation = 100
  #hostNs = 0
  #deviceFreeNs = 0
  #collectives = 0

  constructor(rank: RankPlan) {
    this.#rank = rank
  }

  #call(kind: CallKind, name: string, durationNs: number): { readonly endNs: number; readonly correlation: number } {
    this.#hostNs += betweenCallsNs
    const call = { startNs: this.#hostNs, endNs: this.#hostNs + durationNs, kind, name, correlation: this.#correlation++ }
    this.#rank.calls.push(call)
    this.#hostNs = call.endNs
    return call
  }

  #launch(item: StepItem): { endNs: number; correlation: number } {
    if (item.class === 'memcpy') return this.#call('memcpy', 'cudaMemcpyAsync', launchNs)
    if (item.class === 'memset') return this.#call('memset', 'cudaMemsetAsync', launchNs)
    return this.#call('launch', 'cudaLaunchKernel', launchNs)
  }

  /** Launches and device rows from `fromNs`; when the last row ends. */
  #work(index: number, items: readonly StepItem[], durations: readonly number[], fromNs: number): number {
    this.#hostNs = fromNs
    let graph: { endNs: number; correlation: number } | undefined
    for (const [position, item] of items.entries()) {
      const inGraph = item.graph >= 0
      const isNode = inGraph && graph !== undefined
      if (inGraph) graph ??= this.#call('graph-launch', 'cudaGraphLaunch', graphLaunchNs)
      const launch = inGraph && graph !== undefined ? graph : this.#launch(item)
      const startNs = Math.max(launch.endNs + launchLatencyNs, this.#deviceFreeNs + (isNode ? graphNodeGapNs : streamGapNs))
      const endNs = startNs + (durations[position] ?? 0)
      this.#deviceFreeNs = endNs
      const row: Activity = {
        step: index,
        class: item.class,
        name: item.name,
        startNs,
        endNs,
        stream: streamIds.main,
        correlation: launch.correlation,
        graphId: inGraph ? 5 : 0,
        graphNode: inGraph ? position + 1 : 0,
        bytes: item.bytes,
        copyKind: item.copyKind,
        collective: item.class === 'communication' ? this.#collectives++ : -1,
      }
      this.#rank.activities.push(row)
    }
    return this.#deviceFreeNs
  }

  /** One step between its times; `text` names its range. */
  lay(index: number, step: StepRecord, items: readonly StepItem[], durations: readonly number[], text: string, syncName: string): void {
    const from = { activities: this.#rank.activities.length, calls: this.#rank.calls.length }
    const lastNs = this.#work(index, items, durations, step.startNs)
    const tailNs = Math.round((step.hostNs * afterResultShare) / 2)
    // Laid from the step's start, then moved so that the result is there when it should be: what is before is preparation.
    const prepareNs = step.endNs - tailNs - syncReturnNs - lastNs
    if (prepareNs < 0) this.#squeeze(from, step.startNs, lastNs, lastNs + prepareNs)
    else this.#move(from, prepareNs)
    this.#deviceFreeNs = Math.max(...this.#rank.activities.slice(from.activities).map((row) => row.endNs))
    const launchedNs = this.#rank.calls.at(-1)?.endNs ?? step.startNs
    const callNs = launchedNs + betweenCallsNs
    const endNs = Math.max(callNs + 1_500, this.#deviceFreeNs + syncReturnNs)
    this.#rank.calls.push({ startNs: callNs, endNs, kind: 'sync', name: syncName, correlation: this.#correlation++ })
    const waitNs = Math.floor(Math.max(0, prepareNs) * waitShare)
    if (waitNs > 1_000) this.#rank.osCalls.push({ startNs: step.startNs, endNs: step.startNs + waitNs, text: 'poll' })
    const rangeNs = step.startNs + waitNs + 100
    this.#rank.ranges.push({ startNs: rangeNs, endNs: endNs + 400, text }, { startNs: rangeNs + 100, endNs: callNs - 50, text: 'forward' })
  }

  #rows(from: { activities: number; calls: number }): { startNs: number; endNs: number }[] {
    return [...this.#rank.activities.slice(from.activities), ...this.#rank.calls.slice(from.calls)]
  }

  #move(from: { activities: number; calls: number }, byNs: number): void {
    for (const row of this.#rows(from)) {
      row.startNs += byNs
      row.endNs += byNs
    }
  }

  /** A step shorter than its launches need: everything in it is shortened alike. */
  #squeeze(from: { activities: number; calls: number }, startNs: number, lastNs: number, wantedNs: number): void {
    const factor = Math.max(0.05, (wantedNs - startNs) / (lastNs - startNs))
    for (const row of this.#rows(from)) {
      row.startNs = startNs + Math.floor((row.startNs - startNs) * factor)
      row.endNs = Math.max(row.startNs + 1, startNs + Math.floor((row.endNs - startNs) * factor))
    }
  }
}

function newRank(options: EngineOptions): RankPlan {
  const random = new Random(options.seed, 'device')
  const hex = (length: number): string => Array.from({ length }, () => '0123456789abcdef'[random.integer(0, 15)]).join('')
  const uuid = `${hex(8)}-${hex(4)}-${hex(4)}-${hex(4)}-${hex(12)}`
  return { rank: 0, pid: 4_242, tid: 70_001, ordinal: 0, uuid, activities: [], calls: [], osCalls: [], ranges: [] }
}

/** `GPU-…` of a device of the group; 0 is the one in traces, which name it without the prefix. */
export function gpuLabel(options: EngineOptions, gpu: number): string {
  const { uuid } = newRank(options)
  const last = (Number.parseInt(uuid.slice(-2), 16) + gpu) % 256
  return `GPU-${uuid.slice(0, -2)}${last.toString(16).padStart(2, '0')}`
}

/** The session begins so long before the first step: profilers start before their first event. */
const leadNs = 50_000_000

/** Steps as rows on a clock that starts shortly before `fromNs`. `cut`: the file ends inside the last step. */
export function laySteps(options: EngineOptions, steps: readonly StepRecord[], fromNs: number, toNs: number): Plan {
  const scenario = scenarioOf(options, options.profiler.cut)
  const items = { decode: stepItems(scenario, 'decode'), prefill: stepItems(scenario, 'prefill'), mixed: stepItems(scenario, 'mixed') }
  const random = new Random(options.seed, 'rows')
  const rank = newRank(options)
  const layer = new StepLayer(rank)
  const originNs = fromNs - leadNs
  const labels = steps.map((step, index): StepLabel => {
    const phase = phaseOf(step)
    const moved = { ...step, startNs: step.startNs - originNs, endNs: step.endNs - originNs }
    const durations = scaledDurations(items[phase], step, random)
    layer.lay(
      index,
      moved,
      items[phase],
      durations,
      rangeText(options, step),
      options.dialect === 'vllm' ? 'cudaEventSynchronize' : 'cudaStreamSynchronize',
    )
    const next = steps[index + 1]
    return {
      index,
      phase,
      // A pause follows: the time to the next step is not this step's.
      transient: next !== undefined && next.startNs > step.endNs,
      requests: step.decodeSequences + step.prefillSequences,
      tokens: step.decodeSequences * (1 + options.speculativeTokens) + step.prefillTokens,
    }
  })
  return { scenario, ranks: [rank], steps: labels, endNs: toNs - originNs }
}

/** Time 0 of a plan of `laySteps`, on the clock of the world. */
export function planOriginNs(originEpochNs: bigint, fromNs: number): bigint {
  return originEpochNs + BigInt(fromNs - leadNs)
}
