/** `ncu --json`: what hardware counters say of single kernel launches, and per kernel. */
import * as z from 'zod'
import { lossSchema, sourceSchema, tierSchema } from './source.ts'

const count = z.int().nonnegative()
const ratio = z.number().nonnegative()
const amount = z.number().nonnegative()
const extent = z.tuple([count, count, count]).readonly()

const trafficSchema = z.object({
  totalBytes: amount,
  readBytes: z.exactOptional(amount),
  writeBytes: z.exactOptional(amount),
  lowerBound: z.exactOptional(z.literal(true).describe('Only one direction was collected: at least this much.')),
})

const typedWorkSchema = z.object({
  pipe: z.enum(['scalar', 'tensor']),
  type: z.string().describe('`fp32`, or a group that the counters do not tell apart: `fp16_bf16_tf32`.'),
  flops: amount,
  mostFlops: z.exactOptional(amount.describe('Where a counter mixes instructions on one element and on two: all of them on two.')),
  sparseFlops: z.exactOptional(amount.describe('Of `flops`, those that count against the sparse peak.')),
})

const flopsSchema = z.discriminatedUnion('state', [
  z.object({
    state: z.literal('known'),
    total: amount.describe('Add + mul + 2 × fma of the scalar pipes, and the operations of the matrix units; integers are none of them.'),
    most: z.exactOptional(amount.describe('Upper end where the count is ambiguous.')),
    types: z.array(typedWorkSchema),
    lowerBound: z.exactOptional(z.string().describe('What was not collected: at least `total`.')),
    assumption: z.exactOptional(z.string()),
  }),
  z.object({
    state: z.literal('unknown'),
    reason: z.string(),
    scalarFlops: z.exactOptional(amount.describe('A part of the work, never the whole.')),
  }),
])

const ratiosSchema = {
  achievedOccupancyRatio: z.exactOptional(ratio),
  theoreticalOccupancyRatio: z.exactOptional(ratio),
  computeThroughputRatio: z.exactOptional(ratio.describe('How busy the multiprocessors were: not work done.')),
  memoryThroughputRatio: z.exactOptional(ratio),
  dramThroughputRatio: z.exactOptional(ratio),
  tensorPipeActiveRatio: z.exactOptional(ratio.describe('Of the cycles in which the multiprocessor was active.')),
  tensorPipeElapsedRatio: z.exactOptional(ratio.describe('Of all elapsed cycles.')),
  l2HitRatio: z.exactOptional(ratio),
}

const workSchema = {
  flops: flopsSchema,
  integerOperations: z.exactOptional(amount.describe('Of the matrix units on integers.')),
  integerInstructions: z.exactOptional(amount),
  dram: z.exactOptional(trafficSchema),
  l2: z.exactOptional(trafficSchema),
  arithmeticIntensityFlopsPerByte: z.exactOptional(amount.describe('FLOP ÷ DRAM bytes.')),
  arithmeticIntensityBound: z.exactOptional(z.enum(['lower', 'upper']).describe('Absent = exact.')),
  achievedFlopsPerSecond: z.exactOptional(amount),
  achievedDramBytesPerSecond: z.exactOptional(amount),
  headroom: z
    .object({ state: z.enum(['decidable', 'undecidable']), reason: z.exactOptional(z.string()) })
    .describe('Can it be called near its roof, or far from it? Only from counted work, never from busy cycles.'),
}

export const ncuRuleSchema = z.object({
  identifier: z.string(),
  title: z.string(),
  section: z.exactOptional(z.string()),
  kind: z.enum(['none', 'ok', 'warning', 'error', 'optimization']),
  message: z.string().describe('As the tool wrote it.'),
  speedup: z.exactOptional(
    z.object({
      scope: z.enum(['local', 'global', 'unknown']).describe('Of this kernel, or of what the profiler saw; never of a serving step.'),
      ratio: z.number(),
    }),
  ),
  focusMetrics: z.exactOptional(
    z.array(z.object({ name: z.string(), value: z.exactOptional(z.number()), severity: z.enum(['default', 'low', 'high']) })),
  ),
})

export const ncuResultSchema = z.object({
  index: count.describe('Place in the file.'),
  scope: z.enum(['kernel', 'range']),
  functionName: z.exactOptional(z.string()),
  demangledName: z.exactOptional(z.string()),
  mangledName: z.exactOptional(z.string()),
  grid: z.exactOptional(extent),
  block: z.exactOptional(extent),
  context: z.exactOptional(z.number()),
  stream: z.exactOptional(z.number()),
  device: z.exactOptional(z.number().describe('Ordinal in the process.')),
  pid: z.exactOptional(z.number()),
  durationNs: z.exactOptional(amount.describe('Absent where it was not measured (NaN or 0 in the file).')),
  clock: z.exactOptional(z.object({ lockRequested: z.boolean(), locked: z.boolean() })),
  metrics: z.record(z.string(), z.union([z.number(), z.string()])).describe('Every metric with a value, by the tool’s own name.'),
  metricsWithoutValue: z.exactOptional(z.array(z.string()).describe('In the file, with NaN, infinity or nothing as value.')),
  derived: z.object({
    ...ratiosSchema,
    registersPerThread: z.exactOptional(amount),
    sharedMemoryPerBlockBytes: z.exactOptional(amount),
    wavesPerMultiprocessor: z.exactOptional(amount),
    occupancyLimiters: z.exactOptional(z.array(z.string()).describe('What allows the fewest blocks per multiprocessor: all that tie.')),
    replayPasses: z.exactOptional(amount),
    ...workSchema,
    stalls: z.exactOptional(z.array(z.object({ reason: z.string(), shareRatio: ratio })).describe('Largest first.')),
  }),
  rules: z.array(ncuRuleSchema),
  nvtx: z.exactOptional(z.array(z.string())),
  sourceCounters: z.exactOptional(z.object({ metrics: count, instances: count }).describe('Metrics with values per instruction.')),
})
export type NcuResult = z.infer<typeof ncuResultSchema>

export const ncuKernelSchema = z.object({
  name: z.string().describe('Demangled where known.'),
  functionName: z.exactOptional(z.string()),
  family: z.string(),
  launches: count,
  launchesMeasured: count.describe('With a duration.'),
  totalNs: z.exactOptional(amount.describe('Of the launches measured, at the profiler’s clocks.')),
  ...ratiosSchema,
  ...workSchema,
})
export type NcuKernel = z.infer<typeof ncuKernelSchema>

export const ncuSummarySchema = z.object({
  schema: z.literal('ncu-summary/1'),
  sources: z.array(sourceSchema),
  kind: z.string(),
  toolVersion: z.exactOptional(z.string()),
  tier: z.exactOptional(tierSchema.describe('L4 where the work of at least one launch was counted; absent where none was.')),
  devices: z.array(
    z.object({
      device: count,
      name: z.exactOptional(z.string()),
      computeCapability: z.exactOptional(z.string()),
      multiprocessors: z.exactOptional(count),
    }),
  ),
  sections: z.array(z.string()).describe('Collected, as the tool names them.'),
  rules: z
    .enum(['run', 'not-run', 'not-in-file'])
    .describe('not-run: no result of a rule was stored, which does not mean that there are no issues. not-in-file: such a page has none.'),
  metricUnits: z.record(z.string(), z.string()).describe('Of the metrics whose unit is known, by name; values are in these units.'),
  count: count.describe('Results in the file.'),
  withoutDuration: count,
  results: z.array(ncuResultSchema),
  omittedResults: z.exactOptional(count.describe('Left out because of --limit.')),
  kernels: z.array(ncuKernelSchema).describe('Launches of one name; ratios weighted by duration, work summed. By falling time.'),
  notes: z.array(z.string()).describe('What these numbers may not be used for.'),
  losses: z.array(lossSchema),
})
export type NcuSummary = z.infer<typeof ncuSummarySchema>
