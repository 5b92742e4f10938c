/** Decode is a step that repeats: a capture without one shows something else (facts/nsys.md section 12, point 6; facts/kineto.md section 11). */
import { cannotTell, fail, type Gate, type GateContext, pass } from './gate.ts'

const FIX =
  'Drive one clean decode stream (tiny prompt, long generation, ignore_eos, temperature 0) and capture at least five steps of it: ' +
  '--capture-range=cudaProfilerApi, or max_iterations of --profiler-config.'

/** algorithms.md section 3, point 6: fewer than five like steps are no pattern. */
const MIN_STEPS = 5

function check({ stepDetection, coverage }: GateContext) {
  if (stepDetection === undefined) return cannotTell('steps were not looked for')
  if (coverage.kernels.count + coverage.graphRows === 0) return cannotTell('there is no device work in which a step could repeat')
  const devices = stepDetection()
  if (devices.length === 0) return cannotTell('step detection looked at no device')
  const counts = devices.map((entry) =>
    entry.state === 'found' ? entry.steps.filter(({ phase }) => phase === 'decode' || phase === 'unknown').length : 0,
  )
  const most = Math.max(...counts)
  const decode = devices.some(
    (entry) => entry.state === 'found' && entry.steps.filter(({ phase }) => phase === 'decode').length >= MIN_STEPS,
  )
  if (most >= MIN_STEPS) return pass(`${most} repeating steps${decode ? '' : ', not known to be decode'}`)
  const reasons = devices.map((entry, index) =>
    entry.state === 'unknown'
      ? `device ${entry.device}: ${entry.reason}`
      : `device ${entry.device}: ${counts[index]} decode steps of ${entry.steps.length}`,
  )
  return fail('no decode step repeats', FIX, reasons)
}

export const repeatingDecodePattern: Gate = {
  id: 'repeating-decode-pattern',
  title: 'A step repeats, as decode does',
  needs: ['ranges'],
  asks: 'decode',
  check,
}
