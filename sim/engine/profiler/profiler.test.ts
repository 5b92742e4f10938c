/** Routes and status codes of both dialects, and traces that say what the engine says of itself. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type BoundSetting, type EngineOptions, plainEngine, timeModelOf } from '#sim/engine/engine-options.ts'
import type { ProfileRecord } from '#sim/engine/truth-records.ts'
import type { DecodeBudget } from '../../../src/formats/decode-budget.ts'
import { askInProcess } from '../../../tests/support/in-process.ts'
import { stream, type TestEngine, testEngine } from '../../../tests/support/test-engine.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sextant-profile-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function profiled(backEnd: 'torch' | 'cuda', change: Partial<EngineOptions['profiler']> = {}): Pick<EngineOptions, 'profiler'> {
  return { profiler: { ...plainEngine.profiler, backEnd, folder, ...change } }
}

const post = async (url: string, body?: unknown): Promise<number> =>
  (await fetch(url, { method: 'POST', ...(body === undefined ? {} : { body: JSON.stringify(body) }) })).status

function profileOf({ records }: TestEngine): ProfileRecord {
  const [record] = records.filter((each) => each.kind === 'profile')
  if (record === undefined) throw new Error('no profile was recorded')
  return record
}

test('vLLM: no route without a profiler, POST only with one', async () => {
  const { url } = await testEngine()
  expect([(await fetch(`${url}/start_profile`)).status, await post(`${url}/start_profile`)]).toEqual([404, 404])
  const { url: with_ } = await testEngine(profiled('torch'))
  const asked = await fetch(`${with_}/start_profile`)
  expect([asked.status, asked.headers.get('allow')]).toEqual([405, 'POST'])
  expect(readdirSync(folder)).toEqual([])
  expect([await post(`${with_}/start_profile`), await post(`${with_}/stop_profile`)]).toEqual([200, 200])
  expect(readdirSync(folder).filter((name) => name.endsWith('.pt.trace.json.gz'))).toHaveLength(2)
})

test('SGLang: GET starts a capture; a second start and a stop without start are refused; the client names the folder', async () => {
  const { url, engine } = await testEngine({ dialect: 'sglang', ...profiled('torch', { stopWaits: false, folder: '/nonexistent' }) })
  expect(await post(`${url}/stop_profile`)).toBe(500)
  expect(await post(`${url}/start_profile`, { output_dir: folder, num_steps: 4 })).toBe(200)
  expect((await fetch(`${url}/start_profile`)).status).toBe(500)
  await stream(url, { prompt: 'a', max_tokens: 10 })
  await engine.state.profiler.writing
  // It closed by itself after four steps.
  expect(await post(`${url}/stop_profile`)).toBe(500)
  expect(readdirSync(folder)).toEqual([expect.stringMatching(/^\d+\.\d+-TP-0\.trace\.json\.gz$/)])
  expect((await fetch(`${url}/start_profile`)).status).toBe(200)
})

const settings: [BoundSetting, 'torch' | 'cuda', EngineOptions['dialect'], string][] = [
  ['kernel', 'torch', 'vllm', 'kernel-bound'],
  ['host', 'cuda', 'vllm', 'host-bound'],
  ['communication', 'torch', 'sglang', 'comm-bound'],
  ['communication', 'cuda', 'vllm', 'comm-bound'],
  ['host', 'torch', 'sglang', 'host-bound'],
  ['kernel', 'cuda', 'sglang', 'kernel-bound'],
]

test.each(settings)('%s on %s by %s: the trace and the engine agree', async (bound, backEnd, dialect, expected) => {
  const engine = await testEngine({
    time: timeModelOf(bound),
    dialect,
    tensorParallel: bound === 'communication' ? 8 : 1,
    ...profiled(backEnd),
  })
  await stream(engine.url, { prompt: 'warm', max_tokens: 2 })
  const answer = stream(engine.url, { prompt: 'a', max_tokens: 250 })
  await new Promise((fulfil) => setTimeout(fulfil, 100))
  await post(`${engine.url}/start_profile`)
  await new Promise((fulfil) => setTimeout(fulfil, 160))
  await post(`${engine.url}/stop_profile`)
  await answer
  await engine.engine.state.profiler.writing
  const profile = profileOf(engine)
  expect(profile).toMatchObject({ backEnd, class: expected })
  const budget = (await askInProcess(['decode-budget', join(folder, profile.file), '--json'])) as DecodeBudget
  const [device] = budget.devices
  expect(device?.verdict?.class).toBe(expected)
  expect(device?.steps?.count).toBe(profile.steps)
  // The file's own steps are those that were served; the one that ran when the window closed is not in it.
  const inside = engine.steps().filter(({ isProfiled, endNs }) => isProfiled && endNs <= profile.toNs)
  expect(inside.length - profile.steps).toBeLessThanOrEqual(1)
  for (const [name, share] of Object.entries(profile.shares ?? {})) {
    expect(device?.shares?.[name as 'kernel'] ?? Number.NaN, name).toBeCloseTo(share, 2)
  }
})

test('a window without traffic holds no device rows; a cut one ends inside its last step', async () => {
  const { url } = await testEngine(profiled('torch', { gzip: false }))
  await post(`${url}/start_profile`)
  await post(`${url}/stop_profile`)
  const name = readdirSync(folder).find((each) => each.startsWith('dp0')) ?? ''
  expect(readFileSync(join(folder, name), 'utf8')).not.toContain('"cat":"kernel"')
  rmSync(join(folder, name))
  const cut = await testEngine(profiled('torch', { cut: true }))
  await post(`${cut.url}/start_profile`)
  await stream(cut.url, { prompt: 'a', max_tokens: 20 })
  await post(`${cut.url}/stop_profile`)
  const broken = readdirSync(folder).find((each) => each.startsWith('dp0')) ?? ''
  expect(() => JSON.parse(gunzipSync(readFileSync(join(folder, broken))).toString())).toThrow()
})

test('a slow trace is there and cut short before it is whole', async () => {
  const { url, engine } = await testEngine(profiled('torch', { writeMs: 300, lateMs: 100, stopWaits: false }))
  await post(`${url}/start_profile`)
  await stream(url, { prompt: 'a', max_tokens: 30 })
  await post(`${url}/stop_profile`)
  const whole = engine.state.profiler.writing
  const sizes = new Set<number>()
  let done = false
  void whole.then(() => {
    done = true
  })
  while (!done) {
    const name = readdirSync(folder).find((each) => each.startsWith('dp0'))
    if (name !== undefined) sizes.add(readFileSync(join(folder, name)).length)
    await new Promise((fulfil) => setTimeout(fulfil, 20))
  }
  expect(sizes.size).toBeGreaterThan(2)
})
