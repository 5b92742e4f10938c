/**
 * A simulated inference engine: an OpenAI-compatible streaming server whose every time is known. For tests, demonstrations and learning.
 * Steps follow the event model of `scheduler.ts` and `time-model.ts` in real time; what was sent when is the truth it writes.
 */
import { createServer, type Server, type Socket } from 'node:net'
import { Random } from '#base/random.ts'
import { startClock } from './clock.ts'
import { type RunningAnswers, serveCompletion } from './completions.ts'
import { controlRoutes } from './control.ts'
import { DeviceCounters } from './devices/device-counters.ts'
import { SampledFrames } from './devices/sampled-frames.ts'
import type { EngineOptions } from './engine-options.ts'
import type { EngineState, EngineTotals, Route } from './engine-state.ts'
import { Faults, parseFault, type ServerFault } from './faults.ts'
import { type Exchange, serveConnection } from './http-connection.ts'
import { EngineMetrics } from './metrics/engine-metrics.ts'
import { Profiler } from './profiler/profiler.ts'
import { routesOf } from './routes.ts'
import { Scheduler } from './scheduler.ts'
import { StepLoop } from './step-loop.ts'
import { TruthLog } from './truth-log.ts'
import type { TruthRecord } from './truth-records.ts'

export interface EngineHooks {
  /** Each line of the truth as it is written. */
  readonly onRecord?: (record: TruthRecord) => unknown
  /** A client asked the engine to stop, or a fault killed it. */
  readonly onOver?: (why: 'asked' | 'died') => void
}

export interface RunningEngine {
  readonly url: string
  readonly port: number
  readonly state: EngineState
  /** Closes connections, writes what is left of the truth. The second call does nothing. */
  stop(): Promise<EngineTotals>
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((fulfil, reject) => {
    server.once('error', reject)
    // The system's default of 511 connections in the queue is fewer than a benchmark opens at once.
    server.listen({ host, port, backlog: 4096 }, () => {
      server.off('error', reject)
      const address = server.address()
      fulfil(typeof address === 'object' && address !== null ? address.port : port)
    })
  })
}

class Engine implements RunningEngine {
  readonly state: EngineState
  readonly #hooks: EngineHooks
  readonly #answers: RunningAnswers = new Map()
  readonly #sockets = new Set<Socket>()
  readonly #routes: Map<string, Route>
  readonly #paths: Map<string, string[]>
  readonly #frames: SampledFrames
  readonly #timers = new Set<NodeJS.Timeout>()
  #server: Server
  #port = 0
  #isOver = false

  constructor(options: EngineOptions, hooks: EngineHooks) {
    this.#hooks = hooks
    this.#frames = new SampledFrames(options)
    const clock = startClock()
    const scheduler = new Scheduler(options, new Random(options.seed, 'acceptance'))
    const truth = new TruthLog(options.truthPath, hooks.onRecord)
    const totals: EngineTotals = { requests: 0, finished: 0, steps: 0, outputTokens: 0, promptTokens: 0 }
    const metrics = new EngineMetrics(options)
    const profiler = new Profiler(options, clock, (record) => truth.add(record))
    const devices = new DeviceCounters(options)
    const loop = new StepLoop({
      scheduler,
      random: new Random(options.seed, 'steps'),
      engine: options,
      now: clock.now,
      deviceFactor: () => (profiler.isRecording ? options.profiler.overheadFactor : 1),
      isProfiled: () => profiler.isRecording,
      onResults: (results) => {
        metrics.observeResults(results, clock.now())
        for (const { sequence, tokens, finished } of results) this.#answers.get(sequence)?.give(tokens, finished)
      },
      onStep: (record) => {
        metrics.observeStep(record, clock.now())
        profiler.add(record)
        devices.add(record)
        this.#frames.add(record)
        totals.steps += 1
        totals.outputTokens += record.outputTokens
        truth.add(record)
      },
    })
    const faults = new Faults(new Random(options.seed, 'faults'))
    const random = { lengths: new Random(options.seed, 'lengths') }
    this.state = { options, clock, scheduler, loop, faults, truth, totals, metrics, profiler, devices, random, die: () => this.#die() }
    this.#server = this.#newServer()
    this.#routes = this.#allRoutes()
    this.#paths = new Map()
    for (const route of this.#routes.keys()) {
      const [method = '', path = ''] = route.split(' ')
      this.#paths.set(path, [...(this.#paths.get(path) ?? []), method])
    }
    truth.add({
      kind: 'start',
      schema: 'sim-engine-truth/1',
      originEpochNs: clock.originEpochNs.toString(),
      originMonotonicNs: clock.originMonotonicNs.toString(),
      seed: options.seed,
      dialect: options.dialect,
      model: options.model,
    })
  }

  get port(): number {
    return this.#port
  }

  get url(): string {
    const { host } = this.state.options
    return `http://${host.includes(':') ? `[${host}]` : host}:${this.#port}`
  }

  #allRoutes(): Map<string, Route> {
    const routes = routesOf(this.state)
    const control = controlRoutes({
      startServerFault: (fault) => this.#schedule(fault),
      shutDown: () => this.#over('asked'),
    })
    for (const [name, route] of Object.entries(control)) routes.set(name, route)
    routes.set('POST /v1/completions', (state, exchange) => serveCompletion(state, this.#answers, 'completion', exchange))
    routes.set('POST /v1/chat/completions', (state, exchange) => serveCompletion(state, this.#answers, 'chat', exchange))
    return routes
  }

  #newServer(): Server {
    return createServer({ noDelay: true }, (socket) => {
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
      serveConnection(socket, { now: this.state.clock.now, answer: (exchange) => this.#answer(exchange) })
    })
  }

  #answer(exchange: Exchange): void {
    const { method, path } = exchange.request
    const route = this.#routes.get(`${method === 'HEAD' ? 'GET' : method} ${path}`)
    const methods = this.#paths.get(path)
    if (route !== undefined) void this.#take(route, exchange)
    else if (methods === undefined) exchange.sendJson(404, { detail: 'Not Found' })
    else exchange.sendJson(405, { detail: 'Method Not Allowed' }, `allow: ${methods.join(', ')}\r\n`)
  }

  async #take(route: Route, exchange: Exchange): Promise<void> {
    try {
      await route(this.state, exchange)
    } catch (error) {
      exchange.sendJson(500, { error: { message: error instanceof Error ? error.message : String(error), type: 'InternalServerError' } })
    }
  }

  async start(): Promise<void> {
    const { options, faults } = this.state
    const rules = options.faults.map(parseFault)
    this.#port = await listen(this.#server, options.host, options.port)
    for (const each of rules) {
      if (each.about === 'request') faults.add(each.rule)
      else this.#schedule(each.fault)
    }
  }

  #later(ms: number, action: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      action()
    }, ms)
    this.#timers.add(timer)
  }

  #schedule(fault: ServerFault): void {
    this.#later(fault.startMs, () => {
      if (fault.kind === 'freeze') this.state.loop.pause(fault.ms * 1e6)
      else if (fault.kind === 'server-dies') this.#die()
      else this.#refuse(fault.ms)
    })
  }

  /** Nobody listens for a while; connections that are open stay. */
  #refuse(ms: number): void {
    this.#server.close()
    this.#later(ms, () => {
      if (this.#isOver) return
      this.#server = this.#newServer()
      listen(this.#server, this.state.options.host, this.#port).catch(() => this.#over('died'))
    })
  }

  #die(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy()
    this.#over('died')
  }

  #over(why: 'asked' | 'died'): void {
    void this.stop().then(() => this.#hooks.onOver?.(why))
  }

  async stop(): Promise<EngineTotals> {
    const { loop, truth, totals, clock, options } = this.state
    if (this.#isOver) return totals
    this.#isOver = true
    loop.stop()
    for (const timer of this.#timers) clearTimeout(timer)
    const closed = new Promise<void>((fulfil) => this.#server.close(() => fulfil()))
    // What was answered is on its way out: only what is still open is cut.
    await new Promise((fulfil) => setImmediate(fulfil))
    for (const socket of this.#sockets) socket.destroy()
    await closed
    await this.state.profiler.writing
    if (options.zymtraceFolder !== undefined) this.#frames.write(options.zymtraceFolder)
    const { requests, steps, outputTokens, promptTokens } = totals
    truth.add({ kind: 'end', endNs: clock.now(), requests, steps, outputTokens, promptTokens })
    truth.close()
    return totals
  }
}

/** Starts an engine and returns once it listens. Throws RangeError for a fault rule that it does not know, else what the system says. */
export async function startEngine(options: EngineOptions, hooks: EngineHooks = {}): Promise<RunningEngine> {
  const engine = new Engine(options, hooks)
  await engine.start()
  return engine
}
