/**
 * Classes of serving: what a metric other than the step loses. Their shares are of that metric, and they stand before classes of the step
 * where they are larger: a deployment whose p99 is made by prompts is not mended by a faster decode kernel. What would fool them: a few
 * prompts in a short window (p99 of clients must see them too), counters since the start of an engine (only what two dumps gained counts),
 * a gauge read once (a full cache without preemptions is no bottleneck).
 */
import { draftShareOf } from '#analysis/levers/draft-share.ts'
import { prefillShare, pressureOf } from '#analysis/levers/kv-pressure.ts'
import { prefillOfTtft } from '#analysis/levers/l44-cache-routing.ts'
import { formatRatio } from '#base/units.ts'
import type { Judge } from './claim.ts'

/** Rarer steps are not what a p99 shows. */
const MIN_MIXED = 0.01
/** p99 of a steady decode is within a few tens of per cent of its median; prompts multiply it. */
const MIN_SPREAD = 1.5

/** Prompts that need not have been computed, again or at all: what they add to a step is the cache’s, and mending that comes first. */
const needless: (...given: Parameters<Judge>) => boolean = (...given) =>
  [kvCapacity(...given), cacheRouting(...given)].some((claim) => claim !== undefined && 'share' in claim && claim.share >= MIN_NEEDLESS)
const MIN_NEEDLESS = 0.05

export const prefill: Judge = (evidence, tolerances) => {
  const { step, serving } = evidence
  const [ratio, mixed] = [step?.mixedStepRatio, step?.mixedCadenceNs]
  const [p50, p99] = [serving?.itlP50Ns, serving?.itlP99Ns]
  if (step === undefined || ratio === undefined || mixed === undefined || ratio.value < MIN_MIXED) return undefined
  if (p50 === undefined || p99 === undefined) {
    return {
      unknown: 'what prompts add to the p99 between tokens: no client measured it',
      settledBy: 'a benchmark of 368 requests or more',
    }
  }
  if (needless(evidence, tolerances)) return undefined
  if (p99.value < MIN_SPREAD * p50.value || mixed.value <= step.cadenceNs.value) return undefined
  const added = Math.min(p99.value - p50.value, mixed.value - step.cadenceNs.value)
  return {
    share: Math.max(0, Math.min(1, added / p99.value)),
    why: `steps with prompts are ${formatRatio(ratio.value)} of all and make ${formatRatio(added / p99.value)} of the p99 between tokens`,
    cites: [ratio, mixed, p50, p99],
  }
}

export const kvCapacity: Judge = (evidence) => {
  const pressure = pressureOf(evidence)
  if ('none' in pressure) {
    if (!pressure.applies) return undefined
    return { unknown: `what preemptions cost: ${pressure.none}`, settledBy: 'dumps of the engine’s metrics before and after the load' }
  }
  const time = prefillShare(evidence)
  if (time === undefined) return { unknown: 'what computing prompts again costs', settledBy: 'a traced window with prompts in it' }
  return {
    share: Math.min(1, ((time.low + time.high) / 2) * pressure.recomputedRatio),
    why: `${pressure.because.join('; ')}: ${formatRatio(pressure.recomputedRatio)} of the prompt tokens were computed again`,
    cites: [...pressure.cites, ...time.cites],
  }
}

/** What routing by prefix leaves of an ideal cache: some requests still go elsewhere. */
const REACHED = 0.9
/** Below this nothing is lost that routing would find. */
const MIN_LOST = 0.1

export const cacheRouting: Judge = (evidence) => {
  const { serving, deployment } = evidence
  const hit = serving?.prefixHitRatio
  const reuse = deployment.file?.workload?.reuseRatio
  if (hit === undefined || reuse === undefined || (deployment.dataParallel ?? 1) < 2) return undefined
  const reached = REACHED * reuse
  if (reached - hit.value < MIN_LOST) return undefined
  const part = prefillOfTtft(evidence)
  if (part === undefined) return { unknown: 'what part of TTFT is prefill', settledBy: 'the engine’s metrics before and after the load' }
  return {
    share: Math.max(0, Math.min(1, part.ratio * ((reached - hit.value) / (1 - hit.value)))),
    why: `${formatRatio(hit.value)} of prompt tokens are found in ${deployment.dataParallel} caches where ${formatRatio(reuse)} could be; ${part.text}`,
    cites: [hit, ...part.cites],
  }
}

export const speculation: Judge = (evidence) => {
  const accepted = evidence.serving?.acceptedAt ?? []
  const depth = accepted.length
  if (depth < 2) return undefined
  const cost = draftShareOf(evidence, depth)
  if (cost === undefined) return { unknown: 'what drafting costs of a step', settledBy: 'a traced decode step' }
  const middle = (cost.low + cost.high) / 2
  const tokensAt = (k: number) => accepted.slice(0, k).reduce((sum, { value }) => sum + value, 1)
  const ratioAt = (k: number) => ((1 - middle * (1 - k / depth)) * tokensAt(depth)) / tokensAt(k)
  const best = accepted.map((_, at) => ratioAt(at + 1)).reduce((least, each) => Math.min(least, each), 1)
  return {
    share: 1 - best,
    why: `${depth} tokens are drafted a step and ${(tokensAt(depth) - 1).toFixed(2)} accepted; ${cost.text}`,
    cites: [...accepted, ...cost.cites],
  }
}
