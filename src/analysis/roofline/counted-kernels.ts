/** Kernels with counters (L4): intensity, achieved rates and distance to the roof, from counted work only, never from busy cycles. */
import { classifyKernelName, type FamilyRules } from '#analysis/families.ts'
import { type KernelPart, shapeKey } from '#analysis/joins/kernel-part.ts'
import { counterParts } from '#analysis/joins/kernel-parts.ts'
import { combinedWork } from '#analysis/kernel-counters/combined-work.ts'
import { compareWithRoof } from '#analysis/kernel-counters/roof.ts'
import { eachLaunch } from '#analysis/kernel-counters/summarize.ts'
import type { LaunchWork, TypedWork } from '#analysis/kernel-counters/work.ts'
import type { RooflinePoint } from '#formats/roofline.ts'
import type { Capture } from '#model/capture.ts'
import { shortKernelName } from '#model/kernel-name.ts'
import type { Roofs } from './roofs.ts'

/** Launches of one kernel at one shape, of one capture of counters or several. */
export interface CountedPart {
  readonly part: KernelPart
  readonly works: readonly LaunchWork[]
}

/** One kernel at every shape that was counted. */
export interface CountedKernel {
  readonly name: string
  readonly launches: number
  /** Sums over the launches with a duration. */
  readonly work: LaunchWork
}

/** The same kernel and shape of several captures is one part: they are of one device model. */
export function countedParts(captures: readonly Capture[], rules: FamilyRules): CountedPart[] {
  const groups = new Map<string, { part: KernelPart; works: LaunchWork[] }>()
  for (const capture of captures) {
    if (capture.kernelCounters === undefined) continue
    const works: LaunchWork[] = []
    eachLaunch(capture, rules, ({ index, work }) => {
      works[index] = work
    })
    // A range is not a kernel: its work is of several.
    for (const { part, results } of counterParts(capture.kernelCounters, rules)) {
      const key = JSON.stringify([part.mangledName ?? '', part.name, part.shape === undefined ? '' : shapeKey(part.shape)])
      const group = groups.get(key) ?? { part: { ...part, rows: 0 }, works: [] }
      group.works.push(...results.flatMap((index) => works[index] ?? []))
      groups.set(key, { part: { ...group.part, rows: group.part.rows + part.rows }, works: group.works })
    }
  }
  return [...groups.values()]
}

export function countedKernels(parts: readonly CountedPart[]): CountedKernel[] {
  const groups = new Map<string, LaunchWork[]>()
  for (const { part, works } of parts) groups.set(part.name, [...(groups.get(part.name) ?? []), ...works])
  return [...groups].map(([name, works]) => ({ name: name === '' ? 'unnamed' : name, launches: works.length, work: measuredWork(works) }))
}

/** Of the launches with a duration; of all where none has one. */
export function measuredWork(works: readonly LaunchWork[]): LaunchWork {
  const measured = works.filter(({ durationNs }) => durationNs !== undefined)
  return combinedWork(measured.length > 0 ? measured : works)
}

/** The point of one kernel. Where nothing can be decided it says why, and keeps what was counted. */
export function pointOf({ name, launches, work }: CountedKernel, roofs: Roofs, rules: FamilyRules): RooflinePoint {
  const { durationNs, flops, dram, l2, intensity } = work
  const distance = compareWithRoof(work, roofs)
  const seconds = durationNs === undefined ? undefined : durationNs / 1e9
  const total = flops.state === 'known' ? flops.total : undefined
  return {
    tier: 'L4',
    name,
    family: classifyKernelName({ name, shortName: shortKernelName(name) }, rules).family ?? 'unknown',
    launches,
    ...(durationNs === undefined ? {} : { measuredNs: durationNs }),
    ...(total === undefined ? {} : { flops: total }),
    ...(dram === undefined ? {} : { dramBytes: dram.totalBytes }),
    ...(l2 === undefined ? {} : { l2Bytes: l2.totalBytes }),
    ...(intensity === undefined ? {} : { intensityFlopsPerByte: intensity.flopsPerByte }),
    ...(total === undefined || l2 === undefined || l2.totalBytes === 0 ? {} : { l2IntensityFlopsPerByte: total / l2.totalBytes }),
    ...(total === undefined || seconds === undefined ? {} : { achievedFlopsPerS: total / seconds }),
    ...(dram === undefined || seconds === undefined ? {} : { achievedDramBytesPerS: dram.totalBytes / seconds }),
    ...distanceFields(distance),
    types: flops.state === 'known' ? flops.types.map((typed) => typeOf(typed, seconds, roofs)) : [],
    ceilings: distance.state === 'judged' ? [...distance.ceilings] : [],
  }
}

function distanceFields(distance: ReturnType<typeof compareWithRoof>): Partial<RooflinePoint> {
  if (distance.state === 'undecidable') {
    return { undecidable: distance.reason, ...(distance.memoryRatio === undefined ? {} : { memoryRatio: distance.memoryRatio }) }
  }
  const { bound, roofRatio, computeRatio, memoryRatio, ridgeFlopsPerByte, isLowerBound } = distance
  return {
    bound,
    roofRatio,
    computeRatio,
    memoryRatio,
    ...(ridgeFlopsPerByte === undefined ? {} : { ridgeFlopsPerByte }),
    ...(isLowerBound ? { lowerBound: true as const } : {}),
  }
}

function typeOf(
  { pipe, type, elements, flops, sparseFlops = 0 }: TypedWork,
  seconds: number | undefined,
  roofs: Roofs,
): RooflinePoint['types'][number] {
  const dense = roofs.flops(pipe, elements, false)
  const sparse = sparseFlops > 0 ? roofs.flops(pipe, elements, true) : undefined
  const named = { pipe, type, flops, ...(dense === undefined ? {} : { ceilingPath: dense.key }) }
  if (seconds === undefined || seconds === 0 || dense === undefined || (sparseFlops > 0 && sparse === undefined)) return named
  const leastS = (flops - sparseFlops) / dense.perSecond + (sparse === undefined ? 0 : sparseFlops / sparse.perSecond)
  return { ...named, peakRatio: leastS / seconds }
}
