/** What clients saw of a deployment: tokens as steps hand them out, first tokens after the prompt's chunks. */
import { Random } from '#base/random.ts'
import type { Deployment } from '#sim/deployment/deployment.ts'
import type { StepTimes } from '#sim/deployment/timeline.ts'

/** Times in nanoseconds, by mean and percentile. */
export interface Spread {
  readonly mean: number
  readonly p50: number
  readonly p99: number
}

export interface Load {
  readonly itl: Spread
  readonly tpot: Spread
  readonly ttft: Spread
  /** Of a request: waiting, and computing its prompt. */
  readonly queueNs: number
  readonly prefillNs: number
  readonly requestsPerS: number
  readonly outputTokensPerS: number
  /** Tokens per sequence and step: 1 without speculation. */
  readonly acceptanceLength: number
}

const DRAWS = 6_000
/** What the client and the network add to a token, and how it varies. */
const CLIENT = { ns: 60_000, sigma: 0.015 }

/** 1 + the sum of the chances that each draft is accepted. */
export function acceptanceLength({ mechanism: { drafting } }: Deployment): number {
  return 1 + (drafting?.acceptedAt.slice(0, drafting.tokens).reduce((sum, chance) => sum + chance, 0) ?? 0)
}

function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] as number
  return { mean: sorted.reduce((sum, value) => sum + value, 0) / sorted.length, p50: at(0.5), p99: at(0.99) }
}

/**
 * Every sequence of the batch waits for the same steps, so gaps between its tokens are those of the steps; a time per output token is a
 * request's mean of them, divided by the tokens of a step.
 */
export function loadOf(deployment: Deployment, times: StepTimes): Load {
  const { serving, mechanism, seed, disagreements } = deployment
  const random = new Random(seed, 'clients')
  const accepted = acceptanceLength(deployment)
  const mixedRatio = times.mixedNs === undefined ? 0 : (mechanism.mixed?.ratio ?? 0)
  // Planted: the clients measured another run than the one that was traced.
  const off = disagreements.includes('step-time') ? 1.45 : 1
  const gap = (): number => {
    const step = random.uniform() < mixedRatio ? (times.mixedNs ?? 0) : times.decodeNs
    return off * step * random.lognormal(CLIENT.sigma)
  }
  const gaps = Array.from({ length: DRAWS }, gap)
  const meanGap = off * (times.decodeNs * (1 - mixedRatio) + (times.mixedNs ?? 0) * mixedRatio)
  const perRequest = Array.from({ length: 400 }, () => (meanGap / accepted) * random.lognormal(0.01))
  // A request is preempted after its first token: what is computed again delays later ones.
  const prefillNs = serving.inputTokens * (1 - serving.hitRatio) * serving.prefillNsPerToken
  const firsts = Array.from({ length: 400 }, () => {
    const waited = (serving.queueNs + random.uniform() * meanGap) * random.lognormal(0.1)
    return CLIENT.ns + waited + prefillNs * random.lognormal(0.05)
  })
  const ttft = spread(firsts)
  const tpot = spread(perRequest)
  const requestNs = ttft.mean + (serving.outputTokens - 1) * tpot.mean
  const requestsPerS = (serving.concurrency * 1e9) / requestNs
  return {
    itl: spread(gaps),
    tpot,
    ttft,
    queueNs: serving.queueNs + meanGap / 2,
    prefillNs,
    requestsPerS,
    outputTokensPerS: requestsPerS * serving.outputTokens,
    acceptanceLength: accepted,
  }
}
