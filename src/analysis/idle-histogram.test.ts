import { expect, test } from 'vitest'
import { gapBinEdgesNs, gapBinOf } from '#analysis/idle-histogram.ts'

test('every edge opens its bin and the value below it belongs to the bin before', () => {
  for (const [bin, edge] of gapBinEdgesNs.entries()) {
    expect(gapBinOf(edge)).toBe(bin)
    if (edge > 0) expect(gapBinOf(edge - 1)).toBe(edge === 1 ? 0 : edge === 2 ? 1 : bin - 1)
  }
  expect(gapBinOf(9_007_199_254_740_991)).toBe(gapBinEdgesNs.length - 1)
})
