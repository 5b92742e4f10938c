/** Ranks that move too slowly, or wait for one of them. */
import { drawBase, within } from '#sim/deployment/base.ts'
import { withGroupTime } from '#sim/deployment/mechanism.ts'
import { type Plant, withArguments, withMechanism } from './plant.ts'

export const allReduceBackend: Plant = {
  id: 'all-reduce-backend',
  title: 'small all-reduces run on the NCCL ring, because custom all-reduce is disabled',
  class: 'communication',
  lever: 'L15',
  beside: ['L16', 'L17', 'L18'],
  never: ['L01', 'L02'],
  metric: 'tpot',
  needs: ['nsys', 'deployment'],
  plant(random, seed, name) {
    const deployment = drawBase(random, seed, name, {
      parts: { attention: 0.14, gemm: 0.22, norm: 0.03, other: 0.08, communication: within(random, [0.45, 0.55]) },
      deviceNs: [2_500_000, 5_000_000],
      hostRatio: [0.2, 0.4],
      engines: ['vllm'],
      architectures: ['hopper'],
      tensorParallel: [8],
      // Below 256 KiB at a hidden size of 8192 and 2 bytes: the range of custom all-reduce of eight H100 (facts: levers, section 2.8).
      batch: [4, 8, 12],
      collective: 'ncclAllReduce',
      ranks: [2, 3],
    })
    return withArguments(deployment, { 'disable-custom-all-reduce': true, 'compilation-config.pass_config.fuse_allreduce_rms': false })
  },
  apply: (deployment, random) =>
    withMechanism(deployment, { communicationNs: deployment.mechanism.communicationNs * within(random, [0.4, 0.6]) }),
}

export const allReduceFusion: Plant = {
  id: 'all-reduce-fusion',
  title: 'all-reduce and norm are kernels of their own, because their fusion is off',
  class: 'communication',
  lever: 'L16',
  beside: ['L17'],
  never: ['L01', 'L02', 'L15'],
  metric: 'tpot',
  needs: ['nsys', 'deployment'],
  plant(random, seed, name) {
    const deployment = drawBase(random, seed, name, {
      parts: { attention: 0.14, gemm: 0.22, norm: within(random, [0.14, 0.18]), other: 0.08, communication: within(random, [0.32, 0.38]) },
      deviceNs: [2_500_000, 5_000_000],
      hostRatio: [0.2, 0.4],
      engines: ['vllm'],
      tensorParallel: [2, 4],
      batch: [4, 8, 12],
      collective: 'customAllReduce',
      ranks: [2, 3],
    })
    return withArguments(deployment, { 'compilation-config.pass_config.fuse_allreduce_rms': false })
  },
  apply(deployment, random) {
    const communicationNs = deployment.mechanism.communicationNs * within(random, [0.85, 1])
    return withMechanism({ ...deployment, mechanism: withGroupTime(deployment.mechanism, 'norm', 0) }, { communicationNs })
  },
}

export const stragglerHost: Plant = {
  id: 'straggler-host',
  title: 'the host of one rank takes longer than a step of the device, and every step waits for it in its first collective',
  class: 'straggler',
  lever: 'L37',
  beside: ['L10'],
  never: ['L01', 'L02', 'L15', 'L36', 'L38'],
  metric: 'tpot',
  needs: ['nsys', 'deployment'],
  plant(random, seed, name) {
    const deployment = drawBase(random, seed, name, {
      parts: { attention: 0.25, gemm: 0.35, norm: 0.04, other: 0.15, communication: 0.1 },
      deviceNs: [2_500_000, 4_500_000],
      hostRatio: [0.3, 0.5],
      tensorParallel: [2, 4],
      ranks: [2, 4],
    })
    const straggler = { rank: random.integer(0, deployment.recording.ranks - 1), kernelFactor: 1, hostFactor: within(random, [4.5, 6]) }
    return withMechanism(deployment, { straggler })
  },
  apply(deployment, random) {
    const { straggler } = deployment.mechanism
    if (straggler === undefined) throw new Error('a deployment without a straggler')
    // Mended, it is a host like the others, which all hide behind the device.
    return withMechanism(deployment, { straggler: { ...straggler, hostFactor: within(random, [1, 1.2]) } })
  },
}

export const stragglerDevice: Plant = {
  id: 'straggler-device',
  title: 'one rank computes longer than the others, and they wait for it in collectives',
  class: 'straggler',
  lever: 'L37',
  beside: ['L38', 'L36'],
  never: ['L01', 'L02', 'L15'],
  metric: 'tpot',
  needs: ['nsys', 'deployment'],
  plant(random, seed, name) {
    const deployment = drawBase(random, seed, name, {
      parts: { attention: 0.25, gemm: 0.3, norm: 0.04, other: 0.15, communication: 0.12 },
      deviceNs: [2_500_000, 4_500_000],
      hostRatio: [0.3, 0.5],
      tensorParallel: [2, 4],
      ranks: [2, 4],
    })
    const straggler = { rank: random.integer(0, deployment.recording.ranks - 1), kernelFactor: within(random, [1.6, 1.9]), hostFactor: 1 }
    return withMechanism(deployment, { straggler })
  },
  apply(deployment, random) {
    const { straggler } = deployment.mechanism
    if (straggler === undefined) throw new Error('a deployment without a straggler')
    const kernelFactor = 1 + (straggler.kernelFactor - 1) * within(random, [0, 0.15])
    return withMechanism(deployment, { straggler: { ...straggler, kernelFactor } })
  },
}
