import fc from 'fast-check'
import { expect, test } from 'vitest'
import { attributeIdle, type IdleCategory, idleCategories } from '#analysis/idle.ts'
import { joinLaunches } from '#analysis/launch-join.ts'
import { computeRangePaths } from '#analysis/range-paths.ts'
import { sweepDevice } from '#analysis/sweep.ts'
import { prepareSweep } from '#analysis/sweep-input.ts'
import { timelineFromText } from '#model/from-text.ts'

const names = { L: 'cudaLaunchKernel', G: 'cudaGraphLaunch', S: 'cudaStreamSynchronize', M: 'cudaMalloc', P: 'poll', C: 'cudaMemcpy' }

function attributed(text: string, nsPerCell = 1) {
  const timeline = timelineFromText(text, { names, nsPerCell })
  const sweep = sweepDevice(prepareSweep(timeline, new Uint8Array(timeline.kernelNames.length)), 0, { gapsFromNs: 0 })
  if (sweep?.gaps === undefined) throw new Error('no gaps')
  const paths = computeRangePaths(timeline)
  const result = attributeIdle(timeline, sweep.gaps, joinLaunches(timeline), { perGap: true, ...(paths === undefined ? {} : { paths }) })
  const parts: Partial<Record<IdleCategory, number>> = {}
  for (const [index, category] of idleCategories.entries()) {
    const ns = result.byCategoryNs[index] ?? 0
    if (ns !== 0) parts[category] = ns
  }
  return { ...result, parts, idleNs: sweep.idleNs }
}

test('work launched before the gap was queued', () => {
  expect(attributed('host corr=1,2 : LL\nkernels corr=1,2 : ..A--....B').parts).toEqual({ queued: 4 })
})

test('nodes of one graph launch wait for each other', () => {
  expect(attributed('host corr=1 : G-\nkernels corr=1,1 : ..A--....B').parts).toEqual({ 'inside-graph': 4 })
})

test('a late launch: its own call, other calls, and the way to the device are launch-limited', () => {
  expect(attributed('host corr=1,0,2 : L.....M-L--...\nkernels corr=1,2 : ..A---.......B').parts).toEqual({ 'launch-limited': 7 })
})

test('a synchronisation that waited for the work before is the return, a long one more than that', () => {
  expect(attributed('host corr=1,0,2 : LS-------L\nkernels corr=1,2 : ..A-......B').parts).toEqual({
    'sync-return': 5,
    'launch-limited': 1,
  })
  expect(attributed('host corr=1,0,2 : LS-------L\nkernels corr=1,2 : ..A-......B', 100_000).parts).toEqual({
    'sync-return': 100_000,
    synchronisation: 400_000,
    'launch-limited': 100_000,
  })
})

test('a synchronisation begun inside the gap, and a blocking copy, are waits', () => {
  expect(attributed('host corr=1,0,2 : L...S---L\nkernels corr=1,2 : .A-......B').parts).toEqual({
    'host-busy': 1,
    synchronisation: 4,
    'launch-limited': 1,
  })
  expect(attributed('host corr=1,0,2 : L...C---L\nkernels corr=1,2 : .A-......B').parts.synchronisation).toBe(4)
})

test('operating-system waits and named ranges explain the host', () => {
  const result = attributed(
    `host corr=1,2 : L.........L
     os : ....P--
     ranges : R-----------
     kernels corr=1,2 : .A-........B`,
  )
  expect(result.parts).toEqual({ 'host-wait': 3, 'host-busy': 4, 'launch-limited': 1 })
  expect(result.rangeTexts).toEqual([{ text: 'R', totalNs: 4 }])
  expect(result.causesClaimable).toBe(true)
})

test('a start long after the launch call was held up, not launched late', () => {
  expect(attributed('host corr=1,2 : LL--\nkernels corr=1,2 : .A.......B', 10_000).parts).toEqual({
    'launch-limited': 40_000,
    queued: 30_000,
  })
})

test('other threads do not explain a late launch', () => {
  expect(attributed('host thread=1 corr=1,2 : L.......L\nhost thread=2 : ..S----\nkernels corr=1,2 : .A-......B').parts).toEqual({
    'host-busy': 5,
    'launch-limited': 1,
  })
})

test('more than a tenth unknown: no cause may be claimed', () => {
  const result = attributed('host corr=1,2 : LL\nkernels corr=1,2,7 : ..A-.B-...C')
  expect(result.parts).toEqual({ queued: 1, unknown: 3 })
  expect(result.unknownRatio).toBe(0.75)
  expect(result.causesClaimable).toBe(false)
  expect(attributed('kernels : A-...B').parts).toEqual({ unknown: 3 })
})

test('parts sum to the idle time', () => {
  const cell = fc.constantFrom('L', 'S', 'M', 'G', '.', '-', '-')
  const line = fc.array(cell, { minLength: 4, maxLength: 40 }).map((cells) => cells.join(''))
  fc.assert(
    fc.property(line, line, fc.array(fc.constantFrom('A', '.', '.', '-'), { maxLength: 60 }), (host, second, kernels) => {
      const text = `host corr=1,2,3,4,5,6,7,8 : ${host}\nhost thread=2 corr=11,12,13 : ${second}\nkernels corr=3,2,1,5,12,4,8 : A${kernels.join('')}`
      const { byCategoryNs, idleNs, totalNs } = attributed(text)
      expect(byCategoryNs.reduce((a, b) => a + b, 0)).toBe(idleNs)
      expect(totalNs).toBe(idleNs)
      expect(byCategoryNs.every((ns) => ns >= 0)).toBe(true)
    }),
  )
})
