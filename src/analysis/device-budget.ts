/** The decode budget of one device: steps, parts, class, reconciliation; or why none can be given. */

import { familyOfNames } from '#analysis/budget-families.ts'
import type { DeviceSequence } from '#analysis/device-sequence.ts'
import type { FamilyRules } from '#analysis/families.ts'
import { type LeverEvidence, nextLever } from '#analysis/next-lever.ts'
import type { Step, StepSet } from '#analysis/step.ts'
import { communicationDisagreement, judgeClass, sharesOf } from '#analysis/step-class.ts'
import { familyTimes, measureSteps, type StepParts } from '#analysis/step-parts.ts'
import { describeSteps, type TokensPerStep, tokensPerStep } from '#analysis/step-summary.ts'
import { steadySteps } from '#analysis/steps.ts'
import { mean, median, percentile } from '#base/statistics.ts'
import type { BudgetDevice, BudgetUnknown, DecodeClass, PartSpreads, Spread } from '#formats/decode-budget.ts'
import type { Timeline } from '#model/timeline.ts'

/** Cadence over tokens per step must meet the driver's TPOT within this (methodology.md, rule 18; 15 % is too lax: trap A9). */
export const TPOT_TOLERANCE = 0.1

export interface BudgetOptions {
  /** Time per output token that the load driver measured. */
  readonly driverTpotNs?: number
  /** Tokens per step and sequence, overriding annotations. */
  readonly tokensPerStep?: number
}

export type MeasuredBudget = Omit<BudgetDevice, 'capture' | 'device' | 'uuid' | 'name' | 'rank' | 'processes'>

export interface DeviceAnswer {
  readonly budget: MeasuredBudget
  readonly unknowns: readonly Omit<BudgetUnknown, 'device'>[]
}

export interface DeviceQuestion {
  readonly timeline: Timeline
  readonly sequence: DeviceSequence
  readonly steps: StepSet
  readonly families: FamilyRules
  /** A framework profiler stretches kernels and slows the host (trap A16). */
  readonly isDistorted: boolean
  readonly options: BudgetOptions
}

/** What the traces of several ranks say of one of them. */
export interface RankKnowledge {
  /** Traces of several ranks are at hand and were matched. */
  readonly ranksKnown: boolean
  /** Share of collective time that is floor, 1 where unknown. */
  readonly communicationCap: number
}

/** Everything that the timeline of a device says, without what other ranks add: small, where the timeline is large. */
export interface DeviceMeasurement {
  readonly budget: Omit<MeasuredBudget, 'verdict' | 'next'>
  readonly shares: NonNullable<BudgetDevice['shares']>
  readonly resolved: NonNullable<BudgetDevice['communication']>['resolved']
  /** The cadence does not meet what the load driver measured. */
  readonly isSuspect: boolean
  readonly evidence: Omit<LeverEvidence, 'verdict' | 'ranksKnown'>
  readonly isDistorted: boolean
  /** No annotation and no option says how many tokens a step emits, and a TPOT was to be met. */
  readonly assumesTokens: boolean
}

export function spreadOf(values: Float64Array): Spread {
  return {
    medianNs: median(values),
    p25Ns: percentile(values, 0.25),
    p75Ns: percentile(values, 0.75),
    p99Ns: percentile(values, 0.99),
    meanNs: mean(values),
  }
}

export function measureDevice(question: DeviceQuestion): DeviceMeasurement {
  const { sequence, steps: set, options, isDistorted } = question
  const steady = steadySteps(set)
  const parts = measureSteps(sequence, steady)
  const shares = sharesOf(parts)
  const tokens = tokensPerStep(steady, options.tokensPerStep)
  const reconciliation = reconcile(parts, tokens, options.driverTpotNs)
  const families = familySpreads(question, steady)
  const communication = communicationOf(parts, shares)
  const busyRatio = Math.min(1, mean(parts.busyNs) / mean(parts.cadenceNs))
  const hostGaps = Float64Array.from(parts.hostGapWithinNs, (within, step) => within + (parts.hostGapBetweenNs[step] ?? 0))
  const evidence: DeviceMeasurement['evidence'] = {
    ...graphUse(question, steady),
    gapWithinRatio: mean(parts.hostGapWithinNs) / Math.max(1, mean(hostGaps)),
    tokensPerStep: tokens.value,
    topFamily: families.find(
      ({ family }) => !question.families.rules.some((rule) => rule.family === family && rule.role === 'communication'),
    ),
    isDecode: steady[0]?.phase === 'decode',
    isOpaque: mean(parts.opaqueGraphNs) > mean(parts.computeNs),
  }
  const window = { fromNs: steady[0]?.startNs ?? 0, toNs: steady[steady.length - 1]?.nextNs ?? 0, wholeSpanNs: wholeSpan(sequence) }
  const budget: DeviceMeasurement['budget'] = {
    state: 'measured',
    window,
    steps: describeSteps(question.timeline, set, steady),
    cadenceNs: spreadOf(parts.cadenceNs),
    parts: partSpreads(parts),
    hostGapNs: spreadOf(hostGaps),
    busyNs: spreadOf(parts.busyNs),
    ...(isDistorted ? { distortedBusyRatio: busyRatio } : { busyRatio }),
    shares,
    families,
    communication,
    ...(reconciliation === undefined ? {} : { reconciliation }),
  }
  return {
    budget,
    shares,
    resolved: communication.resolved,
    isSuspect: reconciliation !== undefined && !reconciliation.reconciled,
    evidence,
    isDistorted,
    assumesTokens: tokens.from === 'assumed' && options.driverTpotNs !== undefined,
  }
}

/** The class and what follows from it, with what the other ranks' traces add. */
export function judgeDevice(measurement: DeviceMeasurement, ranks: RankKnowledge): DeviceAnswer {
  const { reconciliation, ...budget } = measurement.budget
  const verdict = judgeClass(measurement.shares, measurement.isSuspect, ranks.communicationCap)
  return {
    budget: {
      ...budget,
      verdict,
      ...(reconciliation === undefined ? {} : { reconciliation }),
      next: nextLever({ ...measurement.evidence, verdict, ranksKnown: ranks.ranksKnown }),
    },
    unknowns: unknownsOf(measurement, ranks.ranksKnown, verdict.class),
  }
}

function partSpreads(parts: StepParts): PartSpreads {
  return {
    computeNs: spreadOf(parts.computeNs),
    opaqueGraphNs: spreadOf(parts.opaqueGraphNs),
    communicationExposedNs: spreadOf(parts.communicationExposedNs),
    copyExposedNs: spreadOf(parts.copyExposedNs),
    hostGapWithinNs: spreadOf(parts.hostGapWithinNs),
    hostGapBetweenNs: spreadOf(parts.hostGapBetweenNs),
  }
}

/** What a measured budget still does not know. */
function unknownsOf(
  { assumesTokens, isDistorted, resolved }: DeviceMeasurement,
  ranksKnown: boolean,
  decodeClass: DecodeClass,
): DeviceAnswer['unknowns'] {
  const unknowns: Omit<BudgetUnknown, 'device'>[] = []
  if (assumesTokens) {
    unknowns.push({
      code: 'tokens-per-step-assumed',
      reason: 'no annotation and no option says how many tokens a step emits per sequence: 1 is assumed',
      settledBy: '--tokens-per-step with the mean accepted length from the engine metrics',
    })
  }
  if (resolved !== 'yes') {
    unknowns.push({
      code: 'communication-in-graphs',
      reason: 'graphs are recorded as single rows: collectives inside them cannot be told from compute',
      settledBy: 'a capture with --cuda-graph-trace=node',
    })
  }
  if (isDistorted) {
    unknowns.push({
      code: 'busy-share-distorted',
      reason:
        'a framework profiler stretches kernels and slows the host: its busy share is not the deployment; the host gap per step is the signal',
      settledBy: 'an nsys capture of the same load',
    })
  }
  if (decodeClass === 'comm-bound' && !ranksKnown) {
    unknowns.push({
      code: 'communication-unproven',
      reason: 'one rank cannot prove comm-bound: time in a collective includes waiting for ranks that arrive late',
      settledBy: 'traces of the other ranks over the same window: floor (shortest member) against skew',
    })
  }
  return unknowns
}

function wholeSpan(sequence: DeviceSequence): number {
  let last = Number.NEGATIVE_INFINITY
  for (let p = 0; p < sequence.length; p += 1) last = Math.max(last, sequence.endNs[p] ?? last)
  return sequence.length === 0 ? 0 : last - (sequence.startNs[0] ?? 0)
}

function reconcile(parts: StepParts, tokens: TokensPerStep, driverTpotNs: number | undefined): BudgetDevice['reconciliation'] {
  if (driverTpotNs === undefined) return undefined
  const cadencePerTokenNs = median(parts.cadenceNs) / tokens.value
  const ratio = cadencePerTokenNs / driverTpotNs
  return {
    driverTpotNs,
    tokensPerStep: tokens.value,
    tokensPerStepFrom: tokens.from,
    cadencePerTokenNs,
    ratio,
    toleranceRatio: TPOT_TOLERANCE,
    reconciled: Math.abs(ratio - 1) <= TPOT_TOLERANCE,
  }
}

function communicationOf(parts: StepParts, shares: NonNullable<BudgetDevice['shares']>): NonNullable<BudgetDevice['communication']> {
  const busy = mean(parts.busyNs)
  const ofBusyRatio = busy === 0 ? 0 : Math.min(1, mean(parts.communicationUnionNs) / busy)
  const opaque = mean(parts.opaqueGraphNs)
  const disagreement = communicationDisagreement(ofBusyRatio, shares.communication, shares)
  return {
    unionNs: spreadOf(parts.communicationUnionNs),
    ofBusyRatio,
    exposedRatio: shares.communication,
    resolved: opaque === 0 ? 'yes' : opaque > mean(parts.computeNs) ? 'no' : 'partly',
    ...(disagreement === undefined ? {} : { disagreement }),
  }
}

function familySpreads({ timeline, sequence, families }: DeviceQuestion, steady: readonly Step[]): NonNullable<BudgetDevice['families']> {
  const { names, ofName } = familyOfNames(timeline, families)
  const times = familyTimes(sequence, steady, ofName, names.length)
  const total = times.reduce((sum, column) => sum + mean(column), 0)
  return names
    .map((family, index) => {
      const column = times[index] ?? new Float64Array(0)
      return { family, ...spreadOf(column), ofKernelsRatio: total === 0 ? 0 : Math.min(1, mean(column) / total) }
    })
    .filter(({ meanNs }) => meanNs > 0)
    .sort((a, b) => b.meanNs - a.meanNs || (a.family < b.family ? -1 : 1))
}

/** How much of the typical step ran in graphs. */
function graphUse({ timeline, sequence }: DeviceQuestion, steady: readonly Step[]): Pick<LeverEvidence, 'graphRatio' | 'graphsPerStep'> {
  const typical = steady[steady.length >> 1]
  if (typical === undefined) return { graphRatio: undefined, graphsPerStep: 0 }
  const { graphNode, correlation } = timeline.kernels
  const launches = new Set<number>()
  let kernels = 0
  let inGraph = 0
  let opaque = 0
  for (let p = typical.from; p < typical.to; p += 1) {
    const table = sequence.table[p]
    const row = sequence.row[p] ?? 0
    if (table === 1) opaque += 1
    if (table !== 0) continue
    kernels += 1
    if ((graphNode?.[row] ?? 0) === 0) continue
    inGraph += 1
    launches.add(correlation?.[row] ?? 0)
  }
  const graphRatio = opaque > 0 ? 1 : graphNode === undefined || kernels === 0 ? undefined : inGraph / kernels
  return { graphRatio, graphsPerStep: opaque + launches.size }
}
