import * as z from 'zod'
import type { HostSummary } from '#formats/host-summary.ts'
import { timelineSummarySchema } from '#formats/timeline-summary.ts'
import { ask } from '#pipeline/ask.ts'
import { timelineQuestion } from '#pipeline/questions.ts'
import { defineCommand } from './define-command.ts'
import { askContext, cacheInput } from './framework/capture-input.ts'
import { limited, limitInput } from './framework/limit.ts'
import { timelineText } from './text/timeline-text.ts'

/** A capture may hold millions of gaps; the histogram has them all, and nobody reads the thousandth by length. */
const MOST_GAPS = 1000

function limitedCalls(host: HostSummary | undefined, limit: number | undefined): HostSummary | undefined {
  if (host === undefined) return undefined
  const { rows, omitted } = limited(host.calls, limit)
  return { ...host, calls: [...rows], ...(omitted === 0 ? {} : { omittedCalls: omitted }) }
}

export const command = defineCommand({
  name: 'timeline',
  summary: 'Account for each device’s time: busy, idle and why, overlap of compute, communication and copies',
  effect: 'read_only',
  positional: ['file'],
  input: z.object({
    file: z.string().describe('Capture with a timeline: nsys SQLite export, parquetdir, .nsys-rep or PyTorch trace'),
    limit: limitInput,
    cache: cacheInput,
  }),
  output: timelineSummarySchema,
  examples: [{ title: 'where did each device’s time go?', args: ['examples/decode-host-bound/glm51-decode-c1.sqlite'] }],
  async run(context, input) {
    const { limit } = input
    const largestGaps = limit === undefined ? {} : { largestGaps: limit === 0 ? MOST_GAPS : Math.min(limit, MOST_GAPS) }
    const { value, sources } = await ask(askContext(context, input.cache), [context.path(input.file)], timelineQuestion(largestGaps))
    const hostCalls = limitedCalls(value.hostCalls, limit)
    return { ...value, sources, ...(hostCalls === undefined ? {} : { hostCalls }) }
  },
  render: timelineText,
})
