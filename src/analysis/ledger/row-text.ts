/** Words of a row's effect. */
import type { Effect } from '#formats/ledger.ts'

const words: Readonly<Record<Effect['metric'], { name: string; sign: 1 | -1 }>> = {
  tpot: { name: 'TPOT', sign: -1 },
  'itl-p99': { name: 'p99 ITL', sign: -1 },
  ttft: { name: 'TTFT', sign: -1 },
  throughput: { name: 'output throughput', sign: 1 },
  cost: { name: 'cost per million tokens', sign: -1 },
}

const percent = (ratio: number): string => `${ratio < 0 ? '−' : '+'}${Math.abs(100 * ratio).toFixed(1)} %`

export function effectWords({ metric, change, concurrency }: Effect): string {
  const { name, sign } = words[metric]
  const [low, median, high] = [change.low, change.median, change.high].map((value) => percent(sign * value))
  const at = concurrency === undefined ? '' : ` at c=${concurrency}`
  return `${name} ${median} (${low} to ${high})${at}`
}

export function effectText(effects: readonly Effect[], ceilingRatio: number, how: string): string {
  if (effects.length === 0) return `unknown, at most ${(100 * ceilingRatio).toFixed(0)} % of the step; ${how}`
  return `${effects.map(effectWords).join('; ')}; predicted: ${how}`
}
