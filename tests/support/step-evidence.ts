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
    ranks: {
      ranks: 4,
      floorShare: cited(0.05),
      skewShare: cited(0.3, 'c-skew'),
      straggler: { rank: 2, lateRatio: cited(0.95) },
      stragglerBusyRatio: cited(1.01),
      stragglerHostRatio: cited(2.1),
    },
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
}
