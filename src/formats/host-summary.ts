/** What the host called, per API function and per kind of call. */
import * as z from 'zod'

const count = z.int().nonnegative()
const durationNs = z.number().nonnegative()

export const hostSummarySchema = z.object({
  classes: z
    .array(z.object({ class: z.string(), count, totalNs: durationNs }))
    .describe('launch, graph-launch, sync, memcpy, memset, allocation, event, wait, other; by falling total time.'),
  calls: z
    .array(
      z.object({
        name: z.string().describe('Without version suffix.'),
        class: z.string(),
        count,
        totalNs: durationNs,
        minNs: durationNs,
        medianNs: durationNs,
        maxNs: durationNs,
      }),
    )
    .describe('By falling total time. Nested calls (driver in runtime) count each.'),
  omittedCalls: z.exactOptional(count.describe('Calls left out because of --limit.')),
})
export type HostSummary = z.infer<typeof hostSummarySchema>
