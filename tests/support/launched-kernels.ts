/** Kernels with a launch row of the same process and correlation, counted the obvious way. */
import type { Timeline } from '#model/timeline.ts'

/** Correlation ids are process-local: `byProcess` false joins the naive way. */
export function launchedKernels(timeline: Timeline, byProcess: boolean): number {
  const calls = new Set<string>()
  const { hostCalls, kernels } = timeline
  for (let row = 0; row < (hostCalls?.length ?? 0); row++) {
    const thread = timeline.threads[hostCalls?.thread[row] ?? -1]
    calls.add(`${byProcess ? thread?.process : 0}:${hostCalls?.correlation?.[row]}`)
  }
  let launched = 0
  for (let row = 0; row < kernels.length; row++) {
    const lane = timeline.lanes[kernels.lane[row] ?? -1]
    if (calls.has(`${byProcess ? lane?.process : 0}:${kernels.correlation?.[row]}`)) launched++
  }
  return launched
}
