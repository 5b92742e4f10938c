import { expect, test } from 'vitest'
import { seededRandom } from '../../tests/fuzz/mutate.ts'
import { Distribution } from './distribution.ts'

test('values added at once are those added one by one, before and after they are counted in bins', () => {
  const random = seededRandom(20261129)
  const values = Float64Array.from({ length: 9000 }, () => (random.below(40_000_000) - 100) / 1e6)
  for (const isRounded of [true, false]) {
    const [each, batch] = [new Distribution(4096), new Distribution(4096)]
    for (let from = 0; from < values.length; ) {
      const to = Math.min(values.length, from + random.below(700))
      batch.addScaled(values, from, to, 1e6, isRounded)
      for (let at = from; at < to; at++) each.add(isRounded ? Math.round((values[at] ?? 0) * 1e6) : (values[at] ?? 0) * 1e6)
      expect(batch.count).toBe(each.count)
      from = to
    }
    expect(batch.isApproximate).toBe(true)
    expect(batch.statistics()).toEqual(each.statistics())
  }
})
