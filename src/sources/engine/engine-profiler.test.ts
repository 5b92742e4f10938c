/** The endpoint's states, against the simulated engine and against servers that are neither engine. */
import { createServer, type Server } from 'node:http'
import { afterEach, expect, test } from 'vitest'
import { plainEngine } from '../../../sim/engine/engine-options.ts'
import { stream, testEngine } from '../../../tests/support/test-engine.ts'
import { readCounters } from './engine-counters.ts'
import { checkProfiler, detectEngine, startProfile, stopProfile } from './engine-profiler.ts'

let server: Server | undefined
afterEach(() => new Promise<void>((fulfil) => (server === undefined ? fulfil() : server.close(() => fulfil()))))

/** Answers every request by `answer`; what was asked is kept. */
async function fake(answer: (method: string, path: string) => [number, string]): Promise<{ base: string; asked: string[] }> {
  const asked: string[] = []
  const made = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    const [status, text] = answer(request.method ?? '', request.url ?? '')
    response.writeHead(status, { connection: 'close' }).end(text)
  })
  server = made
  await new Promise<void>((fulfil) => made.listen(0, '127.0.0.1', fulfil))
  return { base: `http://127.0.0.1:${(made.address() as { port: number }).port}`, asked }
}

const torch = { profiler: { ...plainEngine.profiler, backEnd: 'torch' as const } }

test('vLLM and SGLang are told apart without touching a profiler', async () => {
  const vllm = await testEngine(torch)
  expect(await detectEngine({ base: vllm.url })).toEqual({ engine: 'vllm', version: expect.stringMatching(/^\d/) })
  const sglang = await testEngine({ ...torch, dialect: 'sglang' })
  expect(await detectEngine({ base: sglang.url })).toEqual({ engine: 'sglang', version: expect.stringMatching(/^\d/) })
  expect([vllm, sglang].some(({ engine }) => engine.state.profiler.isRecording)).toBe(false)
})

test('404 is not configured, 405 is configured', async () => {
  const without = await testEngine()
  await expect(checkProfiler({ base: without.url }, 'vllm')).rejects.toMatchObject({
    code: 'missing_data',
    message: expect.stringContaining('404'),
  })
  const configured = await testEngine(torch)
  await checkProfiler({ base: configured.url }, 'vllm')
  expect(configured.engine.state.profiler.isRecording).toBe(false)
})

test('a server that takes GET for a start is stopped again and refused', async () => {
  const { base, asked } = await fake(() => [200, ''])
  await expect(checkProfiler({ base }, 'vllm')).rejects.toMatchObject({
    code: 'broken_response',
    hint: expect.stringContaining('--engine sglang'),
  })
  expect(asked).toEqual(['GET /start_profile', 'POST /stop_profile'])
})

test('neither engine: ambiguous, and no profiler route is asked', async () => {
  const { base, asked } = await fake(() => [404, 'nothing'])
  await expect(detectEngine({ base })).rejects.toMatchObject({ code: 'ambiguous' })
  expect(asked.some((each) => each.includes('profile'))).toBe(false)
})

test('a key that is wanted, a server that is not there, a window that is open already', async () => {
  const { base } = await fake(() => [401, ''])
  await expect(detectEngine({ base })).rejects.toMatchObject({ code: 'access_denied' })
  await expect(checkProfiler({ base }, 'vllm')).rejects.toMatchObject({ code: 'access_denied' })
  await expect(detectEngine({ base: 'http://127.0.0.1:9' })).rejects.toMatchObject({ code: 'server_unreachable' })
  const { url, engine } = await testEngine({ ...torch, dialect: 'sglang' })
  engine.state.profiler.start({})
  const wishes = { backEnd: 'torch', folder: '/tmp' } as const
  await expect(startProfile({ base: url }, 'sglang', wishes, 1_000)).rejects.toMatchObject({
    code: 'query_refused',
    hint: expect.stringContaining('stop_profile'),
  })
})

test('stop without a window is refused by SGLang', async () => {
  const { url } = await testEngine({ ...torch, dialect: 'sglang' })
  await expect(stopProfile({ base: url }, 1_000)).rejects.toMatchObject({ code: 'query_refused' })
})

test('counters: both dialects, engines summed, names that only begin alike left out; none without a page', async () => {
  for (const dialect of ['vllm', 'sglang'] as const) {
    const { url } = await testEngine({ dialect })
    await stream(url, { prompt: 'a b c', max_tokens: 7 })
    expect(await readCounters({ base: url })).toEqual({ generatedTokens: 7, promptTokens: 3 })
  }
  const page = [
    '# TYPE vllm:generation_tokens_total counter',
    'vllm:generation_tokens_total{engine="0"} 10.0',
    'vllm:generation_tokens_total{engine="1",model_name="a}b"} 5.0',
    'vllm:generation_tokens_total_created 99.0',
    'vllm:prompt_tokens_total 4',
  ].join('\n')
  const { base } = await fake((_, path) => (path === '/metrics' ? [200, page] : [404, '']))
  expect(await readCounters({ base })).toEqual({ generatedTokens: 15, promptTokens: 4 })
  const bare = await testEngine()
  expect(await readCounters({ base: `${bare.url}/dcgm` })).toBeUndefined()
})
