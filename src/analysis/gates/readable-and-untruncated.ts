/** A file that ends early has lost whatever came last: steps, tables, or the metadata that explains them (facts/traps.md A12). */
import { isTruncationLoss } from '#analysis/coverage-statements.ts'
import { cannotTell, fail, type Gate, type GateContext, pass } from './gate.ts'

const FIX =
  'Export or copy the file again (`nsys export --type sqlite --force-overwrite true`, or fetch the trace after the profiler has finished writing); ' +
  'if the profiler was killed, capture a shorter window (`--duration`) and end with --kill=none.'

function check({ capture, losses }: GateContext) {
  const truncated = losses.filter(isTruncationLoss)
  if (truncated.length > 0) {
    const evidence = truncated.map(({ code, count, what }) => `${what} (${code}: ${count})`)
    return fail('the file ends early: what it holds is a part of what was recorded', FIX, evidence)
  }
  if (capture.timeline === undefined && capture.statistics === undefined)
    return cannotTell('the capture holds neither a timeline nor statistics')
  if (losses.length > 0) return pass(`complete, with ${losses.length} kinds of loss, all counted`)
  return pass()
}

export const readableAndUntruncated: Gate = { id: 'readable-and-untruncated', title: 'The file is complete', needs: [], asks: 'any', check }
