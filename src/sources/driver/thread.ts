/** Entry of a driver thread: lanes, their monitor, and the phases that the run asks for. */
import { parentPort, workerData } from 'node:worker_threads'
import type { RequestOutcome } from '#model/load-requests.ts'
import { DriverClock } from './driver-clock.ts'
import { laneConnector } from './lane-socket.ts'
import { PhaseRun } from './phase-run.ts'
import { PromptSource } from './prompts/prompt-source.ts'
import { RequestTable } from './request-table.ts'
import { type LaneOwner, StreamLane } from './stream-lane.ts'
import type { FailureSample, FromThread, RunPhase, ThreadSettings, ToThread } from './thread-messages.ts'
import { ThreadMonitor } from './thread-monitor.ts'

/** How often finished requests are handed over, for the live percentiles and so that memory is bounded. */
const BATCH_MS = 500
/** How often streams are looked at for being too slow: the shortest time limit is a second. */
const CHECK_MS = 100
/** Kinds of failure that are kept with what they said. */
const MAX_SAMPLES = 20

class DriverThread {
  readonly settings: ThreadSettings
  readonly clock: DriverClock
  readonly monitor: ThreadMonitor
  readonly prompts: PromptSource
  readonly table = new RequestTable()
  readonly #lanes: StreamLane[] = []
  readonly #failures = new Map<string, FailureSample>()
  readonly #send: (message: FromThread, transfer: readonly ArrayBuffer[]) => void
  readonly #headers: readonly string[]
  readonly #connect: ReturnType<typeof laneConnector>
  #run: PhaseRun | undefined
  #handicap: NodeJS.Timeout | undefined
  readonly #batches: NodeJS.Timeout
  readonly #checks: NodeJS.Timeout

  constructor(settings: ThreadSettings, send: (message: FromThread, transfer: readonly ArrayBuffer[]) => void) {
    this.settings = settings
    this.#send = send
    this.clock = new DriverClock(BigInt(settings.originHrNs))
    this.monitor = new ThreadMonitor(this.clock, settings.probePort)
    this.prompts = new PromptSource(settings.plan)
    const { authorization } = settings
    this.#headers = [
      'content-type',
      'application/json',
      'accept',
      'text/event-stream',
      ...(authorization === undefined ? [] : ['authorization', authorization]),
    ]
    this.#connect = laneConnector(Math.ceil(settings.plan.timeouts.connectNs / 1e6))
    this.#batches = setInterval(() => this.#handOver(), BATCH_MS)
    this.#checks = setInterval(() => this.#run?.check(this.clock.nowNs()), CHECK_MS)
  }

  lane(number: number): StreamLane {
    const known = this.#lanes[number]
    if (known !== undefined) return known
    const { monitor, settings, clock, table } = this
    const owner: LaneOwner = {
      clock,
      table,
      get watch() {
        return monitor.watch
      },
      plan: settings.plan,
      headers: this.#headers,
      connect: this.#connect,
      ended: (lane, outcome) => this.#run?.ended(lane, outcome),
      failed: (outcome, text) => this.#failed(outcome, text),
    }
    const lane = new StreamLane(number, owner)
    this.#lanes[number] = lane
    return lane
  }

  #failed(outcome: RequestOutcome, text: string): void {
    const key = `${outcome} ${text}`
    const known = this.#failures.get(key)
    if (known !== undefined) this.#failures.set(key, { ...known, count: known.count + 1 })
    else if (this.#failures.size < MAX_SAMPLES) this.#failures.set(key, { outcome, text, count: 1 })
  }

  run(message: RunPhase): void {
    this.monitor.start()
    const { handicapMs } = this.settings
    if (handicapMs > 0) this.#handicap = setInterval(() => burn(handicapMs), 50)
    this.#run = new PhaseRun(this, message)
    this.#run.start()
  }

  done(): void {
    const run = this.#run
    if (run === undefined) return
    this.#run = undefined
    clearInterval(this.#handicap)
    const delays = { ...this.monitor.finish(), maxQueued: run.maxQueued }
    const batch = this.table.take()
    const failures = [...this.#failures.values()]
    this.#failures.clear()
    this.#send({ kind: 'done', batch, delays, failures }, buffersOf(batch))
  }

  stop(): void {
    this.#run?.stop()
  }

  #handOver(): void {
    const run = this.#run
    if (run === undefined) return
    const batch = this.table.take()
    this.#send({ kind: 'batch', batch, inFlight: run.inFlight, lagP99Ns: this.monitor.watch.waits.percentile(0.99) }, buffersOf(batch))
  }

  close(): void {
    clearInterval(this.#batches)
    clearInterval(this.#checks)
    for (const lane of this.#lanes) lane.close()
    this.monitor.close()
  }
}

function buffersOf({
  rows,
  chunkNs,
  chunkBits,
}: {
  readonly rows: Float64Array
  readonly chunkNs: Float64Array
  readonly chunkBits: Uint8Array
}) {
  return [rows.buffer, chunkNs.buffer, chunkBits.buffer] as ArrayBuffer[]
}

function burn(durationMs: number): void {
  const until = performance.now() + durationMs
  while (performance.now() < until);
}

const port = parentPort
if (port !== null) {
  const thread = new DriverThread(workerData as ThreadSettings, (message, transfer) => port.postMessage(message, [...transfer]))
  port.on('message', (message: ToThread) => {
    if (message.kind === 'run') thread.run(message)
    else if (message.kind === 'stop') thread.stop()
    else {
      thread.close()
      port.close()
    }
  })
  port.postMessage({ kind: 'ready' } satisfies FromThread)
}
