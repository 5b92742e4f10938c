/** A result of a load generator as a capture: no timeline, no device, and it says so. */
import type { BenchResult } from '#model/bench-result.ts'
import type { Capability, Capture, Loss } from '#model/capture.ts'
import type { ReadResult } from '#model/reader.ts'

const absent: Capability = { state: 'absent', reason: 'a result of a load generator holds what the client saw, nothing of the device' }

export function benchCapture(kind: string, name: string, result: BenchResult, losses: readonly Loss[]): ReadResult {
  const capture: Capture = {
    kind,
    tool: { name, ...(result.toolVersion === undefined ? {} : { version: result.toolVersion }) },
    clock: { originNs: '0', epoch: 'unknown', resolutionNs: 1 },
    devices: [],
    capabilities: {
      kernels: absent,
      copies: absent,
      'host-calls': absent,
      ranges: absent,
      'os-calls': absent,
      'kernel-statistics': absent,
    },
    benchResult: result,
    graphMode: 'unknown',
    diagnostics: [],
    facts: {},
    inventory: {
      cells: result.cells.length,
      latencies: result.cells.reduce((sum, cell) => sum + cell.latencies.length, 0),
      'unknown-keys': result.unknownKeys.length,
    },
  }
  return { capture, losses }
}
