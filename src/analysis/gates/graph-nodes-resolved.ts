/** Engines run decode inside graphs: without node rows or graph rows that time is invisible (facts/nsys.md sections 7 and 11; trap A7, B1). */
import { cannotTell, fail, type Gate, type GateContext, pass } from './gate.ts'

const FIX = 'Capture again with --cuda-graph-trace=node (one row per kernel inside graphs), or at least --cuda-graph-trace=graph.'

function check({ capture, coverage }: GateContext) {
  const { timeline, graphMode } = capture
  if (timeline === undefined) return cannotTell('the capture holds no timeline')
  const { graphLaunches, kernels, graphRows } = coverage
  if (kernels.inGraphs > 0) {
    return pass(graphRows > 0 ? `${graphRows} graph rows are opaque beside ${kernels.inGraphs} resolved kernels` : undefined)
  }
  if (graphRows > 0)
    return pass(`${graphRows} graph rows: busy time is known, kernels inside are not (--cuda-graph-trace=node resolves them)`)
  if (graphLaunches === undefined) {
    if (graphMode === 'node') return pass('recorded in node mode; no kernel ran inside a graph')
    return cannotTell(`no graph row and no graph kernel, and graph launches cannot be counted: ${coverage.joined.reason}`)
  }
  // Launches in flight at the end have no rows in any mode: only older ones show that graphs ran unseen.
  if (graphLaunches.withoutRows === 0) return pass()
  if (graphLaunches.withNodeRows > 0) return pass('graph launches ran copies and memsets only')
  return fail(`${graphLaunches.launches} graph launches, and neither graph rows nor kernels inside graphs: their time is invisible`, FIX)
}

export const graphNodesResolved: Gate = {
  id: 'graph-nodes-resolved',
  title: 'Work inside graphs is visible',
  needs: ['correlation', 'host-calls'],
  asks: 'any',
  check,
}
