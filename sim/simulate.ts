/**
 * Runs a scenario: a host thread per rank that works, launches and waits, and a device per rank with in-order streams.
 * Collectives start when each rank arrives and end together. Gaps are not drawn: they follow from who waits for whom.
 */
import { Random } from '#base/random.ts'
import type { Activity, HostCall, RankPlan, StepLabel } from './plan.ts'
import { streamIds } from './plan.ts'
import type { Scenario, StepPhase } from './scenario.ts'
import type { StepItem, StreamRole } from './step-item.ts'
import { stepItems } from './step-items.ts'

/** From the end of the launch call to the start of an idle device's work: what traces of idle devices show. */
const launchLatencyNs = 2_000
/** Between neighbours on one stream. */
const streamGapNs = 600
/** From the end of device work to the return of the call that waited for it. */
const syncReturnNs = 3_000
/** Host work between two launch calls. */
const betweenCallsNs = 700
/** First row of a session: connection and start-up are over. */
const firstStepNs = 3_000_000_000

export interface RankState {
  readonly plan: RankPlan
  readonly random: Random
  hostNs: number
  correlation: number
  laneFreeNs: Record<StreamRole, number>
  /** End of the token copies of the last two steps. */
  resultNs: number
  earlierResultNs: number
}

export interface Run {
  readonly scenario: Scenario
  /** Median host time from the return of the wait to the first launch. */
  readonly hostNs: number
  readonly states: readonly RankState[]
  collectives: number
}

function newRank(scenario: Scenario, rank: number): RankState {
  const random = new Random(scenario.seed, `rank ${rank}`)
  const pid = scenario.processes === 'one' ? 4242 : 4242 + rank * 131
  const hex = (length: number): string => Array.from({ length }, () => '0123456789abcdef'[random.integer(0, 15)]).join('')
  const plan: RankPlan = {
    rank,
    pid,
    // Thread ids above 65,535 tell a 24-bit from a 16-bit decoding.
    tid: 70_001 + rank * 17,
    ordinal: scenario.ordinals === 'zero' ? 0 : rank,
    uuid: `${hex(8)}-${hex(4)}-${hex(4)}-${hex(4)}-${hex(12)}`,
    activities: [],
    calls: [],
    osCalls: [],
    ranges: [],
  }
  // Correlation ids are process-local.
  const correlation = scenario.processes === 'one' ? rank * 10_000_000 : 0
  const laneFreeNs = { main: 0, communication: 0, copy: 0 }
  return { plan, random, hostNs: firstStepNs, correlation: correlation + 100, laneFreeNs, resultNs: 0, earlierResultNs: 0 }
}

export function newRun(scenario: Scenario, hostNs: number): Run {
  return { scenario, hostNs, states: Array.from({ length: scenario.ranks }, (_, rank) => newRank(scenario, rank)), collectives: 0 }
}

/** Records a host call that starts now and lasts `durationNs`; returns it. */
export function hostCall(state: RankState, kind: HostCall['kind'], name: string, durationNs: number): HostCall {
  const startNs = Math.round(state.hostNs)
  const call: HostCall = { startNs, endNs: startNs + Math.max(200, Math.round(durationNs)), kind, name, correlation: state.correlation++ }
  state.plan.calls.push(call)
  state.hostNs = call.endNs
  return call
}

/** Host work before the first launch of a step: partly waiting for the engine's queue, the rest computing. */
function hostPrepare(run: Run, state: RankState, slowdown: number): void {
  const { scenario } = run
  const straggler = scenario.straggler?.rank === state.plan.rank ? scenario.straggler.hostFactor : 1
  const total = Math.round(run.hostNs * state.random.lognormal(scenario.hostJitter) * slowdown * straggler)
  const waitNs = Math.round(total * scenario.hostWaitShare)
  if (waitNs > 1_000) {
    const startNs = Math.round(state.hostNs + (total - waitNs) * 0.3)
    state.plan.osCalls.push({ startNs, endNs: startNs + waitNs, text: 'poll' })
  }
  state.hostNs += total
}

/** When the host's launch of item `index` lets the device start, given that graphs are launched once. */
function launchItem(run: Run, state: RankState, item: StepItem, graphReady: Map<number, { readyNs: number; correlation: number }>): Launch {
  const { scenario } = run
  const eager = item.graph < 0 || scenario.eagerRanks.includes(state.plan.rank)
  if (!eager) {
    const launched = graphReady.get(item.graph)
    if (launched !== undefined) return { ...launched, gapNs: scenario.graphNodeGapNs }
    state.hostNs += betweenCallsNs
    const call = hostCall(state, 'graph-launch', 'cudaGraphLaunch', scenario.graphLaunchNs * state.random.lognormal(scenario.hostJitter))
    const ready = { readyNs: call.endNs + launchLatencyNs, correlation: call.correlation }
    graphReady.set(item.graph, ready)
    return { ...ready, gapNs: streamGapNs }
  }
  state.hostNs += betweenCallsNs
  const [kind, name] = eagerCall(item)
  const call = hostCall(state, kind, name, scenario.launchNs * state.random.lognormal(scenario.hostJitter))
  return { readyNs: call.endNs + launchLatencyNs, correlation: call.correlation, gapNs: streamGapNs }
}

interface Launch {
  readonly readyNs: number
  readonly correlation: number
  readonly gapNs: number
}

function eagerCall(item: StepItem): [HostCall['kind'], string] {
  if (item.class === 'memcpy') return ['memcpy', 'cudaMemcpyAsync']
  if (item.class === 'memset') return ['memset', 'cudaMemsetAsync']
  // Triton and generated kernels are launched through the driver API, the rest through the runtime.
  return ['launch', item.name.startsWith('_') || item.name.startsWith('fmha') ? 'cuLaunchKernelEx' : 'cudaLaunchKernel']
}

interface StepRun {
  readonly label: StepLabel
  readonly slowdown: number
  readonly items: readonly StepItem[]
}

/** Runs one step on every rank, item by item, so that collectives can wait for the last rank. */
function runStep(run: Run, step: StepRun): void {
  const { states, scenario } = run
  const graphReady = states.map(() => new Map<number, { readyNs: number; correlation: number }>())
  const ends = states.map(() => new Float64Array(step.items.length))
  const ranks = states.map((state) => state.plan.activities.length)
  for (const state of states) hostPrepare(run, state, step.slowdown)
  const begins = states.map((state) => state.hostNs)
  step.items.forEach((item, index) => {
    const collective = item.class === 'communication' ? run.collectives++ : -1
    const begun = states.map((state, rank) => {
      const launch = launchItem(run, state, item, graphReady[rank] as Map<number, Launch>)
      const waited = item.waitFor < 0 ? 0 : ((ends[rank] as Float64Array)[item.waitFor] as number) + 500
      const startNs = Math.round(Math.max(launch.readyNs, state.laneFreeNs[item.stream] + launch.gapNs, waited))
      return { launch, startNs }
    })
    const lastArrivalNs = Math.max(...begun.map(({ startNs }) => startNs))
    states.forEach((state, rank) => {
      const { launch, startNs } = begun[rank] as { launch: Launch; startNs: number }
      const fromNs =
        collective < 0 ? startNs : lastArrivalNs + (step.label.index === 0 && isFirst(step, index) ? scenario.profilerStartSkewNs : 0)
      const endNs = Math.round(fromNs + itemDuration(run, state, item, step.slowdown))
      state.laneFreeNs[item.stream] = endNs
      ;(ends[rank] as Float64Array)[index] = endNs
      state.plan.activities.push(activityOf(run, state, item, { step: step.label.index, index, startNs, endNs, collective, launch }))
    })
  })
  states.forEach((state, rank) => {
    if (scenario.graphs === 'graph') collapseGraphs(state, ranks[rank] as number)
    annotateStep(run, state, step, begins[rank] as number)
    waitForResult(run, state)
  })
}

function isFirst(step: StepRun, index: number): boolean {
  return step.items.findIndex((item) => item.class === 'communication') === index
}

function itemDuration(run: Run, state: RankState, item: StepItem, slowdown: number): number {
  const { scenario } = run
  const straggler = item.class === 'compute' && scenario.straggler?.rank === state.plan.rank ? scenario.straggler.kernelFactor : 1
  const factor = scenario.profilerKernelFactor * straggler * (item.class === 'compute' ? Math.min(slowdown, 1.5) : 1)
  return Math.max(400, item.durationNs * factor * state.random.lognormal(scenario.kernelJitter))
}

interface Timed {
  readonly step: number
  readonly index: number
  readonly startNs: number
  readonly endNs: number
  readonly collective: number
  readonly launch: Launch
}

function activityOf(run: Run, state: RankState, item: StepItem, timed: Timed): Activity {
  const inGraph = item.graph >= 0 && !run.scenario.eagerRanks.includes(state.plan.rank)
  return {
    step: timed.step,
    class: item.class,
    name: item.name,
    startNs: timed.startNs,
    endNs: timed.endNs,
    stream: streamIds[item.stream],
    correlation: timed.launch.correlation,
    graphId: inGraph ? item.graph + 5 : 0,
    graphNode: inGraph ? timed.index + 1 : 0,
    bytes: item.bytes,
    copyKind: item.copyKind,
    ...(item.pageable === true ? { pageable: true } : {}),
    collective: timed.collective,
  }
}

/** In graph mode the recorder writes one opaque row per launch, from its first to its last node. */
function collapseGraphs(state: RankState, from: number): void {
  const rows = state.plan.activities
  const kept = rows.slice(0, from)
  const byCorrelation = new Map<number, Activity>()
  for (const row of rows.slice(from)) {
    if (row.graphId === 0) {
      kept.push(row)
      continue
    }
    const open = byCorrelation.get(row.correlation)
    if (open === undefined) {
      const graph: Activity = {
        ...row,
        class: 'graph',
        name: '',
        graphNode: 0,
        stream: streamIds.main,
        bytes: 0,
        copyKind: 0,
        collective: -1,
      }
      byCorrelation.set(row.correlation, graph)
      kept.push(graph)
    } else {
      open.startNs = Math.min(open.startNs, row.startNs)
      open.endNs = Math.max(open.endNs, row.endNs)
    }
  }
  state.plan.activities = kept
}

/** The engine's range around a step's launches, and two ranges below it. */
function annotateStep(run: Run, state: RankState, step: StepRun, beginNs: number): void {
  const { scenario } = run
  if (scenario.annotations === 'none') return
  const startNs = Math.round(beginNs) - 300
  const endNs = Math.round(state.hostNs) + 400
  const middleNs = Math.round(startNs + (endNs - startNs) * 0.9)
  if (scenario.annotations !== 'sglang') state.plan.ranges.push({ startNs, endNs, text: vllmText(scenario, step.label) })
  if (scenario.annotations !== 'vllm')
    state.plan.ranges.push({ startNs: startNs + 40, endNs: endNs - 40, text: sglangText(scenario, step.label) })
  state.plan.ranges.push({ startNs: startNs + 100, endNs: middleNs, text: 'forward' })
  state.plan.ranges.push({ startNs: middleNs + 50, endNs: endNs - 50, text: 'sample' })
}

function vllmText(scenario: Scenario, label: StepLabel): string {
  const decoded = label.phase === 'prefill' ? 0 : scenario.requests
  const decodedTokens = decoded * scenario.tokensPerRequest
  return `execute_context_${label.phase === 'decode' ? 0 : 1}(${label.tokens - decodedTokens})_generation_${decoded}(${decodedTokens})`
}

function sglangText(scenario: Scenario, label: StepLabel): string {
  if (label.phase === 'prefill') return `step[EXTEND bs=1 toks=${label.tokens}]`
  return label.phase === 'mixed' ? `step[MIXED bs=${scenario.requests + 1}]` : `step[DECODE bs=${scenario.requests}]`
}

/** The host waits for this step's tokens, or, one step ahead, for those of the step before. */
function waitForResult(run: Run, state: RankState): void {
  state.earlierResultNs = state.resultNs
  state.resultNs = Math.max(...Object.values(state.laneFreeNs))
  const awaitedNs = run.scenario.asynchronous ? state.earlierResultNs : state.resultNs
  state.hostNs += betweenCallsNs
  const call = hostCall(state, 'sync', run.scenario.annotations === 'sglang' ? 'cudaStreamSynchronize' : 'cudaEventSynchronize', 1_500)
  call.endNs = Math.max(call.endNs, Math.round(awaitedNs + syncReturnNs))
  state.hostNs = call.endNs
}

function labelOf(scenario: Scenario, index: number): StepLabel {
  const special = scenario.specialSteps.find(({ at }) => at === index)
  const phase: StepPhase = special?.phase ?? 'decode'
  const decoded = phase === 'prefill' ? 0 : scenario.requests * scenario.tokensPerRequest
  const transient = index < scenario.warmUpSteps || (index === 0 && scenario.profilerStartSkewNs > 0)
  const requests = (phase === 'prefill' ? 0 : scenario.requests) + (special === undefined ? 0 : 1)
  return { index, phase, transient, requests, tokens: decoded + (special?.tokens ?? 0) }
}

/** Runs all steps of `run` and returns their labels. */
export function runSteps(run: Run): StepLabel[] {
  const { scenario } = run
  const items = { decode: stepItems(scenario, 'decode'), prefill: stepItems(scenario, 'prefill'), mixed: stepItems(scenario, 'mixed') }
  return Array.from({ length: scenario.steps }, (_, index) => {
    const label = labelOf(scenario, index)
    const slowdown = index < scenario.warmUpSteps ? scenario.warmUpFactor : 1
    runStep(run, { label, slowdown, items: items[label.phase] })
    return label
  })
}
