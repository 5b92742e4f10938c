/** Two things wrong at once: the larger must come first, and the other be seen beside it. */
import { drawBase, within } from '#sim/deployment/base.ts'
import type { Deployment } from '#sim/deployment/deployment.ts'
import { type GroupName, withGroups } from '#sim/deployment/mechanism.ts'
import { hostAsync } from './host.ts'
import { attentionBackend } from './kernels.ts'
import { type Plant, withArguments } from './plant.ts'

function farFromRoof(deployment: Deployment, far: Readonly<Partial<Record<GroupName, number>>>): Deployment {
  const mechanism = withGroups(deployment.mechanism, (work, name) => {
    const dramRatio = far[name]
    return dramRatio === undefined
      ? work
      : { ...work, dramRatio, flopRatio: work.flopRatio * 0.4, tensorPipeRatio: work.tensorPipeRatio * 0.5 }
  })
  return { ...deployment, mechanism }
}

export const hostAndAttention: Plant = {
  id: 'host-and-attention',
  title: 'the host schedules between steps with async scheduling off, and attention runs on the Triton backend',
  class: 'host',
  lever: 'L01',
  beside: ['L25', ...hostAsync.beside],
  second: 'L25',
  never: ['L02', 'L27', 'L31'],
  metric: 'tpot',
  needs: ['nsys', 'ncu', 'deployment'],
  plant(random, seed, name) {
    const base = drawBase(random, seed, name, {
      parts: { attention: 0.5, gemm: 0.3, norm: 0.05, other: 0.1 },
      deviceNs: [2_500_000, 4_500_000],
      hostRatio: [1.4, 2],
      asynchronous: false,
      engines: ['vllm'],
      attention: 'triton',
      batch: [2, 4, 8, 16],
      tensorParallel: [1],
    })
    const slow = farFromRoof(base, { attention: within(random, [0.25, 0.4]) })
    return withArguments(slow, { 'no-async-scheduling': true, 'attention-backend': 'TRITON_ATTN' })
  },
  apply: hostAsync.apply,
}

export const attentionAndGemm: Plant = {
  id: 'attention-and-gemm',
  title: 'attention runs on the Triton backend, and FP8 GEMMs on the untuned Triton kernel',
  class: 'attention',
  lever: 'L25',
  beside: ['L32', 'L33', 'L35', ...attentionBackend.beside],
  second: 'L32',
  never: ['L01', 'L02', 'L27', 'L31'],
  metric: 'tpot',
  needs: ['nsys', 'ncu', 'deployment'],
  plant(random, seed, name) {
    const base = drawBase(random, seed, name, {
      parts: { attention: 0.55, gemm: 0.25, norm: 0.05, other: 0.1 },
      deviceNs: [4_000_000, 9_000_000],
      engines: ['vllm'],
      attention: 'triton',
      gemm: 'triton-block',
      tensorParallel: [1],
    })
    const slow = farFromRoof(base, { attention: within(random, [0.2, 0.3]), gemm: within(random, [0.35, 0.45]) })
    return withArguments(slow, { 'attention-backend': 'TRITON_ATTN' })
  },
  apply: attentionBackend.apply,
}
