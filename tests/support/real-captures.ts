/** Real captures through the real commands: what each must say, by its independent truth and by its vendor's tool. */
import { basename } from 'node:path'
import type { KernelSummary } from '#formats/kernel-summary.ts'
import type { TimelineSummary } from '#formats/timeline-summary.ts'
import { Checks, type Comparison } from './checks.ts'
import type { Ask } from './generator-truth.ts'
import { listShared, sharedTruth } from './shared-data.ts'
import { type CaptureTruth, compareKernels, compareRanges, compareTimeline } from './truth-comparison.ts'
import { compareWithVendor } from './vendor-summaries.ts'

/** Every capture that the main job must read, found by walking: a new file is a new row. */
export function realCaptures(): string[] {
  return ['nsys-sqlite', 'nsys-parquetdir', 'kineto'].flatMap(listShared)
}

export interface RealComparison extends Comparison {
  /** Without a truth of its own a capture is only required to be read. */
  readonly hasTruth: boolean
  readonly vendorFigures: number
  readonly vendorAbstentions: number
}

export async function compareRealCapture(path: string, ask: Ask): Promise<RealComparison> {
  const checks = new Checks()
  const timeline = (await ask(['timeline', path, '--json', '--no-cache', '--limit', '0'])) as TimelineSummary
  const kernels = (await ask(['kernels', path, '--json', '--no-cache'])) as KernelSummary
  checks.equal('schema', timeline.schema, 'timeline-summary/1')
  checks.equal('sources', timeline.sources.length, 1)
  const truth = sharedTruth(basename(path)) as CaptureTruth | undefined
  if (truth !== undefined) {
    if (truth.file?.endsWith(basename(path)) === true) checks.equal('sha256', timeline.sources[0]?.sha256, truth.sha256)
    checks.add(compareTimeline(timeline, truth), 'timeline: ')
    checks.add(compareKernels(kernels, truth), 'kernels: ')
    if ((truth.nvtx?.ranges ?? 0) > 0 && (truth.runtime_api?.count ?? 0) > 0) {
      const ranges = (await ask(['kernels', path, '--by-nvtx', '--json', '--no-cache'])) as KernelSummary
      checks.add(compareRanges(ranges, truth), 'kernels --by-nvtx: ')
    }
  }
  const vendor = compareWithVendor(basename(path), timeline, kernels)
  checks.add(vendor, 'nsys stats: ')
  const { checked, mismatches } = checks
  return { checked, mismatches, hasTruth: truth !== undefined, vendorFigures: vendor.checked, vendorAbstentions: vendor.abstentions }
}
