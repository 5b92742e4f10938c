import fc from 'fast-check'
import { expect, test } from 'vitest'
import { kernelStatistics } from '#analysis/kernel-statistics.ts'
import { timelineFromText } from '#model/from-text.ts'

test('per kernel: count, total, extremes, exact median, sample deviation, share', () => {
  const timeline = timelineFromText('kernels : A-..A---B-\nkernels stream=2 : A.A')
  const [a, b] = kernelStatistics(timeline)
  expect(a).toMatchObject({ key: 'A', count: 4, totalNs: 8, minNs: 1, medianNs: 1.5, maxNs: 4, shareRatio: 0.8 })
  expect(a?.standardDeviationNs).toBeCloseTo(Math.SQRT2, 12)
  expect(b).toMatchObject({ key: 'B', count: 1, totalNs: 2, medianNs: 2, standardDeviationNs: 0 })
})

test('equal names with distinct ids merge, and a device can be asked alone', () => {
  const drawn = timelineFromText('kernels device=0 : A-B-\nkernels device=1 : A---')
  const timeline = { ...drawn, kernelNames: [0, 1].map(() => ({ name: 'same', shortName: 'same' })) }
  expect(kernelStatistics(timeline)).toMatchObject([{ key: 'same', names: 2, count: 3, totalNs: 8 }])
  expect(kernelStatistics(timeline, { devices: [1] })).toMatchObject([{ count: 1, totalNs: 4, shareRatio: 1 }])
})

test('groups by short and normalised name', () => {
  const drawn = timelineFromText('kernels : A-B-C')
  const names = ['void n::f<float, 1>(int)', 'void n::f<float, 2>(int)', 'void n::f<double, 2>(int)']
  const timeline = { ...drawn, kernelNames: names.map((name) => ({ name, shortName: 'f' })) }
  expect(kernelStatistics(timeline, { by: 'short-name' })).toHaveLength(1)
  expect(kernelStatistics(timeline, { by: 'normalized-name' }).map(({ key, names: n }) => [key, n])).toEqual([
    ['n::f<f32, #>', 2],
    ['n::f<f64, #>', 1],
  ])
  expect(kernelStatistics(timeline, { by: 'family' })).toMatchObject([{ key: 'unknown', count: 3 }])
})

test('totals and counts are conserved and the order of rows does not matter', () => {
  const row = fc.tuple(fc.nat(4), fc.integer({ min: 0, max: 2 ** 33 }))
  fc.assert(
    fc.property(fc.array(row, { maxLength: 50 }), (rows) => {
      const of = (list: typeof rows) => {
        const drawn = timelineFromText('kernels : A')
        const columns = {
          length: list.length,
          startNs: new Float64Array(list.length),
          durationNs: Float64Array.from(list, ([, d]) => d),
          lane: new Uint16Array(list.length),
          name: Int32Array.from(list, ([n]) => n),
        }
        return { ...drawn, kernelNames: ['a', 'b', 'c', 'd', 'e'].map((name) => ({ name, shortName: name })), kernels: columns }
      }
      const statistics = kernelStatistics(of(rows))
      expect(statistics.reduce((sum, group) => sum + group.count, 0)).toBe(rows.length)
      expect(statistics.reduce((sum, group) => sum + group.totalNs, 0)).toBe(rows.reduce((sum, [, d]) => sum + d, 0))
      const reversed = kernelStatistics(of(rows.toReversed()))
      expect(reversed.map(({ key, medianNs, totalNs }) => [key, medianNs, totalNs])).toEqual(
        statistics.map(({ key, medianNs, totalNs }) => [key, medianNs, totalNs]),
      )
    }),
  )
})
