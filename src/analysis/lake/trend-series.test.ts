import { expect, it } from 'vitest'
import { Random } from '#base/random.ts'
import { judgeSeries } from './judge-series.ts'
import { type TrendRow, trendGroups } from './trend-series.ts'

const row = (day: number, more: Partial<TrendRow> = {}): TrendRow => ({
  campaign: `c${String(day).padStart(2, '0')}`,
  cell: 'a',
  status: 'full',
  capturedAtUtc: `2026-11-${String(day).padStart(2, '0')}T00:00:00.000Z`,
  value: 300 + (day % 3) - (day > 6 ? 30 : 0),
  inputTokens: 1000,
  outputTokens: 500,
  image: null,
  engineVersion: null,
  identity: { model: 'm', concurrency: 8 },
  ...more,
})
const days = (count: number, more: Partial<TrendRow> = {}): TrendRow[] => Array.from({ length: count }, (_, index) => row(index + 1, more))

it('the order of rows changes nothing', () => {
  const rows = [
    ...days(12),
    ...days(12, { identity: { model: 'm', concurrency: 16 }, cell: 'b' }),
    ...days(9, { inputTokens: 2000 }),
    ...days(4, { status: 'partial' }),
  ]
  const judged = (list: readonly TrendRow[]) => {
    const { groups, leftOut } = trendGroups(list)
    return JSON.stringify([judgeSeries(groups, 'output_tps_per_gpu'), leftOut])
  }
  const random = new Random(5)
  for (let time = 0; time < 10; time++) expect(judged(random.shuffle(rows))).toBe(judged(rows))
})

it('what is not comparable is another series: definition, lengths beyond 2 %, what one does not say', () => {
  const of = (more: Partial<TrendRow>): number =>
    trendGroups([...days(3), ...days(3, { ...more, campaign: 'x' }).slice(0, 1)]).groups.length
  expect(of({ inputTokens: 1019, identity: { model: 'M', concurrency: 8 } })).toBe(1)
  expect(of({ inputTokens: 1021 })).toBe(2)
  expect(of({ outputTokens: null })).toBe(2)
  expect(of({ identity: { model: 'm', concurrency: 8, definition: 'wall' } })).toBe(2)
  expect(of({ identity: { concurrency: 8 } })).toBe(2)
})

it('arms of one campaign are told apart, and rows that nothing tells apart are left out', () => {
  const arms = trendGroups([...days(3), ...days(2, { cell: 'b' })])
  expect(arms.groups.map(({ identity, points }) => [identity.cell_id, points.length])).toEqual([
    ['a', 3],
    ['b', 2],
  ])
  const twins = trendGroups([...days(3), row(2)])
  expect(twins.groups.map(({ points }) => points.map(({ campaign }) => campaign))).toEqual([['c01', 'c03']])
  expect(twins.leftOut).toEqual([{ why: 'several rows of one arm are alike in all that is compared', rows: 2 }])
})

it('a row without a value, above-0 value, time or full cell is left out with its reason, never 0', () => {
  const { groups, leftOut } = trendGroups([
    row(1),
    row(2, { value: null }),
    row(3, { value: 0 }),
    row(4, { capturedAtUtc: null }),
    row(5, { status: null }),
  ])
  expect(groups.map(({ points }) => points.length)).toEqual([1])
  expect(leftOut.map(({ rows }) => rows)).toEqual([1, 1, 1, 1])
})

it('trap H19: the more series are judged, the more points each needs; who is judged hangs on no value', () => {
  const series = (concurrency: number, count: number) => days(count, { identity: { model: 'm', concurrency }, cell: `c${concurrency}` })
  const many = judgeSeries(trendGroups(Array.from({ length: 10 }, (_, index) => series(index + 1, 8)).flat()).groups, 'output_tps_per_gpu')
  // 8 points are enough for one series and for none of ten: 0.05 / 10 needs 11.
  expect(many).toMatchObject({ judged: 0, leastPoints: 11 })
  expect(many.series.every(({ verdict }) => verdict === 'too-few-points')).toBe(true)
  const mixed = judgeSeries(trendGroups([...series(1, 8), ...series(2, 12), ...series(3, 12)]).groups, 'tpot_median_ms')
  expect(mixed).toMatchObject({ judged: 2, alphaEach: 0.025, leastPoints: 9 })
  expect(mixed.series.map(({ verdict, change }) => [verdict, change?.effect])).toEqual([
    ['change-shown', 'better'],
    ['change-shown', 'better'],
    ['too-few-points', undefined],
  ])
})
