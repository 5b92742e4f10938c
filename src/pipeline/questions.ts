/** The questions that commands ask of captures, each with what it needs read and how it is answered. */
import { measureCapture } from '#analysis/budget/capture-budget.ts'
import { type DecodeBudgetOptions, joinBudgets } from '#analysis/decode-budget.ts'
import type { DeclaredLoad, GateAsks } from '#analysis/gates/gate.ts'
import { buildGatesReport, gateNeeds } from '#analysis/gates/run-gates.ts'
import { buildHostSummary } from '#analysis/host-summary.ts'
import { type NcuOptions, summarizeCounters } from '#analysis/kernel-counters/summarize.ts'
import type { KernelGrouping } from '#analysis/kernel-statistics.ts'
import { summarizeKernels } from '#analysis/kernel-summary.ts'
import { type SourceFacets, sourceFacets } from '#analysis/source-facets.ts'
import { summarizeTimeline } from '#analysis/timeline-summary.ts'
import type { DecodeBudget } from '#formats/decode-budget.ts'
import type { GatesReport } from '#formats/gates.ts'
import type { KernelSummary } from '#formats/kernel-summary.ts'
import type { NcuSummary } from '#formats/ncu-summary.ts'
import type { TimelineSummary } from '#formats/timeline-summary.ts'
import type { TimelineNeed } from '#model/timeline.ts'
import type { Question } from './ask.ts'
import { oneByOne } from './one-by-one.ts'
import { budgetCapture, type Study } from './study.ts'

type Unsourced<T> = Omit<T, 'sources'>

function only(studies: readonly Study[]): Study {
  const [study] = studies
  if (study === undefined) throw new Error('a question about one capture was asked of none')
  return study
}

/** Idle time is attributed with launches, ranges and waits, communication by what collectives say; operators and geometry are not needed. */
const timelineNeeds: readonly TimelineNeed[] = ['launches', 'host-calls', 'ranges', 'os-calls', 'collectives']

export function timelineQuestion(options: { largestGaps?: number } = {}): Question<Unsourced<TimelineSummary>> {
  return {
    name: 'timeline',
    options,
    needs: timelineNeeds,
    compute(studies, rules) {
      const study = only(studies)
      const { timeline } = study.capture
      const join = study.join()
      const summary = summarizeTimeline(study.capture, study.losses, rules, { ...options, ...(join === undefined ? {} : { join }) })
      const hostCalls = timeline === undefined ? undefined : buildHostSummary(timeline)
      return hostCalls === undefined ? summary : { ...summary, hostCalls }
    },
  }
}

export interface KernelQuestionOptions {
  readonly by: KernelGrouping
  readonly byRange: boolean
  readonly deviceOrdinal?: number
}

export function kernelsQuestion(options: KernelQuestionOptions): Question<Unsourced<KernelSummary>> {
  return {
    name: 'kernels',
    options,
    needs: options.byRange ? ['launches', 'host-calls', 'ranges'] : [],
    compute(studies, rules) {
      const study = only(studies)
      const join = options.byRange ? study.join() : undefined
      return summarizeKernels(study.capture, study.losses, rules, { ...options, ...(join === undefined ? {} : { join }) })
    },
  }
}

export function gatesQuestion(asks: GateAsks, declared: DeclaredLoad = {}): Question<Unsourced<GatesReport>> {
  return {
    name: 'gates',
    options: { asks, declared },
    needs: [...gateNeeds(asks), 'collectives'],
    compute(studies) {
      const study = only(studies)
      const { sources: _, ...report } = buildGatesReport(
        {
          capture: study.capture,
          losses: study.losses,
          coverage: study.coverage(),
          asks,
          declared,
          stepDetection: () => study.gateSteps(),
          communicationNames: study.communicationNames(),
        },
        [],
      )
      return report
    },
  }
}

export function budgetQuestion(options: DecodeBudgetOptions = {}): Question<Unsourced<DecodeBudget>> {
  return oneByOne({
    name: 'decode-budget',
    options,
    needs: ['correlation', 'host-calls', 'ranges', 'collectives'],
    keep: (study, rules) => measureCapture(budgetCapture(study), rules, options),
    join: (kept) => joinBudgets(kept, options),
  })
}

export function countersQuestion(options: NcuOptions = {}): Question<Unsourced<NcuSummary>> {
  return {
    name: 'counters',
    options,
    needs: [],
    compute(studies, rules) {
      const study = only(studies)
      return summarizeCounters(study.capture, study.losses, rules, options)
    },
  }
}

/** What a source says that is no timeline: counters, samples, results of a load generator, metrics. */
export function facetsQuestion(): Question<SourceFacets> {
  return {
    name: 'facets',
    options: {},
    needs: [],
    compute(studies, rules) {
      const { capture, losses } = only(studies)
      return sourceFacets(capture, losses, rules)
    },
  }
}
