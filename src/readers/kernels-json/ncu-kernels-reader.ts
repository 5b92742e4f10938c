/**
 * ncu_kernels.json of a campaign cell (https://github.com/cfregly/gpu-perf-tune): per kernel its time under replay, bytes and operations
 * counted, sums over the launches measured. Null is what was not counted. Its operations are kept as recorded and feed no roofline: the
 * file says neither their element type nor whether they are all.
 */
import { readFileSync } from 'node:fs'
import { SextantError } from '#base/errors.ts'
import { type NcuKernelsJson, ncuKernelsJsonSchema } from '#formats/ncu-kernels-json.ts'
import type { Capability, Capture, Loss } from '#model/capture.ts'
import type { CounterRole } from '#model/counter-role.ts'
import type { CounterMetric, CounterResult, KernelCounters } from '#model/kernel-counters.ts'
import type { Detection, Probe, Reader, ReadResult, Source } from '#model/reader.ts'
import { fileError } from '#platform/access.ts'

/** A row per kernel: a thousandth of this in practice. */
const MAX_BYTES = 64 * 1024 * 1024

type Row = NcuKernelsJson['kernels'][number]
type Amount = Exclude<{ [Key in keyof Row]: Row[Key] extends number | null ? Key : never }[keyof Row], undefined>

const columns: readonly (readonly [name: Amount, unit: string, role?: CounterRole])[] = [
  ['kernel_time_ns', 'ns', { of: 'duration' }],
  ['dram_bytes_total', 'byte', { of: 'bytes', level: 'dram', part: 'both', basis: 'total' }],
  ['sm_flops_total', 'FLOP'],
  ['tensor_flops_total', 'FLOP'],
  ['arithmetic_intensity_flops_per_byte', 'FLOP/byte'],
  ['achieved_dram_pct_peak', '%', { of: 'ratio', ratio: 'dram-throughput' }],
  ['achieved_sm_pct_peak', '%', { of: 'ratio', ratio: 'compute-throughput' }],
  ['achieved_occupancy_pct', '%', { of: 'ratio', ratio: 'achieved-occupancy' }],
  ['achieved_tflops', 'TFLOP/s'],
]

function detect(probe: Probe): Detection | undefined {
  if (probe.isDirectory || probe.isGzip) return undefined
  const head = new TextDecoder().decode(probe.head)
  const isArtifact =
    /^\s*\{/.test(head) && /"kernels"\s*:\s*\[/.test(head) && /"(?:kernel_time_ns|dram_bytes_total|tensor_flops_total)"/.test(head)
  return isArtifact ? { title: 'ncu_kernels.json of a campaign cell' } : undefined
}

/** Rows with a damaged or missing field are left out; the count of them is a loss. Absent amounts are null. */
export function parseNcuKernelsJson(text: string, name: string): { readonly artifact: NcuKernelsJson; readonly rowsLost: number } {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new SextantError('corrupt_file', `${name} is not whole JSON`, 'Write it again.', {}, error)
  }
  const given = typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {}
  const version = given['schema_version']
  if (typeof version === 'number' && version > 1)
    throw new SextantError('newer_format', `${name} has schema_version ${version}; 1 is known`, 'Update Sextant.')
  const rows = Array.isArray(given['kernels']) ? given['kernels'] : []
  let rowsLost = 0
  const kernels = rows.flatMap((row: unknown) => {
    const parsed = ncuKernelsJsonSchema.shape.kernels.element.safeParse(complete(row))
    if (!parsed.success) rowsLost += 1
    return parsed.success ? [parsed.data] : []
  })
  const sources = given['captured_sources']
  const key = given['hw_key']
  return {
    artifact: {
      schema_version: 1,
      captured_sources: Array.isArray(sources) ? sources.filter((each) => typeof each === 'string') : [],
      hw_key: typeof key === 'string' ? key : null,
      kernels,
    },
    rowsLost,
  }
}

/** Others leave out what they do not know. */
function complete(row: unknown): unknown {
  if (typeof row !== 'object' || row === null) return row
  const given = row as Readonly<Record<string, unknown>>
  const absent = Object.fromEntries(columns.map(([name]) => [name, null]))
  return { ...absent, category: '', block_limit_factor: null, name_full: given['name'], ...given }
}

const noTimeline: Capability = { state: 'absent', reason: 'ncu_kernels.json holds sums by kernel, no timeline' }

function countersOf({ kernels }: NcuKernelsJson): KernelCounters {
  const metrics: CounterMetric[] = columns.map(([name, unit, role]) => ({ name, unit, ...(role === undefined ? {} : { role }) }))
  const valueStart = new Uint32Array(kernels.length + 1)
  const valueMetric: number[] = []
  const value: number[] = []
  const results = kernels.map((kernel, index): CounterResult => {
    for (const [metric, [name]] of columns.entries()) {
      const amount = kernel[name]
      if (amount === null) continue
      valueMetric.push(metric)
      value.push(amount)
    }
    valueStart[index + 1] = value.length
    const durationNs = kernel.kernel_time_ns
    return {
      scope: 'kernel',
      functionName: kernel.name,
      demangledName: kernel.name_full,
      rules: [],
      nvtx: [],
      ...(durationNs === null || durationNs <= 0 ? {} : { durationNs }),
    }
  })
  return {
    metrics,
    results,
    processes: [],
    sections: [],
    valueStart,
    valueMetric: Uint32Array.from(valueMetric),
    value: Float64Array.from(value),
    texts: [],
    holdsRules: false,
  }
}

function captureOf(artifact: NcuKernelsJson): Capture {
  return {
    kind: 'ncu-kernels-json',
    tool: { name: artifact.captured_sources.join('+') || 'unknown' },
    clock: { originNs: '0', epoch: 'unknown', resolutionNs: 1 },
    devices: [],
    capabilities: {
      kernels: noTimeline,
      copies: noTimeline,
      'host-calls': noTimeline,
      ranges: noTimeline,
      'os-calls': noTimeline,
      'kernel-statistics': { state: 'absent', reason: 'replayed launches are no sample of a run' },
      'kernel-counters': { state: 'available' },
      'device-identity': { state: 'absent', reason: 'ncu_kernels.json names a key of the ceilings, no device' },
    },
    kernelCounters: countersOf(artifact),
    graphMode: 'unknown',
    diagnostics: [],
    facts: artifact.hw_key === null ? {} : { 'hw-key': artifact.hw_key },
    inventory: { results: artifact.kernels.length },
  }
}

async function read(source: Source): Promise<ReadResult> {
  if (source.size > MAX_BYTES)
    throw new SextantError('limit_exceeded', `${source.name} is larger than ${MAX_BYTES} bytes`, 'Give the report that it was made of.', {
      limit: MAX_BYTES,
    })
  let text: string
  try {
    text = readFileSync(source.path, 'utf8')
  } catch (error) {
    throw fileError(source.path, error)
  }
  const { artifact, rowsLost } = parseNcuKernelsJson(text, source.name)
  // An empty list counted as evidence is how a report claims a tier that it has not (trap D22).
  if (artifact.kernels.length === 0)
    throw new SextantError(
      'missing_data',
      `${source.name} names no kernel: that is no evidence`,
      'Write it from a report that holds kernels.',
    )
  const losses: Loss[] =
    rowsLost === 0
      ? []
      : [{ code: 'damaged-rows', count: rowsLost, what: 'rows of ncu_kernels.json without a name or with damaged amounts' }]
  return { capture: captureOf(artifact), losses }
}

export const ncuKernelsJsonReader: Reader = {
  kind: 'ncu-kernels-json',
  title: 'ncu_kernels.json of a campaign cell',
  spec: 'https://github.com/cfregly/gpu-perf-tune',
  version: 1,
  detect,
  read,
}
