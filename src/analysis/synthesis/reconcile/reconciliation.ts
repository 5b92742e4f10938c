/** The views of all sources side by side: per kernel family, kernel and phase. */
import type { CitationBook } from '#analysis/synthesis/cite.ts'
import type { Cited, Evidence } from '#analysis/synthesis/evidence.ts'
import { type BudgetDocument, slowestDevice } from '#analysis/synthesis/parts/step.ts'
import type { Readings } from '#analysis/synthesis/readings.ts'
import { jsonPointer } from '#base/json-pointer.ts'
import type { ReconciliationRow } from '#formats/synthesis.ts'
import { type KernelSources, kernelRows, placeCells, rowOf } from './kernel-rows.ts'

export function reconcile(evidence: Evidence, readings: Readings, book: CitationBook): ReconciliationRow[] {
  const { budget } = readings
  const sources = kernelSources(readings, book)
  const phases = budget === undefined ? [] : phaseRows(budget, evidence, book)
  return [...phases, ...familyRows(evidence, readings, sources, book), ...kernelRows(sources, book)]
}

function phaseRows(budget: BudgetDocument, { host, step }: Evidence, book: CitationBook): ReconciliationRow[] {
  const index = slowestDevice(budget)
  const phases = index === undefined ? [] : (budget.output.devices[index]?.steps?.phases ?? [])
  return phases.map(({ phase }, at) =>
    rowOf('phase', phase, {
      timeNsPerStep: book.cite(budget, jsonPointer('devices', index ?? 0, 'steps', 'phases', at, 'medianCadenceNs')),
      ...(phase === 'decode' ? { hostGapBeforeNs: step?.hostBetweenNs, inGraphRatio: host?.inGraphRatio } : {}),
    }),
  )
}

/** Families of the step; where no step was found, of all kernel time, else of the samples. */
function familyRows(evidence: Evidence, { timed, samples }: Readings, sources: KernelSources, book: CitationBook): ReconciliationRow[] {
  if (evidence.families.length > 0) {
    return evidence.families.map(({ family, sampledShare, nsPerStep, stepShare, counters }) =>
      rowOf(
        'family',
        family,
        {
          sampledShare,
          timeNsPerStep: nsPerStep,
          timeShare: stepShare,
          ...placeCells('families', family, sources, book),
          roofRatio: counters?.roofRatio,
          tensorRatio: counters?.tensorPipeRatio,
          occupancyRatio: counters?.occupancyRatio,
        },
        {
          ...(counters === undefined ? {} : { coveredRatio: counters.coveredRatio }),
          ...(counters?.topStall === undefined ? {} : { topStall: counters.topStall }),
        },
      ),
    )
  }
  const kernels = timed.find((each) => each.kernels !== undefined)?.kernels
  const main = kernels ?? samples
  return (main?.output.families ?? []).map(({ family }, at) => {
    const own = samples?.output.families.findIndex((each) => each.family === family) ?? -1
    return rowOf('family', family, {
      timeShare: kernels === undefined ? undefined : book.cite(kernels, jsonPointer('families', at, 'shareRatio')),
      sampledShare: own < 0 ? undefined : book.cite(samples, jsonPointer('families', own, 'shareRatio')),
    })
  })
}

/** Of the first capture of the budget: its kernels over the steps of all of its measured devices. */
export function kernelSources({ timed, budget, samples, counters, roofline }: Readings, book: CitationBook): KernelSources {
  const [first] = timed
  const kernels = first?.kernels
  const timeline = first?.timeline
  return {
    counters,
    steps: budget === undefined ? undefined : stepsOf(budget, book),
    ...(kernels === undefined ? {} : { kernels }),
    ...(timeline === undefined ? {} : { timeline }),
    ...(samples === undefined ? {} : { samples }),
    ...(roofline === undefined ? {} : { roofline }),
  }
}

function stepsOf(budget: BudgetDocument, book: CitationBook): Cited | undefined {
  const devices = [...budget.output.devices.entries()].filter(([, { capture, state }]) => capture === 0 && state === 'measured')
  const counts = devices.map(([at]) => book.cite(budget, jsonPointer('devices', at, 'steps', 'count')))
  return counts.length <= 1 ? counts[0] : book.derive('sum', counts)
}
