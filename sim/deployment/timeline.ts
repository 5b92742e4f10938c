/** The recorded steps of a deployment, and what is true of them. */
import type { Plan, RankPlan } from '#sim/plan.ts'
import { recordScenario } from '#sim/record.ts'
import { plainScenario, type Scenario, type SpecialStep } from '#sim/scenario.ts'
import type { Deployment } from './deployment.ts'
import { stepWork } from './step-work.ts'

/** Mixed steps spread evenly over the recording, none among the first, which are warm-up to an analysis. */
function mixedSteps({ mechanism, recording }: Deployment): SpecialStep[] {
  const { mixed } = mechanism
  if (mixed === undefined) return []
  const count = Math.max(1, Math.round(mixed.ratio * recording.steps))
  return Array.from({ length: count }, (_, index) => ({
    at: Math.floor(((index + 0.5) * recording.steps) / count),
    phase: 'mixed' as const,
    tokens: mixed.tokens,
  }))
}

export function scenarioOf(deployment: Deployment): Scenario {
  const { mechanism, recording, gpu, seed, name, batch, tensorParallel } = deployment
  return {
    ...plainScenario,
    name,
    seed,
    gpuName: gpu.name,
    ranks: recording.ranks,
    worldSize: tensorParallel,
    files: recording.files,
    steps: recording.steps,
    requests: batch,
    tokensPerRequest: 1 + (mechanism.drafting?.tokens ?? 0),
    annotations: recording.annotations,
    graphs: mechanism.graphs,
    items: stepWork(mechanism),
    layers: mechanism.layers,
    computeNs: 0,
    communicationNs: mechanism.communicationNs,
    gapNs: mechanism.hostNs,
    hostNs: mechanism.hostNs,
    asynchronous: mechanism.asynchronous,
    launchNs: mechanism.launchNs,
    graphLaunchNs: mechanism.graphLaunchNs,
    graphNodeGapNs: mechanism.graphNodeGapNs,
    hostJitter: mechanism.hostJitter,
    kernelJitter: mechanism.kernelJitter,
    hostWaitShare: 0,
    specialSteps: mixedSteps(deployment),
    droppedShare: recording.droppedShare,
    ...(mechanism.straggler === undefined ? {} : { straggler: mechanism.straggler }),
  }
}

/** As the timeline's recorder kept it. */
export function recordDeployment(deployment: Deployment): Plan {
  return recordScenario(scenarioOf(deployment), { resolutionNs: 1 })
}

/** Whatever part of it was recorded: what every other tool saw. */
export function runDeployment(deployment: Deployment): Plan {
  return recordDeployment({ ...deployment, recording: { ...deployment.recording, droppedShare: 0 } })
}

export interface StepTimes {
  /** Means over the steps of a kind, start to start, without those that carry the beginning of the recording. */
  readonly decodeNs: number
  readonly mixedNs?: number
  /** Of every kind: what a client waits for a token. */
  readonly meanNs: number
  /** Of the decode steps of the first rank. */
  readonly busyNs: number
}

/** The first steps carry no earlier one: a host that runs ahead is not ahead yet. */
const SETTLING = 3

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** Times of the steps of `plan`, by a walk over its first rank. */
export function stepTimes(plan: Plan): StepTimes {
  const rank = plan.ranks[0] as RankPlan
  const starts: number[] = plan.steps.map(() => Number.POSITIVE_INFINITY)
  for (const { step, startNs } of rank.activities) if (step >= 0) starts[step] = Math.min(starts[step] as number, startNs)
  const cadences = plan.steps
    .slice(SETTLING, -1)
    .map(({ index, phase }) => ({ phase, ns: (starts[index + 1] as number) - (starts[index] as number), index }))
  const decode = cadences.filter(({ phase }) => phase === 'decode')
  const mixed = cadences.filter(({ phase }) => phase !== 'decode')
  return {
    decodeNs: mean(decode.map(({ ns }) => ns)),
    ...(mixed.length === 0 ? {} : { mixedNs: mean(mixed.map(({ ns }) => ns)) }),
    meanNs: mean(cadences.map(({ ns }) => ns)),
    busyNs: busyOf(rank, new Set(decode.map(({ index }) => index))) / decode.length,
  }
}

/** Union of the rows of the steps. */
function busyOf({ activities }: RankPlan, steps: ReadonlySet<number>): number {
  let busy = 0
  let reached = 0
  for (const { step, startNs, endNs } of activities) {
    if (!steps.has(step)) continue
    busy += Math.max(0, endNs - Math.max(startNs, reached))
    reached = Math.max(reached, endNs)
  }
  return busy
}
