/**
 * kernels.json of a campaign cell (https://github.com/cfregly/gpu-perf-tune): top kernels, categories, GPUs and host frames of one source.
 * Not read: its categories as families; kernels are classified anew. Shares only: it holds no launches and no window.
 */
import { readFileSync } from 'node:fs'
import { SextantError } from '#base/errors.ts'
import { type KernelsJson, kernelsJsonSchema } from '#formats/kernels-json.ts'
import type { Capability, Capture, Loss } from '#model/capture.ts'
import type { Detection, Probe, Reader, ReadResult, Source } from '#model/reader.ts'
import { type SampleShares, unresolvedFrame } from '#model/shares.ts'
import { fileError } from '#platform/access.ts'

/** Top lists and totals: a thousandth of this in practice. */
const MAX_BYTES = 64 * 1024 * 1024

function detect(probe: Probe): Detection | undefined {
  if (probe.isDirectory || probe.isGzip) return undefined
  const head = new TextDecoder().decode(probe.head)
  const isArtifact =
    /^\s*\{/.test(head) && /"top_kernels"\s*:\s*\[/.test(head) && /"(captured_sources|per_category|schema_version)"/.test(head)
  return isArtifact ? { title: 'kernels.json of a campaign cell' } : undefined
}

async function read(source: Source): Promise<ReadResult> {
  const { artifact, rowsLost } = parse(source)
  const losses: Loss[] =
    rowsLost === 0 ? [] : [{ code: 'rows-without-samples', count: rowsLost, what: 'rows of kernels.json without a name or a count' }]
  return { capture: captureOf(artifact), losses }
}

function textOf(source: Source): string {
  if (source.size > MAX_BYTES) {
    throw new SextantError('limit_exceeded', `${source.name} is larger than ${MAX_BYTES} bytes`, 'Give the capture that it was made of.', {
      limit: MAX_BYTES,
    })
  }
  try {
    return readFileSync(source.path, 'utf8')
  } catch (error) {
    throw fileError(source.path, error)
  }
}

/** Rows that others wrote with missing fields are left out and counted; the lists themselves may be absent. */
function parse(source: Source): { artifact: KernelsJson; rowsLost: number } {
  let value: unknown
  try {
    value = JSON.parse(textOf(source))
  } catch (error) {
    if (error instanceof SextantError) throw error
    throw new SextantError('corrupt_file', `${source.name} is not whole JSON`, 'Write it again.', {}, error)
  }
  const given = typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {}
  if (typeof given['schema_version'] === 'number' && given['schema_version'] > 1) {
    throw new SextantError('newer_format', `${source.name} has schema_version ${given['schema_version']}; 1 is known`, 'Update Sextant.')
  }
  let rowsLost = 0
  const { top_kernels, per_gpu, top_python_during_cuda } = kernelsJsonSchema.shape
  const rows = <T>(key: string, element: { safeParse(row: unknown): { success: boolean; data?: T } }): T[] =>
    list(given[key]).flatMap((row) => {
      const parsed = element.safeParse(withoutNull(row))
      if (parsed.data === undefined) rowsLost += 1
      return parsed.data === undefined ? [] : [parsed.data]
    })
  const category = kernelsJsonSchema.shape.per_category.safeParse(given['per_category'])
  const unit = kernelsJsonSchema.shape.samples_unit.safeParse(given['samples_unit'])
  const artifact: KernelsJson = {
    schema_version: 1,
    captured_sources: list(given['captured_sources']).filter((each) => typeof each === 'string'),
    ...(unit.success && unit.data !== undefined ? { samples_unit: unit.data } : {}),
    top_kernels: rows('top_kernels', top_kernels.element),
    per_gpu: rows('per_gpu', per_gpu.element),
    per_category: category.success ? category.data : {},
    top_python_during_cuda: rows('top_python_during_cuda', top_python_during_cuda.element),
  }
  if (artifact.top_kernels.length === 0) {
    // An empty list counted as evidence is how a report claims a tier that it has not (traps D22, H1).
    throw new SextantError(
      'missing_data',
      `${source.name} names no kernel: that is no evidence`,
      'Write it from a capture that holds kernels.',
    )
  }
  return { artifact, rowsLost }
}

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

/** Others write null for what they do not know: an unnamed category or GPU is no reason to lose the row. */
function withoutNull(row: unknown): unknown {
  if (typeof row !== 'object' || row === null) return row
  return { category: '', gpu_name: '', gpu_uuid: '', ...Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) }
}

/** The unit as recorded; else what the field's importers count: nsys nanoseconds, zymtrace samples. */
function unitOf({ samples_unit: unit, captured_sources: sources }: KernelsJson): SampleShares['unit'] {
  if (unit !== undefined) return unit
  const [nsys, zymtrace] = [sources.includes('nsys'), sources.includes('zymtrace')]
  return nsys === zymtrace ? 'unknown' : nsys ? 'ns' : 'samples'
}

const noTimes: Capability = { state: 'absent', reason: 'kernels.json holds totals by name, no timeline' }

function captureOf(artifact: KernelsJson): Capture {
  const named = (name: string): string => (name.trim() === '' ? unresolvedFrame : name)
  const shares: SampleShares = {
    unit: unitOf(artifact),
    eventKinds: [],
    gpuFrames: [...artifact.top_kernels].sort((a, b) => b.samples - a.samples).map(({ name, samples }) => ({ name: named(name), samples })),
    gpus: artifact.per_gpu.map(({ gpu_name: name, gpu_uuid: uuid, samples }) => ({ name, uuid, samples })),
    categories: Object.entries(artifact.per_category).map(([category, samples]) => ({ category, samples })),
    hostFramesUnderGpu: artifact.top_python_during_cuda.map(({ frame, samples }) => ({ name: named(frame), samples })),
  }
  return {
    kind: 'kernels-json',
    tool: { name: artifact.captured_sources.join('+') || 'unknown' },
    clock: { originNs: '0', epoch: 'unknown', resolutionNs: 1 },
    devices: shares.gpus.map(({ name, uuid }, ordinal) => ({
      ordinal,
      ...(uuid === '' ? {} : { uuid }),
      ...(name === '' || name === 'unknown' ? {} : { name }),
      processes: [],
    })),
    capabilities: { kernels: noTimes, copies: noTimes, 'host-calls': noTimes, ranges: noTimes, 'kernel-shares': { state: 'available' } },
    shares,
    graphMode: 'unknown',
    diagnostics: [],
    facts: {},
    inventory: { top_kernels: artifact.top_kernels.length },
  }
}

export const kernelsJsonReader: Reader = {
  kind: 'kernels-json',
  title: 'kernels.json of a campaign cell',
  spec: 'https://github.com/cfregly/gpu-perf-tune',
  version: 1,
  detect,
  read,
}
