/** A simulated recording as captures in memory: the generator's cases without writing and reading files. */
import type { BudgetCapture } from '#analysis/decode-budget.ts'
import type { copyKinds } from '#model/timeline.ts'
import type { Plan, RankPlan } from '#sim/plan.ts'
import { type ActivityRow, buildCapture, type CaptureRows } from './build-capture.ts'

/** nsys copyKind ids as the plan has them. */
const kindOf: Readonly<Record<number, (typeof copyKinds)[number]>> = { 1: 'host-to-device', 2: 'device-to-host', 8: 'device-to-device' }
const callName = { launch: 'cudaLaunchKernel', 'graph-launch': 'cudaGraphLaunch', sync: 'cudaStreamSynchronize' } as const

/** One capture per rank, or one with every rank as a device of its own. */
export function planCaptures(plan: Plan, overrides: Parameters<typeof buildCapture>[1] = {}): BudgetCapture[] {
  const isOne = plan.scenario.files === 'one' || plan.ranks.length === 1
  const groups = isOne ? [plan.ranks] : plan.ranks.map((rank) => [rank])
  return groups.map((ranks) => ({ capture: buildCapture(rowsOf(ranks, plan.scenario.hostRows), overrides), losses: [] }))
}

function rowsOf(ranks: readonly RankPlan[], hostRows: boolean): CaptureRows {
  const all = ranks.flatMap((rank, process) => rank.activities.map((activity) => ({ activity, process })))
  const row = ({ activity, process }: (typeof all)[number]): ActivityRow => ({
    start: activity.startNs,
    duration: activity.endNs - activity.startNs,
    device: process,
    process,
    stream: activity.stream,
    correlation: activity.correlation,
  })
  const ofClass = (...classes: string[]) => all.filter(({ activity }) => classes.includes(activity.class))
  return {
    processes: ranks.map(({ pid, rank }) => ({ pid, rank })),
    devices: ranks.map(({ ordinal, uuid }, index) => ({ ordinal, uuid, processes: [index] })),
    kernels: ofClass('compute', 'communication').map((entry) => ({
      ...row(entry),
      name: entry.activity.name,
      graphNode: entry.activity.graphNode,
      graphId: entry.activity.graphId,
    })),
    graphs: ofClass('graph').map((entry) => ({ ...row(entry), graphId: entry.activity.graphId })),
    memcpys: ofClass('memcpy').map((entry) => ({
      ...row(entry),
      kind: kindOf[entry.activity.copyKind] ?? 'unknown',
      bytes: entry.activity.bytes,
    })),
    memsets: ofClass('memset').map((entry) => ({ ...row(entry), bytes: entry.activity.bytes })),
    ...(hostRows
      ? {
          calls: ranks.flatMap(({ calls, tid }, process) =>
            calls.map((call) => ({
              name: call.kind in callName ? callName[call.kind as keyof typeof callName] : call.name,
              start: call.startNs,
              duration: call.endNs - call.startNs,
              correlation: call.correlation,
              process,
              tid,
            })),
          ),
          ranges: ranks.flatMap(({ ranges, tid }, process) =>
            ranges.map(({ text, startNs, endNs }) => ({ text, start: startNs, duration: endNs - startNs, process, tid })),
          ),
        }
      : {}),
  }
}
