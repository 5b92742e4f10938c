import { expect, test } from 'vitest'
import { Distribution } from '#model/distribution.ts'
import { seededRandom } from '../../../tests/fuzz/mutate.ts'
import { LineCursor } from './line-cursor.ts'
import { NumberList } from './number-list.ts'

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

test('a counter that takes over counts what the loop counts, however values come, with and without lists beside it', () => {
  const random = seededRandom(20261129)
  const odd = [0, -0, -0.2, -0.5, 0.4999999999999999, 0.5, 1, 1.5, 2, 2.5, -3, 1e300, 2 ** 51 + 0.5, 1e-300]
  const list = Buffer.from(`${Array.from({ length: 300 }, (_, index) => (18 + index / 7).toFixed(6)).join(', ')}]`)
  for (let round = 0; round < 12; round++) {
    const cursor = new LineCursor(0)
    const numbers = new NumberList()
    const read = () => {
      cursor.start(list, 0, list.length)
      numbers.length = 0
      cursor.roughList(numbers)
      expect(numbers.length).toBe(300)
    }
    read()
    let counters = 0
    const plain = new Distribution(1024)
    const counted = new Distribution(1024, () => {
      const counter = cursor.takeCounter()
      if (counter !== undefined) counters++
      return counter
    })
    for (let step = 0; step < 40; step++) {
      // Longer ones are more than may wait.
      const length = random.below(step % 13 === 0 ? 10_000 : 400)
      const values = Float64Array.from({ length }, () => (random.below(50) === 0 ? random.pick(odd) : random.below(40_000_000) / 1e6))
      const [scale, isRounded] = [random.pick([1e6, 1e6, 1e6, 1]), random.below(8) > 0]
      const from = random.below(length + 1)
      for (const each of [plain, counted]) {
        each.addScaled(values, from, length, scale, isRounded)
        if (step % 5 === 0) each.add(step * 1.5)
      }
      if (round % 3 > 0) for (let times = random.below(4); times > 0; times--) read()
      if (step === 30 && round % 2 === 0) expect(counted.statistics()).toEqual(plain.statistics())
    }
    expect(counters).toBe(1)
    expect([counted.count, counted.isApproximate]).toEqual([plain.count, true])
    expect(counted.statistics()).toEqual(plain.statistics())
    expect(cursor.takeCounter()).toBeUndefined()
  }
})
