/** `trial run` against two simulated engines: order, records, interruption, an arm that is started and stopped. What they prove is the judge's test. */
import { appendFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { pairOrders } from '#analysis/trial/order.ts'
import { isSextantError } from '#base/errors.ts'
import type { TrialPlan } from '#formats/trial.ts'
import { driveBase } from '#pipeline/trials/drive-base.ts'
import { runTrial } from '#pipeline/trials/run-trial.ts'
import { readTrial, requireArtifacts, writePlan } from '#store/trials/trial-folder.ts'
import { checkoutRoot } from './support/checkout.ts'
import { type EngineProcess, engineProcess } from './support/engine-process.ts'
import { freePort } from './support/free-port.ts'
import { samplePlan } from './support/trial-runs.ts'

let a: EngineProcess
let b: EngineProcess
let folder = ''
beforeAll(async () => {
  ;[a, b] = await Promise.all([engineProcess(['--time-scale', '0.3']), engineProcess(['--time-scale', '0.3', '--seed', '2'])])
})
afterAll(async () => {
  await a?.stop()
  await b?.stop()
})
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sextant-trial-'))
  return () => rmSync(folder, { recursive: true, force: true })
})

function planned(change: Partial<TrialPlan> = {}): TrialPlan {
  const { A, B } = samplePlan.arms
  const plan: TrialPlan = {
    ...samplePlan,
    arms: { A: { ...A, url: a.url }, B: { ...B, url: b.url } },
    concurrency: 2,
    load: { requests: 8, inputTokens: 32, outputTokens: 8 },
    pairs: 3,
    aaPairs: 0,
    givenFloorRatio: 0.02,
    ...change,
  }
  writePlan(folder, 'trial', plan)
  return plan
}
const host = (signal?: AbortSignal) => ({
  folder,
  shown: 'trial',
  drive: { env: {}, version: '0', ...(signal === undefined ? {} : { signal }) },
  readyTimeoutMs: 60_000,
  // A busy machine makes its client late: here the runs must be there, not count.
  retries: 0,
  base: driveBase,
})
const orderOf = () => {
  const { runs } = readTrial(folder, 'trial')
  return runs.filter(({ position }) => position === 'first').map(({ arm }) => arm)
}

it('runs every pair in the plan’s order, each run with its result, figures of one definition and the facts of its arm', async () => {
  const plan = planned()
  const recorded = await runTrial(host(), 3)
  expect(recorded).toHaveLength(6)
  const { runs } = readTrial(folder, 'trial')
  expect(orderOf()).toEqual(pairOrders(3, plan.seed).map(([first]) => first))
  for (const run of runs) {
    expect(run.requests).toBe(8)
    expect(run.outputTokensMean).toBe(8)
    expect(run.values['tpot-median']?.definition).toBe('request-mean-without-first')
    expect(run.facts['asyncScheduling']).toBe(run.arm === 'A' ? 'off' : 'on')
  }
  expect(new Set(runs.map(({ salt }) => salt)).size).toBe(3)
  expect(await runTrial(host(), 3)).toEqual([])
  requireArtifacts(folder, 'trial', runs)
  const [first] = runs
  appendFileSync(join(folder, first?.artifact.path ?? ''), ' ')
  expect(() => requireArtifacts(folder, 'trial', runs)).toThrow('was recorded from')
})

it('an interrupted pair is run again as a whole; what it left is kept out of the count', async () => {
  planned()
  await runTrial(host(), 3)
  const [, second] = readdirSync(join(folder, 'runs')).filter((name) => name.startsWith('ab-002') && name.endsWith('.run.json'))
  rmSync(join(folder, 'runs', second ?? ''))
  const recorded = await runTrial(host(), 3)
  expect(recorded).toHaveLength(2)
  expect(readTrial(folder, 'trial').runs).toHaveLength(6)
  expect(readdirSync(join(folder, 'runs')).filter((name) => name.includes('set-aside'))).toHaveLength(2)
})

it('an arm with a start command serves while it is driven, and is gone after; a command that fails is named', async () => {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const engine = [
    process.execPath,
    '--import',
    join(checkoutRoot, 'node_modules/tsx/dist/loader.mjs'),
    join(checkoutRoot, 'src/main.ts'),
    ...['sim', 'engine', '--port', String(port), '--time-scale', '0.2', '--duration-s', '120'],
  ]
  const { A, B } = samplePlan.arms
  planned({ arms: { A: { ...A, url, start: engine }, B: { ...B, url: b.url, start: [process.execPath, '-e', 'process.exit(3)'] } } })
  const error = await runTrial(host(), 3).catch((thrown: unknown) => thrown)
  // B serves already: its start command would start a second server in its place.
  expect(isSextantError(error) && error.message).toContain('serves at')
  await expect(fetch(`${url}/v1/models`)).rejects.toThrow()
})
