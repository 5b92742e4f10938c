import { describe, expect, it } from 'vitest'
import { isSextantError } from '#base/errors.ts'
import type { AtlasRow } from '#formats/campaign.ts'
import { aggregateRows } from './aggregate.ts'

const row = (more: Partial<AtlasRow>): AtlasRow => ({ cell_id: 'base', concurrency: 32, tpot_median_ms: 10, ...more })

describe('rows of runs to points', () => {
  it('medians over trials, spread and nodes beside them, in any order of the rows', () => {
    const rows = [
      row({ trial: 'a', tpot_median_ms: 10, node: 'n1', requests: 5, errors: 0 }),
      row({ trial: 'b', tpot_median_ms: 14, node: 'n1', requests: 6, errors: 1 }),
      row({ trial: 'c', tpot_median_ms: 11, node: 'n1', requests: 7, errors: 0 }),
      row({ trial: 'a', concurrency: 8, tpot_median_ms: 5 }),
    ]
    const points = aggregateRows('base', rows)
    expect(points.map(({ concurrency, tpot_median_ms, trials }) => [concurrency, tpot_median_ms, trials])).toEqual([
      [8, 5, 1],
      [32, 11, 3],
    ])
    const point = points[1]
    expect(point?.spread?.['tpot_median_ms']).toMatchObject({ n: 3, min: 10, max: 14 })
    expect(point?.spread?.['tpot_median_ms']?.std).toBeCloseTo(2.0817, 3)
    expect(point).toMatchObject({ trial_nodes: ['n1'], requests: 18, errors: 1 })
    expect(points[0]?.trial_nodes).toBeUndefined()
    expect(aggregateRows('base', [...rows].reverse())).toEqual(points)
  })

  it.each([
    ['two rows of no trial', [row({}), row({})]],
    ['a named and an unnamed one', [row({ trial: 'a' }), row({})]],
    ['two of one name', [row({ trial: 'a' }), row({ trial: 'a' })]],
  ])('trap H4: %s at one concurrency are ambiguous, never the later one', (_, rows) => {
    let thrown: unknown
    try {
      aggregateRows('base', rows)
    } catch (error) {
      thrown = error
    }
    expect(isSextantError(thrown) && thrown.code).toBe('ambiguous')
  })

  it('what a run did not measure stays absent, and is never 0', () => {
    const [point] = aggregateRows('base', [
      row({ trial: 'a', tpot_median_ms: null }),
      row({ trial: 'b', tpot_median_ms: null, ttft_avg_ms: 3 }),
    ])
    expect(point).not.toHaveProperty('tpot_median_ms')
    expect(point?.spread?.['ttft_avg_ms']?.n).toBe(1)
  })

  it('an invalid run counts nowhere; figures of two definitions have no median', () => {
    const rows = [
      row({ trial: 'a', definitions: { tpot_median_ms: 'x' } }),
      row({ trial: 'b', definitions: { tpot_median_ms: 'y' } }),
      row({ trial: 'c', tpot_median_ms: 1000, invalid: ['client was late'] }),
    ]
    const [point] = aggregateRows('base', rows)
    expect(point).toMatchObject({ trials: 2, notes: 'tpot_median_ms: trials define it differently' })
    expect(point).not.toHaveProperty('tpot_median_ms')
  })

  it('other lengths, cache modes and speculation are other points; jitter of a length is not', () => {
    const rows = [
      row({ trial: 'a', mean_input_tokens: 1000 }),
      row({ trial: 'b', mean_input_tokens: 1009 }),
      row({ trial: 'c', mean_input_tokens: 4000 }),
      row({ trial: 'd', mean_input_tokens: 1000, cache_mode: 'warm' }),
      row({ trial: 'e', mean_input_tokens: 1000, num_speculative_tokens: 3 }),
    ]
    expect(
      aggregateRows('base', rows)
        .map(({ trials }) => trials)
        .sort(),
    ).toEqual([1, 1, 1, 2])
  })

  it('facts that trials contradict each other in are left out and said', () => {
    const [point] = aggregateRows('base', [row({ trial: 'a', image: 'x' }), row({ trial: 'b', image: 'y' })])
    expect(point).not.toHaveProperty('image')
    expect(point?.notes).toBe('image: trials contradict each other')
  })
})
