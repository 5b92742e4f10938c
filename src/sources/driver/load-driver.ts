/** The threads of a run: started once, then asked for phase after phase. */
import type { Worker } from 'node:worker_threads'
import type { ClientDelays } from '#model/client-delays.ts'
import type { RequestBatch } from '#model/load-requests.ts'
import { type ClockTie, DriverClock, tieClocks } from './driver-clock.ts'
import { LagHistogram } from './lag-histogram.ts'
import type { PhasePlan, RequestPlan } from './plan.ts'
import { ProbeServer } from './probe-server.ts'
import { spawnThread } from './spawn-thread.ts'
import type { FailureSample, FromThread, ThreadDelays, ThreadSettings, ToThread } from './thread-messages.ts'

export interface DriverSettings {
  readonly plan: RequestPlan
  readonly threads: number
  readonly authorization?: string
  readonly handicapMs?: number
  readonly signal?: AbortSignal
}

export interface LivePhase {
  readonly inFlight: number
  /** Largest of the threads'. */
  readonly lagP99Ns: number
}

export interface PhaseResult {
  readonly batches: readonly RequestBatch[]
  readonly startNs: number
  readonly endNs: number
  readonly delays: ClientDelays
  readonly failures: readonly FailureSample[]
}

/** From asking to the first request: every thread has the message by then. */
const LEAD_NS = 30e6

export class LoadDriver {
  readonly tie: ClockTie
  readonly clock: DriverClock
  readonly #settings: DriverSettings
  readonly #probe: ProbeServer
  readonly #workers: readonly Worker[]

  private constructor(settings: DriverSettings, tie: ClockTie, probe: ProbeServer) {
    this.#settings = settings
    this.tie = tie
    this.clock = new DriverClock(tie.hrNs)
    this.#probe = probe
    this.#workers = Array.from({ length: settings.threads }, (_, thread) => spawnThread(this.#threadSettings(thread)))
  }

  #threadSettings(thread: number): ThreadSettings {
    const { plan, threads, authorization, handicapMs = 0 } = this.#settings
    const base = { plan, thread, threads, originHrNs: String(this.tie.hrNs), probePort: this.#probe.port, handicapMs }
    return authorization === undefined ? base : { ...base, authorization }
  }

  /** Close it after use, whatever happened. */
  static async open(settings: DriverSettings): Promise<LoadDriver> {
    const probe = await ProbeServer.open()
    const driver = new LoadDriver(settings, tieClocks(), probe)
    try {
      await Promise.all(driver.#workers.map((worker) => answerOf(worker, 'ready')))
    } catch (error) {
      await driver.close()
      throw error
    }
    return driver
  }

  /** Epoch nanoseconds of the run's origin. */
  get originEpochNs(): bigint {
    return this.tie.epochNs
  }

  async phase(phase: PhasePlan, rampNs = 0, onBatch?: (batch: RequestBatch, live: LivePhase) => void): Promise<PhaseResult> {
    const claims = new SharedArrayBuffer(4)
    const batches: RequestBatch[] = []
    const live = this.#workers.map(() => ({ inFlight: 0, lagP99Ns: 0 }))
    const startNs = this.clock.nowNs() + LEAD_NS
    const cpuBefore = process.cpuUsage()
    const stop = () => this.#broadcast({ kind: 'stop' })
    this.#settings.signal?.addEventListener('abort', stop, { once: true })
    const keep = (batch: RequestBatch) => {
      if (batch.count > 0) batches.push(batch)
      const lags = live.map(({ lagP99Ns }) => lagP99Ns).filter((lag) => !Number.isNaN(lag))
      const inFlight = live.reduce((sum, each) => sum + each.inFlight, 0)
      onBatch?.(batch, { inFlight, lagP99Ns: lags.length === 0 ? Number.NaN : Math.max(...lags) })
    }
    const ended = this.#workers.map((worker, index) =>
      answerOf(worker, 'done', (message) => {
        live[index] = { inFlight: message.inFlight, lagP99Ns: message.lagP99Ns }
        keep(message.batch)
      }),
    )
    this.#probe.start(this.clock)
    this.#broadcast({ kind: 'run', phase, startNs, rampNs, claims })
    if (this.#settings.signal?.aborted === true) stop()
    try {
      const answers = await Promise.all(ended)
      const endNs = this.clock.nowNs()
      const cpu = process.cpuUsage(cpuBefore)
      for (const { batch } of answers) keep(batch)
      const events = batches.reduce((sum, { chunkNs }) => sum + chunkNs.length, 0)
      const delays = mergedDelays(
        answers.map((answer) => answer.delays),
        (cpu.user + cpu.system) * 1e3,
        events,
      )
      return { batches, startNs, endNs, delays, failures: mergedFailures(answers.flatMap(({ failures }) => failures)) }
    } finally {
      this.#probe.stop()
      this.#settings.signal?.removeEventListener('abort', stop)
    }
  }

  #broadcast(message: ToThread): void {
    for (const worker of this.#workers) worker.postMessage(message)
  }

  async close(): Promise<void> {
    this.#probe.close()
    await Promise.all(this.#workers.map((worker) => worker.terminate()))
  }
}

type Answer<K extends FromThread['kind']> = Extract<FromThread, { kind: K }>

/** The next message of a kind; batches on the way go to `onBatch`. A thread that dies is a bug and rejects. */
function answerOf<K extends 'ready' | 'done'>(worker: Worker, kind: K, onBatch?: (batch: Answer<'batch'>) => void): Promise<Answer<K>> {
  return new Promise((fulfil, reject) => {
    const over = () => {
      worker.off('message', take)
      worker.off('error', fail)
      worker.off('exit', exit)
    }
    const take = (message: FromThread) => {
      if (message.kind === 'batch') onBatch?.(message)
      else if (message.kind === kind) {
        over()
        // Narrowed by the comparison, which the compiler cannot follow through the type parameter.
        fulfil(message as Answer<K>)
      }
    }
    const fail = (error: unknown) => {
      over()
      reject(error instanceof Error ? error : new Error(String(error)))
    }
    const exit = (code: number) => fail(new Error(`a driver thread ended with ${code}`))
    worker.on('message', take)
    worker.on('error', fail)
    worker.on('exit', exit)
  })
}

function mergedDelays(threads: readonly ThreadDelays[], cpuNs: number, events: number): ClientDelays {
  const loopWaits = new LagHistogram()
  const probe = new LagHistogram()
  for (const thread of threads) {
    loopWaits.merge(thread.loopWaits)
    probe.merge(thread.probe)
  }
  const measured = threads.filter(({ loopDelay }) => loopDelay.samples > 0).map(({ loopDelay }) => loopDelay)
  const worst = (pick: (each: { p50Ns: number; p99Ns: number; maxNs: number }) => number) => Math.max(...measured.map(pick))
  const waits = loopWaits.summary()
  const probed = probe.summary()
  return {
    ...(waits === undefined ? {} : { loopWait: waits }),
    ...(probed === undefined ? {} : { probe: probed }),
    ...(measured.length === 0
      ? {}
      : { loopDelay: { p50Ns: worst(({ p50Ns }) => p50Ns), p99Ns: worst(({ p99Ns }) => p99Ns), maxNs: worst(({ maxNs }) => maxNs) } }),
    cpuNs,
    events,
    maxQueued: threads.reduce((sum, { maxQueued }) => sum + maxQueued, 0),
  }
}

function mergedFailures(samples: readonly FailureSample[]): FailureSample[] {
  const merged = new Map<string, FailureSample>()
  for (const sample of samples) {
    const key = `${sample.outcome} ${sample.text}`
    merged.set(key, { ...sample, count: sample.count + (merged.get(key)?.count ?? 0) })
  }
  return [...merged.entries()].sort(([a, x], [b, y]) => y.count - x.count || (a < b ? -1 : 1)).map(([, sample]) => sample)
}
