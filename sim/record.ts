/** From a scenario to what its recording holds: calibration, loading and teardown, lost rows, a crash, the format's clock resolution. */
import { Random } from '#base/random.ts'
import { kernelNames } from './kernel-names.ts'
import type { Activity, Plan, RankPlan } from './plan.ts'
import { streamIds } from './plan.ts'
import type { Scenario } from './scenario.ts'
import { hostCall, newRun, type RankState, type Run, runSteps } from './simulate.ts'

/** Idle time per step of an even run (no jitter, nothing special) whose host works `hostNs` between steps. */
function evenGapNs(scenario: Scenario, hostNs: number): number {
  const { straggler: _, ...rest } = scenario
  const even: Scenario = {
    ...rest,
    ranks: 1,
    steps: 6,
    hostJitter: 0,
    kernelJitter: 0,
    specialSteps: [],
    warmUpSteps: 0,
    profilerStartSkewNs: 0,
  }
  const run = newRun(even, hostNs)
  runSteps(run)
  const rows = (run.states[0] as RankState).plan.activities
  // The last four cadences, by a plain walk over rows sorted by start.
  const sorted = [...rows].sort((a, b) => a.startNs - b.startNs)
  const fromNs = Math.min(...rows.filter(({ step }) => step === 1).map(({ startNs }) => startNs))
  const toNs = Math.min(...rows.filter(({ step }) => step === 5).map(({ startNs }) => startNs))
  let idleNs = 0
  let reachedNs = fromNs
  for (const row of sorted) {
    if (row.startNs < fromNs || row.startNs > toNs) continue
    idleNs += Math.max(0, row.startNs - reachedNs)
    reachedNs = Math.max(reachedNs, row.endNs)
  }
  return idleNs / 4
}

/** Host time between steps that leaves the device idle for `gapNs` per step; an asynchronous host hides its time, and stays as it is. */
export function calibratedHostNs(scenario: Scenario): number {
  if (scenario.hostNs !== undefined) return scenario.hostNs
  if (scenario.asynchronous) return scenario.gapNs
  const probeNs = 1_000_000
  return Math.max(1_000, scenario.gapNs - evenGapNs(scenario, probeNs) + probeNs)
}

function outsideStep(partial: Partial<Activity> & Pick<Activity, 'class' | 'startNs' | 'endNs' | 'correlation'>): Activity {
  return { step: -1, name: '', stream: streamIds.main, graphId: 0, graphNode: 0, bytes: 0, copyKind: 0, collective: -1, ...partial }
}

/** Weight loading: large copies with the host reading files between them, then a quiet time in which graphs are captured. */
function load(state: RankState): void {
  const { random, plan } = state
  for (let index = 0; index < 120; index++) {
    state.hostNs += 2_000_000 * random.lognormal(0.4)
    const durationNs = Math.round(6_000_000 * random.lognormal(0.3))
    const call = hostCall(state, 'memcpy', 'cudaMemcpyAsync', 8_000)
    const startNs = call.endNs + 3_000
    const bytes = durationNs * 24
    plan.activities.push(
      outsideStep({ class: 'memcpy', startNs, endNs: startNs + durationNs, correlation: call.correlation, bytes, copyKind: 1 }),
    )
    state.hostNs = startNs + durationNs + 5_000
    if (index % 10 !== 0) continue
    const fill = hostCall(state, 'launch', 'cudaLaunchKernel', 6_000)
    const fillNs = fill.endNs + 2_000
    const endNs = fillNs + 40_000
    plan.activities.push(outsideStep({ class: 'compute', name: kernelNames.fill, startNs: fillNs, endNs, correlation: fill.correlation }))
    state.hostNs = endNs
  }
  plan.ranges.push({ startNs: Math.round(state.hostNs), endNs: Math.round(state.hostNs) + 900_000_000, text: 'capture_8_decode' })
  state.hostNs += 2_500_000_000
}

/** Requests are over: the server idles, then its process ends with a few copies. */
function teardown(state: RankState): void {
  state.hostNs += 3_000_000_000
  for (let index = 0; index < 3; index++) {
    const call = hostCall(state, 'memcpy', 'cudaMemcpyAsync', 8_000)
    const startNs = call.endNs + 3_000
    state.plan.activities.push(
      outsideStep({ class: 'memcpy', startNs, endNs: startNs + 150_000, correlation: call.correlation, bytes: 7_200_000, copyKind: 2 }),
    )
    state.hostNs = startNs + 160_000
  }
}

/** An idle server: a heartbeat now and then, no steps. */
function idleServer(state: RankState): void {
  for (let index = 0; index < 5; index++) {
    const waitNs = Math.round(1_000_000_000 * state.random.lognormal(0.6))
    state.plan.osCalls.push({ startNs: Math.round(state.hostNs), endNs: Math.round(state.hostNs) + waitNs, text: 'poll' })
    state.hostNs += waitNs
    const call = hostCall(state, 'memcpy', 'cudaMemcpyAsync', 8_000)
    const startNs = call.endNs + 3_000
    state.plan.activities.push(
      outsideStep({ class: 'memcpy', startNs, endNs: startNs + 1_500, correlation: call.correlation, bytes: 64, copyKind: 1 }),
    )
    state.hostNs = startNs + 20_000
  }
}

/** Rows lost in bursts of 400, as full activity buffers lose them, and graph launches of which only some were recorded. */
function loseRows(scenario: Scenario, plan: RankPlan): void {
  const random = new Random(scenario.seed, `lost ${plan.rank}`)
  if (scenario.droppedShare > 0) {
    let drop = false
    plan.activities = plan.activities.filter((_, index) => {
      if (index % 400 === 0) drop = random.uniform() < scenario.droppedShare
      return !drop
    })
  }
  if (scenario.graphRowsKept < 1) {
    const kept = new Map<number, boolean>()
    plan.activities = plan.activities.filter((row) => {
      if (row.graphId === 0) return true
      let keep = kept.get(row.correlation)
      if (keep === undefined) {
        keep = random.uniform() < scenario.graphRowsKept
        kept.set(row.correlation, keep)
      }
      return keep
    })
  }
}

/** The process died two fifths into the last step: nothing that ended later was written. */
function truncate(run: Run): void {
  const rows = (run.states[0] as RankState).plan.activities.filter(({ step }) => step === run.scenario.steps - 1)
  const startNs = Math.min(...rows.map((row) => row.startNs))
  const endNs = Math.max(...rows.map((row) => row.endNs))
  const cutNs = startNs + Math.round((endNs - startNs) * 0.4)
  const before = (row: { endNs: number }): boolean => row.endNs <= cutNs
  for (const { plan } of run.states) {
    plan.activities = plan.activities.filter(before)
    plan.calls = plan.calls.filter(before)
    plan.osCalls = plan.osCalls.filter(before)
    plan.ranges = plan.ranges.filter(before)
  }
}

/** Floors start and end to the format's resolution, as old writers do. */
function quantise(plan: RankPlan, resolutionNs: number): void {
  for (const rows of [plan.activities, plan.calls, plan.osCalls, plan.ranges]) {
    for (const row of rows) {
      row.startNs -= row.startNs % resolutionNs
      row.endNs -= row.endNs % resolutionNs
    }
  }
}

export interface RecordOptions {
  readonly resolutionNs: number
}

/** The recording of a scenario. The same scenario gives the same plan. */
export function recordScenario(scenario: Scenario, options: RecordOptions): Plan {
  const run = newRun(scenario, scenario.steps > 0 ? calibratedHostNs(scenario) : 0)
  if (scenario.loadAndTeardown) for (const state of run.states) load(state)
  const steps = runSteps(run)
  if (scenario.loadAndTeardown) for (const state of run.states) teardown(state)
  if (scenario.steps === 0 && !scenario.loadAndTeardown) for (const state of run.states) idleServer(state)
  if (scenario.truncated) truncate(run)
  for (const { plan } of run.states) {
    loseRows(scenario, plan)
    if (options.resolutionNs > 1) quantise(plan, options.resolutionNs)
    plan.activities.sort((a, b) => a.startNs - b.startNs)
    plan.calls.sort((a, b) => a.startNs - b.startNs)
  }
  const endNs = Math.max(...run.states.map((state) => Math.round(state.hostNs))) + 200_000_000
  return { scenario, ranks: run.states.map(({ plan }) => plan), steps: scenario.truncated ? steps.slice(0, -1) : steps, endNs }
}
