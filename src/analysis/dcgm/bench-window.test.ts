import { expect, test } from 'vitest'
import type { BenchCell, BenchResult } from '#model/bench-result.ts'
import { benchWindow } from './bench-window.ts'

const T = Date.parse('2026-01-01T10:10:00Z')
const instant = (ms: number) => ({ text: new Date(ms).toISOString(), zone: 'utc' as const, epochNs: `${ms}000000` })
const cell = (more: Partial<BenchCell>): BenchCell => ({
  id: 'c8',
  concurrency: 8,
  latencies: [],
  rates: [],
  counts: [],
  others: [],
  findings: [],
  context: [],
  ...more,
})
const result = (cells: readonly BenchCell[], tool: BenchResult['tool'] = 'inference-perfbench'): BenchResult => ({
  tool,
  form: 'json',
  cells,
  context: [],
  unknownKeys: [],
})
const bundle = result([cell({ startedAt: instant(T), durationNs: 600e9 })])
/** Busy within, idle outside. */
const busy = (fromMs: number, toMs: number) => async (from: number, to: number) =>
  0.05 + (0.9 * Math.max(0, Math.min(to, toMs) - Math.max(from, fromMs))) / (to - from)
const options = { source: 'bundle.json' }

test('trap E13: captured_at is the end where the GPUs were busy before it, and the start where they were after it', async () => {
  const asEnd = await benchWindow(bundle, options, busy(T - 600_000, T))
  expect([asEnd.text.start_utc, asEnd.text.end_utc]).toEqual(['2026-01-01T10:00:00Z', '2026-01-01T10:10:00Z'])
  expect(asEnd.text.reason).toMatch(/0\.950 in the 600 s before.*0\.0500.*is the end/)
  const asStart = await benchWindow(bundle, options, busy(T, T + 600_000))
  expect([asStart.text.start_utc, asStart.text.end_utc]).toEqual(['2026-01-01T10:10:00Z', '2026-01-01T10:20:00Z'])
})

test('trap E13: GPUs that were busy all the time do not tell: refused, until the caller says', async () => {
  await expect(benchWindow(bundle, options, async () => 0.9)).rejects.toMatchObject({
    code: 'ambiguous',
    hint: expect.stringMatching(/--captured-at/),
  })
  await expect(benchWindow(bundle, options, async () => undefined)).rejects.toMatchObject({ code: 'missing_data' })
  const said = await benchWindow(bundle, { ...options, capturedAt: 'end' }, async () => 0.9)
  expect(said.text).toMatchObject({ end_utc: '2026-01-01T10:10:00Z', reason: '--captured-at end' })
})

test('times of the result itself need no evidence; ramp and drain are trimmed where requests are known', async () => {
  const never = async () => expect.fail('asked for activity')
  const run = { startedAt: instant(T), endedAt: instant(T + 300_000) }
  expect((await benchWindow(result([cell(run)], 'aiperf'), options, never)).text.duration_s).toBe(300)
  const steady = { startedAt: instant(T + 20_000), endedAt: instant(T + 280_000) }
  const trimmed = await benchWindow(result([cell({ ...run, steady })], 'aiperf'), options, never)
  expect(trimmed.text).toMatchObject({ duration_s: 260, chosen_by: expect.stringMatching(/ramp and drain trimmed/) })
  const vllm = result([cell({ startedAt: instant(T), durationNs: 90e9 })], 'guidellm')
  expect((await benchWindow(vllm, options, never)).text.duration_s).toBe(90)
})

test('a time without a zone, or no time, is refused: hours may lie between it and the server', async () => {
  const local = { text: '20260101-101000', zone: 'absent' as const }
  for (const cells of [[cell({ startedAt: local, durationNs: 1e9 })], [cell({})], [cell({ startedAt: instant(T) })]])
    await expect(benchWindow(result(cells, 'vllm'), options, async () => 1)).rejects.toMatchObject({
      code: 'missing_data',
      hint: expect.stringMatching(/--start and --end/),
    })
})

test('fewer than two prompts per slot is said; several windows need a choice', async () => {
  const run = { startedAt: instant(T), endedAt: instant(T + 300_000) }
  const few = cell({ ...run, counts: [{ name: 'completed', count: 15, origin: 'reported', key: 'x' }] })
  const enough = cell({
    ...run,
    id: 'c4',
    concurrency: 4,
    endedAt: instant(T + 200_000),
    counts: [{ name: 'completed', count: 8, origin: 'reported', key: 'x' }],
  })
  const both = result([few, enough], 'aiperf')
  await expect(benchWindow(both, options, async () => 1)).rejects.toMatchObject({
    code: 'ambiguous',
    hint: expect.stringMatching(/c8, c4/),
  })
  expect((await benchWindow(both, { ...options, asked: '8' }, async () => 1)).findings.map(({ code }) => code)).toEqual(['ramp-dominated'])
  expect((await benchWindow(both, { ...options, asked: 'c4' }, async () => 1)).findings).toEqual([])
})

test('tokens are those of the deployment, with where they come from', async () => {
  const rates = [
    {
      quantity: 'output-tokens' as const,
      per: 'user' as const,
      statistic: 'mean' as const,
      perSecond: 60,
      window: 'decode-only' as const,
      origin: 'reported' as const,
      key: 'a',
    },
    {
      quantity: 'output-tokens' as const,
      per: 'deployment' as const,
      statistic: 'mean' as const,
      perSecond: 1500,
      window: 'wall' as const,
      origin: 'reported' as const,
      key: 'b',
    },
  ]
  const chosen = await benchWindow(
    result([cell({ startedAt: instant(T), endedAt: instant(T + 100_000), rates })], 'aiperf'),
    options,
    async () => 1,
  )
  expect(chosen.workload).toMatchObject({ output_tokens_per_s: 1500, output_tokens: 150_000 })
})
