/** How much of what happened a capture holds: counted before anything is claimed from it. */
import * as z from 'zod'

const count = z.int().nonnegative()
const ratio = z.number().min(0).max(1)

export const claimSchema = z
  .object({
    state: z.enum(['yes', 'no', 'unknown']),
    reason: z.string().describe('Why, in one sentence with its figures.'),
  })
  .describe('Whether something may be claimed from this capture.')
export type Claim = z.infer<typeof claimSchema>

export const statementSchema = z
  .object({
    source: z.enum(['diagnostic', 'loss']),
    severity: z.enum(['info', 'warning', 'error']),
    text: z.string().describe('As the capture or the reader says it.'),
    concerns: z.enum(['device', 'other']).describe('device: rows of kernels, graphs, copies or memsets may be missing.'),
    certainty: z.enum(['none', 'possible', 'certain']).describe('Whether it says that rows were lost.'),
    count: z.exactOptional(count).describe('Rows concerned, where that is known.'),
  })
  .describe('What the tool or the reader says about missing rows, and every warning and error in the file.')
export type CoverageStatement = z.infer<typeof statementSchema>

export const launchCoverageSchema = z
  .object({
    calls: count.describe('Kernel launch calls, nested calls counted once, without launches recorded into a graph.'),
    withRows: count,
    withoutRows: count.describe('Calls without any device row, without those in flight at the end.'),
    inFlightAtEnd: count.describe(
      'Calls without rows after the last call of their process that has some, where the device was at work until the end.',
    ),
    captured: count.describe('Launch calls between stream capture begin and end: they build a graph and run nothing.'),
  })
  .describe('Kernel launch calls against device rows, outside graphs.')

export const graphCoverageSchema = z
  .object({
    launches: count,
    withGraphRow: count.describe('Launches with an opaque graph row.'),
    withNodeRows: count.describe('Launches whose kernels, copies or memsets are resolved.'),
    withoutRows: count.describe('Launches without any device row, without those in flight at the end.'),
    inFlightAtEnd: count,
    graphRows: count,
    graphRowsWithoutLaunch: count,
  })
  .describe('Graph launch calls against graph rows and node rows.')

export const replayCoverageSchema = z
  .object({
    graphs: count.describe('Distinct graphs by node set; without node ids, by first kernel and kernel count.'),
    byNodeSet: z.boolean().describe('False: the capture has no node ids, so kernels missing inside a replay cannot be told.'),
    replays: count.describe('Graph launches with kernels.'),
    medianKernelsPerReplay: z.number().nonnegative(),
    expectedKernels: count.describe('Sum over graphs of launches x median kernels per replay; launches without rows count with the mean.'),
    presentKernels: count,
    presentRatio: z.number().nonnegative(),
  })
  .describe('Kernels that graph launches should have left, against kernels present.')

export const coverageSchema = z.object({
  kernels: z.object({
    count,
    inGraphs: count,
    launchKnown: count.describe('Kernels whose launch call is in the capture.'),
    launchUnknown: count,
    launchedBefore: count.describe(
      'Of these, kernels that start before the first kernel of their process whose launch is known: launched before recording began.',
    ),
  }),
  graphRows: count,
  copies: count,
  memsets: count,
  joined: claimSchema.describe('Whether device rows could be joined to host calls.'),
  launches: z.exactOptional(launchCoverageSchema),
  graphLaunches: z.exactOptional(graphCoverageSchema),
  replays: z.exactOptional(replayCoverageSchema),
  overTime: z.exactOptional(
    z.object({
      windowNs: z.number().nonnegative(),
      parts: count.describe('Equal parts of the window in which the host launched.'),
      silentParts: count.describe('Of these, parts none of whose launches left a device row.'),
      silentRatio: ratio,
    }),
  ),
  statements: z.array(statementSchema),
  underRecorded: claimSchema.describe('Whether device rows are missing.'),
  idleClaimable: claimSchema,
  busyClaimable: claimSchema,
})
export type Coverage = z.infer<typeof coverageSchema>
