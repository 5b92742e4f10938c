/** The driver against a scripted server: what it sends, when, and what it says of it. Every server is on 127.0.0.1. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { BenchResultReport } from '../src/formats/bench-result.ts'
import type { Drive, DriveClean } from '../src/formats/drive-result.ts'
import { inferencePerfbenchSchema } from '../src/formats/inference-perfbench.ts'
import { drive, latencyNs } from './support/drive-run.ts'
import { askInProcess, runInProcess } from './support/in-process.ts'
import { type Answer, pause, type SseRequest, sseServer, steady } from './support/sse-server.ts'

const quiet = ['--tokens-per-word', '1', '--no-metrics']

interface Message {
  readonly role: string
  readonly content: string
}
const messagesOf = ({ body }: SseRequest) => body['messages'] as readonly Message[]

test('a closed loop holds its concurrency, warms up apart, and never sends a prompt twice', async () => {
  let open = 0
  let most = 0
  const server = await sseServer(async (response, request) => {
    most = Math.max(most, ++open)
    await steady(4, 10, 5)(response, request)
    open -= 1
  })
  try {
    const { cell, lines, result } = await drive([
      server.url,
      '--concurrency',
      '4',
      '--requests',
      '40',
      '--output-tokens',
      '4',
      '--seed',
      '7',
      ...quiet,
    ])
    expect(most).toBe(4)
    expect([cell.attempts, cell.completed, cell.warmUp]).toEqual([40, 40, { attempts: 8, failed: 0 }])
    expect(lines.filter(({ phase }) => phase === 'warm-up')).toHaveLength(8)
    const contents = server.requests.map((request) => messagesOf(request)[0]?.content ?? '')
    expect(new Set(contents).size).toBe(48)
    expect(result.plan.salt).toMatch(/^[0-9a-f]{12}$/)
    expect(contents.every((content) => content.startsWith(`${result.plan.salt} `))).toBe(true)
    expect(server.requests[0]?.body).toMatchObject({
      model: 'test-model',
      max_tokens: 4,
      stream: true,
      stream_options: { include_usage: true },
      ignore_eos: true,
      temperature: 0,
    })
    // The server's own pauses are the least that it can have taken.
    expect(latencyNs(cell, 'ttft', 'first-content', 'p50Ns')).toBeGreaterThan(9e6)
    expect(latencyNs(cell, 'e2el', 'until-last-content', 'p50Ns')).toBeGreaterThan(24e6)
  } finally {
    await server.close()
  }
})

test('every event has its own stamp: exact nanoseconds as text, in order, the first text among them', async () => {
  const server = await sseServer(steady(5, 5, 4))
  try {
    const before = BigInt(Date.now()) * 1_000_000n
    const { lines } = await drive([server.url, '--requests', '4', '--output-tokens', '5', ...quiet])
    for (const line of lines) {
      expect(line.chunk_bits).toEqual([1, 3, 3, 3, 3, 3, 9, 16, 32])
      const stamps = line.chunk_ns.map((text) => BigInt(text))
      expect(stamps.every((stamp, index) => index === 0 || stamp >= (stamps[index - 1] ?? 0n))).toBe(true)
      expect(line.first_content_ns).toBe(line.chunk_ns[1])
      expect(line.last_content_ns).toBe(line.chunk_ns[5])
      expect(BigInt(line.sent_ns)).toBeGreaterThan(before)
      expect(BigInt(line.end_ns)).toBeLessThan(BigInt(Date.now() + 1) * 1_000_000n)
    }
  } finally {
    await server.close()
  }
})

/** Answers after 20 ms, but to nobody for a second after the 20th request; keeps when each answer was over. */
function stalling() {
  const overNs: number[] = []
  let frozenUntil = 0
  const answer: Answer = async (response, request) => {
    if (request.number === 20) frozenUntil = performance.now() + 1000
    await pause(20)
    while (performance.now() < frozenUntil) await pause(frozenUntil - performance.now())
    await steady(2, 0, 1)(response, request)
    overNs.push((performance.timeOrigin + performance.now()) * 1e6)
  }
  return { answer, overNs }
}

test('trap F19: an open loop counts from the scheduled time, and sees the stall that a closed loop misses', async () => {
  const openServer = stalling()
  const server = await sseServer(openServer.answer)
  const args = ['--output-tokens', '2', '--warm-up-requests', '0', ...quiet]
  try {
    const { cell, lines } = await drive([server.url, '--rate', '40', '--arrival', 'constant', '--requests', '100', ...args])
    expect(cell.completed).toBe(100)
    // Exactly one every 25 ms, whatever the server did.
    const scheduled = lines.map((line) => BigInt(line.scheduled_ns)).sort((a, b) => (a < b ? -1 : 1))
    const gaps = scheduled.slice(1).map((time, index) => Number(time - (scheduled[index] ?? 0n)))
    expect(Math.max(...gaps.map((gap) => Math.abs(gap - 25e6)))).toBeLessThan(1000)
    // Forty requests were due while nothing was answered: on average they waited half a second.
    const truth = (openServer.overNs.reduce((sum, over) => sum + over, 0) - scheduled.reduce((sum, time) => sum + Number(time), 0)) / 100
    const mean = latencyNs(cell, 'e2el-with-queue', 'until-last-content', 'meanNs')
    expect(truth).toBeGreaterThan(150e6)
    // The server's moments are this process's, which a busy machine delays as it does the stamps: by what the run publishes.
    const lagNs = Math.max(cell.client.probe?.p99Ns ?? 0, cell.client.loopWait?.p99Ns ?? 0)
    expect(Math.abs(mean - truth)).toBeLessThan(0.05 * truth + lagNs)
    expect(cell.latencies.find(({ quantity }) => quantity === 'e2el-with-queue')?.p90Ns).toBeGreaterThan(600e6)
  } finally {
    await server.close()
  }
  const closedServer = stalling()
  const other = await sseServer(closedServer.answer)
  try {
    const { cell } = await drive([other.url, '--concurrency', '1', '--requests', '100', ...args])
    // One request of a hundred met it.
    expect(latencyNs(cell, 'e2el', 'until-last-content', 'maxNs')).toBeGreaterThan(900e6)
    expect(cell.latencies.find(({ quantity }) => quantity === 'e2el')?.p90Ns).toBeLessThan(300e6)
    expect(latencyNs(cell, 'e2el', 'until-last-content', 'meanNs')).toBeLessThan(120e6)
  } finally {
    await other.close()
  }
})

test('Poisson arrivals follow from the seed alone; more than may be in flight wait, are marked, and keep their time', async () => {
  const server = await sseServer(steady(2, 30, 1))
  const args = [server.url, '--rate', '100', '--requests', '60', '--output-tokens', '2', '--warm-up-requests', '0', ...quiet]
  const offsets = (lines: readonly { readonly index: number; readonly scheduled_ns: string }[]) => {
    const sorted = [...lines].sort((a, b) => a.index - b.index).map((line) => BigInt(line.scheduled_ns))
    return sorted.map((time) => Number(time - (sorted[0] ?? 0n)))
  }
  try {
    const one = await drive([...args, '--seed', '3'])
    const gated = await drive([...args, '--seed', '3', '--max-in-flight', '1'])
    const [a, b] = [offsets(one.lines), offsets(gated.lines)]
    expect(Math.max(...a.map((time, index) => Math.abs(time - (b[index] ?? Number.NaN))))).toBeLessThan(10)
    expect(gated.cell.marks.map(({ code }) => code)).toContain('gated-open-loop')
    expect([gated.cell.validity.state, gated.status]).toEqual(['invalid', 1])
    expect(gated.cell.validity.reasons.map(({ code }) => code)).toContain('behind-schedule')
    // Sixty requests of 31 ms one after the other, offered within 0.6 s.
    expect(latencyNs(gated.cell, 'e2el-with-queue', 'until-last-content', 'maxNs')).toBeGreaterThan(900e6)
    expect(latencyNs(gated.cell, 'e2el', 'until-last-content', 'p50Ns')).toBeLessThan(300e6)
  } finally {
    await server.close()
  }
})

test('conversations are replayed turn by turn with the recorded answers as history', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sextant-conversations-'))
  const file = join(folder, 'sharegpt.jsonl')
  const said = (...values: string[]) => values.map((value, index) => ({ from: index % 2 === 0 ? 'human' : 'gpt', value }))
  writeFileSync(
    file,
    [
      JSON.stringify({ id: 'a', conversations: said('A1', 'a1 is twelve', 'A2', 'a2', 'A3', 'a3') }),
      'not json',
      JSON.stringify({
        messages: [
          { role: 'system', content: 'S' },
          { role: 'user', content: 'B1' },
          { role: 'assistant', content: 'b1' },
        ],
      }),
      JSON.stringify({ conversations: said('C1', 'c1', 'C2', 'c2') }),
    ].join('\n'),
  )
  const server = await sseServer(async (response, request) => steady(request.body['max_tokens'] as number, 2, 1)(response, request))
  try {
    const args = [
      server.url,
      '--dataset',
      file,
      '--multi-turn',
      '--conversations',
      '2',
      '--requests',
      '2',
      '--salt',
      'none',
      '--warm-up-requests',
      '0',
      '--no-metrics',
    ]
    const { cell, lines, result, files } = await drive(args)
    expect([cell.completed, result.plan.prompts]).toEqual([
      4,
      { kind: 'conversations', dataset: 'sharegpt.jsonl', conversationNum: 2, multiTurn: true },
    ])
    expect(server.requests.map((request) => messagesOf(request).map(({ content }) => content))).toEqual([
      ['A1'],
      ['A1', 'a1 is twelve', 'A2'],
      ['A1', 'a1 is twelve', 'A2', 'a2', 'A3'],
      ['S', 'B1'],
    ])
    expect(server.requests.map(({ body }) => [body['max_tokens'], body['ignore_eos']])).toEqual([
      [3, undefined],
      [1, undefined],
      [1, undefined],
      [1, undefined],
    ])
    expect(lines.map(({ conversation, turn }) => [conversation ?? 'alone', turn])).toEqual([
      [0, 0],
      [0, 1],
      [0, 2],
      ['alone', 0],
    ])
    expect(cell.marks.map(({ code }) => code)).toEqual(expect.arrayContaining(['no-salt', 'no-warm-up']))
    const perfbench = inferencePerfbenchSchema.parse(JSON.parse(files.get('inference_perfbench_v1.json') ?? ''))
    expect(perfbench.workload).toMatchObject({ conversation_num: 2, dataset: 'sharegpt.jsonl', concurrency_sweep: [1] })
  } finally {
    await server.close()
    rmSync(folder, { recursive: true })
  }
})

test('prompts share what they should share, and lengths spread around their mean', async () => {
  const server = await sseServer(async (response, request) => steady(request.body['max_tokens'] as number, 2, 0)(response, request))
  try {
    const shape = ['--input-tokens', '100', '--shared-prefix-tokens', '40', '--prefixes', '2', '--spread', '0.5', '--output-tokens', '10']
    await drive([server.url, '--requests', '40', '--api', 'completions', '--salt', 'S', ...shape, '--warm-up-requests', '0', ...quiet])
    const prompts = server.requests.map(({ body }) => String(body['prompt']).split(' '))
    const heads = new Set(prompts.map((prompt) => prompt.slice(0, 41).join(' ')))
    expect(heads.size).toBe(2)
    const tails = prompts.map((prompt) => prompt.length - 41)
    expect([Math.min(...tails) >= 30, Math.max(...tails) <= 90, new Set(tails).size > 10]).toEqual([true, true, true])
    const asked = server.requests.map(({ body }) => Number(body['max_tokens']))
    expect([Math.min(...asked) >= 5, Math.max(...asked) <= 15, new Set(asked).size > 4]).toEqual([true, true, true])
  } finally {
    await server.close()
  }
})

test('a client that is slow on purpose is INVALID and says why', async () => {
  const server = await sseServer(steady(20, 30, 10))
  try {
    const args = [server.url, '--concurrency', '2', '--requests', '8', '--output-tokens', '20', ...quiet]
    const { cell, status } = await drive([...args, '--slow-client-ms', '45'])
    expect([status, cell.validity.state]).toEqual([1, 'invalid'])
    expect(cell.validity.reasons.map(({ code }) => code)).toEqual(expect.arrayContaining(['timestamp-lag', 'gap-lag']))
    expect(cell.client.probe?.p95Ns).toBeGreaterThan(20e6)
    expect(cell.client.loopWait?.p95Ns).toBeGreaterThan(20e6)
  } finally {
    await server.close()
  }
})

const page = (running: number, used: number, hits: number, queries: number, generated: number) => `# TYPE vllm:num_requests_running gauge
vllm:num_requests_running{engine="0",model_name="m"} ${running}
vllm:num_requests_running{engine="1",model_name="m"} ${running}
vllm:kv_cache_usage_perc{engine="0"} ${used}
vllm:kv_cache_usage_perc{engine="1"} ${used}
vllm:prefix_cache_hits_total{engine="0"} ${hits}
vllm:prefix_cache_queries_total{engine="0"} ${queries}
vllm:generation_tokens_total{engine="0"} ${generated}
vllm:cache_config_info{gpu_memory_utilization="0.9",cache_dtype="fp8_e4m3",enable_prefix_caching="True"} 1
`

test('a server that restarts during the cell and overtakes its old counters: no difference, and a mark that says why', async () => {
  let scrapes = 0
  const server = await sseServer(steady(10, 50, 20), (path) => {
    if (path !== '/metrics') return undefined
    scrapes += 1
    return scrapes === 1 ? page(1, 0.1, 30, 90, 100) : page(1, 0.1, 40 + scrapes, 100 + scrapes, scrapes === 2 ? 7 : 1000 + scrapes)
  })
  try {
    const { cell } = await drive([
      server.url,
      '--requests',
      '8',
      '--output-tokens',
      '10',
      '--warm-up-requests',
      '0',
      '--tokens-per-word',
      '1',
    ])
    expect(scrapes).toBeGreaterThan(2)
    const reading = (quantity: string) => cell.server?.readings.find((each) => each.quantity === quantity)
    expect(reading('generated-tokens')).toMatchObject({ before: 100, after: 1000 + scrapes })
    expect(reading('generated-tokens')?.delta).toBeUndefined()
    expect(reading('prefix-cache-hit-tokens')?.delta).toBeGreaterThan(0)
    const mark = cell.marks.find(({ code }) => code === 'server-counters-reset')
    expect(mark?.text).toContain('(generated-tokens)')
  } finally {
    await server.close()
  }
})

test('the server’s metrics: peaks from samples during the run, deltas of counters; context said by the server and by the caller', async () => {
  let scrapes = 0
  let answered = 0
  const server = await sseServer(
    async (response, request) => {
      await steady(10, 50, 20)(response, request)
      answered += 1
    },
    (path) => {
      if (path === '/version') return '{"version":"0.27.1"}'
      if (path !== '/metrics') return undefined
      scrapes += 1
      // Only in the middle of the run the gauge is high: before and after it is nothing.
      return answered > 0 && answered < 8 ? page(3, 0.7, 50, 200, 40) : page(0, 0.1, answered * 10, answered * 40, answered * 10)
    },
  )
  try {
    const args = [
      server.url,
      '--requests',
      '8',
      '--output-tokens',
      '10',
      '--warm-up-requests',
      '0',
      '--tokens-per-word',
      '1',
      '--context',
      'hardware=b200',
    ]
    const { cell, result, files } = await drive([...args, '--context', 'tensorParallel=8'])
    const reading = (quantity: string) => cell.server?.readings.find((each) => each.quantity === quantity)
    expect(scrapes).toBe(cell.server?.scrapes)
    expect(reading('requests-running')).toMatchObject({ before: 0, after: 0, peak: 6 })
    expect(reading('kv-cache-used')).toMatchObject({ before: 0.1, after: 0.1, peak: 0.7 })
    expect(reading('prefix-cache-hit-tokens')).toMatchObject({ before: 0, after: 80, delta: 80 })
    expect(Object.fromEntries(result.context.map(({ name, value }) => [name, value]))).toMatchObject({
      model: 'test-model',
      modelPath: 'org/test-model',
      hardware: 'b200',
      tensorParallel: 8,
      engineVersion: '0.27.1',
      kvCacheDtype: 'fp8_e4m3',
      engine: 'vllm',
    })
    expect(result.missingContext).toContain('quantization')
    expect(result.missingContext).not.toContain('hardware')
    const perfbench = inferencePerfbenchSchema.parse(JSON.parse(files.get('inference_perfbench_v1.json') ?? ''))
    expect(perfbench.server_metrics_delta).toMatchObject({
      prefix_cache_hit_rate_pre: null,
      prefix_cache_hit_rate_post: 0.25,
      gpu_cache_usage_perc_peak: 0.7,
      num_requests_running_peak: 6,
    })
    expect(perfbench.metrics['1']).toMatchObject({ requests: 8, errors: 0, ttft_p99_ms: null })
    expect(perfbench.metrics['1']?.itl_p50_ms).toBeCloseTo(latencyNs(cell, 'tpot', 'request-mean-without-first', 'p50Ns') / 1e6)
    expect([...files.keys()]).toEqual([
      'c1-metrics-post.prom',
      'c1-metrics-pre.prom',
      'drive-requests.jsonl',
      'drive-result.json',
      'inference_perfbench_v1.json',
    ])
    expect(files.get('c1-metrics-pre.prom')).toBe(page(0, 0.1, 0, 0, 0))
    expect(result.bench.captured_at).toMatch(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/)
  } finally {
    await server.close()
  }
})

test('bench-result reads both files of a run, and what it recomputes from the stamps is what the run said', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sextant-drive-'))
  const server = await sseServer(steady(6, 10, 5))
  try {
    const out = join(folder, 'out')
    const shape = ['--concurrency', '1', '--concurrency', '3', '--requests', '12', '--output-tokens', '6', '--slow-client-ms', '45']
    const run = await runInProcess(['drive', server.url, ...shape, ...quiet, '--out', out])
    expect([run.status, run.stdout]).toEqual([1, expect.stringContaining('INVALID')])
    const [result, lines] = await Promise.all(
      ['drive-result.json', 'drive-requests.jsonl'].map(
        async (name) => (await askInProcess(['bench-result', join(out, name), '--json'])) as BenchResultReport,
      ),
    )
    expect(result?.cells.map(({ id, concurrency }) => [id, concurrency])).toEqual([
      ['c1', 1],
      ['c3', 3],
    ])
    expect(result?.cells[0]?.findings).toEqual(
      expect.arrayContaining([expect.objectContaining({ code: 'run-invalid', severity: 'error' })]),
    )
    expect(result?.files[0]?.context).toContainEqual(expect.objectContaining({ name: 'model', value: 'test-model' }))
    for (const [index, cell] of (result?.cells ?? []).entries()) {
      const recomputed = lines?.cells[index]
      expect(recomputed?.counts).toContainEqual(expect.objectContaining({ name: 'completed', count: 12 }))
      for (const { quantity, definition, statistic, valueNs } of cell.latencies) {
        if (definition === 'request-mean-without-first-token-weighted' || definition === 'first-output-content') continue
        const other = recomputed?.latencies.find(
          (each) => each.quantity === quantity && each.definition === definition && each.statistic === statistic,
        )
        // Stamps are written as whole nanoseconds.
        expect(Math.abs((other?.valueNs ?? Number.NaN) - valueNs), `${quantity} ${definition} ${statistic}`).toBeLessThan(2)
      }
      for (const { quantity, per, perSecond } of cell.rates.filter(
        (rate) => rate.per === 'deployment' && rate.quantity !== 'input-tokens',
      )) {
        const other = recomputed?.rates.find((rate) => rate.quantity === quantity && rate.per === per)
        expect(other?.perSecond).toBeCloseTo(perSecond, 3)
      }
    }
  } finally {
    await server.close()
    rmSync(folder, { recursive: true })
  }
})

test('a run over a time begins nothing afterwards, finishes what is open, and says where it had too few', async () => {
  const server = await sseServer(steady(4, 150, 5))
  try {
    const { cell, lines, result } = await drive([
      server.url,
      '--concurrency',
      '3',
      '--duration-s',
      '0.4',
      '--output-tokens',
      '4',
      '--warm-up-requests',
      '0',
      ...quiet,
    ])
    expect(cell.completed).toBe(cell.attempts)
    expect(cell.attempts).toBeGreaterThanOrEqual(3)
    // Slots are free at the start, and a request begins with its slot: none later than the time that was given.
    const begun = lines.map((line) => Number(BigInt(line.scheduled_ns) - BigInt(cell.startEpochNs)) / 1e6)
    expect(Math.max(...begun)).toBeLessThan(400)
    expect(lines.every(({ outcome }) => outcome === 'completed')).toBe(true)
    expect(result.bench.duration_effective_s).toBeGreaterThan(0.15)
  } finally {
    await server.close()
  }
})

test('a result is never replaced, and a run that cannot begin leaves nothing behind', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sextant-drive-'))
  const server = await sseServer(steady(2, 1, 1))
  const args = ['drive', server.url, '--requests', '2', '--output-tokens', '2', '--warm-up-requests', '0', ...quiet, '--out', folder]
  try {
    expect((await runInProcess(args)).status).toBeLessThan(2)
    const again = await runInProcess(args)
    expect([again.status, again.stderr]).toEqual([2, expect.stringContaining('holds a result already')])
  } finally {
    await server.close()
    rmSync(folder, { recursive: true })
  }
})

test('a run that is stopped ends soon, writes what it has, and is INVALID because of it', async () => {
  const server = await sseServer(steady(1000, 5, 20))
  const controller = new AbortController()
  const folder = mkdtempSync(join(tmpdir(), 'sextant-drive-'))
  try {
    setTimeout(() => controller.abort(), 2500)
    const args = ['drive', server.url, '--requests', '4', '--output-tokens', '1000', '--warm-up-requests', '0', ...quiet]
    const run = await runInProcess([...args, '--out', join(folder, 'out'), '--json'], { signal: controller.signal })
    const { result, written } = JSON.parse(run.stdout) as Drive
    expect([run.status, result?.validity.reasons.map(({ code }) => code)]).toEqual([1, ['interrupted', 'no-successful-requests']])
    expect(result?.cells[0]?.outcomes).toEqual({ cancelled: 1 })
    expect(written.map(({ path }) => path)).toContain('drive-result.json')
    expect(readdirSync(join(folder, 'out')).filter((name) => name.includes('partial'))).toEqual([])
  } finally {
    await server.close()
    rmSync(folder, { recursive: true })
  }
})

test('another machine is driven only where the call says so', async () => {
  for (const name of ['drive', 'drive clean']) {
    const run = await runInProcess([...name.split(' '), 'http://gpu.example:8000'])
    expect([run.status, run.stderr]).toEqual([25, expect.stringContaining('--i-understand-submits-jobs')])
    expect((await runInProcess([...name.split(' '), 'http://gpu.example:8000', '--dry-run'])).status).toBe(0)
  }
})

test('a clean stream: one at a time, tiny prompt, the end ignored, TPOT round by round', async () => {
  const server = await sseServer(steady(30, 20, 10))
  try {
    const run = await runInProcess(['drive', 'clean', server.url, '--output-tokens', '30', '--rounds', '2', '--json'])
    const clean = JSON.parse(run.stdout) as DriveClean
    expect(server.requests).toHaveLength(3)
    expect(server.requests.every(({ body }) => body['max_tokens'] === 30 && body['ignore_eos'] === true)).toBe(true)
    expect(messagesOf(server.requests[0] as SseRequest)[0]?.content.split(' ')).toHaveLength(4)
    expect(clean.rounds.map(({ round, outcome, outputTokens }) => [round, outcome, outputTokens])).toEqual([
      [1, 'completed', 30],
      [2, 'completed', 30],
    ])
    expect(clean.bench?.captured_at).toMatch(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/)
    expect(Date.parse(clean.bench?.captured_at ?? '')).toBe(Math.floor(Number(BigInt(clean.rounds[0]?.startEpochNs ?? 0) / 1_000_000n)))
    // Two rounds of 29 gaps of 10 ms.
    expect(clean.bench?.duration_effective_s).toBeGreaterThan(0.58)
    for (const { tpotNs = 0, wallNs, ttftNs = 0 } of clean.rounds) {
      expect(tpotNs).toBeGreaterThan(9.9e6)
      expect(wallNs).toBeGreaterThanOrEqual(ttftNs + 29 * tpotNs)
    }
  } finally {
    await server.close()
  }
})
