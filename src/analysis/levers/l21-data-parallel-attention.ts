import { absence, knobFlag, sayKnob } from './effective-knob.ts'
import { detectable, tooSmall } from './kernel-headroom.ts'
import { prefillShare, pressureOf } from './kv-pressure.ts'
import { type KnobSetting, type Lever, nothing, type Precondition } from './lever.ts'

/** L21: attention data-parallel, experts spread, where every rank of tensor parallelism holds the same KV cache and it is full. */
export const dataParallelAttention: Lever = {
  id: 'L21',
  name: 'data-parallel-attention',
  title: 'Run attention data-parallel, so that ranks do not each hold the same KV cache',
  type: 'config',
  class: 'kv-capacity',
  engines: ['vllm', 'sglang'],
  cost: { hours: 6, why: 'another parallel layout: start, memory and load balance have to be found again, then three pairs' },
  changesAccuracy: false,
  reference: {
    repo: 'vllm-project/vllm',
    commit: '6adad08767583f52eb4d2122111af0bf638ed5e6',
    file: 'docs/serving/expert_parallel_deployment.md',
  },
  check(evidence, deployment) {
    const { model, tensorParallel: ranks } = deployment
    const heads = model.latentAttention === true ? 1 : model.kvHeads
    if (heads === undefined || ranks === undefined || ranks <= heads) return nothing('no KV head is held twice, or it is not known')
    if ((model.experts ?? 0) === 0) return nothing('the model has no experts to spread')
    const pressure = pressureOf(evidence)
    if ('none' in pressure) return pressure
    const knob = deployment.engine === 'sglang' ? 'dp-attention' : 'expert-parallel'
    if (knobFlag(deployment, knob) === true && (deployment.dataParallel ?? 1) > 1)
      return nothing(`already on: ${sayKnob(deployment, knob)}`, true)
    const gone = absence(deployment, knob) ?? absence(deployment, 'data-parallel-size')
    if (gone !== undefined) return nothing(gone, true)
    const share = prefillShare(evidence)
    if (share === undefined) return nothing('what computing prompts again costs is not known', true)
    const { recomputedRatio } = pressure
    const ceilingRatio = Math.min(0.95, share.high * recomputedRatio)
    if (!detectable(ceilingRatio)) return nothing(tooSmall(ceilingRatio), true)
    const settings: readonly KnobSetting[] =
      deployment.engine === 'sglang'
        ? [
            { knob, to: true },
            { knob: 'data-parallel-size', to: ranks },
          ]
        : [
            { knob: 'tensor-parallel-size', to: 1 },
            { knob: 'data-parallel-size', to: ranks },
            { knob, to: true },
          ]
    const layout: Precondition = { what: 'attention weights fit on every GPU', state: 'unknown', why: 'memory per GPU is not counted' }
    return {
      part: 'recomputed-prefill',
      ceilingRatio,
      effect: {
        by: 'formula',
        metric: 'throughput',
        text: `the KV cache holds up to ${Math.floor(ranks / heads)} times as much, so that prompts are not computed again; other collectives are not counted`,
        uncertain: [
          { name: 'share of time in prefill', low: share.low, high: share.high, why: share.why },
          { name: 'part of the recomputation that ends', low: 0.85, high: 1, why: 'what is left when the load peaks; a prior' },
        ],
        newOverOld: ([prefill = share.low, ends = 1]) => 1 / (1 - Math.min(0.95, prefill * recomputedRatio * ends)),
      },
      settings,
      summary: `${ranks} ranks hold ${heads} KV head${heads === 1 ? '' : 's'}: each holds what others hold, and requests are preempted`,
      because: pressure.because,
      cites: [...pressure.cites, ...share.cites],
      restsOn: ['serving'],
      preconditions: [layout],
      risks: ['padding and uneven load between data-parallel ranks (L37)', 'latency at small batch may be worse'],
      falsifier: 'concurrency before the first preemption does not rise, or tokens per second per GPU fall',
    }
  },
}
