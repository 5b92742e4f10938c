import type { Plan, RankPlan } from '#sim/plan.ts'

export type KinetoDialect = 'current' | 'old' | 'hip'
export const kinetoOffsetNs = 0
export function kinetoOriginNs(_dialect: KinetoDialect): string {
  return '0'
}
export async function writeKineto(
  _path: string,
  _plan: Plan,
  _ranks: readonly RankPlan[],
  _options: { dialect: KinetoDialect; gzip: boolean },
): Promise<void> {
  throw new Error('not yet')
}
