/** Overflowing activity buffers keep about one replay in N: "99.1 % idle" on a nearly saturated device (facts/traps.md B1). */
import { cannotTell, fail, type Gate, type GateContext, pass } from './gate.ts'

const FIX =
  'Capture a shorter window (seconds; --duration, or --capture-range=cudaProfilerApi with a step limit such as max_iterations), ' +
  'flush buffers more often (--cuda-flush-interval), and capture again with --cuda-graph-trace=node.'

function check({ coverage }: GateContext) {
  const { state, reason } = coverage.underRecorded
  if (state === 'yes') return fail(reason, FIX)
  return state === 'no' ? pass() : cannotTell(reason)
}

export const notUnderRecorded: Gate = {
  id: 'not-under-recorded',
  title: 'Launches and device rows agree',
  needs: ['correlation', 'host-calls'],
  asks: 'any',
  check,
}
