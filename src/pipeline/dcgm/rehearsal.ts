/** The queries that a correlation would ask, without asking any: for people, and for tools that reach the server when this one cannot. */
import { paddedRange, planQueries } from '#analysis/dcgm/query-plan.ts'
import { utcText } from '#analysis/dcgm/utc.ts'
import type { DcgmCorrelate } from '#formats/dcgm-correlate.ts'
import type { CorrelationContext } from './correlate-window.ts'
import type { CorrelationRequest } from './request.ts'
import { usualScope } from './scope.ts'
import { chooseWindow, openBench, widestWindow } from './window-choice.ts'

export async function rehearse(context: CorrelationContext, request: CorrelationRequest): Promise<DcgmCorrelate> {
  const bench = request.bench === undefined ? undefined : await openBench(context.path(request.bench))
  const wide = bench === undefined ? undefined : widestWindow(bench, request.benchCell)
  const isOpen = wide !== undefined && request.start === undefined && request.capturedAt === undefined
  const chosen = isOpen ? wide : await chooseWindow(request, bench, async () => undefined)
  const scope = usualScope(request)
  const { toMs } = paddedRange(chosen.window)
  return {
    schema: 'dcgm-correlate/1',
    sources: bench === undefined ? [] : [bench.source],
    dryRun: true,
    queries: planQueries({ matchers: scope.matchers, window: chosen.window }).map(({ promql, file, field }) => ({
      promql,
      time_utc: utcText(toMs),
      time_s: toMs / 1000,
      file,
      quantity: field.quantity,
    })),
    window: { startUtc: chosen.text.start_utc, endUtc: chosen.text.end_utc, chosenBy: chosen.text.chosen_by },
    selector: scope.text,
    written: [],
  }
}
