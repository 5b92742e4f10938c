/** zymtrace: share of GPU samples in a family. nsys: share of kernel time. Both are of busy time. */
import { jsonPointer } from '#base/json-pointer.ts'
import type { Compare, Comparison, ComparisonInput } from './comparison.ts'
import { mixedTimeShare } from './device-window.ts'

/** Of the families, the one whose difference is the largest part of its tolerance: all shares move when one is wrong. */
export const kernelShare: Compare = (input) => {
  const families = input.readings.samples?.output.families ?? []
  const all = families.flatMap(({ family }) => (family === 'unknown' ? [] : (ofFamily(family, input) ?? [])))
  return all.toSorted((a, b) => Math.abs(b.difference) / b.tolerance - Math.abs(a.difference) / a.tolerance)[0]
}

function ofFamily(family: string, { evidence, readings, book, tolerances }: ComparisonInput): Comparison | undefined {
  const { samples, timed } = readings
  if (samples === undefined) return undefined
  const at = samples.output.families.findIndex((each) => each.family === family)
  const sampled = book.cite(samples, jsonPointer('families', at, 'shareRatio'))
  const n = samples.output.samples?.total ?? 0
  if (sampled === undefined || n <= 0) return undefined
  // Samples are of all ranks together, and ranks that wait for one another differ: theirs lie between the least and the most of any.
  const shares = timed.flatMap(({ kind, kernels }) => {
    if (kind !== 'nsys' || kernels?.output.count === undefined) return []
    const own = kernels.output.families.findIndex((each) => each.family === family)
    return book.cite(kernels, jsonPointer('families', own, 'shareRatio')) ?? []
  })
  const byDistance = shares.toSorted((a, b) => Math.abs(a.value - sampled.value) - Math.abs(b.value - sampled.value))
  const [timedShare] = byDistance
  if (timedShare === undefined) return undefined
  const isBetween = shares.some(({ value }) => value <= sampled.value) && shares.some(({ value }) => value >= sampled.value)
  // Frames that are not listed can be of any family: a listed share is a lower bound.
  const unlisted = Math.max(0, 1 - samples.output.families.reduce((sum, { shareRatio }) => sum + shareRatio, 0))
  const p = timedShare.value
  const sampling = tolerances.standardErrors.value * Math.sqrt((p * (1 - p) * tolerances.designEffect.value) / n)
  const difference = isBetween ? 0 : sampled.value - p
  return {
    id: 'kernel-share',
    topic: ['kernel-shares'],
    says: [
      { source: 'zymtrace', what: `share of GPU samples in ${family}`, unit: 'ratio', figure: sampled },
      { source: 'nsys', what: `share of kernel time in ${family}`, unit: 'ratio', figure: timedShare },
    ],
    difference,
    tolerance:
      tolerances.kernelNaming.value +
      sampling +
      tolerances.shortTrace.value * p +
      mixedTimeShare(evidence) * 0.5 +
      (difference < 0 ? unlisted : 0),
    toleranceFrom:
      '3 standard errors of the samples with a design effect of 2, 1 point, the steps of a short trace, and its steps with prompts',
    likelyCauses: [
      'the samples are of another mix of prompts and decode, or another load, than the trace',
      'the samples cover other GPUs or processes',
      'names of kernels resolve differently in both',
    ],
    settledBy: 'samples with the same selector over the very window of the trace',
  }
}
