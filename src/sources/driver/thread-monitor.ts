/** What a driver thread measures of itself during a phase: waits in its loop, lag of a probe, delay of its timers. */
import { connect, type Socket } from 'node:net'
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks'
import type { DriverClock } from './driver-clock.ts'
import { LagHistogram } from './lag-histogram.ts'
import { factsOf, LoopWatch } from './loop-watch.ts'
import { PROBE_BYTES } from './probe-server.ts'
import type { ThreadDelays } from './thread-messages.ts'

/** perf_hooks' histogram holds the whole interval between two timers: this much of it was asked for. */
const RESOLUTION_MS = 20

export class ThreadMonitor {
  watch: LoopWatch
  readonly #clock: DriverClock
  #probe = new LagHistogram()
  #delay: IntervalHistogram
  readonly #socket: Socket
  #isMeasuring = false
  #rest: Buffer = Buffer.alloc(0)

  constructor(clock: DriverClock, probePort: number) {
    this.#clock = clock
    this.watch = new LoopWatch(factsOf(() => clock.nowNs()))
    this.#delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
    this.#socket = connect({ host: '127.0.0.1', port: probePort, noDelay: true })
    this.#socket.on('data', (chunk) => this.#probed(chunk))
    // A probe that goes away leaves fewer samples, which the result shows.
    this.#socket.on('error', () => this.#socket.destroy())
  }

  /** Each message is the moment of its sending and its weight. */
  #probed(chunk: Buffer): void {
    const now = this.#clock.nowNs()
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    let at = 0
    for (; at + PROBE_BYTES <= bytes.length; at += PROBE_BYTES)
      if (this.#isMeasuring) this.#probe.add(now - bytes.readDoubleLE(at), bytes.readDoubleLE(at + 8))
    this.#rest = bytes.subarray(at)
  }

  start(): void {
    this.watch = new LoopWatch(factsOf(() => this.#clock.nowNs()))
    this.#probe = new LagHistogram()
    this.#delay.reset()
    this.#delay.enable()
    this.#isMeasuring = true
  }

  finish(): Omit<ThreadDelays, 'maxQueued'> {
    this.#isMeasuring = false
    this.#delay.disable()
    const beyond = (ns: number) => Math.max(0, ns - RESOLUTION_MS * 1e6)
    const samples = this.#delay.count
    return {
      loopWaits: this.watch.waits.snapshot(),
      probe: this.#probe.snapshot(),
      loopDelay: {
        p50Ns: samples === 0 ? 0 : beyond(this.#delay.percentile(50)),
        p99Ns: samples === 0 ? 0 : beyond(this.#delay.percentile(99)),
        maxNs: samples === 0 ? 0 : beyond(this.#delay.max),
        samples,
      },
    }
  }

  close(): void {
    this.#socket.destroy()
  }
}
