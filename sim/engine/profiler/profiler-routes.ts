/**
 * The profiler's routes as each engine has them (facts: levers, corrections 1 to 3 and sections 3 and 6.1). vLLM: POST only, and no route at
 * all unless a profiler is configured, so GET tells 404 from 405. SGLang: GET or POST, always there, so a GET starts a capture.
 */
import * as z from 'zod'
import type { EngineState, Route } from '#sim/engine/engine-state.ts'
import type { Exchange } from '#sim/engine/http-connection.ts'

async function stopVllm({ profiler, options }: EngineState, exchange: Exchange): Promise<void> {
  const written = profiler.stop()
  if (options.profiler.stopWaits) await written
  exchange.send(200, 'text/plain', '')
}

const vllmRoutes: Readonly<Record<string, Route>> = {
  'POST /start_profile': ({ profiler }, exchange) => {
    profiler.start({})
    exchange.send(200, 'text/plain', '')
  },
  'POST /stop_profile': stopVllm,
}

const profileRequest = z.looseObject({
  output_dir: z.string().nullish(),
  num_steps: z.int().min(1).nullish(),
  activities: z.array(z.string()).nullish(),
})

function startSglang({ profiler }: EngineState, exchange: Exchange): void {
  const text = exchange.request.body.toString('utf8')
  const given = profileRequest.safeParse(text === '' ? {} : JSON.parse(text))
  if (!given.success) {
    exchange.sendJson(422, { detail: z.prettifyError(given.error) })
    return
  }
  const { output_dir, num_steps, activities } = given.data
  const isCuda = activities?.includes('CUDA_PROFILER') === true
  const isStarted = profiler.start({
    ...(output_dir == null ? {} : { folder: output_dir }),
    ...(num_steps == null ? {} : { steps: num_steps }),
    ...(isCuda ? { backEnd: 'cuda' as const } : {}),
  })
  if (isStarted) exchange.send(200, 'text/plain; charset=utf-8', 'Start profiling.\n')
  else exchange.send(500, 'text/plain; charset=utf-8', 'Internal Server Error')
}

async function stopSglang({ profiler, options }: EngineState, exchange: Exchange): Promise<void> {
  const written = profiler.stop()
  if (written === undefined) return exchange.send(500, 'text/plain; charset=utf-8', 'Internal Server Error')
  if (options.profiler.stopWaits) await written
  exchange.send(200, 'text/plain; charset=utf-8', 'Stop profiling. This will take some time.\n')
}

const sglangRoutes: Readonly<Record<string, Route>> = {
  'GET /start_profile': startSglang,
  'POST /start_profile': startSglang,
  'GET /stop_profile': stopSglang,
  'POST /stop_profile': stopSglang,
}

export function profilerRoutes(state: EngineState): Readonly<Record<string, Route>> {
  if (state.options.dialect === 'sglang') return sglangRoutes
  return state.options.profiler.backEnd === 'none' ? {} : vllmRoutes
}
