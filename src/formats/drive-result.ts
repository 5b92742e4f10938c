/** `drive-result/1`: what the load driver measured, with the load, the context, the definitions, and how late the driver itself was. */
import * as z from 'zod'
import { nextLeverSchema, sourceSchema } from './source.ts'

const nanoseconds = z.number()

const delaySchema = z.strictObject({
  count: z.int().nonnegative(),
  meanNs: nanoseconds,
  p50Ns: nanoseconds,
  p95Ns: nanoseconds,
  p99Ns: nanoseconds,
  maxNs: nanoseconds,
})

export const driveLatencySchema = z.strictObject({
  quantity: z
    .string()
    .describe('ttft, itl, tpot, e2el, schedule-delay…; `…-with-queue` counts from the scheduled time, all others from sending'),
  definition: z.string().describe('Which event stops the clock, or what is averaged over what: `definitions` says it in words'),
  requests: z.int().nonnegative(),
  samples: z.int().nonnegative(),
  meanNs: nanoseconds,
  stdNs: z.exactOptional(nanoseconds),
  minNs: nanoseconds,
  p50Ns: nanoseconds,
  p90Ns: nanoseconds,
  p95Ns: nanoseconds,
  p99Ns: nanoseconds,
  maxNs: nanoseconds,
  notEstimable: z.array(z.string()).describe('Percentiles with too few requests for a finite interval'),
})

const rateSchema = z.strictObject({
  quantity: z.enum(['requests', 'output-tokens', 'input-tokens', 'total-tokens', 'goodput-requests', 'goodput-tokens']),
  per: z.enum(['deployment', 'user']),
  statistic: z.literal('mean'),
  perSecond: z.number(),
  window: z.string(),
})

export const clientSchema = z
  .strictObject({
    threads: z.int().positive(),
    loopWait: z.exactOptional(delaySchema.describe('Upper bound of each stamp’s wait inside its thread')),
    probe: z.exactOptional(delaySchema.describe('Lateness of moments sent over loopback into the same event loops')),
    loopDelay: z.exactOptional(
      z.strictObject({ p50Ns: nanoseconds, p99Ns: nanoseconds, maxNs: nanoseconds }).describe('Timers of the worst thread'),
    ),
    cpuNs: nanoseconds.describe('Of the client’s process, all threads'),
    cpuNsPerEvent: z.exactOptional(nanoseconds),
    events: z.int().nonnegative(),
    maxQueued: z.int().nonnegative().describe('Most requests of an open loop that waited for a connection'),
    newConnections: z.int().nonnegative().describe('Requests that opened a connection: their TTFT holds the handshake'),
  })
  .describe('How late the client was, as it measured itself')

const validityCode = z.enum([
  'timestamp-lag',
  'gap-lag',
  'behind-schedule',
  'slots-idle',
  'not-self-measured',
  'no-successful-requests',
  'too-many-errors',
  'interrupted',
])

export const validitySchema = z.strictObject({
  state: z.enum(['valid', 'invalid', 'unknown']).describe('invalid: the client, or too few answers, decided the figures'),
  reasons: z.array(
    z.strictObject({
      code: validityCode,
      text: z.string(),
      observed: z.exactOptional(z.number()),
      limit: z.exactOptional(z.number()),
    }),
  ),
})

export const serverReadingSchema = z.strictObject({
  quantity: z.string(),
  unit: z.string(),
  before: z.exactOptional(z.number()),
  after: z.exactOptional(z.number()),
  delta: z.exactOptional(z.number().describe('Of a counter; absent where it went back in between: the process is another')),
  peak: z.exactOptional(z.number().describe('Of a gauge, over all samples')),
  mean: z.exactOptional(z.number()),
})

export const driveCellSchema = z.strictObject({
  id: z.string(),
  arrivals: z.strictObject({
    kind: z.enum(['closed', 'poisson', 'constant']),
    concurrency: z.exactOptional(z.int().positive()),
    ratePerS: z.exactOptional(z.number().positive()),
  }),
  captured_at: z.string().describe('UTC, when the first measured request was due'),
  startEpochNs: z.string().describe('The same as decimal nanoseconds since 1970'),
  duration_effective_s: z.exactOptional(z.number().describe('First sending to last content of completed requests')),
  attempts: z.int().nonnegative(),
  completed: z.int().nonnegative(),
  completedAfterRetry: z.int().nonnegative(),
  failed: z.int().nonnegative().describe('Attempts that did not complete, retried or not'),
  outcomes: z.record(z.string(), z.int().nonnegative()),
  failures: z.array(z.strictObject({ outcome: z.string(), text: z.string(), count: z.int().positive() })),
  warmUp: z.strictObject({ attempts: z.int().nonnegative(), failed: z.int().nonnegative() }),
  latencies: z.array(driveLatencySchema),
  rates: z.array(rateSchema),
  achievedRatePerS: z.exactOptional(z.number().describe('Open loop: requests sent per second')),
  tokens: z.strictObject({
    input: z.exactOptional(z.number()),
    output: z.exactOptional(z.number()),
    cached: z.exactOptional(z.number()),
    inputMean: z.exactOptional(z.number()),
    outputMean: z.exactOptional(z.number()),
    perChunkMean: z.exactOptional(z.number()),
    requestsWithoutUsage: z.int().nonnegative(),
    shorterThanAsked: z.int().nonnegative(),
  }),
  good: z.exactOptional(z.strictObject({ requests: z.int().nonnegative(), outputTokens: z.exactOptional(z.number()) })),
  server: z.exactOptional(
    z.strictObject({
      scrapes: z.int().nonnegative(),
      failedScrapes: z.int().nonnegative(),
      intervalS: z.number(),
      readings: z.array(serverReadingSchema),
    }),
  ),
  client: clientSchema,
  validity: validitySchema,
  marks: z.array(z.strictObject({ code: z.string(), text: z.string() })).describe('What a reader must know before using the cell'),
})
export type DriveCell = z.infer<typeof driveCellSchema>

export const drivePlanSchema = z.strictObject({
  url: z.string(),
  api: z.enum(['chat', 'completions']),
  model: z.exactOptional(z.string().describe('Absent in a rehearsal that did not ask the server')),
  points: z.array(z.string()).describe('Cells in order'),
  requests: z.exactOptional(z.int().positive()),
  durationS: z.exactOptional(z.number().positive()),
  warmUpRequests: z.exactOptional(z.int().nonnegative().describe('Absent: twice the concurrency of each cell')),
  rampS: z.number(),
  prompts: z.strictObject({
    kind: z.enum(['random', 'conversations']),
    dataset: z.exactOptional(z.string()),
    seed: z.exactOptional(z.int()),
    inputTokensAsked: z.exactOptional(z.int()),
    outputTokensAsked: z.exactOptional(z.int()),
    spread: z.exactOptional(z.number()),
    sharedPrefixTokens: z.exactOptional(z.int()),
    prefixes: z.exactOptional(z.int()),
    conversationNum: z.exactOptional(z.int()),
    multiTurn: z.exactOptional(z.boolean()),
    tokensPerWord: z.exactOptional(z.number().describe('Measured on the server before the run')),
  }),
  salt: z.string().describe('At the head of every prompt; empty: none, and caches may be warm'),
  ignoreEos: z.boolean(),
  temperature: z.number(),
  extraBody: z.record(z.string(), z.json()),
  retries: z.int().nonnegative(),
  seed: z.int(),
  threads: z.int().positive(),
  timeoutsS: z.strictObject({ connect: z.number(), firstToken: z.number(), stall: z.number(), request: z.number() }),
  goodput: z.exactOptional(
    z.strictObject({ ttftMs: z.exactOptional(z.number()), tpotMs: z.exactOptional(z.number()), e2elMs: z.exactOptional(z.number()) }),
  ),
  forced: z.boolean(),
})
export type DrivePlan = z.infer<typeof drivePlanSchema>

export const driveResultSchema = z.strictObject({
  schema: z.literal('drive-result/1'),
  tool: z.strictObject({ name: z.literal('sextant drive'), version: z.string() }),
  sources: z.array(sourceSchema).describe('Recorded conversations, where any were replayed'),
  bench: z.strictObject({
    captured_at: z.string().describe('UTC start of the first cell'),
    duration_effective_s: z.exactOptional(z.number().describe('Sum over the cells')),
  }),
  plan: drivePlanSchema,
  context: z.array(
    z.strictObject({ name: z.string(), value: z.union([z.string(), z.number(), z.boolean()]), from: z.enum(['given', 'server', 'plan']) }),
  ),
  missingContext: z.array(z.string()).describe('Fields of the context descriptor that nobody said: they block promotion to VERDICT'),
  definitions: z.record(z.string(), z.string()),
  cells: z.array(driveCellSchema).min(1),
  clock: z.strictObject({
    wallStepNs: z.number().describe('Wall clock against monotonic clock from start to end: stamps are of the monotonic one'),
  }),
  validity: validitySchema.describe('Of all cells together'),
  next: nextLeverSchema,
})
export type DriveResult = z.infer<typeof driveResultSchema>

export const driveSchema = z.strictObject({
  schema: z.literal('drive/1'),
  sources: z.array(sourceSchema),
  dryRun: z.boolean(),
  plan: drivePlanSchema,
  result: z.exactOptional(driveResultSchema),
  written: z.array(sourceSchema).describe('Files of the result, with what they held when written'),
})
export type Drive = z.infer<typeof driveSchema>

const roundSchema = z.strictObject({
  round: z.int().positive(),
  outcome: z.string(),
  wallNs: nanoseconds.describe('Sending to end of stream'),
  ttftNs: z.exactOptional(nanoseconds),
  tpotNs: z.exactOptional(nanoseconds.describe('(last content - first content) / (tokens - 1)')),
  contentGapP50Ns: z.exactOptional(nanoseconds),
  outputTokens: z.exactOptional(z.int()),
  tokensPerChunk: z.exactOptional(z.number()),
  startEpochNs: z.string(),
})

export const driveCleanSchema = z.strictObject({
  schema: z.literal('drive-clean/1'),
  sources: z.array(sourceSchema),
  dryRun: z.boolean(),
  bench: z.exactOptional(
    z
      .strictObject({
        captured_at: z.string().describe('UTC, when the first measured round was sent'),
        duration_effective_s: z.exactOptional(z.number().describe('From there to the last content; absent where no round completed')),
      })
      .describe('Absent where nothing was measured'),
  ),
  url: z.string(),
  model: z.exactOptional(z.string()),
  outputTokensAsked: z.int().positive(),
  warmUpRounds: z.int().nonnegative(),
  rounds: z.array(roundSchema),
  tpotNs: z.exactOptional(
    z
      .strictObject({ median: nanoseconds, mean: nanoseconds, min: nanoseconds, max: nanoseconds })
      .describe('Over the rounds that completed'),
  ),
  client: z.exactOptional(clientSchema),
  validity: validitySchema,
  definitions: z.record(z.string(), z.string()),
})
export type DriveClean = z.infer<typeof driveCleanSchema>
