import { formatRatio } from '#base/units.ts'
import { absence, knobNumber, knobText, sayKnob } from './effective-knob.ts'
import { detectable, tooSmall } from './kernel-headroom.ts'
import { tailOf } from './l39-prefill-chunk.ts'
import { type Lever, nothing } from './lever.ts'

const BUDGET = 'max-num-batched-tokens'
const ROLE = 'kv-role'
/** At this budget smaller chunks are no longer what the docs advise (L39): the tail has to be taken away, not cut. */
const SMALL_BUDGET = 2048

/** L41: prefill and decode on fleets of their own, where small chunks still make the tail. */
export const disaggregation: Lever = {
  id: 'L41',
  name: 'disaggregation',
  title: 'Compute prompts on GPUs of their own',
  type: 'config',
  class: 'prefill',
  engines: ['vllm', 'sglang'],
  cost: { hours: 24, why: 'two fleets, a router and KV transfer; then goodput at equal GPUs' },
  changesAccuracy: false,
  reference: { repo: 'vllm-project/vllm', commit: '6adad08767583f52eb4d2122111af0bf638ed5e6', file: 'docs/features/disagg_prefill.md' },
  check(evidence, deployment) {
    const tail = tailOf(evidence)
    if ('none' in tail) return tail
    const gone = absence(deployment, ROLE)
    if (gone !== undefined) return nothing(gone, true)
    const role = knobText(deployment, ROLE)
    if (role !== undefined && role !== 'none' && role !== 'null') return nothing(`already on: ${sayKnob(deployment, ROLE)}`, true)
    const budget = knobNumber(deployment, BUDGET)
    if (budget === undefined || budget > SMALL_BUDGET) return nothing('smaller chunks come first (L39)', true)
    const used = (deployment.tensorParallel ?? 1) * (deployment.pipelineParallel ?? 1)
    if ((deployment.gpus ?? 0) < 2 * used && (deployment.dataParallel ?? 1) < 2) {
      return nothing('two fleets need two replicas of GPUs, and it is not known that there are', true)
    }
    const { p50, p99, explained } = tail
    const beyond = 1 - p50.value / p99.value
    if (!detectable(beyond)) return nothing(tooSmall(beyond), true)
    return {
      part: 'prefill-chunk',
      ceilingRatio: beyond,
      effect: {
        by: 'formula',
        metric: 'itl-p99',
        text: 'no step of the decode fleet carries prompts: the tail is that of decode steps',
        uncertain: [{ name: 'part of the tail that prompts make', low: explained, high: 1, why: 'a typical mixed step against the tail' }],
        newOverOld: ([part = explained]) => 1 - beyond * part,
      },
      settings:
        deployment.engine === 'sglang'
          ? [{ knob: ROLE, to: 'decode' }]
          : [
              { knob: 'kv-connector', to: 'NixlConnector' },
              { knob: ROLE, to: 'kv_consumer' },
            ],
      summary: `with chunks of ${budget} tokens steps that carry prompts still make p99 ${(p99.value / p50.value).toFixed(1)} times the median: a fleet for prompts (the other role) and one for decode`,
      because: tail.because,
      cites: tail.cites,
      restsOn: ['serving', 'step-time'],
      preconditions: [{ what: 'a link that moves the KV cache in time', state: 'unknown', why: 'not part of the deployment’s file' }],
      risks: ['throughput does not improve (docs/features/disagg_prefill.md)', 'moving the KV cache adds to TTFT'],
      falsifier: `p99 between tokens at equal total GPUs does not fall by part of the ${formatRatio(beyond)}, or goodput under the limits falls`,
    }
  },
}
