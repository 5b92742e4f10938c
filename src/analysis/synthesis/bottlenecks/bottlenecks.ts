/** Every class that the evidence carries, largest recoverable share first. */
import type { Evidence } from '#analysis/synthesis/evidence.ts'
import type { SourceTolerances } from '#formats/source-tolerances.ts'
import type { BottleneckRow, Synthesis } from '#formats/synthesis.ts'
import type { ClassJudge } from './claim.ts'
import { attention, clock, gemm, moe } from './kernel-classes.ts'
import { cacheRouting, kvCapacity, prefill, speculation } from './serving-classes.ts'
import { communication, copy, host, straggler } from './step-classes.ts'

/** Of equal shares the earlier one stands first: the narrower claim before the wider. */
export const classJudges: readonly ClassJudge[] = [
  { class: 'straggler', judge: straggler },
  { class: 'clock', judge: clock },
  { class: 'kv-capacity', judge: kvCapacity },
  { class: 'cache-routing', judge: cacheRouting },
  { class: 'speculation', judge: speculation },
  { class: 'prefill', judge: prefill },
  { class: 'copy', judge: copy },
  { class: 'host', judge: host },
  { class: 'communication', judge: communication },
  { class: 'attention', judge: attention },
  { class: 'moe', judge: moe },
  { class: 'gemm', judge: gemm },
]

/** A trial of three pairs tells about 2 % from nothing (facts/levers.md, section 8.0): smaller shares are no bottleneck. */
const MIN_SHARE = 0.02

export interface Bottlenecks {
  readonly rows: BottleneckRow[]
  readonly unknowns: Synthesis['unknowns']
}

export function bottlenecksOf(evidence: Evidence, tolerances: SourceTolerances): Bottlenecks {
  const rows: BottleneckRow[] = []
  const unknowns: Synthesis['unknowns'] = []
  for (const { class: name, judge } of classJudges) {
    const claim = judge(evidence, tolerances)
    if (claim === undefined) continue
    if ('unknown' in claim) {
      unknowns.push({ what: `${name}: ${claim.unknown}`, settledBy: claim.settledBy })
      continue
    }
    const citations = [...new Set(claim.cites.map(({ citation }) => citation))]
    if (claim.share >= MIN_SHARE && citations.length > 0) rows.push({ class: name, share: claim.share, why: claim.why, citations })
  }
  return { rows: rows.toSorted((a, b) => b.share - a.share), unknowns }
}
