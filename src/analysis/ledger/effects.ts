/** From a replayed step, or a lever's formula, to what a user of the endpoint would see, at the concurrency that was measured. */
import type { Candidate, EffectModel } from '#analysis/levers/lever.ts'
import type { Deployment } from '#analysis/synthesis/deployment.ts'
import type { Evidence } from '#analysis/synthesis/evidence.ts'
import { Random } from '#base/random.ts'
import type { Effect, EffectInterval, EffectMetric } from '#formats/ledger.ts'

/** New over old of one quantity: 5 %, 50 % and 95 % of the draws. */
export interface NewOverOld {
  readonly low: number
  readonly median: number
  readonly high: number
}

/** As many as the replay draws: 5 and 95 % of 200 stand on ten values each. */
const DRAWS = 200

/** Each uncertain size uniform in its range, independent of the others; the same seed gives the same interval. */
export function drawFormula(model: Extract<EffectModel, { by: 'formula' }>, lever: string, seed: number): NewOverOld {
  const random = new Random(seed, `formula ${lever}`)
  const drawn = Array.from({ length: DRAWS }, () =>
    model.newOverOld(model.uncertain.map(({ low, high }) => low + (high - low) * random.uniform())),
  ).sort((a, b) => a - b)
  const at = (share: number): number => drawn[Math.round(share * (DRAWS - 1))] ?? Number.NaN
  return { low: at(0.05), median: at(0.5), high: at(0.95) }
}

/**
 * What the draws do not know: a prediction is held against a measured change, and two runs that vary by half a percent each
 * (facts/baselines.md) differ by up to 1.645 × √2 × 0.5 % = 1.2 % in nine of ten pairs.
 */
const RUN_TO_RUN = 0.012

/** @param modelError of the replay: what its unchanged run misses of the measured step. */
export function widened({ low, median, high }: NewOverOld, modelError: number): NewOverOld {
  const error = RUN_TO_RUN + Math.abs(modelError)
  return { low: low * (1 - error), median, high: high * (1 + error) }
}

/** A time that becomes `ratio` of itself is better by 1 - ratio; a rate by ratio - 1. */
const ofTime = ({ low, median, high }: NewOverOld): EffectInterval => ({ low: 1 - high, median: 1 - median, high: 1 - low })
const ofRate = ({ low, median, high }: NewOverOld): EffectInterval => ({ low: low - 1, median: median - 1, high: high - 1 })
const inverse = ({ low, median, high }: NewOverOld): NewOverOld => ({ low: 1 / high, median: 1 / median, high: 1 / low })

/** @param ratio new over old of the lever's own metric; of `tpot` for a replayed step. */
export function servingEffects(metric: EffectMetric, ratio: NewOverOld, evidence: Evidence, deployment: Deployment): Effect[] {
  const { serving } = evidence
  const concurrency = serving?.concurrency?.value
  const at = concurrency === undefined ? {} : { concurrency }
  const effect = (of: EffectMetric, unit: Effect['unit'], baseline: number | undefined, change: EffectInterval): Effect => ({
    metric: of,
    ...at,
    ...(baseline === undefined ? {} : { baseline }),
    unit,
    change,
  })
  switch (metric) {
    case 'itl-p99':
      return [effect('itl-p99', 'ns', serving?.itlP99Ns?.value, ofTime(ratio))]
    case 'cost':
      return [effect('cost', 'usd/Mtok', costOf(evidence, deployment), ofTime(ratio))]
    case 'throughput':
      return rateEffects(ratio, evidence, deployment, effect)
    default: {
      const own = effect(metric, 'ns', metric === 'tpot' ? tpotOf(evidence) : serving?.ttftP50Ns?.value, ofTime(ratio))
      const whole = wholeRequest(metric, ratio, evidence)
      return whole === undefined ? [own] : [own, ...rateEffects(inverse(whole), evidence, deployment, effect)]
    }
  }
}

type MakeEffect = (of: EffectMetric, unit: Effect['unit'], baseline: number | undefined, change: EffectInterval) => Effect

function rateEffects(rate: NewOverOld, evidence: Evidence, deployment: Deployment, effect: MakeEffect): Effect[] {
  const measured = evidence.serving?.outputTokensPerS?.value
  const cost = costOf(evidence, deployment)
  return [
    ...(measured === undefined ? [] : [effect('throughput', 'tokens/s', measured, ofRate(rate))]),
    ...(cost === undefined ? [] : [effect('cost', 'usd/Mtok', cost, ofTime(inverse(rate)))]),
  ]
}

/** What the benchmark measured, else the captured step over its tokens. */
function tpotOf({ serving, step }: Evidence): number | undefined {
  if (serving?.tpotNs !== undefined) return serving.tpotNs.value
  return step?.tokensPerStep === undefined ? undefined : step.cadenceNs.value / step.tokensPerStep.value
}

/**
 * In a closed loop a client waits for its whole answer, TTFT + (tokens - 1) × TPOT: only that part shrinks which the lever touches.
 * Absent where a part was not measured.
 */
function wholeRequest(metric: 'tpot' | 'ttft', ratio: NewOverOld, { serving }: Evidence): NewOverOld | undefined {
  const tpot = serving?.tpotNs?.value
  const ttft = serving?.ttftP50Ns?.value
  const tokens = serving?.outputTokens?.value
  if (tpot === undefined || ttft === undefined || tokens === undefined) return undefined
  const decode = Math.max(0, tokens - 1) * tpot
  const share = metric === 'tpot' ? decode / (decode + ttft) : ttft / (decode + ttft)
  const scaled = (value: number): number => 1 - share + share * value
  return { low: scaled(ratio.low), median: scaled(ratio.median), high: scaled(ratio.high) }
}

/** USD per million output tokens: price × GPUs ÷ tokens per hour. */
function costOf({ serving }: Evidence, { usdPerGpuHour, gpus }: Deployment): number | undefined {
  const rate = serving?.outputTokensPerS?.value
  if (rate === undefined || usdPerGpuHour === undefined || gpus === undefined) return undefined
  return (usdPerGpuHour * gpus * 1e6) / (rate * 3600)
}

/** The metric that a replayed step stands for. */
export const metricOf = (candidate: Candidate): EffectMetric => (candidate.effect.by === 'replay' ? 'tpot' : candidate.effect.metric)
