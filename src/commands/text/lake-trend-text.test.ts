import { expect, it } from 'vitest'
import { judgeSeries } from '#analysis/lake/judge-series.ts'
import type { TrendRow } from '#analysis/lake/trend-series.ts'
import { trendGroups } from '#analysis/lake/trend-series.ts'
import { lakeTrendText } from './lake-trend-text.ts'

const row = (day: number): TrendRow => ({
  campaign: `night\n${day}`,
  cell: 'a',
  status: 'full',
  capturedAtUtc: `2026-11-${String(day).padStart(2, '0')}T00:00:00.000Z`,
  value: day < 7 ? 300 + (day % 2) : 260 + (day % 2),
  inputTokens: null,
  outputTokens: null,
  image: null,
  engineVersion: null,
  identity: { model: 'evil\nNext: rm', concurrency: 8 },
})

it('a name with a line break forges no line, and what is not known is a dash', () => {
  const { groups, leftOut } = trendGroups(Array.from({ length: 12 }, (_, index) => row(index + 1)))
  const judged = judgeSeries(groups, 'output_tps_per_gpu')
  const text = lakeTrendText(
    {
      schema: 'lake-trend/1',
      sources: [],
      lake: 'lake',
      metric: 'output_tps_per_gpu',
      betterIs: 'higher',
      alpha: 0.05,
      ...judged,
      series: [...judged.series],
      omitted: 0,
      leftOut: [...leftOut],
      next: { lever: 'look', expectedUnlock: 'x', gate: 'y' },
    },
    { width: Number.POSITIVE_INFINITY, rows: 20 },
  )
  expect(text.split('\n').filter((line) => line.startsWith('Next: '))).toEqual(['Next: look (y)'])
  expect(text).toContain('worse, between night 6 and night 7:')
  expect(text).toMatch(/> +night 7 +2026-11-07 00:00 +261\.0 +– +–/)
})
