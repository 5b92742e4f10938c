/** The exporter's page and the sampler's tables against the steps that were served. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { plainEngine, timeModelOf } from '#sim/engine/engine-options.ts'
import type { StepRecord } from '#sim/engine/truth-records.ts'
import type { KernelSummary } from '../../../src/formats/kernel-summary.ts'
import { askInProcess } from '../../../tests/support/in-process.ts'
import { stream, testEngine } from '../../../tests/support/test-engine.ts'
import { DeviceCounters } from './device-counters.ts'

const ms = 1_000_000

function step(startNs: number, endNs: number, change: Partial<StepRecord> = {}): StepRecord {
  const hostNs = (endNs - startNs) / 2
  const base = { index: 0, hostNs, computeNs: endNs - startNs - hostNs, communicationNs: 0, decodeSequences: 1, prefillSequences: 0 }
  return { kind: 'step', startNs, endNs, ...base, prefillTokens: 0, outputTokens: 1, lateNs: 0, isProfiled: false, ...change }
}

test('busy time is conserved over intervals, wherever steps cross their edges', () => {
  const counters = new DeviceCounters({ ...plainEngine, dcgmIntervalMs: 10 })
  const steps = [step(2 * ms, 9 * ms), step(9 * ms, 14 * ms), step(17 * ms, 38 * ms, { prefillTokens: 100 })]
  for (const each of steps) counters.add(each)
  let busyNs = 0
  let energyMj = 0
  for (let at = 1; at <= 4; at++) {
    const reading = counters.read(at * 10 * ms, Number.POSITIVE_INFINITY)
    expect(reading?.toNs).toBe(at * 10 * ms)
    busyNs += (reading?.busyRatio ?? 0) * 10 * ms
    energyMj += (reading?.powerW ?? 0) * 10
    expect(reading?.energyMj).toBeCloseTo(energyMj, -1)
  }
  expect(busyNs).toBeCloseTo(
    steps.reduce((sum, { computeNs }) => sum + computeNs, 0),
    0,
  )
})

test('an interval is told only when no step that began in it still runs', () => {
  const counters = new DeviceCounters({ ...plainEngine, dcgmIntervalMs: 10 })
  expect(counters.read(25 * ms, 8 * ms)).toBeUndefined()
  counters.add(step(8 * ms, 26 * ms))
  expect(counters.read(27 * ms, Number.POSITIVE_INFINITY)?.busyRatio).toBeCloseTo(0.5)
})

test('the page: no PROF sample before the first interval; then what the steps say, for every device of the group', async () => {
  const { url, steps, engine } = await testEngine({ time: timeModelOf('communication'), tensorParallel: 2, dcgmIntervalMs: 300 })
  const page = async (): Promise<string> => (await fetch(`${url}/dcgm/metrics`)).text()
  expect(await page()).not.toContain('DCGM_FI_PROF')
  await stream(url, { prompt: 'a', max_tokens: 450 })
  const text = await page()
  const reading = engine.state.devices.read(engine.state.clock.now(), Number.POSITIVE_INFINITY)
  const values = [...text.matchAll(/^DCGM_FI_PROF_GR_ENGINE_ACTIVE\{gpu="(\d)",UUID="(GPU-[0-9a-f-]{36})".*\} (\S+)$/gm)]
  expect(values.map(([, gpu]) => gpu)).toEqual(['0', '1'])
  expect(new Set(values.map(([, , uuid]) => uuid)).size).toBe(2)
  const inside = (from: number, to: number): number =>
    steps().reduce((sum, { startNs, endNs, computeNs, communicationNs }) => {
      const share = Math.max(0, Math.min(endNs, to) - Math.max(startNs, from)) / (endNs - startNs)
      return sum + share * (computeNs + communicationNs)
    }, 0)
  expect(Number(values[0]?.[3])).toBeCloseTo(inside(reading?.fromNs ?? 0, reading?.toNs ?? 0) / (300 * ms), 4)
  expect(text).toContain('# TYPE DCGM_FI_DEV_NVLINK_BANDWIDTH_TOTAL counter')
})

test('our reader of metrics pages knows every series of the page', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sextant-dcgm-'))
  try {
    const { url } = await testEngine({ dcgmIntervalMs: 100 })
    await stream(url, { prompt: 'a', max_tokens: 120 })
    for (const path of ['dcgm/metrics', 'metrics']) {
      const file = join(folder, `${path.replace('/', '-')}.prom`)
      writeFileSync(file, await (await fetch(`${url}/${path}`)).text())
      expect(await askInProcess(['metrics', file, '--json'])).toMatchObject({ schema: 'metrics/1' })
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('zymtrace tables: samples of busy time, read by our reader, by kernel as the steps have it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sextant-zymtrace-'))
  try {
    const { url, engine, steps } = await testEngine({ time: timeModelOf('communication'), tensorParallel: 8, zymtraceFolder: folder })
    await stream(url, { prompt: 'a', max_tokens: 900 })
    await engine.stop()
    const busyNs = steps().reduce((sum, { computeNs, communicationNs }) => sum + computeNs + communicationNs, 0)
    const lines = readFileSync(join(folder, 'zymtrace', 'top-gpu-frames.tsv'), 'utf8')
      .trimEnd()
      .split('\n')
      .slice(1)
    const samples = lines.map((line) => Number(line.split('\t')[1]))
    const total = samples.reduce((sum, count) => sum + count, 0)
    expect(total).toBe(Math.round((busyNs / 1e9) * 400))
    const collective = lines
      .flatMap((line) => (line.startsWith('nccl') ? [Number(line.split('\t')[1])] : []))
      .reduce((sum, count) => sum + count, 0)
    const communicationNs = steps().reduce((sum, each) => sum + each.communicationNs, 0)
    // Four deviations of a binomial.
    const share = communicationNs / busyNs
    expect(Math.abs(collective / total - share)).toBeLessThan(4 * Math.sqrt((share * (1 - share)) / total))
    const summary = (await askInProcess(['kernels', folder, '--json'])) as KernelSummary
    expect(summary.kernels.reduce((sum, { samples: count }) => sum + (count ?? 0), 0)).toBe(total)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
