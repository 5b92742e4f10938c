/** What one launch of each kernel moves and computes, from counters, with how much that varies between the launches that were counted. */
import type { FamilyRules } from '#analysis/families.ts'
import { combinedWork } from '#analysis/kernel-counters/combined-work.ts'
import { compareWithRoof } from '#analysis/kernel-counters/roof.ts'
import { eachLaunch } from '#analysis/kernel-counters/summarize.ts'
import type { LaunchWork } from '#analysis/kernel-counters/work.ts'
import type { Roofs } from '#analysis/roofline/roofs.ts'
import { mean, sampleStandardDeviation } from '#base/statistics.ts'
import type { Capture } from '#model/capture.ts'

export interface KernelCost {
  readonly name: string
  /** DRAM, per launch; absent where they were not counted. */
  readonly bytes?: number
  /** Of the mean: deviation between counted launches over the root of their number. */
  readonly bytesError: number
  readonly flops?: number
  /** Least time that the operations of one launch need at the peaks of their types. */
  readonly computeS?: number
  readonly computeCeiling?: string
}

export function kernelCosts(captures: readonly Capture[], rules: FamilyRules, roofs: Roofs): KernelCost[] {
  const works = new Map<string, LaunchWork[]>()
  for (const capture of captures) {
    eachLaunch(capture, rules, ({ result, work }) => {
      // A range is not a kernel: its work is of several.
      if (result.scope !== 'kernel') return
      const name = result.demangledName ?? result.functionName ?? 'unnamed'
      const known = works.get(name)
      if (known === undefined) works.set(name, [work])
      else known.push(work)
    })
  }
  return [...works].map(([name, launches]) => costOf(name, launches, roofs))
}

function costOf(name: string, launches: readonly LaunchWork[], roofs: Roofs): KernelCost {
  const bytes = Float64Array.from(launches.flatMap(({ dram }) => (dram === undefined ? [] : [dram.totalBytes])))
  const combined = combinedWork(launches)
  const distance = compareWithRoof(combined, roofs)
  const computeS =
    distance.state === 'judged' && combined.durationNs !== undefined
      ? (distance.computeRatio * combined.durationNs) / 1e9 / launches.length
      : undefined
  const computeCeiling = distance.state === 'judged' ? distance.ceilings.find((key) => key !== roofs.dramBytes?.key) : undefined
  return {
    name,
    ...(bytes.length === 0 ? {} : { bytes: mean(bytes) }),
    bytesError: bytes.length < 2 ? 0 : sampleStandardDeviation(bytes) / Math.sqrt(bytes.length),
    ...(combined.flops.state === 'known' ? { flops: combined.flops.total / launches.length } : {}),
    ...(computeS === undefined ? {} : { computeS }),
    ...(computeCeiling === undefined ? {} : { computeCeiling }),
  }
}
