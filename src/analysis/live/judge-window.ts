/** Whether a profiled window of a live engine can carry a decode budget: what the driver, the counters and the trace's own steps say of it. */
import { median } from '#base/statistics.ts'
import { formatCount, formatDuration, formatRatio } from '#base/units.ts'
import type { windowRefusalCodes } from '#formats/live-window.ts'

export type WindowRefusal = (typeof windowRefusalCodes)[number]

export interface Refusal {
  readonly code: WindowRefusal
  readonly reason: string
  readonly fix: string
}

export interface WindowFacts {
  /** From the answer to start to the request to stop, nanoseconds on the driver's clock. */
  readonly fromNs: number
  readonly toNs: number
  /** Arrivals of events with content in the profiled round, ascending, on the same clock. */
  readonly contentNs: readonly number[]
  readonly tokensPerChunk: number
  /** End of the profiled round. */
  readonly roundEndNs: number
  readonly typicalTpotNs: number
  /** Tokens that the engine counted between two readings around the window, and those of the driver's stream between them. */
  readonly counted?: { readonly generated: number; readonly prompt: number; readonly own: number }
}

/** Twenty gaps give a median to about a fifth of their spread; fewer are an anecdote. */
const LEAST_EVENTS = 20
/**
 * Events arrive up to a step or two after the engine counts them, at both ends of the window; beyond that and a twentieth (half of what
 * reconciliation tolerates) the tokens are somebody else's.
 */
const EDGE_STEPS = 4
const FOREIGN_RATIO = 0.05
/** A pause of so many steps inside a stream that nothing disturbs is the engine's standstill. */
const PAUSE_STEPS = 20

function idle(facts: WindowFacts, inside: readonly number[]): Refusal | undefined {
  const { fromNs, toNs, typicalTpotNs, tokensPerChunk } = facts
  const edges = [fromNs, ...inside, toNs]
  const longestNs = edges.slice(1).reduce((most, atNs, index) => Math.max(most, atNs - (edges[index] ?? atNs)), 0)
  const stepNs = typicalTpotNs * tokensPerChunk
  if (inside.length >= LEAST_EVENTS && longestNs <= Math.max(PAUSE_STEPS * stepNs, (toNs - fromNs) / 4)) return undefined
  const seen = `${formatCount(inside.length)} events arrived in a window of ${formatDuration(toNs - fromNs)}, the longest pause ${formatDuration(longestNs)}`
  return {
    code: 'window-idle',
    reason: `${seen}; at ${formatDuration(stepNs)} a step there should be ${formatCount(Math.round((toNs - fromNs) / stepNs))}`,
    fix: 'Lengthen the window (--window-s), and look whether the engine stood still or its profiler takes long to start.',
  }
}

/** A window over the prompt or the queue: neither idle nor decoding. */
function early({ contentNs, fromNs }: WindowFacts): Refusal | undefined {
  if ((contentNs[0] ?? Number.POSITIVE_INFINITY) <= fromNs) return undefined
  return {
    code: 'window-idle',
    reason: 'the window opened before the first token of the stream arrived',
    fix: 'Look whether other requests are queued on the engine, and measure again when it is at rest.',
  }
}

function contaminated(facts: WindowFacts): Refusal | undefined {
  const { counted, tokensPerChunk } = facts
  // Before its first token the stream's own prompt is what is counted.
  if (counted === undefined || early(facts) !== undefined) return undefined
  const foreign = counted.generated - counted.own
  const allowed = EDGE_STEPS * tokensPerChunk + FOREIGN_RATIO * counted.own
  if (foreign <= allowed && counted.prompt === 0) return undefined
  const parts = [
    foreign > allowed ? `${formatCount(foreign)} of ${formatCount(counted.generated)} tokens were for others` : '',
    counted.prompt > 0 ? `${formatCount(counted.prompt)} prompt tokens were computed` : '',
  ].filter((part) => part !== '')
  return {
    code: 'window-contaminated',
    reason: `by the engine’s counters around the window, ${parts.join(' and ')}`,
    fix: 'Take the engine out of traffic (a canary, or out of the service’s selector), and measure again.',
  }
}

/** All that speaks against the window, in the order in which it is worth mending. */
export function judgeWindow(facts: WindowFacts): Refusal[] {
  const inside = facts.contentNs.filter((atNs) => atNs >= facts.fromNs && atNs <= facts.toNs)
  const refusals: Refusal[] = []
  if (facts.roundEndNs < facts.toNs) {
    refusals.push({
      code: 'window-outlived-stream',
      reason: `the stream ended ${formatDuration(facts.toNs - facts.roundEndNs)} before the window closed`,
      fix: 'Give the profiled stream more tokens (--output-tokens) or shorten the window (--window-s).',
    })
  } else {
    const standstill = early(facts) ?? idle(facts, inside)
    if (standstill !== undefined) refusals.push(standstill)
  }
  const others = contaminated(facts)
  if (others !== undefined) refusals.push(others)
  return refusals
}

/**
 * Time per token as the client saw it inside the window: the slope of arrivals over tokens by Tukey's resistant line (between the medians of
 * the outer thirds; Exploratory Data Analysis, 1977), so that a few events that were late, at an end of the window above all, do not decide
 * it. Undefined with fewer than nine events: thirds of three.
 */
export function windowTpotNs({ fromNs, toNs, contentNs, tokensPerChunk }: WindowFacts): number | undefined {
  const inside = contentNs.filter((atNs) => atNs >= fromNs && atNs <= toNs)
  const third = Math.floor(inside.length / 3)
  if (third < 3) return undefined
  const [early, late] = [median(inside.slice(0, third)), median(inside.slice(-third))]
  return (late - early) / ((inside.length - third) * tokensPerChunk)
}

/** The tolerance of reconciliation (facts: methodology, rule 18). */
const AGREEMENT_RATIO = 0.1

/** The trace's cadence against what the client saw in the very same window: if these differ, the trace is of something else. */
export function cadenceRefusal(cadencePerTokenNs: number, clientTpotNs: number): Refusal | undefined {
  const ratio = cadencePerTokenNs / clientTpotNs
  if (Math.abs(ratio - 1) <= AGREEMENT_RATIO) return undefined
  return {
    code: 'cadence-disagrees',
    reason: `the trace has ${formatDuration(cadencePerTokenNs)} per token where the client saw ${formatDuration(clientTpotNs)} in the same window (ratio ${ratio.toFixed(3)}, tolerance ${formatRatio(AGREEMENT_RATIO)})`,
    fix: 'Check --trace-dir and --tokens-per-step: the trace is of another window, another stream or other steps.',
  }
}
