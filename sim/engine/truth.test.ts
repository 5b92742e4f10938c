/** What the truth says must be consistent with itself and with what a client saw. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { stream, testEngine } from '../../tests/support/test-engine.ts'
import { timeModelOf } from './engine-options.ts'
import { durationOf, medianParts } from './time-model.ts'
import type { TruthRecord } from './truth-records.ts'

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

test('steps do not overlap, their parts sum to their time, their tokens to what requests generated', async () => {
  const { url, requests, steps } = await testEngine({ time: timeModelOf('communication'), speculativeTokens: 3, maxNumBatchedTokens: 64 })
  const prompt = Array.from({ length: 100 }, (_, index) => `w${index}`).join(' ')
  await Promise.all(Array.from({ length: 12 }, (_, index) => stream(url, { prompt: `${index} ${prompt}`, max_tokens: 5 + index })))
  const all = steps()
  for (const [index, step] of all.entries()) {
    expect(step.hostNs + step.computeNs + step.communicationNs).toBe(step.endNs - step.startNs)
    expect(step.startNs).toBeGreaterThanOrEqual(all[index - 1]?.endNs ?? 0)
    expect(step.lateNs).toBeGreaterThanOrEqual(0)
    expect(step.prefillTokens + step.decodeSequences).toBeLessThanOrEqual(64)
  }
  expect(sum(all.map(({ outputTokens }) => outputTokens))).toBe(sum(requests().map(({ generatedTokens }) => generatedTokens)))
  expect(sum(all.map(({ prefillTokens }) => prefillTokens))).toBe(
    sum(requests().map(({ promptTokens, cachedTokens }) => promptTokens - cachedTokens)),
  )
  for (const request of requests()) {
    const tokens = request.chunkTokens ?? request.chunkNs.map(() => 1)
    expect(sum(tokens)).toBe(request.outputTokens)
    expect(request.outputTokens).toBe(request.generatedTokens)
    expect(Math.max(...tokens)).toBeLessThanOrEqual(4)
    const times = [request.arrivalNs, request.scheduledNs ?? 0, ...request.chunkNs, request.finishedNs]
    expect(times).toEqual([...times].sort((a, b) => a - b))
  }
})

test('a batch of known size: steps take what the model says, and tokens come one step apart', async () => {
  const time = { ...timeModelOf('host'), hostJitter: 0, deviceJitter: 0, computePerContextTokenNs: 0 }
  const { url, steps, requests } = await testEngine({ time, timeScale: 1 })
  await Promise.all([1, 2, 3, 4].map((id) => stream(url, { prompt: `p${id}`, max_tokens: 30 })))
  const work = { decodeSequences: 4, decodeTokens: 4, contextTokens: 0, prefillSequences: 0, prefillTokens: 0 }
  const stepNs = durationOf(medianParts(time, work, 1))
  const full = steps().filter(({ decodeSequences, prefillSequences }) => decodeSequences === 4 && prefillSequences === 0)
  expect(full.length).toBeGreaterThan(20)
  for (const { startNs, endNs } of full) expect(endNs - startNs).toBe(stepNs)
  // Little's law over the batch: what was in the engine is arrivals times the time in it.
  const all = requests()
  const fromNs = Math.min(...all.map(({ arrivalNs }) => arrivalNs))
  const toNs = Math.max(...all.map(({ chunkNs }) => chunkNs.at(-1) ?? 0))
  const inside = sum(all.map(({ arrivalNs, chunkNs }) => (chunkNs.at(-1) ?? 0) - arrivalNs)) / (toNs - fromNs)
  expect(inside).toBeGreaterThan(3)
  expect(inside).toBeLessThanOrEqual(4)
})

test('each event with tokens was handed to the system at the end of a step or later', async () => {
  const { url, requests, steps } = await testEngine()
  await stream(url, { prompt: 'a', max_tokens: 20 })
  const [request] = requests()
  expect(request?.chunkNs).toHaveLength(20)
  for (const [index, { endNs, lateNs }] of steps().entries()) {
    expect((request?.chunkNs[index] ?? 0) - endNs).toBeGreaterThanOrEqual(lateNs)
  }
})

test('the file holds the same lines, from start to end', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sextant-engine-'))
  try {
    const path = join(folder, 'truth.jsonl')
    const { engine, url, records } = await testEngine({ truthPath: path })
    await stream(url, { prompt: 'a', max_tokens: 3 })
    await engine.stop()
    const lines = readFileSync(path, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as TruthRecord)
    expect(lines).toEqual(records)
    expect([lines[0]?.kind, lines.at(-1)]).toEqual([
      'start',
      expect.objectContaining({ kind: 'end', requests: 1, steps: 3, outputTokens: 3, promptTokens: 1 }),
    ])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('a repeated prompt is found in the prefix cache by whole blocks, never all of it', async () => {
  const { url, requests } = await testEngine()
  const prompt = Array.from({ length: 48 }, (_, index) => `w${index}`).join(' ')
  for (const text of [prompt, prompt, `${prompt} more`, `other ${prompt}`]) await stream(url, { prompt: text, max_tokens: 1 })
  expect(requests().map(({ cachedTokens }) => cachedTokens)).toEqual([0, 32, 48, 0])
  await fetch(`${url}/reset_prefix_cache`, { method: 'POST' })
  await stream(url, { prompt, max_tokens: 1 })
  expect(requests().at(-1)?.cachedTokens).toBe(0)
})
