/** One group of kernels takes longer than its work needs, or needs less work. */
import type { Random } from '#base/random.ts'
import { drawBase, within } from '#sim/deployment/base.ts'
import type { Deployment } from '#sim/deployment/deployment.ts'
import { type GroupName, withGroups, withGroupTime } from '#sim/deployment/mechanism.ts'
import { type Plant, withArguments } from './plant.ts'

/** The group as slow as a backend that leaves most of the memory's bandwidth unused: its bytes are what they are. */
function farFromRoof(deployment: Deployment, group: GroupName, dramRatio: number): Deployment {
  const mechanism = withGroups(deployment.mechanism, (work, name) =>
    name === group ? { ...work, dramRatio, flopRatio: work.flopRatio * 0.4, tensorPipeRatio: work.tensorPipeRatio * 0.5 } : work,
  )
  return { ...deployment, mechanism }
}

/** Another kernel moves the same bytes at `attained` of the memory's peak. */
function atPartOfRoof(deployment: Deployment, group: GroupName, attained: number): Deployment {
  const ratio = deployment.mechanism.groups[group]?.dramRatio ?? attained
  return { ...deployment, mechanism: withGroupTime(deployment.mechanism, group, ratio / attained) }
}

const keeps =
  (group: GroupName, kept: readonly [number, number]): Plant['apply'] =>
  (deployment, random) => ({
    ...deployment,
    mechanism: withGroupTime(deployment.mechanism, group, within(random, kept)),
  })

/** Parts of a step in which one group has most. */
function mostly(random: Random, group: 'attention' | 'gemm' | 'moe'): Readonly<Partial<Record<GroupName, number>>> {
  const most = within(random, [0.5, 0.6])
  if (group === 'attention') return { attention: most, gemm: 0.25, norm: 0.04, other: 0.1 }
  if (group === 'gemm') return { attention: 0.2, gemm: most + 0.05, norm: 0.05, other: 0.1 }
  return { attention: 0.15, gemm: 0.15, moe: most, norm: 0.04, other: 0.1 }
}

export const attentionBackend: Plant = {
  id: 'attention-backend',
  title: 'attention runs on the Triton backend where a better one exists',
  class: 'attention',
  lever: 'L25',
  beside: ['L26', 'L29', 'L30'],
  never: ['L01', 'L02', 'L27', 'L28'],
  metric: 'tpot',
  needs: ['nsys', 'ncu', 'deployment'],
  plant(random, seed, name) {
    const base = drawBase(random, seed, name, { parts: mostly(random, 'attention'), deviceNs: [4_000_000, 9_000_000], attention: 'triton' })
    const slow = farFromRoof(base, 'attention', within(random, [0.2, 0.4]))
    return withArguments(slow, { 'attention-backend': slow.engine === 'vllm' ? 'TRITON_ATTN' : 'triton' })
  },
  apply: (deployment, random) => atPartOfRoof(deployment, 'attention', within(random, [0.65, 0.85])),
}

export const attentionCacheType: Plant = {
  id: 'attention-cache-type',
  title: 'attention reads a bf16 KV cache at the speed of the memory',
  class: 'attention',
  lever: 'L27',
  beside: ['L29', 'L24', 'L30', 'L26'],
  never: ['L01', 'L02', 'L25', 'L28'],
  metric: 'tpot',
  needs: ['nsys', 'ncu', 'deployment'],
  plant(random, seed, name) {
    const base = drawBase(random, seed, name, { parts: mostly(random, 'attention'), deviceNs: [5_000_000, 10_000_000], cacheType: 'auto' })
    const workload = { ...base.file.workload, inputTokens: random.pick([8192, 16_384, 32_768]) }
    const serving = { ...base.serving, inputTokens: workload.inputTokens }
    return { ...base, serving, file: { ...base.file, workload } }
  },
  apply: keeps('attention', [0.5, 0.62]),
}

export const gemmFallback: Plant = {
  id: 'gemm-fallback',
  title: 'FP8 block-scaled GEMMs run on the untuned Triton kernel',
  class: 'gemm',
  lever: 'L32',
  beside: ['L33', 'L35', 'L30'],
  never: ['L01', 'L02', 'L31'],
  metric: 'tpot',
  needs: ['nsys', 'ncu', 'deployment'],
  plant(random, seed, name) {
    const wants = { parts: mostly(random, 'gemm'), deviceNs: [4_000_000, 9_000_000], gemm: 'triton-block' } as const
    return farFromRoof(drawBase(random, seed, name, wants), 'gemm', within(random, [0.2, 0.4]))
  },
  apply: (deployment, random) => atPartOfRoof(deployment, 'gemm', within(random, [0.65, 0.85])),
}

export const gemmWeights: Plant = {
  id: 'gemm-weights',
  title: 'bf16 weights are read at the speed of the memory',
  class: 'gemm',
  lever: 'L31',
  beside: ['L46'],
  never: ['L01', 'L02', 'L32', 'L27'],
  metric: 'tpot',
  needs: ['nsys', 'ncu', 'deployment'],
  plant: (random, seed, name) =>
    drawBase(random, seed, name, { parts: mostly(random, 'gemm'), deviceNs: [4_000_000, 9_000_000], gemm: 'bf16', batch: [2, 4, 8, 16] }),
  apply: keeps('gemm', [0.52, 0.66]),
}

export const moeConfig: Plant = {
  id: 'moe-config',
  title: 'the fused MoE kernel runs with its default configuration',
  class: 'moe',
  lever: 'L33',
  beside: ['L34', 'L35'],
  never: ['L01', 'L02', 'L36'],
  metric: 'tpot',
  needs: ['nsys', 'ncu', 'deployment'],
  plant(random, seed, name) {
    const base = drawBase(random, seed, name, {
      parts: mostly(random, 'moe'),
      deviceNs: [4_000_000, 9_000_000],
      experts: true,
      architectures: ['hopper'],
      resolved: { moe_backend: 'TRITON', moe_config: 'default (performance might be sub-optimal)' },
    })
    return farFromRoof(base, 'moe', within(random, [0.2, 0.4]))
  },
  apply: (deployment, random) => atPartOfRoof(deployment, 'moe', within(random, [0.6, 0.8])),
}
