import { formatRatio } from '#base/units.ts'
import { absence, knobNumber, sayKnob } from './effective-knob.ts'
import { detectable, tooSmall } from './kernel-headroom.ts'
import { MIN_TAIL_OVER_MEDIAN } from './l39-prefill-chunk.ts'
import { prefillOfTtft } from './l44-cache-routing.ts'
import { type Lever, nothing } from './lever.ts'

const KNOB = 'max-num-batched-tokens'
/** Above it vLLM’s docs see throughput (docs/configuration/optimization.md). */
const TARGET_TOKENS = 8192
/** Part of a small chunk’s time that does not grow with its tokens: weights read once, launches. A prior of this tool. */
const FIXED = { low: 0.02, high: 0.2 }

/** L40: larger prefill chunks, where prompts take many steps and the time between tokens has no tail to lose. */
export const prefillChunkLarger: Lever = {
  id: 'L40',
  name: 'prefill-chunk-larger',
  title: 'Let prompts take fewer, larger steps',
  type: 'config',
  class: 'prefill',
  engines: ['vllm', 'sglang', 'tensorrt-llm'],
  cost: { hours: 1.5, why: 'one number, a restart and three pairs under the same arrivals' },
  changesAccuracy: false,
  reference: { repo: 'vllm-project/vllm', commit: '6adad08767583f52eb4d2122111af0bf638ed5e6', file: 'docs/configuration/optimization.md' },
  check(evidence, deployment) {
    const part = prefillOfTtft(evidence)
    const input = evidence.serving?.inputTokens
    if (part === undefined || input === undefined) return nothing('what part of TTFT is prefill is not known')
    const gone = absence(deployment, KNOB)
    if (gone !== undefined) return nothing(gone, true)
    const budget = knobNumber(deployment, KNOB)
    if (budget === undefined) return nothing(`${sayKnob(deployment, KNOB)}: whether prompts take several steps is not known`)
    if (budget >= TARGET_TOKENS || input.value <= budget) return nothing('prompts already fit into a step, or the budget is large')
    const [p50, p99] = [evidence.serving?.itlP50Ns, evidence.serving?.itlP99Ns]
    if (p50 === undefined || p99 === undefined) return nothing('whether the time between tokens has room is not known', true)
    if (p99.value >= MIN_TAIL_OVER_MEDIAN * p50.value)
      return nothing('the time between tokens already has a tail, which larger chunks make longer', true)
    const before = Math.ceil(input.value / budget)
    const after = Math.ceil(input.value / TARGET_TOKENS)
    const saved = 1 - after / before
    const ceilingRatio = part.ratio * FIXED.high * saved
    if (!detectable(ceilingRatio)) return nothing(tooSmall(ceilingRatio), true)
    return {
      part: 'prefill-chunk',
      ceilingRatio,
      effect: {
        by: 'formula',
        metric: 'ttft',
        text: 'the fixed part of each chunk is paid by fewer of them; waiting is left as it is',
        uncertain: [{ name: 'fixed part of a chunk’s time', ...FIXED, why: 'weights read once and launches; a prior' }],
        newOverOld: ([fixed = FIXED.low]) => 1 - part.ratio * fixed * saved,
      },
      settings: [{ knob: KNOB, to: TARGET_TOKENS }],
      summary: `prompts of ${Math.round(input.value)} tokens take ${before} steps of ${budget}; ${after} would do`,
      because: [part.text, `${before} chunks a prompt, and ${formatRatio(saved)} of them are not needed`],
      cites: [...part.cites, input, p50, p99],
      restsOn: ['serving'],
      preconditions: [{ what: 'the time between tokens may grow', state: 'unknown', why: 'the limit that is promised is not given' }],
      risks: ['p99 between tokens grows with the chunk: the mirror of L39', 'activations take more memory'],
      falsifier: 'TTFT p50 does not fall under the same arrivals; report p99 between tokens with it',
    }
  },
}
