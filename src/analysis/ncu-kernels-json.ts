/** ncu_kernels.json from counters: what was not counted is null, and scalar and tensor work stay apart. */
import { classifyKernelName, type FamilyRules } from '#analysis/families.ts'
import { fieldCategory } from '#analysis/field-categories.ts'
import { summarizeCounters } from '#analysis/kernel-counters/summarize.ts'
import type { NcuKernelsJson } from '#formats/ncu-kernels-json.ts'
import type { NcuKernel } from '#formats/ncu-summary.ts'
import type { Capture, Loss } from '#model/capture.ts'
import { shortKernelName } from '#model/kernel-name.ts'

/** `hwKey`: of the ceilings, as the field's files spell it. Throws `missing_data` where the capture holds no counters. */
export function buildNcuKernelsJson(
  capture: Capture,
  losses: readonly Loss[],
  families: FamilyRules,
  mostKernels: number,
  hwKey: string | undefined,
): NcuKernelsJson {
  const { kernels, results } = summarizeCounters(capture, losses, families)
  const limiters = new Map(
    results.map(({ demangledName, functionName, derived }) => [demangledName ?? functionName, derived.occupancyLimiters]),
  )
  return {
    schema_version: 1,
    captured_sources: ['ncu'],
    hw_key: hwKey ?? null,
    kernels: kernels
      .slice(0, mostKernels === 0 ? kernels.length : mostKernels)
      .map((kernel) => rowOf(kernel, limiters.get(kernel.name)?.join('+'), families)),
  }
}

const percent = (ratio: number | undefined): number | null => (ratio === undefined ? null : Number((ratio * 100).toPrecision(12)))

function rowOf(kernel: NcuKernel, limiter: string | undefined, families: FamilyRules): NcuKernelsJson['kernels'][number] {
  const name = shortKernelName(kernel.name)
  const answer = classifyKernelName({ name: kernel.name, shortName: name }, families)
  const role = answer.family === undefined ? {} : { role: answer.role }
  const { flops, achievedFlopsPerSecond } = kernel
  const of = (pipe: 'scalar' | 'tensor'): number | null =>
    flops.state === 'unknown' ? null : flops.types.filter((each) => each.pipe === pipe).reduce((sum, each) => sum + each.flops, 0)
  return {
    name,
    name_full: kernel.name,
    category: fieldCategory({ name: kernel.name, family: kernel.family, ...role }),
    kernel_time_ns: kernel.totalNs ?? null,
    dram_bytes_total: kernel.dram?.totalBytes ?? null,
    sm_flops_total: of('scalar'),
    tensor_flops_total: of('tensor'),
    arithmetic_intensity_flops_per_byte: kernel.arithmeticIntensityFlopsPerByte ?? null,
    achieved_dram_pct_peak: percent(kernel.dramThroughputRatio),
    achieved_sm_pct_peak: percent(kernel.computeThroughputRatio),
    achieved_occupancy_pct: percent(kernel.achievedOccupancyRatio),
    block_limit_factor: limiter ?? null,
    achieved_tflops: achievedFlopsPerSecond === undefined ? null : achievedFlopsPerSecond / 1e12,
  }
}
