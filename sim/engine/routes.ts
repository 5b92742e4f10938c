/** Paths of the simulated engine that do not need tokens. */
import { dcgmPage } from './devices/dcgm-page.ts'
import type { EngineState, Route } from './engine-state.ts'
import { sglangPage } from './metrics/sglang-page.ts'
import { vllmPage } from './metrics/vllm-page.ts'
import { profilerRoutes } from './profiler/profiler-routes.ts'

const notice = 'a simulated engine of the Sextant project: for tests, demonstrations and learning; no model runs here'

function models(state: EngineState): object {
  const { model, maxModelLen } = state.options
  const created = Number(state.clock.originEpochNs / 1_000_000_000n)
  return {
    object: 'list',
    data: [{ id: model, object: 'model', created, owned_by: 'sextant-simulated', root: model, parent: null, max_model_len: maxModelLen }],
  }
}

/** Version of the interfaces that it imitates. */
export const imitatedVersion = { vllm: '0.19.0', sglang: '0.5.9' } as const

const metricsType = 'text/plain; version=0.0.4; charset=utf-8'

const common: Readonly<Record<string, Route>> = {
  'GET /v1/models': (state, exchange) => exchange.sendJson(200, models(state)),
  'GET /health': (_, exchange) => exchange.send(200, 'text/plain', ''),
  'GET /ping': (_, exchange) => exchange.send(200, 'text/plain', ''),
  'GET /dcgm/metrics': (state, exchange) => exchange.send(200, metricsType, dcgmPage(state)),
  'GET /': (_, exchange) => exchange.send(200, 'text/plain; charset=utf-8', `${notice}\n`),
}

const vllm: Readonly<Record<string, Route>> = {
  'GET /metrics': (state, exchange) => exchange.send(200, metricsType, vllmPage(state)),
  'GET /version': (_, exchange) => exchange.sendJson(200, { version: imitatedVersion.vllm }),
  'POST /reset_prefix_cache': (state, exchange) => {
    state.scheduler.resetPrefixCache()
    exchange.send(200, 'text/plain', '')
  },
}

function sglangModelInfo(state: EngineState): object {
  return { model_path: state.options.model, tokenizer_path: state.options.model, is_generation: true }
}

function sglangServerInfo(state: EngineState): object {
  const { model, tensorParallel, maxNumSeqs } = state.options
  return { version: imitatedVersion.sglang, model_path: model, tp_size: tensorParallel, max_running_requests: maxNumSeqs }
}

const sglang: Readonly<Record<string, Route>> = {
  'GET /metrics': (state, exchange) => exchange.send(200, metricsType, sglangPage(state)),
  'GET /get_model_info': (state, exchange) => exchange.sendJson(200, sglangModelInfo(state)),
  'GET /model_info': (state, exchange) => exchange.sendJson(200, sglangModelInfo(state)),
  'GET /get_server_info': (state, exchange) => exchange.sendJson(200, sglangServerInfo(state)),
  'GET /server_info': (state, exchange) => exchange.sendJson(200, sglangServerInfo(state)),
  'POST /flush_cache': (state, exchange) => {
    state.scheduler.resetPrefixCache()
    exchange.send(200, 'text/plain', 'Cache flushed.\n')
  },
}

export function routesOf(state: EngineState): Map<string, Route> {
  const routes = new Map(Object.entries({ ...common, ...(state.options.dialect === 'vllm' ? vllm : sglang), ...profilerRoutes(state) }))
  if (!state.options.hasMetrics) routes.delete('GET /metrics')
  return routes
}
