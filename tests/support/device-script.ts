/** Device work written down call by call, for tests of step detection: each call appends where the device got to. */
import type { Capture } from '#model/capture.ts'
import { buildCapture, type CallRow, type CaptureRows, type CopyRow, type KernelRow, type RangeRow } from './build-capture.ts'

export class DeviceScript {
  readonly kernels: KernelRow[] = []
  readonly calls: CallRow[] = []
  readonly ranges: RangeRow[] = []
  readonly memcpys: CopyRow[] = []
  readonly graphs: NonNullable<CaptureRows['graphs']>[number][] = []
  /** End of the last activity. */
  at: number
  readonly #process: number
  #correlation: number

  constructor(startNs = 10_000_000, process = 0) {
    this.at = startNs
    this.#process = process
    this.#correlation = process * 1_000_000 + 1
  }

  #call(name: string): number {
    this.calls.push({ name, start: this.at - 2000, duration: 1000, correlation: this.#correlation, process: this.#process })
    return this.#correlation++
  }

  /** A kernel launched by itself, `gapNs` after the last activity. */
  kernel(name: string, duration: number, gapNs = 1000): this {
    this.at += gapNs
    this.kernels.push({ name, start: this.at, duration, correlation: this.#call('cudaLaunchKernel'), process: this.#process })
    this.at += duration
    return this
  }

  /** A graph replay of these kernels, node by node. */
  replay(nodes: readonly (readonly [string, number])[], gapNs = 500): this {
    this.at += gapNs
    const correlation = this.#call('cudaGraphLaunch')
    for (const [index, [name, duration]] of nodes.entries()) {
      this.kernels.push({ name, start: this.at, duration, correlation, graphNode: index + 1, process: this.#process })
      this.at += duration + 700
    }
    this.at -= 700
    return this
  }

  /** A graph replay recorded as one row. */
  opaque(graphId: number, duration: number, gapNs = 1000): this {
    this.at += gapNs
    this.graphs.push({ start: this.at, duration, graphId, correlation: this.#call('cudaGraphLaunch'), process: this.#process })
    this.at += duration
    return this
  }

  /** Results on their way to the host. */
  toHost(bytes: number, duration = 1500): this {
    this.at += 1000
    const correlation = this.#call('cudaMemcpyAsync')
    this.memcpys.push({ kind: 'device-to-host', bytes, start: this.at, duration, correlation, process: this.#process })
    this.at += duration
    return this
  }

  idle(ns: number): this {
    this.at += ns
    return this
  }

  /** A host range from `startNs` to now. */
  range(text: string, startNs: number): this {
    this.ranges.push({ text, start: startNs - 3000, duration: this.at - startNs + 2000, process: this.#process })
    return this
  }

  rows(): CaptureRows {
    const { kernels, calls, ranges, memcpys, graphs } = this
    return { kernels, calls, ranges, memcpys, graphs }
  }

  capture(more: CaptureRows = {}, overrides: Partial<Capture> = {}): Capture {
    return buildCapture({ ...this.rows(), ...more }, overrides)
  }
}
