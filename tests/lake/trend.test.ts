/** `lake trend` over campaigns that were really published: files to Parquet to DuckDB to judgement. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { LakeTrend } from '../../src/formats/lake/lake-trend.ts'
import { checkoutRoot } from '../support/checkout.ts'
import { runInProcess } from '../support/in-process.ts'
import { type LakeCampaign, lakeCampaign } from '../support/lake-campaign.ts'

const root = mkdtempSync(join(tmpdir(), 'sextant-lake-trend-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
let lake: LakeCampaign

/** Of the night's factor at concurrency 32 and 64: quiet, with a step down of 4 % at 32 from the eighth on. */
const nights = [1, 1.002, 0.999, 1.001, 0.998, 1.001, 1, 0.959, 0.961, 0.96, 0.958, 0.96]
const others = [1, 1.06, 0.95, 1.07, 0.96, 1.04, 0.94, 1.05, 0.97, 1.06, 0.95, 1.08]
const idOf = (night: number): string => `202611${String(night + 1).padStart(2, '0')}T090000Z-nightly`

/** The arm tp8 of the example, its throughput times the night's factor; the second half with another engine. */
function writeNight(night: number): void {
  const from = join(checkoutRoot, 'examples/campaign')
  const to = join(root, idOf(night), 'cells/tp8')
  mkdirSync(to, { recursive: true })
  const config = readFileSync(join(from, 'config.yaml'), 'utf8')
  writeFileSync(join(root, idOf(night), 'config.yaml'), config.slice(0, config.indexOf('  - id: tp8-mtp')))
  for (const name of ['status.txt', 'import.json']) cpSync(join(from, 'cells/tp8', name), join(to, name))
  const rows: Record<string, unknown>[] = JSON.parse(readFileSync(join(from, 'cells/tp8/normalized.json'), 'utf8'))
  const scaled = rows.flatMap((row) => {
    const factor = row['concurrency'] === 32 ? nights[night] : row['concurrency'] === 64 ? others[night] : undefined
    const image = `vllm/vllm-openai:v0.${night < 7 ? 14 : 15}.0`
    if (factor === undefined) return []
    // Lengths of a sampled data set are never quite the same.
    const lengths = { mean_input_tokens: 1000 + (night % 3), mean_output_tokens: 500 + (night % 2) }
    return [{ ...row, ...lengths, campaign_id: idOf(night), image, output_tps_per_gpu: Number(row['output_tps_per_gpu']) * factor }]
  })
  writeFileSync(join(to, 'normalized.json'), JSON.stringify(scaled))
}

beforeAll(async () => {
  lake = lakeCampaign(root, {}, 'as it is')
  // The last night first: time orders the points, not publishing.
  for (let night = nights.length - 1; night >= 0; night--) {
    writeNight(night)
    const { status, answer } = await lake.run(['lake', 'publish', idOf(night), '--published-at-utc', '2026-12-01T00:00:00Z'])
    expect(status, JSON.stringify(answer.error)).toBe(0)
  }
}, 180_000)

test('trap H19: of two series of a lake the quiet one has changed by 4 %, the other by 8 % of noise has not', async () => {
  const { answer } = await lake.run<LakeTrend>(['lake', 'trend'])
  expect(answer.error).toBeUndefined()
  expect(answer).toMatchObject({ judged: 2, alphaEach: 0.025, leastPoints: 9, omitted: 0, leftOut: [] })
  const [changed, noisy] = answer.series
  expect(changed?.points.map(({ campaign }) => campaign)).toEqual(nights.map((_, night) => idOf(night)))
  expect(changed?.points[0]).toMatchObject({
    captured_at_utc: '2026-11-01T09:00:00.000Z',
    image: 'vllm/vllm-openai:v0.14.0',
    trials: { count: 3 },
  })
  expect(changed).toMatchObject({
    identity: { model: 'glm-moe-fp8', concurrency: 32, definition: 'wall' },
    verdict: 'change-shown',
    change: { before: idOf(6), after: idOf(7), effect: 'worse', shape: 'step' },
  })
  expect(changed?.change?.sizeRatio).toBeCloseTo(-0.0405, 3)
  expect(noisy).toMatchObject({ identity: { concurrency: 64 }, verdict: 'no-change-shown' })
  expect(noisy?.change).toBeUndefined()
})

test('the text names the change, its campaigns and its engines', async () => {
  const { stdout } = await runInProcess(['lake', 'trend'], { cwd: root, env: {} })
  expect(stdout).toContain('2 judged, 1 has changed beyond its noise')
  expect(stdout).toMatch(/-4\.\d % \(-4\.\d % to -\d\.\d %\), worse, between 20261107T090000Z-nightly and 20261108T090000Z-nightly/)
  expect(stdout).toMatch(/> +20261108T090000Z-nightly .* vllm\/vllm-openai:v0\.15\.0/)
})

test('a metric that nobody moved shows nothing, and a model that is not there is said', async () => {
  const { answer } = await lake.run<LakeTrend>(['lake', 'trend', '--metric', 'tpot_median_ms', '--concurrency', '32'])
  expect(answer).toMatchObject({ judged: 1, betterIs: 'lower', series: [{ verdict: 'no-change-shown', p: 1 }] })
  const absent = await lake.run<LakeTrend>(['lake', 'trend', '--model', 'other'])
  expect(absent.answer.error?.code).toBe('missing_data')
})
