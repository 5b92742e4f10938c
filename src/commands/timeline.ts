import { z } from 'zod'
import { buildHostSummary } from '#analysis/host-summary.ts'
import { summarizeTimeline } from '#analysis/timeline-summary.ts'
import type { HostSummary } from '#formats/host-summary.ts'
import { timelineSummarySchema } from '#formats/timeline-summary.ts'
import type { TimelineNeed } from '#model/timeline.ts'
import { loadFamilyRules } from '#pipeline/family-rules.ts'
import { openCapture } from '#pipeline/open-capture.ts'
import { sourceNames } from '#pipeline/source-names.ts'
import { Study } from '#pipeline/study.ts'
import { defineCommand } from './define-command.ts'
import { limited, limitInput } from './framework/limit.ts'
import { timelineText } from './text/timeline-text.ts'

/** Idle time is attributed with launches, ranges and waits; operators and geometry are not needed. */
export const timelineCommandNeeds: readonly TimelineNeed[] = ['correlation', 'host-calls', 'ranges', 'os-calls']

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
  }),
  output: timelineSummarySchema,
  examples: [{ title: 'where did each device’s time go?', args: ['examples/decode-host-bound/glm51-decode-c1.sqlite'] }],
  async run(context, input) {
    const path = context.path(input.file)
    const opened = await openCapture(path, { needs: timelineCommandNeeds })
    const study = new Study(opened, loadFamilyRules(context.configRoot))
    const { timeline } = opened.capture
    const join = study.join()
    const summary = summarizeTimeline(opened.capture, opened.losses, study.rules, {
      ...(join === undefined ? {} : { join }),
      ...(input.limit === undefined ? {} : { largestGaps: input.limit === 0 ? MOST_GAPS : Math.min(input.limit, MOST_GAPS) }),
    })
    const hostCalls = timeline === undefined ? undefined : limitedCalls(buildHostSummary(timeline), input.limit)
    return {
      ...summary,
      sources: [{ path: sourceNames([path])[0] ?? '', sha256: opened.sha256 }],
      ...(hostCalls === undefined ? {} : { hostCalls }),
    }
  },
  render: timelineText,
})
