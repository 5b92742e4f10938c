import type { Deployment } from '#analysis/synthesis/deployment.ts'
import type { Cited, Evidence } from '#analysis/synthesis/evidence.ts'
import { formatRatio } from '#base/units.ts'
import { draftShareOf } from './draft-share.ts'
import { knobNumber, knobText, sayKnob } from './effective-knob.ts'
import { detectable, tooSmall } from './kernel-headroom.ts'
import { type Lever, type NoCandidate, nothing, type Precondition } from './lever.ts'

const KNOB = 'spec-tokens'

/** L46: fewer draft tokens, where the last ones are rejected more often than they cost. */
export const speculationDepth: Lever = {
  id: 'L46',
  name: 'speculation-depth',
  title: 'Draft fewer tokens per step',
  type: 'config',
  class: 'speculation',
  engines: ['vllm', 'sglang', 'tensorrt-llm'],
  cost: { hours: 1.5, why: 'one number, a restart and three pairs at one and at the peak concurrency' },
  changesAccuracy: false,
  reference: { repo: 'vllm-project/vllm', commit: '6adad08767583f52eb4d2122111af0bf638ed5e6', file: 'vllm/config/speculative.py' },
  check(evidence, deployment) {
    const drafts = draftsOf(evidence, deployment)
    if ('none' in drafts) return drafts
    const share = draftShareOf(evidence, drafts.depth)
    if (share === undefined) return nothing('what drafting costs of a step is not known: trace a decode step', true)
    const ratio = (depth: number, cost: number): number => {
      const step = 1 - cost * (1 - depth / drafts.depth)
      return (step * drafts.tokensAt(drafts.depth)) / drafts.tokensAt(depth)
    }
    const middle = (share.low + share.high) / 2
    const best = bestDepth(drafts.depth, (depth) => ratio(depth, middle))
    if (best === undefined)
      return nothing(`drafting ${drafts.depth} tokens pays: every position is accepted often enough for what it costs`, true)
    const ceilingRatio = Math.max(0, 1 - ratio(best, share.high))
    if (!detectable(ceilingRatio)) return nothing(tooSmall(ceilingRatio), true)
    return {
      part: 'drafts',
      ceilingRatio,
      effect: {
        by: 'formula',
        metric: 'tpot',
        text: 'TPOT(k) = step(k) ÷ (1 + accepted up to k), the step being linear in k',
        uncertain: [{ name: 'share of the step that grows with the depth', low: share.low, high: share.high, why: share.why }],
        newOverOld: ([cost = middle]) => ratio(best, cost),
      },
      settings: [{ knob: KNOB, to: best }],
      summary: `${drafts.depth} tokens are drafted a step and ${drafts.tokensAt(drafts.depth).toFixed(2)} come out of it: ${best} cost less and give ${drafts.tokensAt(best).toFixed(2)}`,
      because: [drafts.text, share.text],
      cites: [...drafts.cites, ...share.cites],
      restsOn: ['serving', 'step-time', 'kernel-shares'],
      preconditions: [chain(deployment)],
      risks: [
        'at other loads and texts acceptance differs: log the accepted length in both arms',
        'CUDA graph sizes count tokens: requests times (1 + depth) must stay captured',
      ],
      falsifier: 'TPOT at this concurrency does not fall, or greedy answers differ',
    }
  },
}

interface Drafts {
  readonly depth: number
  /** Tokens that a step gives with that many drafted: 1 + the sum of accepted shares. */
  tokensAt(depth: number): number
  readonly text: string
  readonly cites: readonly Cited[]
}

function draftsOf({ serving }: Evidence, deployment: Deployment): Drafts | NoCandidate {
  const accepted = serving?.acceptedAt
  if (accepted === undefined || accepted.length === 0) return nothing('acceptance by position is not known, or nothing is drafted')
  const stated = knobNumber(deployment, KNOB)
  if (stated === undefined) return nothing(`${sayKnob(deployment, KNOB)}: the depth now must be known`, true)
  const depth = accepted.length
  if (stated !== depth)
    return nothing(`${sayKnob(deployment, KNOB)}, but acceptance is counted for ${depth} positions: not one deployment`, true)
  if (depth < 2) return nothing('one token is drafted; whether none is better needs a run without', true)
  if (knobText(deployment, 'spec-tokens-by-batch') !== undefined && knobText(deployment, 'spec-tokens-by-batch') !== 'none') {
    return nothing(`the depth already depends on the batch: ${sayKnob(deployment, 'spec-tokens-by-batch')}`, true)
  }
  return {
    depth,
    tokensAt: (k) => accepted.slice(0, k).reduce((sum, { value }) => sum + value, 1),
    text: `accepted by position: ${accepted.map(({ value }) => formatRatio(value)).join(', ')}`,
    cites: accepted,
  }
}

/** Depth from 1 with the least time per token, or undefined where that is the present one. */
function bestDepth(depth: number, ratioAt: (depth: number) => number): number | undefined {
  let best: number | undefined
  let least = 1
  for (let k = depth - 1; k >= 1; k -= 1) {
    if (ratioAt(k) < least) {
      least = ratioAt(k)
      best = k
    }
  }
  return best
}

function chain(deployment: Deployment): Precondition {
  const what = 'drafts are a chain, not a tree'
  const branches = knobNumber(deployment, 'spec-topk')
  if (deployment.engine !== 'sglang') return { what, state: 'met', why: 'vLLM and TensorRT-LLM count acceptance along a chain' }
  if (branches === undefined) return { what, state: 'unknown', why: sayKnob(deployment, 'spec-topk') }
  return branches === 1
    ? { what, state: 'met', why: sayKnob(deployment, 'spec-topk') }
    : { what, state: 'unknown', why: `${branches} branches: acceptance by position is not along one chain` }
}
