/** The decode budget of a live engine against what the simulated engine knows of itself, and every window that must be refused. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type BoundSetting, type EngineOptions, plainEngine, timeModelOf } from '../sim/engine/engine-options.ts'
import type { ProfileRecord } from '../sim/engine/truth-records.ts'
import { decodeBudgetText } from '../src/commands/text/decode-budget-text.ts'
import type { DecodeBudget } from '../src/formats/decode-budget.ts'
import type { DrivenRound } from '../src/pipeline/live/clean-driver.ts'
import { liveBudget } from '../src/pipeline/live/live-budget.ts'
import type { LiveOptions } from '../src/pipeline/live/live-options.ts'
import { checkoutRoot } from './support/checkout.ts'
import { fetchDriver } from './support/fetch-driver.ts'
import { runInProcess } from './support/in-process.ts'
import { stream, type TestEngine, testEngine } from './support/test-engine.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sextant-live-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

type BackEnd = LiveOptions['backEnd']

function engineOf(
  bound: BoundSetting,
  backEnd: BackEnd,
  change: Partial<EngineOptions> = {},
  profiler: Partial<EngineOptions['profiler']> = {},
) {
  return testEngine({
    timeScale: 0.5,
    time: timeModelOf(bound),
    tensorParallel: bound === 'communication' ? 8 : 1,
    profiler: { ...plainEngine.profiler, backEnd, folder, stopWaits: backEnd === 'torch', ...profiler },
    ...change,
  })
}

interface Asked {
  readonly change?: (round: DrivenRound, number: number) => DrivenRound
  readonly options?: Partial<LiveOptions>
}

function askLive({ url, engine }: TestEngine, backEnd: BackEnd, { change, options }: Asked = {}): Promise<DecodeBudget> {
  return liveBudget({
    address: { base: url },
    backEnd,
    traceDir: folder,
    windowNs: 400e6,
    startAllowanceNs: 400e6,
    outputTokens: 80,
    rounds: 2,
    settleMs: 60,
    traceTimeoutMs: 20_000,
    openDriver: () => Promise.resolve(fetchDriver(url, engine.state.options.model, change === undefined ? {} : { change })),
    asking: { env: {}, configRoot: join(checkoutRoot, 'configs'), cache: false },
    ...options,
  })
}

function profileOf({ records }: TestEngine): ProfileRecord {
  const record = records.find((each) => each.kind === 'profile')
  if (record === undefined) throw new Error('no profile was recorded')
  return record
}

const refusals = ({ live }: DecodeBudget): (string | undefined)[] => live?.refusals.map(({ code }) => code) ?? []

const settings = [
  ['kernel', 'torch', 'vllm'],
  ['host', 'cuda', 'vllm'],
  ['communication', 'torch', 'sglang'],
  ['communication', 'cuda', 'vllm'],
  ['host', 'torch', 'vllm'],
  ['kernel', 'cuda', 'sglang'],
  ['communication', 'torch', 'vllm'],
  ['host', 'torch', 'sglang'],
  ['communication', 'cuda', 'sglang'],
] as const
const asked = process.env['SEXTANT_SLOW'] === '1' ? settings : settings.slice(0, 4)

/** Times of a real clock on a machine that others use: a stall of a tenth of the window is no fault of the program. */
const onClock = { retry: 3 }

test.each(asked)('%s-bound, %s back end, %s: the engine’s own truth', onClock, async (bound, backEnd, dialect) => {
  const engine = await engineOf(bound, backEnd, { dialect })
  const budget = await askLive(engine, backEnd)
  const truth = profileOf(engine)
  expect(refusals(budget)).toEqual([])
  expect(budget.live).toMatchObject({ state: 'measured', engine: dialect, backEnd, clean: { rounds: 2 } })
  expect(budget.overall.class).toBe(truth.class)
  expect(budget.overall.class).toBe({ kernel: 'kernel-bound', host: 'host-bound', communication: 'comm-bound' }[bound])
  for (const [name, share] of Object.entries(truth.shares ?? {})) {
    expect(budget.overall.shares?.[name as 'kernel'] ?? Number.NaN, name).toBeCloseTo(share, 2)
  }
  const [device] = budget.devices
  expect(device?.reconciliation).toMatchObject({ reconciled: true, tokensPerStepFrom: 'option' })
  expect(budget.live?.window?.agreementRatio ?? 0).toBeCloseTo(1, 1)
  expect(budget.live?.window?.foreignTokens ?? 99).toBeLessThan(20)
  expect(budget.sources).toHaveLength(1)
  // Of SGLang a GET would have opened another.
  expect(engine.records.filter(({ kind }) => kind === 'profile')).toHaveLength(1)
})

test('trap A11: with speculation, tokens per step are those accepted, not those that the annotations count', onClock, async () => {
  const engine = await engineOf('host', 'torch', { speculativeTokens: 3, acceptanceRate: 0.6 })
  const budget = await askLive(engine, 'torch')
  expect(refusals(budget)).toEqual([])
  const perStep = budget.devices[0]?.reconciliation?.tokensPerStep ?? 0
  expect(perStep).toBeGreaterThan(1.8)
  expect(perStep).toBeLessThan(2.6)
  expect(budget.devices[0]?.reconciliation?.reconciled).toBe(true)
})

test('an interruption inside the window closes the profiler before it is told', async () => {
  const engine = await engineOf('kernel', 'torch')
  const stop = new AbortController()
  const watching = setInterval(() => {
    if (engine.engine.state.profiler.isRecording) stop.abort()
  }, 5)
  const asked = askLive(engine, 'torch', { options: { signal: stop.signal, windowNs: 5e9 } })
  await expect(asked).rejects.toMatchObject({ code: 'tool_failed' })
  clearInterval(watching)
  expect(engine.engine.state.profiler.isRecording).toBe(false)
})

test('a profiler that does not start ends it: the stream beside it does no harm', async () => {
  const engine = await engineOf('kernel', 'torch', { dialect: 'sglang' })
  engine.engine.state.profiler.start({ folder })
  await expect(askLive(engine, 'torch')).rejects.toMatchObject({ code: 'query_refused' })
})

test('where the engine has no counters, the trace itself says that others were served', onClock, async () => {
  const engine = await engineOf('kernel', 'torch', { hasMetrics: false })
  const others = stream(engine.url, { prompt: 'other', max_tokens: 4000 })
  const budget = await askLive(engine, 'torch')
  expect(budget.live?.window?.foreignTokens).toBeUndefined()
  expect([refusals(budget), budget.overall.class]).toEqual([['window-contaminated'], 'unknown'])
  await engine.engine.stop()
  await others
})

test('without a profiler nothing is driven: 404 is told apart, with the flag that is missing', async () => {
  const engine = await testEngine()
  await expect(askLive(engine, 'torch')).rejects.toMatchObject({
    code: 'missing_data',
    message: expect.stringContaining('404'),
    hint: expect.stringContaining('--profiler-config'),
  })
  expect(engine.requests()).toEqual([])
})

test('a trace that comes late and grows slowly is waited for', onClock, async () => {
  const engine = await engineOf('kernel', 'cuda', {}, { lateMs: 500, writeMs: 800 })
  const budget = await askLive(engine, 'cuda', { options: { settleMs: 120 } })
  expect(budget.live).toMatchObject({ state: 'measured', refusals: [] })
  expect(budget.overall.class).toBe('kernel-bound')
})

test('trap A12: a trace that stays cut short is refused on both back ends', async () => {
  for (const backEnd of ['torch', 'cuda'] as const) {
    const engine = await engineOf('kernel', backEnd, {}, { cut: true })
    const budget = await askLive(engine, backEnd)
    expect([refusals(budget), budget.overall.class, budget.devices]).toEqual([['trace-incomplete'], 'unknown', []])
    expect(budget.live?.refusals[0]?.reason).not.toContain(folder)
  }
})

test('an idle window is refused: the engine stood still', async () => {
  const engine = await engineOf('kernel', 'torch')
  const freezing = setInterval(() => {
    if (!engine.engine.state.profiler.isRecording) return
    clearInterval(freezing)
    void fetch(`${engine.url}/sim/faults`, { method: 'POST', body: 'freeze:ms=400' })
  }, 5)
  const budget = await askLive(engine, 'torch')
  clearInterval(freezing)
  expect(refusals(budget)).toContain('window-idle')
  expect(budget.overall.class).toBe('unknown')
})

test('trap A13: other traffic in the window is refused, by the counters and by the trace', async () => {
  for (const backEnd of ['torch', 'cuda'] as const) {
    const engine = await engineOf('kernel', backEnd)
    let sent = false
    const others: Promise<unknown>[] = []
    const watching = setInterval(() => {
      if (sent || !engine.engine.state.profiler.isRecording) return
      sent = true
      for (const id of [1, 2, 3]) others.push(stream(engine.url, { prompt: `another ${id}`, max_tokens: 60 }))
    }, 5)
    const budget = await askLive(engine, backEnd)
    clearInterval(watching)
    await Promise.all(others)
    expect(refusals(budget)).toContain('window-contaminated')
    expect(budget.overall.class).toBe('unknown')
    expect(budget.live?.window?.foreignTokens ?? 0).toBeGreaterThan(20)
  }
})

test('a round with errors voids the trace; so does a client that was in the way', async () => {
  const engine = await engineOf('kernel', 'torch', { faults: ['reset:at=4,after=150'] })
  const failed = await askLive(engine, 'torch')
  expect([refusals(failed)[0], failed.overall.class]).toEqual(['round-failed', 'unknown'])
  const calm = await engineOf('kernel', 'torch')
  const late = await askLive(calm, 'torch', {
    change: (round, number) => (number === 3 ? { ...round, client: { state: 'invalid', reason: 'late' } } : round),
  })
  expect([refusals(late), late.overall.class]).toEqual([['client-distorted'], 'unknown'])
})

test('a failed clean round ends it before any window is opened', async () => {
  const engine = await engineOf('kernel', 'torch', { faults: ['http-500:at=2'] })
  const budget = await askLive(engine, 'torch')
  expect(refusals(budget)).toEqual(['round-failed'])
  expect(engine.records.some(({ kind }) => kind === 'profile')).toBe(false)
})

test('a stream that ends inside the window is told', async () => {
  const engine = await engineOf('kernel', 'torch')
  const budget = await askLive(engine, 'torch', {
    options: { windowNs: 250e6 },
    change: (round, number) => (number === 3 ? { ...round, endNs: round.endNs - 20e9 } : round),
  })
  expect(refusals(budget)).toContain('window-outlived-stream')
})

test('the wrong folder: no trace appears, and it says where to look', async () => {
  const engine = await engineOf('kernel', 'torch', {}, { folder: join(folder, 'elsewhere', 'deep') })
  mkdirSync(join(folder, 'empty'))
  const budget = await askLive(engine, 'torch', { options: { traceDir: join(folder, 'empty'), traceTimeoutMs: 700 } })
  expect(refusals(budget)).toEqual(['trace-missing'])
  await expect(askLive(engine, 'torch', { options: { traceDir: join(folder, 'absent') } })).rejects.toMatchObject({
    code: 'file_not_found',
  })
})

test('traces that were there before are not taken for new ones', onClock, async () => {
  const first = await engineOf('host', 'torch')
  await askLive(first, 'torch')
  const second = await engineOf('kernel', 'torch')
  const budget = await askLive(second, 'torch')
  expect([budget.overall.class, budget.live?.traces]).toEqual(['kernel-bound', expect.arrayContaining([expect.stringContaining('rank0')])])
  expect(budget.live?.traces).toHaveLength(2)
})

test('the command: a real driver against a real socket, its answer and its text', onClock, async ({ skip, task }) => {
  const engine = await engineOf('host', 'torch', { timeScale: 2 })
  const args = ['decode-budget', '--live', engine.url, '--trace-dir', folder, '--rounds', '1', '--output-tokens', '48']
  const quick = ['--window-s', '0.8', '--start-allowance-s', '0.4', '--settle-s', '0.1']
  const { status, stdout } = await runInProcess([...args, ...quick, '--json'])
  const budget = JSON.parse(stdout) as DecodeBudget
  // Right on a busy machine, and no proof of what follows. Any other refusal fails.
  const distorted = refusals(budget).join() === 'client-distorted'
  if (distorted && task.result?.retryCount === onClock.retry) skip('this machine is too busy: the client was distorted in every run')
  expect(refusals(budget)).toEqual([])
  expect([status, budget.overall.class, budget.live?.state]).toEqual([0, 'host-bound', 'measured'])
  expect(decodeBudgetText(budget, { width: 100, rows: 20 })).toMatch(
    /Measured live\n {2}vllm .*clean round of 48 tokens.*\n[\s\S]*reconciled/,
  )
})

test('a client that burns its own time is refused, with exit status 1', async () => {
  const engine = await engineOf('host', 'torch')
  const args = [
    'decode-budget',
    `--live=${engine.url}`,
    '--trace-dir',
    folder,
    '--rounds',
    '1',
    '--output-tokens',
    '120',
    '--slow-client-ms',
    '45',
  ]
  const { status, stdout } = await runInProcess([...args, '--json'])
  const budget = JSON.parse(stdout) as DecodeBudget
  expect([status, refusals(budget)]).toEqual([1, ['client-distorted']])
})

test('a rehearsal asks nothing; elsewhere than on this machine it wants to be acknowledged', async () => {
  const rehearsed = await runInProcess(['decode-budget', '--live', 'http://192.0.2.1:8000', '--trace-dir', 'x', '--dry-run'])
  expect([rehearsed.status, rehearsed.stdout]).toEqual([0, expect.stringContaining('rehearsal')])
  const real = await runInProcess(['decode-budget', '--live', 'http://192.0.2.1:8000', '--trace-dir', 'x'])
  expect([real.status, real.stderr]).toEqual([25, expect.stringContaining('--i-understand-submits-jobs')])
})
