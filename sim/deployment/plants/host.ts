/** The device waits for the host: between steps, or before every kernel. */
import { drawBase, within } from '#sim/deployment/base.ts'
import { type Plant, withArguments, withMechanism } from './plant.ts'

/** Scheduling and output processing run before the next step may be launched, though the engine could run one step ahead. */
export const hostAsync: Plant = {
  id: 'host-async',
  title: 'the host schedules between steps, and async scheduling is off',
  class: 'host',
  lever: 'L01',
  beside: ['L10', 'L12', 'L07', 'L08', 'L46'],
  never: ['L02'],
  metric: 'tpot',
  needs: ['nsys', 'deployment'],
  plant(random, seed, name) {
    const deployment = drawBase(random, seed, name, {
      parts: { attention: 0.2, gemm: 0.45, norm: 0.06, other: 0.14 },
      deviceNs: [1_500_000, 4_000_000],
      hostRatio: [0.9, 2.2],
      asynchronous: false,
      batch: [1, 2, 4, 8, 16],
      tensorParallel: [1],
    })
    return withArguments(deployment, deployment.engine === 'vllm' ? { 'no-async-scheduling': true } : { 'disable-overlap-schedule': true })
  },
  apply: (deployment, random) => withMechanism(deployment, { hostNs: deployment.mechanism.hostNs * within(random, [0.1, 0.3]) }),
}

/** Short kernels that are launched one by one: the launches take longer than the kernels. */
export const hostEager: Plant = {
  id: 'host-eager',
  title: 'kernels are launched one by one, slower than the device runs them',
  class: 'host',
  lever: 'L02',
  beside: ['L03', 'L14', 'L10'],
  never: ['L01'],
  metric: 'tpot',
  needs: ['nsys', 'deployment'],
  plant(random, seed, name) {
    const base = drawBase(random, seed, name, {
      parts: { attention: 0.2, gemm: 0.4, norm: 0.1, other: 0.2 },
      deviceNs: [350_000, 600_000],
      hostRatio: [0.05, 0.15],
      batch: [4, 8, 16],
      tensorParallel: [1],
      resolved: { cudagraph_mode: 'NONE' },
    })
    const deployment = withMechanism(base, { graphs: 'none', launchNs: within(random, [8_000, 13_000]) })
    return withArguments(deployment, deployment.engine === 'vllm' ? { 'enforce-eager': true } : { 'disable-cuda-graph': true })
  },
  apply(deployment, random) {
    const graphLaunchNs = within(random, [10_000, 30_000])
    // Nodes of a graph never follow each other later than neighbours on a stream do (600 ns in sim/simulate.ts).
    return withMechanism(deployment, { graphs: 'node', graphLaunchNs, graphNodeGapNs: within(random, [300, 600]) })
  },
}

/** Blocks of the KV cache come and go on the model's stream in every step. */
export const copyOffload: Plant = {
  id: 'copy-offload',
  title: 'KV blocks are copied to and from the host before every step',
  class: 'copy',
  lever: 'L48',
  beside: ['L42', 'L27'],
  never: [],
  metric: 'tpot',
  needs: ['nsys', 'deployment'],
  plant(random, seed, name) {
    const deployment = drawBase(random, seed, name, {
      parts: { attention: 0.14, gemm: 0.24, norm: 0.04, other: 0.08, copy: within(random, [0.45, 0.6]) },
      deviceNs: [3_000_000, 7_000_000],
      hostRatio: [0.2, 0.4],
      tensorParallel: [1],
      arguments: {},
    })
    return withArguments(
      deployment,
      deployment.engine === 'vllm' ? { 'kv-offloading-size': 64 } : { 'enable-hierarchical-cache': true, 'hicache-ratio': 4 },
    )
  },
  apply: (deployment, random) => withMechanism(deployment, { copyNs: deployment.mechanism.copyNs * within(random, [0.05, 0.25]) }),
}

/** A clock held down by power or heat, under work that computes. */
export const clockThrottled: Plant = {
  id: 'clock-throttled',
  title: 'the SM clock is held down while matrix units are the limit',
  class: 'clock',
  lever: 'L38',
  beside: [],
  never: [],
  metric: 'tpot',
  unfit: ['clock', 'tensor-activity', 'busy'],
  needs: ['nsys', 'ncu', 'dcgm', 'deployment'],
  plant(random, seed, name) {
    const base = drawBase(random, seed, name, {
      parts: { attention: 0.12, gemm: 0.68, norm: 0.04, other: 0.08 },
      deviceNs: [6_000_000, 12_000_000],
      batch: [256, 384, 512],
      tensorParallel: [1],
    })
    const clockRatio = within(random, [0.7, 0.84])
    const { gemm } = base.mechanism.groups
    if (gemm === undefined) throw new Error('a deployment without GEMMs')
    // Near what the clock allows: the peak is published for more.
    const flopRatio = clockRatio * within(random, [0.78, 0.86])
    const busy = { ...gemm, flopRatio, dramRatio: 0.3, tensorPipeRatio: 0.85, smBusyRatio: 0.9, topStall: 'math_pipe_throttle' as const }
    const mechanism = { ...base.mechanism, groups: { ...base.mechanism.groups, gemm: busy } }
    return { ...base, mechanism, clockRatio, throttle: random.pick(['sw_power_cap', 'sw_thermal'] as const) }
  },
  apply(deployment, random) {
    const clockRatio = within(random, [0.96, 1])
    const { gemm } = deployment.mechanism.groups
    if (gemm === undefined) throw new Error('a deployment without GEMMs')
    const faster = { ...gemm, ns: (gemm.ns * deployment.clockRatio) / clockRatio }
    const mechanism = { ...deployment.mechanism, groups: { ...deployment.mechanism.groups, gemm: faster } }
    return { ...deployment, mechanism, clockRatio }
  },
}
