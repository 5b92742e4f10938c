/** What is known to be true of a generated deployment: never in its bundle, always beside it. */
import type { EffectMetric } from '#formats/ledger.ts'
import type { BottleneckClass } from '#formats/synthesis.ts'
import type { Plan, RankPlan } from '#sim/plan.ts'
import { groupsByName } from './captures/counters.ts'
import { type Load, loadOf } from './captures/load.ts'
import type { Deployment, Disagreement } from './deployment.ts'
import { type GroupName, groupNames } from './mechanism.ts'
import { type StepTimes, stepTimes } from './timeline.ts'

export interface TrueEffect {
  readonly metric: EffectMetric
  /** In ns, or tokens per second. */
  readonly from: number
  readonly to: number
  /** Relative change for the better, as a ledger says it: 0.1 is 10 % less time, or 10 % more tokens. */
  readonly change: number
}

export interface PlantedTruth {
  readonly plant: string
  readonly class: BottleneckClass
  readonly lever: string
  readonly beside: readonly string[]
  readonly second?: string
  readonly effect: TrueEffect
  /** Where the change depends on how far a knob is turned: by its value. */
  readonly bySetting?: { readonly argument: string; readonly changes: Readonly<Record<string, number>> }
  /** What a roofline alone would promise: share of the step times distance to the roof. */
  readonly shareTimesDistance: number
}

export interface DeploymentTruth {
  readonly schema: 'sim-deployment-truth/1'
  readonly seed: number
  readonly index: number
  readonly name: string
  /** Absent: nothing is wrong that a lever could mend. */
  readonly planted?: PlantedTruth
  /** What looks like a bottleneck and is none, or may not be mended by the obvious lever; `isNull`: by no lever at all. */
  readonly decoy?: { readonly id: string; readonly class?: BottleneckClass; readonly isNull: boolean }
  /** Levers that must not be proposed, and words that no proposal's change may hold. */
  readonly never: readonly string[]
  readonly neverWords: readonly string[]
  /** To be found. */
  readonly disagreements: readonly Disagreement[]
  /** At a border: found or not, both are right. */
  readonly borderline: readonly Disagreement[]
  /** Captures are too bad for a class: none may be named. */
  readonly mustAbstain: boolean
  /** Of the mean decode step of the first traced device. */
  readonly step: {
    readonly decodeNs: number
    readonly busyRatio: number
    readonly groupShares: Readonly<Partial<Record<GroupName, number>>>
  }
}

/** Kernel time of each group in decode steps, over the steps' time. */
export function groupShares(deployment: Deployment, plan: Plan, times: StepTimes): Partial<Record<GroupName, number>> {
  const groups = groupsByName(deployment)
  const decode = new Set(plan.steps.filter(({ phase, index }) => phase === 'decode' && index >= 3).map(({ index }) => index))
  const sums = new Map<GroupName, number>()
  for (const { step, name, startNs, endNs } of (plan.ranks[0] as RankPlan).activities) {
    const group = decode.has(step) ? groups.get(name) : undefined
    if (group !== undefined) sums.set(group, (sums.get(group) ?? 0) + endNs - startNs)
  }
  const whole = times.decodeNs * decode.size
  return Object.fromEntries(groupNames.flatMap((name) => (sums.has(name) ? [[name, (sums.get(name) ?? 0) / whole]] : [])))
}

/** The metric of a deployment as its clients would measure it. */
export function metricOf(metric: EffectMetric, load: Load, times: StepTimes): number {
  if (metric === 'tpot') return times.meanNs / load.acceptanceLength
  if (metric === 'itl-p99') return load.itl.p99
  if (metric === 'ttft') return load.ttft.p50
  return load.outputTokensPerS
}

export function effectOf(metric: EffectMetric, before: readonly [Deployment, Plan], after: readonly [Deployment, Plan]): TrueEffect {
  const [from = 0, to = 0] = [before, after].map(([deployment, plan]) => {
    const times = stepTimes(plan)
    return metricOf(metric, loadOf({ ...deployment, disagreements: [] }, times), times)
  })
  return { metric, from, to, change: metric === 'throughput' ? to / from - 1 : 1 - to / from }
}

/** Share of the step times what is left to the roof; of a host or a link all of its time counts as distance. */
export function shareTimesDistance(deployment: Deployment, plan: Plan, plantClass: BottleneckClass): number {
  const times = stepTimes(plan)
  const shares = groupShares(deployment, plan, times)
  const group = plantClass === 'attention' || plantClass === 'gemm' || plantClass === 'moe' ? plantClass : undefined
  if (group !== undefined) {
    const work = deployment.mechanism.groups[group]
    return (shares[group] ?? 0) * (1 - Math.max(work?.dramRatio ?? 0, work?.flopRatio ?? 0))
  }
  if (plantClass === 'host') return 1 - times.busyNs / times.decodeNs
  if (plantClass === 'copy') return deployment.mechanism.copyNs / times.decodeNs
  if (plantClass === 'clock') return (shares.gemm ?? 0) * (1 - (deployment.mechanism.groups.gemm?.flopRatio ?? 0))
  if (plantClass === 'communication' || plantClass === 'straggler') {
    const waited = plan.ranks.map(({ activities }) =>
      activities.filter((row) => row.class === 'communication').reduce((sum, row) => sum + row.endNs - row.startNs, 0),
    )
    return Math.max(...waited) / (times.meanNs * plan.steps.length)
  }
  return 1
}
