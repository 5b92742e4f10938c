/** `/sim/…`: what a test asks of the engine and no real one has. */
import type { EngineState, Route } from './engine-state.ts'
import { type FaultRule, parseFault } from './faults.ts'
import type { Exchange } from './http-connection.ts'

function stateOf({ totals, scheduler, loop, options, clock, faults }: EngineState): object {
  return {
    nowNs: clock.now(),
    originEpochNs: clock.originEpochNs.toString(),
    originMonotonicNs: clock.originMonotonicNs.toString(),
    dialect: options.dialect,
    model: options.model,
    ...totals,
    steps: loop.steps,
    running: scheduler.running,
    waiting: scheduler.waiting,
    faults: Object.fromEntries(faults.counts),
  }
}

/** Rules as a JSON array of texts, or one per line. */
function rulesOf(exchange: Exchange): FaultRule[] {
  const text = exchange.request.body.toString('utf8').trim()
  const given: unknown = text.startsWith('[') ? JSON.parse(text) : text.split('\n').filter((line) => line !== '')
  if (!Array.isArray(given)) throw new RangeError('not a list of rules')
  return given.map((rule) => parseFault(String(rule)))
}

export interface ControlActions {
  /** Puts a rule about the server into effect. */
  readonly startServerFault: (fault: Extract<FaultRule, { about: 'server' }>['fault']) => void
  readonly shutDown: () => void
}

export function controlRoutes(actions: ControlActions): Record<string, Route> {
  return {
    'GET /sim/state': (state, exchange) => exchange.sendJson(200, stateOf(state)),
    'POST /sim/faults': (state, exchange) => {
      let rules: FaultRule[]
      try {
        rules = rulesOf(exchange)
      } catch (error) {
        return exchange.sendJson(400, { error: error instanceof Error ? error.message : String(error) })
      }
      for (const each of rules) {
        if (each.about === 'request') state.faults.add(each.rule)
        else actions.startServerFault(each.fault)
      }
      return exchange.sendJson(200, { added: rules.length })
    },
    'DELETE /sim/faults': (state, exchange) => {
      state.faults.clear()
      exchange.sendJson(200, { added: 0 })
    },
    'POST /sim/flush': (state, exchange) => {
      state.truth.flush()
      exchange.sendJson(200, stateOf(state))
    },
    'POST /sim/stop': (_, exchange) => {
      exchange.sendJson(200, { stopping: true })
      actions.shutDown()
    },
  }
}
