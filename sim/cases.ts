/** Named deployments with a known answer. Each is far from the edge between two classes (shares differ by more than 0.2). */
import { Random } from '#base/random.ts'
import { plainScenario, type Scenario } from './scenario.ts'
import type { Expectation } from './truth-types.ts'

export interface SimCase {
  readonly title: string
  readonly expectation: Expectation
  /** What a client measured without the profiler, where it differs from the capture's own cadence. */
  readonly driverTpotNs?: number
  scenario(format: CaptureFormat): Partial<Scenario>
}

export type CaptureFormat = 'nsys' | 'kineto'

const bound = (decodeClass: 'kernel-bound' | 'host-bound' | 'comm-bound' | 'copy-bound' | 'mixed'): Expectation => ({
  kind: 'class',
  class: decodeClass,
})
const abstain = (reason: Extract<Expectation, { kind: 'abstain' }>['reason']): Expectation => ({ kind: 'abstain', reason })
const ms = 1_000_000

/**
 * GLM-5.1 NVFP4, TP8, B200, one stream (facts: kineto, section 9): step 13.1 ms = 1.71 ms busy + 11.4 ms host, two tokens a step.
 * Under the torch profiler kernels take longer and the gap grows to 12.35 ms, which reads as 20 % busy instead of 12 to 13 %.
 */
function glm51(format: CaptureFormat): Partial<Scenario> {
  const inflated = format === 'kineto'
  return {
    ranks: 1,
    worldSize: 8,
    requests: 1,
    tokensPerRequest: 2,
    annotations: 'vllm',
    graphs: 'node',
    layers: 30,
    computeNs: 1_370_000,
    communicationNs: 300_000,
    gapNs: inflated ? 12_350_000 : 11_400_000,
    profilerKernelFactor: inflated ? 1.81 : 1,
    collectives: 'nccl-allreduce',
  }
}

const cases = {
  'fast-gaps-1.5ms': {
    title: 'a fast model: 1.5 ms gaps, below any bucket of 3 to 16 ms',
    expectation: bound('host-bound'),
    scenario: () => ({ computeNs: 0.5 * ms, gapNs: 1.5 * ms, steps: 100 }),
  },
  'slow-gaps-25ms': {
    title: 'a slow host: 25 ms gaps, above any bucket of 3 to 16 ms',
    expectation: bound('host-bound'),
    scenario: () => ({ computeNs: 6 * ms, gapNs: 25 * ms }),
  },
  'kernel-bound-98': {
    title: 'the device is 98 % busy',
    expectation: bound('kernel-bound'),
    scenario: () => ({ computeNs: 20 * ms, gapNs: 0.4 * ms }),
  },
  'kernel-bound-asynchronous': {
    title: 'the host runs one step ahead: almost no gap between steps',
    expectation: bound('kernel-bound'),
    scenario: () => ({ computeNs: 15 * ms, gapNs: 4 * ms, asynchronous: true }),
  },
  'eager-launch-limited': {
    title: 'short kernels launched one by one: the gaps are within the step',
    expectation: bound('host-bound'),
    scenario: () => ({ layers: 16, computeNs: 0.5 * ms, launchNs: 9_000, gapNs: 3 * ms }),
  },
  'all-communication': {
    title: 'only collectives',
    expectation: bound('comm-bound'),
    scenario: () => ({
      worldSize: 8,
      layers: 12,
      computeNs: 0,
      communicationNs: 9 * ms,
      gapNs: 0.5 * ms,
      collectives: 'nccl-allreduce' as const,
    }),
  },
  'gather-scatter': {
    title: 'all-gather and reduce-scatter only, most of the step',
    expectation: bound('comm-bound'),
    scenario: () => ({
      worldSize: 8,
      computeNs: 1.5 * ms,
      communicationNs: 7 * ms,
      gapNs: 0.6 * ms,
      collectives: 'nccl-gather-scatter' as const,
    }),
  },
  'graph-only': {
    title: 'graph launches recorded as one opaque row each',
    expectation: bound('kernel-bound'),
    scenario: () => ({ graphs: 'graph' as const, computeNs: 8 * ms, gapNs: 1.2 * ms }),
  },
  'graph-only-host-bound': {
    title: 'opaque graph rows, and most of the step the device waits for the host',
    expectation: bound('host-bound'),
    scenario: () => ({ graphs: 'graph' as const, computeNs: 1.5 * ms, gapNs: 7 * ms, annotations: 'vllm' as const }),
  },
  'graph-untimed-rows': {
    title: 'some graph rows without timestamps or device',
    expectation: bound('kernel-bound'),
    scenario: () => ({ graphs: 'graph' as const, computeNs: 8 * ms, gapNs: 1.2 * ms, graphRowsUntimed: 3 }),
  },
  'graph-on-one-device': {
    title: 'device 0 launches kernels one by one, device 1 appears in graph rows only',
    expectation: bound('host-bound'),
    scenario: () => ({
      ranks: 2,
      worldSize: 2,
      files: 'one' as const,
      graphs: 'graph' as const,
      eagerRanks: [0],
      computeNs: 2 * ms,
      gapNs: 8 * ms,
    }),
  },
  'node-graph': {
    title: 'graphs with every node recorded',
    expectation: bound('host-bound'),
    scenario: () => ({ graphs: 'node' as const, computeNs: 2 * ms, gapNs: 6 * ms }),
  },
  'piecewise-graph': {
    title: 'several graph launches per step',
    expectation: bound('kernel-bound'),
    scenario: () => ({ graphs: 'node' as const, graphsPerStep: 6, layers: 6, computeNs: 6 * ms, gapNs: 1 * ms }),
  },
  'piecewise-graph-opaque': {
    title: 'several opaque graph rows per step',
    expectation: bound('kernel-bound'),
    scenario: () => ({ graphs: 'graph' as const, graphsPerStep: 6, layers: 6, computeNs: 6 * ms, gapNs: 1 * ms }),
  },
  'mtp-2-tokens': {
    title: 'speculative steps of two tokens per sequence',
    expectation: bound('host-bound'),
    scenario: () => ({ tokensPerRequest: 2, annotations: 'vllm' as const, graphs: 'node' as const, computeNs: 2.5 * ms, gapNs: 7 * ms }),
  },
  jitter: {
    title: 'host times that vary by a third, kernel times by a sixth',
    expectation: bound('host-bound'),
    scenario: () => ({ hostJitter: 0.35, kernelJitter: 0.15, computeNs: 3 * ms, gapNs: 9 * ms, steps: 120 }),
  },
  'interleaved-streams': {
    title: 'most collectives on a second stream beside compute',
    expectation: bound('kernel-bound'),
    scenario: () => ({ worldSize: 8, layers: 5, computeNs: 8 * ms, communicationNs: 3 * ms, communicationHidden: 0.8, gapNs: 0.8 * ms }),
  },
  'copies-hidden': {
    title: 'copies on a second stream beside compute',
    expectation: bound('kernel-bound'),
    scenario: () => ({ computeNs: 8 * ms, copyNs: 4 * ms, copiesHidden: true, gapNs: 1 * ms }),
  },
  'three-ranks-straggler': {
    title: 'three ranks in three files, rank 1 computes a third longer',
    expectation: bound('kernel-bound'),
    scenario: () => ({
      ranks: 3,
      worldSize: 3,
      computeNs: 8 * ms,
      communicationNs: 0.6 * ms,
      gapNs: 0.8 * ms,
      collectives: 'nccl-allreduce' as const,
      straggler: { rank: 1, kernelFactor: 1.33, hostFactor: 1 },
    }),
  },
  'four-ranks-one-file': {
    title: 'four processes on four devices in one file',
    expectation: bound('kernel-bound'),
    scenario: () => ({
      ranks: 4,
      worldSize: 4,
      files: 'one' as const,
      steps: 40,
      computeNs: 6 * ms,
      communicationNs: 0.5 * ms,
      gapNs: 0.8 * ms,
    }),
  },
  'prefill-in-middle': {
    title: 'two prefill steps among decode steps',
    expectation: bound('host-bound'),
    scenario: () => ({ specialSteps: prefillAt([25, 44]), annotations: 'vllm' as const, computeNs: 2 * ms, gapNs: 6 * ms }),
  },
  'prefill-in-middle-unannotated': {
    title: 'two prefill steps among decode steps, without annotations',
    expectation: bound('host-bound'),
    scenario: () => ({ specialSteps: prefillAt([25, 44]), graphs: 'node' as const, computeNs: 2 * ms, gapNs: 6 * ms }),
  },
  'mixed-batches': {
    title: 'prefill chunks share steps with decode',
    expectation: bound('kernel-bound'),
    scenario: () => ({
      specialSteps: [8, 15, 22, 31, 40, 47].map((at) => ({ at, phase: 'mixed' as const, tokens: 512 })),
      annotations: 'sglang' as const,
      computeNs: 6 * ms,
      gapNs: 1 * ms,
    }),
  },
  'copies-exposed': {
    title: 'KV blocks copied to and from the host on the main stream',
    expectation: bound('copy-bound'),
    scenario: () => ({ computeNs: 2 * ms, copyNs: 8 * ms, gapNs: 1 * ms }),
  },
  'memset-between': {
    title: 'memsets fill the time between kernels',
    expectation: bound('kernel-bound'),
    scenario: () => ({ computeNs: 5 * ms, memsetNs: 1.5 * ms, gapNs: 0.8 * ms }),
  },
  'annotations-vllm': {
    title: "vLLM's step ranges",
    expectation: bound('host-bound'),
    scenario: () => ({ annotations: 'vllm' as const, computeNs: 2 * ms, gapNs: 5 * ms }),
  },
  'annotations-sglang': {
    title: "SGLang's step ranges",
    expectation: bound('host-bound'),
    scenario: () => ({ annotations: 'sglang' as const, computeNs: 2 * ms, gapNs: 5 * ms }),
  },
  'annotations-both': {
    title: "SGLang's step ranges inside vLLM's: each step is one step",
    expectation: bound('host-bound'),
    scenario: () => ({ annotations: 'both' as const, computeNs: 2 * ms, gapNs: 5 * ms }),
  },
  'host-waits': {
    title: 'between steps the host waits for its queue in the operating system',
    expectation: bound('host-bound'),
    scenario: () => ({ hostWaitShare: 0.85, computeNs: 2 * ms, gapNs: 6 * ms }),
  },
  'no-annotations': {
    title: 'the same deployment without ranges',
    expectation: bound('host-bound'),
    scenario: () => ({ computeNs: 2 * ms, gapNs: 5 * ms }),
  },
  'no-host-rows': {
    title: 'device rows only',
    expectation: bound('host-bound'),
    scenario: () => ({ computeNs: 2 * ms, gapNs: 5 * ms, hostRows: false }),
  },
  'warm-up-transients': {
    title: 'the first six steps are three times slower',
    expectation: bound('host-bound'),
    scenario: () => ({ warmUpSteps: 6, warmUpFactor: 3, computeNs: 2 * ms, gapNs: 5 * ms, steps: 80 }),
  },
  'load-and-teardown': {
    title: 'weights load before the steps, the process ends after them',
    expectation: bound('kernel-bound'),
    scenario: () => ({ loadAndTeardown: true, computeNs: 8 * ms, gapNs: 1 * ms }),
  },
  truncated: {
    title: 'the recording ends inside the last step',
    expectation: bound('host-bound'),
    scenario: () => ({ truncated: true, computeNs: 3 * ms, gapNs: 6 * ms }),
  },
  'dropped-rows': {
    title: 'device rows lost in bursts, launches kept',
    expectation: abstain('rows-dropped'),
    scenario: () => ({ droppedShare: 0.45, computeNs: 8 * ms, gapNs: 1 * ms }),
  },
  'under-recorded-graphs': {
    title: 'one graph row in five was recorded: the idle time is not idle',
    expectation: abstain('under-recorded'),
    scenario: () => ({ graphs: 'graph' as const, graphRowsKept: 0.2, computeNs: 8 * ms, gapNs: 0.5 * ms, steps: 120 }),
  },
  'under-recorded-nodes': {
    title: 'one graph replay in five was recorded node by node',
    expectation: abstain('under-recorded'),
    scenario: () => ({ graphs: 'node' as const, graphRowsKept: 0.2, computeNs: 8 * ms, gapNs: 0.5 * ms, steps: 120 }),
  },
  'profiler-start-skew': {
    title: 'the first collective waits 900 ms for a rank whose profiler started late',
    expectation: bound('host-bound'),
    scenario: () => ({ worldSize: 8, computeNs: 2 * ms, communicationNs: 0.5 * ms, gapNs: 6 * ms, profilerStartSkewNs: 900 * ms }),
  },
  'glm51-worked-example': {
    title: 'GLM-5.1 NVFP4, TP8, B200, one stream: the published budget',
    expectation: bound('host-bound'),
    driverTpotNs: 6_210_000,
    scenario: glm51,
  },
  'two-processes-device-0': {
    title: 'two processes that each call their GPU device 0',
    expectation: bound('host-bound'),
    scenario: () => ({ ranks: 2, worldSize: 1, files: 'one' as const, ordinals: 'zero' as const, computeNs: 2 * ms, gapNs: 6 * ms }),
  },
  'evenly-mixed': {
    title: 'host and kernels take equal shares',
    expectation: bound('mixed'),
    scenario: () => ({ computeNs: 5 * ms, gapNs: 5 * ms, hostJitter: 0.02 }),
  },
  'idle-only': {
    title: 'a server without traffic',
    expectation: abstain('no-steps'),
    scenario: () => ({ steps: 0 }),
  },
  'load-only': {
    title: 'weights load, then nothing',
    expectation: abstain('no-steps'),
    scenario: () => ({ steps: 0, loadAndTeardown: true }),
  },
} as const satisfies Record<string, SimCase>

function prefillAt(steps: readonly number[]): Scenario['specialSteps'] {
  return steps.map((at) => ({ at, phase: 'prefill', tokens: 888 }))
}

export type CaseName = keyof typeof cases

export const caseNames = Object.keys(cases) as readonly CaseName[]

export function isCaseName(name: string): name is CaseName {
  return Object.hasOwn(cases, name)
}

export function simCase(name: CaseName): SimCase {
  return cases[name]
}

/**
 * The whole scenario of a case: what the case changes over the plain one, varied by the seed in length, speed, batch and balance,
 * little enough that the class stays. The worked example keeps its published times.
 */
export function caseScenario(name: CaseName, seed: number, format: CaptureFormat): Scenario {
  const scenario: Scenario = { ...plainScenario, ...simCase(name).scenario(format), name, seed }
  if (name === 'glm51-worked-example') return scenario
  const random = new Random(seed, `case ${name}`)
  const speed = 0.85 + 0.3 * random.uniform()
  const balance = 0.97 + 0.06 * random.uniform()
  return {
    ...scenario,
    steps: scenario.steps === 0 ? 0 : scenario.steps + random.integer(0, 12),
    requests: random.integer(2, 32),
    computeNs: scenario.computeNs * speed,
    communicationNs: scenario.communicationNs * speed,
    copyNs: scenario.copyNs * speed,
    memsetNs: scenario.memsetNs * speed,
    gapNs: scenario.gapNs * speed * balance,
  }
}
