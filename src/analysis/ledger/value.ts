/** What a row is worth for a focus, and its score: value × confidence ÷ cost of trying. */
import type { Effect, EffectMetric } from '#formats/ledger.ts'
import type { Focus } from '#formats/synthesis.ts'

const metricsOf: Readonly<Record<Focus, readonly EffectMetric[]>> = {
  latency: ['tpot', 'itl-p99', 'ttft'],
  throughput: ['throughput'],
  cost: ['cost', 'throughput'],
  mixed: ['tpot', 'itl-p99', 'ttft', 'throughput', 'cost'],
}

/** Three pairs of ten minutes an arm, warm-up and A/A, with a person to read them: half a day is mostly waiting; two hours are spent. */
export const HOURS_OF_A_TRIAL = 2

/** Rates as the time that they save, so that a doubled rate and a halved time are worth the same. */
const timeSaved = ({ metric, change }: Effect): number => (metric === 'throughput' ? 1 - 1 / (1 + change.median) : change.median)

/**
 * Median of the interval on the focus metric, as saved time; the largest where several fit. Where only a direction is known, half of the
 * ceiling (anything between nothing and the ceiling is as likely). At one concurrency a shorter TPOT is a higher rate: it stands in where
 * no rate was measured.
 */
export function focusValue(effects: readonly Effect[], ceilingRatio: number, focus: Focus): number {
  if (effects.length === 0) return ceilingRatio / 2
  const fitting = effects.filter(({ metric }) => metricsOf[focus].includes(metric))
  const used = fitting.length > 0 || focus === 'latency' ? fitting : effects.filter(({ metric }) => metric === 'tpot')
  return Math.max(0, ...used.map(timeSaved))
}

export const scoreOf = (value: number, confidence: number, hours: number): number => (value * confidence) / (HOURS_OF_A_TRIAL + hours)
