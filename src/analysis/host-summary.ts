/** The host side of a timeline in the shape that outputs carry. */
import { summarizeHostCalls } from '#analysis/host-side.ts'
import type { HostSummary } from '#formats/host-summary.ts'
import type { Timeline } from '#model/timeline.ts'

/** Undefined where host calls are not in the capture, or were not read: not recorded is not zero. */
export function buildHostSummary(timeline: Timeline): HostSummary | undefined {
  const side = summarizeHostCalls(timeline)
  if (side === undefined) return undefined
  const classes = new Map<string, { class: string; count: number; totalNs: number }>()
  for (const call of side.calls) {
    const held = classes.get(call.class) ?? { class: call.class, count: 0, totalNs: 0 }
    classes.set(call.class, { ...held, count: held.count + call.count, totalNs: held.totalNs + call.totalNs })
  }
  return {
    classes: [...classes.values()].sort((a, b) => b.totalNs - a.totalNs || (a.class < b.class ? -1 : 1)),
    calls: side.calls.map(({ name, class: callClass, count, totalNs, minNs, medianNs, maxNs }) => ({
      name,
      class: callClass,
      count,
      totalNs,
      minNs,
      medianNs,
      maxNs,
    })),
  }
}
