import type { Deployment } from '#analysis/synthesis/deployment.ts'
import type { Cited, Evidence } from '#analysis/synthesis/evidence.ts'
import { formatDuration, formatRatio } from '#base/units.ts'
import { absence, knobNumber, sayKnob } from './effective-knob.ts'
import { detectable, tooSmall } from './kernel-headroom.ts'
import { type Lever, type NoCandidate, nothing, type Precondition } from './lever.ts'

const KNOB = 'max-num-batched-tokens'

/** What vLLM’s docs advise for inter-token latency (docs/configuration/optimization.md, chunked prefill). */
const TARGET_TOKENS = 2048
/** The 99th percentile lies in slow steps only if they are one in a hundred. */
const MIN_MIXED_RATIO = 0.01
/** Of what the tail takes beyond a decode step, a typical mixed step must explain half: else something else makes the tail. */
const MIN_EXPLAINED_RATIO = 0.5
/** Below it the tail is jitter: a decode step itself varies by tens of percent. */
export const MIN_TAIL_OVER_MEDIAN = 1.5

/** L39: smaller prefill chunks, where steps that carry prompts make the tail of the time between tokens. */
export const prefillChunk: Lever = {
  id: 'L39',
  name: 'prefill-chunk-smaller',
  title: 'Cut prompts into smaller chunks, so that decode waits less for each',
  type: 'config',
  class: 'prefill',
  engines: ['vllm', 'sglang', 'tensorrt-llm'],
  cost: { hours: 1.5, why: 'one number, a restart and three pairs under the same arrivals' },
  changesAccuracy: false,
  reference: { repo: 'vllm-project/vllm', commit: '6adad08767583f52eb4d2122111af0bf638ed5e6', file: 'docs/configuration/optimization.md' },
  check(evidence, deployment) {
    const tail = tailOf(evidence)
    if ('none' in tail) return tail
    const gone = absence(deployment, KNOB)
    if (gone !== undefined) return nothing(gone, true)
    const budget = knobNumber(deployment, KNOB)
    if (budget === undefined) return nothing(`${sayKnob(deployment, KNOB)}: what a smaller chunk would change cannot be computed`, true)
    if (budget <= TARGET_TOKENS) return nothing(`already on: ${sayKnob(deployment, KNOB)}`, true)
    const input = evidence.serving?.inputTokens
    if (input === undefined) return nothing('the length of prompts is not known: shorter ones than the budget are not cut', true)
    if (input.value <= TARGET_TOKENS) {
      return nothing(`prompts of ${Math.round(input.value)} tokens fit into a chunk of ${TARGET_TOKENS} as they are`, true)
    }
    const seats = knobNumber(deployment, 'max-num-seqs')
    if (seats !== undefined && seats > TARGET_TOKENS) return nothing(`the budget may not be below max-num-seqs (${seats})`, true)
    const { p50, p99, explained } = tail
    // Prompts shorter than the budget: one fills a chunk, or several do.
    const chunk = { low: Math.min(input.value, budget), high: budget }
    const beyond = 1 - p50.value / p99.value
    const ceilingRatio = beyond * (1 - TARGET_TOKENS / chunk.high)
    if (!detectable(ceilingRatio)) return nothing(tooSmall(ceilingRatio), true)
    return {
      part: 'prefill-chunk',
      ceilingRatio,
      effect: {
        by: 'formula',
        metric: 'itl-p99',
        text: 'p99 = decode step + time of a chunk; a chunk of fewer tokens takes proportionally less, but for a fixed part',
        uncertain: [
          { name: 'fixed part of a chunk’s time', low: 0, high: 0.1, why: 'weights are read once however few tokens a chunk has' },
          { name: 'tokens of a chunk now', ...chunk, why: 'at least one prompt’s, at most the budget' },
          { name: 'part of the tail that is the chunk', low: explained, high: 1, why: 'a typical mixed step against the tail' },
        ],
        newOverOld: ([fixed = 0, tokens = budget, part = 1]) =>
          1 - beyond * part * (1 - (fixed + (1 - fixed) * Math.min(1, TARGET_TOKENS / tokens))),
      },
      settings: [{ knob: KNOB, to: TARGET_TOKENS }],
      summary: `steps that carry prompts make the tail: p99 between tokens ${formatDuration(p99.value)}, median ${formatDuration(p50.value)}, with chunks of up to ${budget} tokens`,
      because: tail.because,
      cites: [...tail.cites, input],
      restsOn: ['serving', 'step-time'],
      preconditions: [chunked(deployment)],
      risks: [
        'TTFT rises and throughput falls: prompts take more steps (the docs advise more than 8192 tokens for throughput)',
        'captured graph sizes may not exceed the budget',
      ],
      falsifier: 'p99 between tokens does not fall under the same arrivals; report TTFT p50 with it',
    }
  },
}

interface Tail {
  readonly p50: Cited
  readonly p99: Cited
  readonly explained: number
  readonly because: readonly string[]
  readonly cites: readonly Cited[]
}

/** Whether steps that carry prompts make the tail of the time between tokens; how much of it a typical one explains. */
export function tailOf({ serving, step }: Evidence): Tail | NoCandidate {
  const [p50, p99] = [serving?.itlP50Ns, serving?.itlP99Ns]
  if (p50 === undefined || p99 === undefined) return nothing('no percentiles of the time between tokens')
  if (!(p99.value >= MIN_TAIL_OVER_MEDIAN * p50.value)) return nothing('the time between tokens has no long tail')
  const [ratio, mixed] = [step?.mixedStepRatio, step?.mixedCadenceNs]
  if (ratio === undefined || mixed === undefined) {
    return nothing('what makes the tail is not known: trace a window in which prompts arrive, with named steps', true)
  }
  if (ratio.value < MIN_MIXED_RATIO) return nothing('too few steps carry prompts to make the 99th percentile', true)
  const explained = (mixed.value - p50.value) / (p99.value - p50.value)
  if (explained < MIN_EXPLAINED_RATIO) {
    const typical = `a typical step with prompts takes ${formatDuration(mixed.value)}`
    return nothing(`${typical}, the tail is ${formatDuration(p99.value)}: something else makes it`, true)
  }
  return {
    p50,
    p99,
    explained: Math.min(1, explained),
    because: [
      `p99 of the time between tokens is ${formatDuration(p99.value)}, ${(p99.value / p50.value).toFixed(1)} times its median of ${formatDuration(p50.value)}`,
      `${formatRatio(ratio.value)} of the steps carry prompts and take ${formatDuration(mixed.value)}`,
    ],
    cites: [p99, p50, ratio, mixed],
  }
}

function chunked(deployment: Deployment): Precondition {
  const what = 'prompts are cut into chunks beside decode'
  // SGLang's knob is the chunk itself.
  if (deployment.engine === 'sglang') return { what, state: 'met', why: sayKnob(deployment, KNOB) }
  const state = deployment.knob('chunked-prefill')
  if (state.state === 'unknown' || state.state === 'absent') return { what, state: 'unknown', why: state.why }
  return String(state.value) === 'false'
    ? { what, state: 'unknown', why: 'chunked prefill is off: the budget then limits what is admitted' }
    : { what, state: 'met', why: sayKnob(deployment, 'chunked-prefill') }
}
