/** Why a device has no budget, or less of one, in the words of the `decode-budget/1` format. */
import type { DeviceAnswer } from '#analysis/device-budget.ts'
import type { NoSteps } from '#analysis/step.ts'
import type { Coverage } from '#formats/coverage.ts'
import type { BudgetUnknown } from '#formats/decode-budget.ts'
import type { NextLever } from '#formats/source.ts'

export type Refusal = Omit<BudgetUnknown, 'device'>

export const cutShort: Refusal = {
  code: 'file-ends-early',
  reason: 'the file ends early: the steps before its end are complete and measured, the last one is left out',
  settledBy: 'a capture that was stopped properly',
}

export function unknownDevice(refusal: Refusal): DeviceAnswer {
  const next: NextLever = {
    lever: `a new capture: ${refusal.settledBy}`,
    expectedUnlock: 'none claimed: the budget is unknown',
    gate: 'sextant gates passes on it',
  }
  return { budget: { state: 'unknown', next }, unknowns: [refusal] }
}

/** Rows are missing, so idle time is not idle and steps may be missing (traps B1, B22). */
export function refusedByCoverage(coverage: Coverage): Refusal | undefined {
  if (coverage.idleClaimable.state !== 'no') return undefined
  const { reason } = coverage.idleClaimable
  const { kernels, graphRows, copies, memsets, launches, graphLaunches } = coverage
  const launched = (launches?.calls ?? 0) + (graphLaunches?.launches ?? 0)
  if (kernels.count + graphRows === 0) {
    if (launched === 0) return { code: 'no-steps', reason, settledBy: 'traffic during the window' }
    const what = copies + memsets === 0 ? 'no-device-rows' : 'rows-dropped'
    return { code: what, reason, settledBy: 'a profiler whose CUPTI matches the driver (Gate 0), then the same window again' }
  }
  if ((graphLaunches?.withoutRows ?? 0) > 0 || coverage.replays !== undefined) {
    return { code: 'under-recorded', reason, settledBy: 'graphs recorded in full: --cuda-graph-trace=node, a shorter window' }
  }
  return { code: 'rows-dropped', reason, settledBy: 'a shorter window or larger buffers, until no rows are lost' }
}

const codeOfNoSteps: Readonly<Record<NoSteps['code'], Refusal['code']>> = {
  'no-activity': 'no-steps',
  'shared-device': 'shared-device',
  'no-repeating-motif': 'no-steps',
  'too-few-steps': 'too-few-steps',
  irregular: 'irregular-steps',
  impure: 'unlike-steps',
  'autocorrelation-disagrees': 'signals-disagree',
}

export function refusedBySteps({ code, reason }: NoSteps): Refusal {
  return {
    code: codeOfNoSteps[code],
    reason,
    settledBy:
      code === 'shared-device'
        ? 'a capture with one engine on the device'
        : 'a longer window of steady decode at one concurrency, with engine step annotations',
  }
}
