import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { openCapture } from '#pipeline/open-capture.ts'
import { buildMetricsReport } from './metrics-report.ts'

const folder = mkdtempSync(join(tmpdir(), 'sextant-labels-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const page = (drafts: number, accepted: readonly number[], computed: number): string =>
  [
    '# TYPE vllm:spec_decode_num_drafts_total counter',
    ...[0, 1].flatMap((engine) => [
      `vllm:spec_decode_num_drafts_total{engine="${engine}",model_name="m"} ${drafts}`,
      ...accepted.map(
        (count, at) => `vllm:spec_decode_num_accepted_tokens_per_pos_total{engine="${engine}",model_name="m",position="${at}"} ${count}`,
      ),
      `vllm:prompt_tokens_by_source_total{engine="${engine}",model_name="m",source="local_compute"} ${computed}`,
      `vllm:prompt_tokens_by_source_total{engine="${engine}",model_name="m",source="local_cache_hit"} 77`,
    ]),
    '',
  ].join('\n')

async function derivedOf(before: string, after: string) {
  const inputs = []
  for (const [name, text] of Object.entries({ 'before.prom': before, 'after.prom': after })) {
    const path = join(folder, name)
    writeFileSync(path, text)
    const { capture, losses } = await openCapture(path, { needs: [] })
    if (capture.metricSamples === undefined) throw new Error('no samples')
    inputs.push({ samples: capture.metricSamples, losses })
  }
  const [first, post] = inputs
  if (first === undefined || post === undefined) throw new Error('two dumps')
  return new Map(buildMetricsReport(first, post, undefined).derived.map(({ name, value }) => [name, value]))
}

test('accepted tokens by position are shares of drafts, summed over engines; prompt tokens by their source', async () => {
  const derived = await derivedOf(page(100, [90, 50, 10], 1000), page(300, [250, 130, 30], 4000))
  expect(derived.get('accepted-ratio-at-1')).toBeCloseTo(0.8)
  expect(derived.get('accepted-ratio-at-2')).toBeCloseTo(0.4)
  expect(derived.get('accepted-ratio-at-3')).toBeCloseTo(0.1)
  expect(derived.has('accepted-ratio-at-4')).toBe(false)
  expect(derived.get('prompt-tokens-computed')).toBe(6000)
})

test('a counter that went back says nothing by label', async () => {
  const derived = await derivedOf(page(300, [250], 4000), page(400, [20], 100))
  expect(derived.has('accepted-ratio-at-1')).toBe(false)
  expect(derived.has('prompt-tokens-computed')).toBe(false)
})
