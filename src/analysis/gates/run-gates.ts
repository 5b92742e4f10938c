/** Runs the gates over one capture. Pure: the caller reads, and passes what gates may look at. */

import { questionsAnswerable } from '#analysis/questions.ts'
import type { Answerable, GateResult, GatesReport } from '#formats/gates.ts'
import type { TimelineNeed } from '#model/timeline.ts'
import type { DeviceSteps, Gate, GateAsks, GateContext } from './gate.ts'
import { gates } from './registry.ts'

/** What a reader must deliver for the gates of this question: read nothing more, because reading is the cost. */
export function gateNeeds(asks: GateAsks): ReadonlySet<TimelineNeed> {
  return new Set(gatesFor(asks).flatMap((gate) => gate.needs))
}

/** Gates asked of every capture, and, where decode is the question, those of decode. Order of the registry. */
function gatesFor(asks: GateAsks): readonly Gate[] {
  return gates.filter((gate) => gate.asks === 'any' || asks === 'decode')
}

/** Outcomes in registry order. A gate that throws cannot tell; the others are asked all the same. */
export function runGates(context: GateContext, asked: readonly Gate[] = gatesFor(context.asks)): GateResult[] {
  const once = withStepsOnce(context)
  return asked.map((gate) => {
    const { id, title } = gate
    try {
      const { outcome, ...rest } = gate.check(once)
      return { id, title, outcome, ...copyOf(rest) }
    } catch (error) {
      return {
        id,
        title,
        outcome: 'cannot-tell',
        reason: `the gate itself failed: ${error instanceof Error ? error.message : String(error)}`,
      }
    }
  })
}

/** Evidence is read-only here and an ordinary array in the format. */
function copyOf(rest: { reason?: string; fix?: string; evidence?: readonly string[] }): {
  reason?: string
  fix?: string
  evidence?: string[]
} {
  const { evidence, ...others } = rest
  return evidence === undefined ? others : { ...others, evidence: [...evidence] }
}

/** Step detection runs at most once, also when it throws: then every gate that asks for steps gets the same error. */
function withStepsOnce(context: GateContext): GateContext {
  const detect = context.stepDetection
  if (detect === undefined) return context
  let steps: readonly DeviceSteps[] | undefined
  let failure: unknown
  let isDone = false
  return {
    ...context,
    stepDetection: () => {
      if (!isDone) {
        isDone = true
        try {
          steps = detect()
        } catch (error) {
          failure = error
        }
      }
      if (steps === undefined) throw failure
      return steps
    },
  }
}

export function gatesVerdict(results: readonly GateResult[]): GatesReport['verdict'] {
  if (results.some(({ outcome }) => outcome === 'fail')) return 'fail'
  return results.some(({ outcome }) => outcome === 'cannot-tell') ? 'cannot-tell' : 'pass'
}

/** The whole `gates/1` report of one capture. `sources` as the caller prints them. */
export function buildGatesReport(context: GateContext, sources: GatesReport['sources']): GatesReport {
  const results = runGates(context)
  const count = (wanted: GateResult['outcome']): number => results.filter(({ outcome }) => outcome === wanted).length
  const questions: Answerable[] = questionsAnswerable(context.capture, context.coverage, results, context.communicationNames)
  return {
    schema: 'gates/1',
    sources: [...sources],
    asks: context.asks,
    verdict: gatesVerdict(results),
    passed: count('pass'),
    failed: count('fail'),
    cannotTell: count('cannot-tell'),
    gates: results,
    coverage: context.coverage,
    questions,
  }
}
