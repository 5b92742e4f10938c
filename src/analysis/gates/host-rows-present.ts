/** Why the device waited is a question to the host: without its calls every gap is `unknown` (algorithms.md section 2). */
import { cannotTell, fail, type Gate, type GateContext, pass } from './gate.ts'

const FIX =
  'Capture with host tracing on: --trace=cuda,nvtx,osrt for nsys, CPU activities for the framework profiler; ' +
  'and export every table (`nsys export --lazy false`, without --tables).'

function check({ capture, coverage }: GateContext) {
  const { timeline } = capture
  if (timeline === undefined) return cannotTell('the capture holds no timeline')
  const capability = capture.capabilities['host-calls']
  if (timeline.hostCalls === undefined) {
    if (capability?.state === 'not-read' || capability?.state === 'unknown')
      return cannotTell(capability.reason ?? 'host calls were not read')
    return fail('the capture holds no host calls, so idle time cannot be attributed', FIX)
  }
  if (timeline.hostCalls.length === 0) return fail('the capture holds no host call, so idle time cannot be attributed', FIX)
  if (coverage.joined.state !== 'yes') return fail(`host calls cannot be joined to device rows: ${coverage.joined.reason}`, FIX)
  const { count, launchKnown } = coverage.kernels
  if (count === 0 && coverage.graphRows === 0) return cannotTell('there is no kernel whose launch could be found')
  if (count > 0 && launchKnown === 0) return fail(`none of ${count} kernels has its launch call in the capture`, FIX)
  return pass(launchKnown < count ? `${launchKnown} of ${count} kernels have their launch call` : undefined)
}

export const hostRowsPresent: Gate = {
  id: 'host-rows-present',
  title: 'Host calls are there to say why the device waited',
  needs: ['correlation', 'host-calls'],
  asks: 'any',
  check,
}
