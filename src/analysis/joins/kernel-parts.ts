/**
 * Kernels of any source that knows some: a timeline (launches by name and shape), a vendor's summary, counters, samples.
 *
 * `as number` on typed-array reads: every index comes from loops bounded by the length of the column or from the reader's ids.
 */
import { classifyKernelName, type FamilyRules } from '#analysis/families.ts'
import type { Capture, StatisticsReport } from '#model/capture.ts'
import type { Extent, KernelCounters } from '#model/kernel-counters.ts'
import { shortKernelName } from '#model/kernel-name.ts'
import { unresolvedFrame } from '#model/shares.ts'
import type { Geometry, KernelName, Timeline } from '#model/timeline.ts'
import { type KernelPart, type KernelSide, shapeKey } from './kernel-part.ts'

const nothingHidden = { rows: 0, timeNs: 0 }

/** Undefined where the source knows no kernel. A timeline's shapes are known where it was read with the need `geometry`. */
export function kernelSide(capture: Capture, rules: FamilyRules): KernelSide | undefined {
  const { timeline, kernelCounters, shares, statistics } = capture
  if (timeline !== undefined) return timelineSide(timeline, rules)
  if (kernelCounters !== undefined) {
    const parts = counterParts(kernelCounters, rules).map(({ part }) => part)
    return parts.length === 0 ? undefined : { parts, counts: 'results', hidden: nothingHidden }
  }
  const report = statistics?.find(({ report: of, skipped }) => of === 'kernels' && skipped === undefined)
  if (report !== undefined) return { parts: statisticsParts(report, rules), counts: 'launches', hidden: nothingHidden }
  if (shares === undefined || shares.gpuFrames.length === 0) return undefined
  const parts = shares.gpuFrames.map(({ name, samples }) => {
    const known = name === unresolvedFrame ? '' : name
    const ns = shares.unit === 'ns' ? { timeNs: samples } : {}
    return { ...named({ name: known, shortName: shortKernelName(known) }, rules), rows: samples, ...ns }
  })
  return { parts, counts: 'samples', hidden: nothingHidden }
}

function named(kernel: KernelName, rules: FamilyRules): Pick<KernelPart, 'name' | 'shortName' | 'mangledName' | 'family' | 'role'> {
  const answer = kernel.name === '' ? undefined : classifyKernelName(kernel, rules)
  return {
    name: kernel.name,
    shortName: kernel.shortName,
    ...(kernel.mangledName === undefined ? {} : { mangledName: kernel.mangledName }),
    family: answer?.family ?? 'unknown',
    ...(answer?.family === undefined ? {} : { role: answer.role }),
  }
}

function statisticsParts({ rows }: StatisticsReport, rules: FamilyRules): KernelPart[] {
  return rows.map(({ name, count, totalNs }) => ({
    ...named({ name, shortName: shortKernelName(name) }, rules),
    rows: count,
    ...(Number.isFinite(totalNs) ? { timeNs: totalNs } : {}),
  }))
}

function timelineSide(timeline: Timeline, rules: FamilyRules): KernelSide | undefined {
  const { kernels, kernelNames, geometries, graphs } = timeline
  if (kernels.length + graphs.length === 0) return undefined
  const { geometry } = kernels
  const sums = new Map<number, { rows: number; timeNs: number }>()
  const width = geometries.length + 1
  for (let row = 0; row < kernels.length; row += 1) {
    // Negative: the row has no shape.
    const shape = geometry === undefined ? -1 : (geometry[row] as number)
    const key = (kernels.name[row] as number) * width + shape + 1
    const sum = sums.get(key)
    if (sum === undefined) sums.set(key, { rows: 1, timeNs: kernels.durationNs[row] as number })
    else {
      sum.rows += 1
      sum.timeNs += kernels.durationNs[row] as number
    }
  }
  const names = kernelNames.map((kernel) => named(kernel, rules))
  const parts = [...sums].flatMap(([key, sum]): KernelPart[] => {
    const name = names[Math.floor(key / width)]
    const shape = geometries[(key % width) - 1]
    return name === undefined ? [] : [{ ...name, ...(shape === undefined ? {} : { shape }), ...sum }]
  })
  let hiddenNs = 0
  for (let row = 0; row < graphs.length; row += 1) hiddenNs += graphs.durationNs[row] as number
  return { parts, counts: 'launches', hidden: { rows: graphs.length, timeNs: hiddenNs } }
}

export interface CounterPart {
  readonly part: KernelPart
  /** Indices of its results in the capture. */
  readonly results: readonly number[]
}

/** One part per kernel and shape; ranges are no kernels. */
export function counterParts({ results }: KernelCounters, rules: FamilyRules): CounterPart[] {
  const groups = new Map<string, { kernel: KernelName; shape?: Geometry; results: number[] }>()
  for (const [index, result] of results.entries()) {
    if (result.scope !== 'kernel') continue
    const { demangledName, functionName, mangledName, grid, block } = result
    const name = demangledName ?? functionName ?? ''
    const shape = shapeOf(grid, block)
    const key = JSON.stringify([mangledName ?? '', name, shape === undefined ? '' : shapeKey(shape)])
    const group = groups.get(key)
    if (group !== undefined) {
      group.results.push(index)
      continue
    }
    const kernel = {
      name,
      shortName: functionName ?? shortKernelName(name),
      ...(mangledName === undefined ? {} : { mangledName }),
    }
    groups.set(key, { kernel, ...(shape === undefined ? {} : { shape }), results: [index] })
  }
  return [...groups.values()].map(({ kernel, shape, results: own }) => ({
    part: { ...named(kernel, rules), ...(shape === undefined ? {} : { shape }), rows: own.length },
    results: own,
  }))
}

/** 0 x 0 x 0 stands where the tool could not measure: no shape. */
function shapeOf(grid: Extent | undefined, block: Extent | undefined): Geometry | undefined {
  if (grid === undefined || block === undefined || grid.includes(0) || block.includes(0)) return undefined
  return { grid, block }
}
