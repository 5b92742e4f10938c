/**
 * The profiler behind an engine's HTTP routes (facts: levers, corrections 1 to 3, sections 3 and 6.1). vLLM: /start_profile is POST only, and
 * exists only where a profiler is configured, so GET tells 404 (not configured) from 405 (configured). SGLang: GET starts a capture, so it is
 * never asked; the routes are always there.
 */
import { SextantError } from '#base/errors.ts'
import { callEngine, type EngineAddress, type EngineAnswer } from './engine-call.ts'

export const engineKinds = ['vllm', 'sglang'] as const
export type EngineKind = (typeof engineKinds)[number]

export interface EngineFound {
  readonly engine: EngineKind
  readonly version?: string
}

function jsonOf({ status, text }: EngineAnswer): Readonly<Record<string, unknown>> {
  if (status !== 200) return {}
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

function refuseLocked({ status }: EngineAnswer, what: string): void {
  if (status !== 401 && status !== 403) return
  throw new SextantError('access_denied', `${what} wants a key (${status})`, 'Name the variable that holds it: --api-key-env NAME', {
    status,
  })
}

/** Asks only routes that change nothing. Throws `ambiguous` where neither engine is recognised. */
export async function detectEngine(address: EngineAddress): Promise<EngineFound> {
  // SGLang first: other servers have /version too, only SGLang tells its model here (the newer route has the shorter name).
  for (const path of ['/get_model_info', '/model_info']) {
    const info = await callEngine(address, path)
    refuseLocked(info, `${address.base}${path}`)
    if (typeof jsonOf(info)['model_path'] !== 'string') continue
    const version = jsonOf(await callEngine(address, '/get_server_info'))['version']
    return { engine: 'sglang', ...(typeof version === 'string' ? { version } : {}) }
  }
  const { version } = jsonOf(await callEngine(address, '/version'))
  if (typeof version === 'string') return { engine: 'vllm', version }
  throw new SextantError(
    'ambiguous',
    `${address.base} is neither recognised as vLLM (GET /version) nor as SGLang (GET /get_model_info)`,
    'Name it with --engine, if it is one of them: asking its profiler in the other’s way could start a capture.',
  )
}

const notConfigured = 'Start it again with --profiler-config \'{"profiler": "torch", "torch_profiler_dir": "DIR"}\' (or "cuda" under nsys).'

/** Whether a window can be opened; opens none. Throws `missing_data` where the engine was started without a profiler. */
export async function checkProfiler(address: EngineAddress, engine: EngineKind): Promise<void> {
  if (engine === 'sglang') return
  const answer = await callEngine(address, '/start_profile')
  const { status } = answer
  refuseLocked(answer, `${address.base}/start_profile`)
  if (status === 405) return
  if (status === 404) {
    throw new SextantError(
      'missing_data',
      `${address.base} has no /start_profile (404): vLLM was started without a profiler`,
      notConfigured,
      { status },
    )
  }
  // An engine that answers GET with success has started a capture: it is not the vLLM that it was taken for.
  if (status === 200) await callEngine(address, '/stop_profile', { method: 'POST', timeoutMs: 60_000 })
  throw new SextantError(
    'broken_response',
    `GET /start_profile answered ${status}, where vLLM answers 404 or 405`,
    'Ask the engine itself, without a gateway between; for SGLang say --engine sglang.',
    { status },
  )
}

export interface StartWishes {
  readonly backEnd: 'torch' | 'cuda'
  /** Folder on the engine's machine: SGLang takes it with the request, vLLM has it from its start. */
  readonly folder: string
}

/** Throws `query_refused` where the engine does not open a window. */
export async function startProfile(address: EngineAddress, engine: EngineKind, wishes: StartWishes, timeoutMs: number): Promise<void> {
  // Stacks and shapes off: recording them takes the host's time, which is what is measured (facts: levers, section 6.1).
  const activities = wishes.backEnd === 'cuda' ? ['CUDA_PROFILER'] : ['CPU', 'GPU']
  const body = { output_dir: wishes.folder, activities, with_stack: false, record_shapes: false }
  const answer = await callEngine(address, '/start_profile', { method: 'POST', timeoutMs, ...(engine === 'sglang' ? { body } : {}) })
  refuseLocked(answer, `${address.base}/start_profile`)
  if (answer.status === 200) return
  throw new SextantError(
    'query_refused',
    `POST /start_profile answered ${answer.status}`,
    'A window may be open already: close it with curl -X POST URL/stop_profile, and look at the engine’s log.',
    { status: answer.status },
  )
}

/** vLLM answers when its traces are written, which takes as long as they are large. */
export async function stopProfile(address: EngineAddress, timeoutMs: number): Promise<void> {
  const { status } = await callEngine(address, '/stop_profile', { method: 'POST', timeoutMs })
  if (status === 200) return
  throw new SextantError(
    'query_refused',
    `POST /stop_profile answered ${status}`,
    'Look at the engine’s log: the window may have closed by itself, or its trace could not be written.',
    { status },
  )
}
