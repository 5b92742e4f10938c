import { formatRatio } from '#base/units.ts'
import { absence, knobFlag, knobText, sayKnob } from './effective-knob.ts'
import { detectable, tooSmall } from './kernel-headroom.ts'
import { prefillOfTtft } from './l44-cache-routing.ts'
import { type KnobSetting, type Lever, nothing } from './lever.ts'

const CACHE = 'prefix-caching'
const POLICY = 'schedule-policy'
/** Below half of what could be reused the cache is not doing its work. */
const MAX_OF_REUSE = 0.5
/** What a cache that is on reaches of the possible reuse: some of it is evicted first. A prior of this tool. */
const REACHED = { low: 0.6, high: 0.95 }

/** L45: prompts repeat, and the prefix cache finds little of it. */
export const prefixCache: Lever = {
  id: 'L45',
  name: 'prefix-cache',
  title: 'Make the prefix cache find what repeats',
  type: 'config',
  class: 'cache-routing',
  engines: ['vllm', 'sglang', 'tensorrt-llm'],
  cost: { hours: 1, why: 'one flag, a restart and three pairs on the same trace of requests' },
  changesAccuracy: false,
  reference: { repo: 'vllm-project/vllm', commit: '6adad08767583f52eb4d2122111af0bf638ed5e6', file: 'vllm/config/cache.py' },
  check(evidence, deployment) {
    const reuse = deployment.file?.workload?.reuseRatio
    if (reuse === undefined || reuse <= 0) return nothing('what an ideal cache would reuse is not known')
    const on = knobFlag(deployment, CACHE)
    const hit = evidence.serving?.prefixHitRatio
    if (on !== false && hit === undefined) return nothing('the hit ratio of the prefix cache is not known', true)
    const found = on === false ? 0 : (hit?.value ?? 0)
    if (found > MAX_OF_REUSE * reuse)
      return nothing(`the prefix cache finds ${formatRatio(found)} of prompt tokens, ${formatRatio(reuse)} could be`)
    if (on !== false && (deployment.dataParallel ?? 1) > 1) return nothing('several replicas: routing comes first (L44)', true)
    const setting: KnobSetting | undefined =
      on === false
        ? { knob: CACHE, to: true }
        : deployment.engine === 'sglang' && knobText(deployment, POLICY) === 'fcfs'
          ? { knob: POLICY, to: 'lpm' }
          : undefined
    if (setting === undefined) {
      return nothing(
        `${formatRatio(found)} of ${formatRatio(reuse)} is found although caching is on: look for times and ids in templates, and for eviction`,
        true,
      )
    }
    const gone = absence(deployment, setting.knob)
    if (gone !== undefined) return nothing(gone, true)
    const part = prefillOfTtft(evidence)
    if (part === undefined)
      return nothing('what part of TTFT is prefill is not known: take the engine’s metrics before and after the load', true)
    const computed = (reached: number): number => Math.min(1, (1 - reached * reuse) / (1 - found))
    const ceilingRatio = part.ratio * (1 - computed(REACHED.high))
    if (!detectable(ceilingRatio)) return nothing(tooSmall(ceilingRatio), true)
    return {
      part: 'avoidable-prefill',
      ceilingRatio,
      effect: {
        by: 'formula',
        metric: 'ttft',
        text: 'the prefill part of TTFT falls with the prompt tokens that are still computed; waiting is left as it is',
        uncertain: [{ name: 'part of the possible reuse that is reached', ...REACHED, why: 'some of it is evicted first; a prior' }],
        newOverOld: ([reached = REACHED.low]) => 1 - part.ratio * (1 - computed(reached)),
      },
      settings: [setting],
      summary: `${formatRatio(reuse)} of prompt tokens repeat and ${formatRatio(found)} are found: ${sayKnob(deployment, setting.knob)}`,
      because: [`possible reuse ${formatRatio(reuse)}, found ${formatRatio(found)}`, part.text],
      cites: [...part.cites, ...(hit === undefined ? [] : [hit])],
      restsOn: ['serving'],
      preconditions: [{ what: 'the cache holds prefixes until they come again', state: 'unknown', why: 'eviction is not counted' }],
      risks: ['with little reuse hashing costs a little and wins nothing'],
      falsifier: 'hit ratio does not rise on the same trace of requests, or TTFT does not fall',
    }
  },
}
