import type { Deployment } from '#analysis/synthesis/deployment.ts'
import type { Evidence } from '#analysis/synthesis/evidence.ts'
import { formatRatio } from '#base/units.ts'
import { knobNumber, knobText, sayKnob } from './effective-knob.ts'
import { detectable, tooSmall } from './kernel-headroom.ts'
import { prefillShare, pressureOf } from './kv-pressure.ts'
import { type KnobSetting, type Lever, type NoCandidate, nothing, type Precondition } from './lever.ts'

/** From here on the cache counts as full: admission needs whole prompts to fit. */
const FULL_RATIO = 0.9
/** L42: room for the KV cache, where requests are preempted and their prompts are computed again. */
export const kvCapacity: Lever = {
  id: 'L42',
  name: 'kv-capacity',
  title: 'Give the KV cache room, so that requests are not preempted and computed again',
  type: 'config',
  class: 'kv-capacity',
  engines: ['vllm', 'sglang'],
  cost: { hours: 1.5, why: 'one number, a restart and three pairs at the same load' },
  changesAccuracy: false,
  reference: { repo: 'vllm-project/vllm', commit: '6adad08767583f52eb4d2122111af0bf638ed5e6', file: 'docs/configuration/optimization.md' },
  check(evidence, deployment) {
    const pressure = pressureOf(evidence)
    if ('none' in pressure) return pressure
    const share = prefillShare(evidence)
    if (share === undefined) {
      return nothing('what computing prompts again costs is not known: trace steps with prompts, or take both dumps with a benchmark', true)
    }
    const setting = settingOf(deployment)
    if ('none' in setting) return setting
    const { recomputedRatio } = pressure
    const high = Math.min(0.95, share.high * recomputedRatio)
    if (!detectable(high)) return nothing(tooSmall(high), true)
    return {
      part: 'recomputed-prefill',
      ceilingRatio: high,
      effect: {
        by: 'formula',
        metric: 'throughput',
        text: 'the share of time in which prompts are computed again is free for others: throughput grows by one over what is left',
        uncertain: [
          { name: 'share of time in prefill', low: share.low, high: share.high, why: share.why },
          { name: 'part of the recomputation that ends', low: 0.85, high: 1, why: 'what is left when the load peaks; a prior' },
        ],
        newOverOld: ([prefill = share.low, ends = 1]) => 1 / (1 - Math.min(0.95, prefill * recomputedRatio * ends)),
      },
      settings: [setting],
      summary: `${formatRatio(recomputedRatio)} of the prompt tokens that are computed were computed before: their requests were preempted`,
      because: pressure.because,
      cites: [...pressure.cites, ...share.cites],
      restsOn: ['serving', ...(share.cites.some((cite) => cite === evidence.step?.mixedStepRatio) ? (['step-time'] as const) : [])],
      preconditions: [isFull(evidence, deployment)],
      risks: [
        'out of memory where the engine takes more of it',
        'more requests that fit may raise TPOT: watch the pair',
        'the demand beyond the cache is not counted: if preemptions remain, serve fewer requests at once or an FP8 cache (L27)',
      ],
      falsifier: 'preemptions do not fall to 0, or throughput is lower at the same load',
    }
  },
}

/** As vLLM’s docs order it: more memory for the cache first; SGLang’s admission is made more careful. */
function settingOf(deployment: Deployment): KnobSetting | NoCandidate {
  const taken = knobNumber(deployment, 'gpu-memory-utilization')
  // 0.95 leaves 4 GB of 80 for graphs, NCCL and the driver; above it starts fail.
  if (taken !== undefined && taken <= 0.92) return { knob: 'gpu-memory-utilization', to: 0.95 }
  const careful = knobNumber(deployment, 'schedule-conservativeness')
  // 1.3 is what SGLang's tuning guide gives for frequent retractions.
  if (careful !== undefined && careful < 1.3) return { knob: 'schedule-conservativeness', to: 1.3 }
  const state = deployment.knob('watermark')
  if (state.state !== 'absent' && (knobNumber(deployment, 'watermark') ?? 0) === 0) return { knob: 'watermark', to: 0.02 }
  return nothing(
    `nothing is left to set: ${sayKnob(deployment, 'gpu-memory-utilization')}; shorter contexts or an FP8 cache (L27) remain`,
    true,
  )
}

/** A gauge, read when the dump was taken: a cache that is not full then says nothing of the load. */
function isFull({ serving }: Evidence, deployment: Deployment): Precondition {
  const what = 'requests are preempted for want of KV blocks'
  if (knobText(deployment, 'schedule-policy') === 'priority')
    return { what, state: 'unknown', why: 'the policy is priority, which preempts too' }
  const usage = serving?.kvUsageRatio?.value
  return usage !== undefined && usage >= FULL_RATIO
    ? { what, state: 'met', why: `the cache is ${formatRatio(usage)} full` }
    : {
        what,
        state: 'unknown',
        why: usage === undefined ? 'how full the cache was is not known' : `the cache was ${formatRatio(usage)} full when it was read`,
      }
}
