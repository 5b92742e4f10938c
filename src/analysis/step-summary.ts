/** Detected steps in the words of the `decode-budget/1` format. */
import type { Step, StepSet } from '#analysis/step.ts'
import { median } from '#base/statistics.ts'
import type { BudgetDevice } from '#formats/decode-budget.ts'
import type { Timeline } from '#model/timeline.ts'

type StepsDescription = NonNullable<BudgetDevice['steps']>

export function describeSteps(timeline: Timeline, set: StepSet, steady: readonly Step[]): StepsDescription {
  const { anchor } = set
  const batch = batchOf(steady)
  return {
    count: set.steps.filter((step) => step.dropped !== 'truncated-end' && step.dropped !== 'truncated-start').length,
    cadences: steady.length,
    measuredPhase: steady[0]?.phase ?? 'unknown',
    source: set.source,
    ...(set.assignedBy === undefined ? {} : { assignedBy: set.assignedBy }),
    ...(anchor === undefined
      ? {}
      : {
          anchor: {
            kind: anchor.kind,
            name: anchorName(timeline, anchor),
            agreementRatio: anchor.agreement,
            regularityRatio: anchor.regularity,
            coverageRatio: anchor.coverage,
          },
        }),
    purityRatio: set.purity,
    phases: phasesOf(set.steps),
    ...(batch === undefined ? {} : { batch }),
    dropped: set.steps.flatMap((step, index) =>
      step.dropped === undefined
        ? []
        : [
            {
              index,
              phase: step.phase,
              reason: step.dropped,
              startNs: step.startNs,
              durationNs: (Number.isNaN(step.nextNs) ? step.endNs : step.nextNs) - step.startNs,
            },
          ],
    ),
    notes: [...set.notes],
  }
}

function anchorName(timeline: Timeline, { kind, token }: NonNullable<StepSet['anchor']>): string {
  if (kind !== 'token') return kind === 'gap' ? 'idle gap' : 'graph replay'
  return timeline.kernelNames[token]?.name ?? 'graph launch or copy'
}

function phasesOf(steps: readonly Step[]): StepsDescription['phases'] {
  const whole = steps.filter((step) => step.dropped !== 'truncated-end' && step.dropped !== 'truncated-start')
  return (['prefill', 'decode', 'mixed', 'capture', 'unknown'] as const).flatMap((phase) => {
    const members = whole.filter((step) => step.phase === phase)
    if (members.length === 0) return []
    const lengths = members.filter((step) => !Number.isNaN(step.nextNs)).map((step) => step.nextNs - step.startNs)
    const batch = batchOf(members)
    return [
      {
        phase,
        inferred: members.some((step) => step.inferred),
        count: members.length,
        ...(lengths.length === 0 ? {} : { medianCadenceNs: median(lengths) }),
        ...(batch === undefined ? {} : { batch }),
      },
    ]
  })
}

function batchOf(steps: readonly Step[]): StepsDescription['batch'] {
  const real = steps.flatMap((step) => step.annotation?.batchReal ?? [])
  const padded = steps.flatMap((step) => step.annotation?.batchPadded ?? [])
  if (real.length === 0 && padded.length === 0) return undefined
  return {
    ...(real.length === 0 ? {} : { realMedian: median(real) }),
    ...(padded.length === 0 ? {} : { paddedMedian: median(padded) }),
  }
}

export interface TokensPerStep {
  readonly value: number
  readonly from: 'option' | 'annotations' | 'assumed'
}

/** Per sequence: the option, else what annotations compute per sequence (trap A11), else 1. */
export function tokensPerStep(steps: readonly Step[], option: number | undefined): TokensPerStep {
  if (option !== undefined) return { value: option, from: 'option' }
  const known = steps.flatMap((step) => step.annotation?.tokensPerSequence ?? [])
  return known.length > 0 ? { value: median(known), from: 'annotations' } : { value: 1, from: 'assumed' }
}
