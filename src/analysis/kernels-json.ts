/** kernels.json from any source that knows kernels: samples from a sampling profiler, nanoseconds from timelines and summaries. */
import type { FamilyRules } from '#analysis/families.ts'
import { fieldCategory } from '#analysis/field-categories.ts'
import { summarizeKernels } from '#analysis/kernel-summary.ts'
import { totalsByLane } from '#analysis/lane-totals.ts'
import { SextantError } from '#base/errors.ts'
import type { KernelSummary } from '#formats/kernel-summary.ts'
import type { KernelsJson } from '#formats/kernels-json.ts'
import type { Capture, Loss } from '#model/capture.ts'

/** Kind of a capture -> the field's name of its source. */
function sourceOf(kind: string): string {
  return kind.startsWith('nsys') ? 'nsys' : kind
}

/** Throws `missing_data` where the capture knows no kernels, or counts in a unit that its file does not tell. */
export function buildKernelsJson(capture: Capture, losses: readonly Loss[], families: FamilyRules, mostKernels: number): KernelsJson {
  const summary = summarizeKernels(capture, losses, families)
  const unit = summary.samples?.unit ?? 'ns'
  if (unit === 'unknown') {
    throw new SextantError(
      'missing_data',
      'the file does not say whether it counts samples or nanoseconds',
      'Write it again from the capture that it was made of.',
    )
  }
  const rows = summary.kernels.map((row) => ({ name: row.name, samples: row.samples ?? row.totalNs ?? 0, category: fieldCategory(row) }))
  const perCategory: Record<string, number> = {}
  for (const { category, samples } of rows) perCategory[category] = (perCategory[category] ?? 0) + samples
  return {
    schema_version: 1,
    captured_sources: [sourceOf(capture.kind)],
    samples_unit: unit,
    top_kernels: rows.slice(0, mostKernels === 0 ? rows.length : mostKernels),
    per_gpu: perGpu(capture, summary),
    per_category: perCategory,
    top_python_during_cuda: (summary.samples?.hostFramesUnderGpu ?? []).map(({ frame, file, samples }) => ({
      frame: file === undefined ? frame : `${file}::${frame}`,
      samples,
    })),
  }
}

/** Names come from the capture or are unknown, never a constant. Empty where devices cannot be told apart (vendor summaries). */
function perGpu(capture: Capture, summary: Pick<KernelSummary, 'samples'>): KernelsJson['per_gpu'] {
  if (summary.samples !== undefined)
    return summary.samples.gpus.map(({ name, uuid, samples }) => ({ gpu_name: name, gpu_uuid: uuid, samples }))
  const { timeline } = capture
  if (timeline === undefined) return []
  const sums = new Float64Array(timeline.devices.length)
  const [kernels] = totalsByLane(timeline)
  for (const [lane, { device }] of timeline.lanes.entries()) sums[device] = (sums[device] ?? 0) + (kernels?.sumsNs[lane] ?? 0)
  return timeline.devices
    .map(({ name, uuid }, device) => ({ gpu_name: name ?? 'unknown', gpu_uuid: uuid ?? '', samples: sums[device] ?? 0 }))
    .filter(({ samples }) => samples > 0)
}
