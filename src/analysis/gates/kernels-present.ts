/** Zero kernels is a statement about the capture before it is one about the device (facts/traps.md B14, B22, C8; methodology rule 5). */
import { cannotTell, fail, type Gate, type GateContext, pass } from './gate.ts'
import { launchCalls } from './observed.ts'

const GATE_0_FIX =
  'Clear Gate 0 first: compare the image’s CUDA major version with the driver’s (`nvidia-smi`), look for `CUDA versions. CUPTI/Runtime/Driver` ' +
  'in the profiler’s log, then capture again with --trace=cuda,nvtx and --cuda-graph-trace=node.'
const TRAFFIC_FIX =
  'Profile the process that launches work (--trace-fork-before-exec=true for forking workers, VLLM_WORKER_MULTIPROC_METHOD=spawn) ' +
  'and keep the load running through the whole window.'

function check(context: GateContext) {
  const { capture, coverage } = context
  if (capture.timeline === undefined) return fromStatistics(context)
  if (coverage.kernels.count > 0) return pass()
  if (coverage.graphRows > 0) return pass(`${coverage.graphRows} graph rows hold the device time; their kernels are not resolved`)
  const capability = capture.capabilities.kernels
  if (capability?.state === 'not-read' || capability?.state === 'unknown') {
    return cannotTell(capability.reason ?? 'the capture cannot tell whether kernels were recorded')
  }
  if ((capture.inventory['cuda_profiler_range'] ?? 0) > 0) return cannotTell('the trace holds counter ranges only: no timeline of kernels')
  const launches = launchCalls(context)
  if (launches === undefined) return fail('no kernel, no graph row and no host call: nothing was traced', TRAFFIC_FIX)
  if (launches > 0) {
    return fail(`${launches} launches and no kernel: a capture bug, not an idle device`, GATE_0_FIX)
  }
  if ((coverage.launches?.captured ?? 0) > 0) {
    return fail('kernels were only recorded into graphs, and no graph was launched: the window ended before traffic', TRAFFIC_FIX)
  }
  return fail('no kernel was launched in this window: another process did the work, or there was no traffic', TRAFFIC_FIX)
}

function fromStatistics({ capture }: GateContext) {
  const report = capture.statistics?.find((entry) => entry.report === 'kernels')
  if (report === undefined) return cannotTell('the capture holds neither a timeline nor kernel statistics')
  if (report.skipped !== undefined) return cannotTell(`the tool skipped its kernel report: ${report.skipped}`)
  return report.rows.length > 0 ? pass() : cannotTell('the kernel report has no rows')
}

export const kernelsPresent: Gate = {
  id: 'kernels-present',
  title: 'Kernels or graphs were recorded',
  needs: ['correlation', 'host-calls'],
  asks: 'any',
  check,
}
