/** For each lever of the step, evidence on which it fires. */

import type { Evidence } from '#analysis/synthesis/evidence.ts'
import { atRoof, cited, type DeploymentParts, deploymentWith, evidenceWith, familyWith, stepWith } from './evidence-builder.ts'

const on = (parts: DeploymentParts, evidence: Partial<Evidence>): Evidence =>
  evidenceWith({ ...evidence, deployment: deploymentWith(parts) })

const between = stepWith({
  class: 'host-bound',
  hostShare: cited(0.5),
  hostBetweenNs: cited(4.5e6),
  hostWithinNs: cited(5e5),
  kernelShare: cited(0.5),
})
const within = stepWith({
  class: 'host-bound',
  hostShare: cited(0.5),
  hostBetweenNs: cited(5e5),
  hostWithinNs: cited(4.5e6),
  kernelShare: cited(0.5),
})
const eager = { inGraphRatio: cited(0), kernelLaunchesPerStep: cited(400), kernelsPerStep: cited(400), graphLaunchesPerStep: cited(0) }
const inGraphs = { inGraphRatio: cited(0.98), kernelLaunchesPerStep: cited(8), kernelsPerStep: cited(400), graphLaunchesPerStep: cited(1) }

const tensorParallel: DeploymentParts = { tensorParallel: 8, pipelineParallel: 1, model: { hiddenSize: 8192, layers: 80, experts: 0 } }
const communicating = stepWith({ class: 'comm-bound', batch: cited(8), communicationShare: cited(0.5), kernelShare: cited(0.45) })
const ranks = { ranks: 8, floorShare: cited(0.48, 'c-floor'), skewShare: cited(0.02, 'c-skew') }
const ring = familyWith({
  family: 'nccl',
  role: 'communication',
  share: 0.5,
  kernels: [{ name: 'ncclDevKernel_AllReduce_Sum_bf16_RING_LL' }],
})
const custom = familyWith({
  family: 'custom-allreduce',
  role: 'communication',
  share: 0.3,
  kernels: [{ name: 'cross_device_reduce_1stage' }],
})
const norm = familyWith({ family: 'norm', role: 'norm', share: 0.15, kernels: [{ name: 'fused_add_rms_norm_kernel' }] })

const lateHost = {
  ranks: 4,
  floorShare: cited(0.05),
  skewShare: cited(0.3, 'c-skew'),
  straggler: { rank: 2, lateRatio: cited(0.95) },
  stragglerBusyRatio: cited(1.01),
  stragglerHostRatio: cited(2.1),
}
const slowClient = { tpotNs: cited(1.5e7), engineItlNs: cited(1e7) }
const frame = (name: string, share: number) => ({ frame: name, view: 'cpu' as const, share: cited(share) })

export const stepEvidence: Readonly<Record<string, Evidence>> = {
  L01: on({ knobs: { 'async-scheduling': false, 'spec-method': 'none' } }, { step: between, host: inGraphs }),
  L02: on({ knobs: { 'enforce-eager': true } }, { step: within, host: eager }),
  L11: on({}, { step: stepWith({ copyShare: cited(0.3) }), host: { copiesPerStep: { pageable: cited(4), toHost: cited(4) } } }),
  L15: on({ ...tensorParallel, knobs: { 'custom-all-reduce': false, 'spec-tokens': 0 } }, { step: communicating, ranks, families: [ring] }),
  L16: on(
    { ...tensorParallel, tensorParallel: 4, knobs: { 'fuse-allreduce-rms': false, 'spec-tokens': 0 } },
    { step: communicating, ranks: { ...ranks, ranks: 4, floorShare: cited(0.3) }, families: [custom, norm] },
  ),
  L37: on(tensorParallel, {
    step: communicating,
    ranks: lateHost,
  }),
  L38: on(
    {},
    {
      step: stepWith({ kernelShare: cited(0.95) }),
      families: [familyWith({ family: 'gemm-cutlass-quantised', role: 'gemm', share: 0.7, counters: atRoof(0.6, { bound: 'compute' }) })],
      device: {
        gpus: 1,
        windowS: cited(60),
        smClockOfMaxRatio: cited(0.75),
        throttledRatio: cited(0.9),
        throttleReasons: ['sw_power_cap'],
      },
    },
  ),
  L48: on(
    { knobs: { 'kv-offloading-size': 64 } },
    { step: stepWith({ copyShare: cited(0.4) }), host: { copiesPerStep: { bytes: cited(1e8) } } },
  ),
  L03: on(
    {
      knobs: {
        'cudagraph-mode': { state: 'resolved', value: 'PIECEWISE', from: 'the log' },
        'attention-backend': 'FLASHINFER',
        'kv-connector': 'none',
      },
    },
    { step: within, host: { ...inGraphs, graphLaunchesPerStep: cited(33) } },
  ),
  L04: on(
    { knobs: { 'spec-tokens': 0, 'performance-mode': 'balanced' } },
    {
      step: stepWith({ batch: cited(9) }),
      host: inGraphs,
      families: [familyWith({ family: 'attention-flash', role: 'attention', share: 0.4 })],
    },
  ),
  L05: on(
    { knobs: { 'flashinfer-sampler': false } },
    {
      families: [
        familyWith({
          family: 'sampling-torch-fallback',
          role: 'sampling',
          share: 0.1,
          kernels: [{ name: 'DeviceRadixSortOnesweepKernel' }],
        }),
      ],
    },
  ),
  L06: on(
    { ...tensorParallel, expertParallel: false },
    {
      step: communicating,
      ranks,
      families: [familyWith({ family: 'nccl', role: 'communication', share: 0.5, kernels: [{ name: 'ncclDevKernel_AllGather_RING_LL' }] })],
    },
  ),
  L07: on({ knobs: { 'api-server-count': 1, 'rust-frontend': false } }, { serving: slowClient }),
  L08: on({ knobs: { 'stream-interval': 1 } }, { serving: slowClient, frames: [frame('uvicorn/protocols/http send', 0.3)] }),
  L09: on({ knobs: { 'fast-tokens': false } }, { serving: slowClient, frames: [frame('tokenizers::decode_stream', 0.4)] }),
  L10: on({ ...tensorParallel, knobs: { 'numa-bind': false } }, { step: communicating, ranks: lateHost }),
  L12: on({ knobs: { 'v2-model-runner': false, 'spec-method': 'none' }, model: { experts: 128 } }, { step: between, host: inGraphs }),
  L13: on(
    { knobs: { 'xgrammar-cache-mb': 512 } },
    { step: between, frames: [frame('xgrammar::GrammarMatcher::FillNextTokenBitmask', 0.3)] },
  ),
  L14: on(
    {},
    {
      families: [
        {
          ...familyWith({
            family: 'eager-elementwise',
            role: 'elementwise',
            share: 0.1,
            kernels: [{ name: 'vectorized_elementwise_kernel' }],
          }),
          launchesPerStep: cited(500),
        },
      ],
    },
  ),
  L17: on(
    { ...tensorParallel, knobs: { 'custom-all-reduce': true, 'spec-tokens': 0 } },
    {
      step: { ...communicating, batch: cited(24) },
      ranks,
      families: [
        familyWith({ family: 'symm-mem-allreduce', role: 'communication', share: 0.5, kernels: [{ name: 'multimem_all_reduce_kernel' }] }),
      ],
    },
  ),
  L18: on({ ...tensorParallel, knobs: { 'tensor-parallel-size': 8 } }, { step: communicating, ranks, families: [custom] }),
  L22: on(
    { ...tensorParallel, dataParallel: 8, expertParallel: true, knobs: { 'all2all-backend': 'allgather_reducescatter' } },
    {
      step: communicating,
      ranks,
      families: [
        familyWith({
          family: 'nccl',
          role: 'communication',
          share: 0.5,
          kernels: [{ name: 'ncclDevKernel_AllGather_RING_LL' }, { name: 'ncclDevKernel_ReduceScatter_Sum_bf16_RING_LL' }],
        }),
      ],
    },
  ),
  L23: on(
    {
      dataParallel: 8,
      expertParallel: true,
      knobs: { 'enable-dbo': false, 'all2all-backend': 'deepep_low_latency', 'dbo-decode-threshold': 32 },
    },
    {
      step: { ...communicating, batch: cited(64) },
      ranks,
      families: [familyWith({ family: 'moe-all-to-all', role: 'communication', share: 0.5 })],
    },
  ),
  L49: on(
    { knobs: { 'deep-gemm-warmup': 'relax' } },
    { serving: { itlP50Ns: cited(1e7), itlP99Ns: cited(4e7) }, frames: [frame('libnvrtc.so compile', 0.05)] },
  ),
  L50: on({ knobs: { 'layerwise-nvtx': true } }, { step: between }),
}
