/** Which questions an export can answer. An absent table means no rows or not collected: the capture's own metadata tells them apart. */
import type { Capability, CapabilityName, GraphMode } from '#model/capture.ts'

export interface TableStates {
  readonly kernels: boolean
  readonly graphNodeRows: number
  readonly hasGraphNodeColumn: boolean
  readonly graphTable: boolean
  readonly copies: boolean
  /** `exists`: the export has the table; `read`: the question asked for it. */
  readonly hostCalls: { exists: boolean; read: boolean }
  readonly ranges: { exists: boolean; read: boolean }
  readonly osCalls: { exists: boolean; read: boolean }
  readonly syncs: { exists: boolean; read: boolean }
}

/** `traced`: the CAPTURE_EVENT_TYPE that covers the table. */
function missing(captured: ReadonlySet<string> | undefined, traced: string, what: string): Capability {
  if (captured === undefined)
    return { state: 'unknown', reason: `the export has no ${what} and no capture metadata: none happened, or they were not recorded` }
  if (!captured.has(traced)) return { state: 'absent', reason: `${traced} events were not traced` }
  return { state: 'absent', reason: `${traced} events were traced, and the export holds no ${what}` }
}

const available: Capability = { state: 'available' }

function requested(
  table: { exists: boolean; read: boolean },
  captured: ReadonlySet<string> | undefined,
  traced: string,
  what: string,
): Capability {
  if (!table.exists) return missing(captured, traced, what)
  return table.read ? available : { state: 'not-read', reason: `the question did not need ${what}` }
}

function graphNodes(states: TableStates, mode: GraphMode): Capability {
  if (states.graphNodeRows > 0) return available
  if (!states.kernels) return { state: 'unknown', reason: 'no kernel rows' }
  if (mode === 'graph')
    return { state: 'absent', reason: 'graphs were traced whole (--cuda-graph-trace=graph): kernels inside graphs have no rows' }
  if (!states.hasGraphNodeColumn) return { state: 'unknown', reason: 'kernel rows carry no graph node' }
  return mode === 'node'
    ? available
    : { state: 'unknown', reason: 'no kernel row carries a graph node, and the graph trace mode is not recorded' }
}

function graphLaunches(states: TableStates, mode: GraphMode): Capability {
  if (states.graphTable) return available
  if (mode === 'node') return { state: 'absent', reason: 'graphs were traced by node: their kernels have rows of their own' }
  return {
    state: 'unknown',
    reason: 'no CUPTI_ACTIVITY_KIND_GRAPH_TRACE table: no graph was launched, or graph launches were not recorded',
  }
}

export function capabilitiesOf(
  states: TableStates,
  mode: GraphMode,
  captured: ReadonlySet<string> | undefined,
  identity: string | undefined,
  hasEpoch: boolean,
): Partial<Record<CapabilityName, Capability>> {
  return {
    kernels: states.kernels ? available : missing(captured, 'Cuda', 'kernel rows'),
    'graph-nodes': graphNodes(states, mode),
    'graph-launches': graphLaunches(states, mode),
    copies: states.copies ? available : missing(captured, 'Cuda', 'copy rows'),
    'host-calls': requested(states.hostCalls, captured, 'Cuda', 'CUDA API calls'),
    ranges: requested(states.ranges, captured, 'NvtxEvents', 'NVTX ranges'),
    'os-calls': requested(states.osCalls, captured, 'OSRuntime', 'operating-system calls'),
    syncs: requested(states.syncs, captured, 'Cuda', 'synchronisation records'),
    'device-identity': identity === undefined ? available : { state: 'unknown', reason: identity },
    'epoch-clock': hasEpoch ? available : { state: 'absent', reason: 'the export does not record when the session started' },
  }
}
