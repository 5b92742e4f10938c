/** Averages over ramps and drains describe neither (methodology rules 19 and 33; trap A18). */
import { medianInPlace } from '#base/statistics.ts'
import { cannotTell, fail, type Gate, type GateContext, pass } from './gate.ts'
import { deviceExtent, percent } from './observed.ts'

const FIX =
  'Warm up before the capture (graphs captured, caches filled), capture a few seconds in the middle of the load ' +
  '(--delay past the ramp, --duration before the drain; or delay_iterations of --profiler-config), at constant concurrency.'

/** Ramp- and drain-dominated windows under-read by 1.6 to 1.8 (methodology rule 33): parts that differ by more are another regime. */
const SAME_REGIME = 1.6
/** A quarter of odd steps is what one stray burst or one ragged edge on either side amounts to. */
const MIN_STEADY_STEPS = 0.75
/** Ramp, middle and drain: finer parts of a capture of a few steps beat against the step (real training traces do). */
const PARTS = 3
/** 20 rows a part keep counting noise (1/sqrt(20) = 0.22) well inside the factor of 1.6. */
const MIN_ROWS = 20 * PARTS
/** As many steps as make three quarters of them more than a coincidence. */
const MIN_STEPS = 16

function steadyRatio(values: readonly number[]): number {
  const median = medianInPlace(Float64Array.from(values))
  if (!(median > 0)) return 0
  return values.filter((value) => value <= median * SAME_REGIME && value >= median / SAME_REGIME).length / values.length
}

function check(context: GateContext) {
  const { timeline } = context.capture
  if (timeline === undefined) return cannotTell('the capture holds no timeline')
  const stepped = context.stepDetection?.().find((entry) => entry.state === 'found' && entry.steps.length >= MIN_STEPS)
  if (stepped?.state === 'found') {
    const ratio = steadyRatio(stepped.steps.map(({ startNs, endNs }) => endNs - startNs))
    if (ratio >= MIN_STEADY_STEPS) return pass()
    return fail(`${percent(ratio)} of ${stepped.steps.length} steps on device ${stepped.device} are like the median step`, FIX)
  }
  const extent = deviceExtent(context)
  const rows = timeline.kernels.length + timeline.graphs.length
  if (extent === undefined || rows < MIN_ROWS) return cannotTell(`${rows} kernels and graph rows are too few to see a regime`)
  const partNs = Math.max(1, extent.endNs - extent.startNs) / PARTS
  const starts = new Array<number>(PARTS).fill(0)
  for (const table of [timeline.kernels, timeline.graphs]) {
    for (let row = 0; row < table.length; row++) {
      const part = Math.min(PARTS - 1, Math.floor(((table.startNs[row] ?? 0) - extent.startNs) / partNs))
      starts[part] = (starts[part] ?? 0) + 1
    }
  }
  if (steadyRatio(starts) === 1) return pass()
  return fail('the rate of device work changes over the window by more than a factor of 1.6', FIX, [
    `kernels and graph rows per third of the window: ${starts.join(', ')}`,
  ])
}

export const steadyState: Gate = { id: 'steady-state', title: 'The load is steady over the window', needs: [], asks: 'any', check }
