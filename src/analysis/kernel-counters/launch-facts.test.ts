import { expect, test } from 'vitest'
import { rowOf } from '../../../tests/support/counter-fixture.ts'
import { launchRatios, launchShape, TimeWeighted, topStalls } from './launch-facts.ts'

test('percent become ratios; the busiest sub-pipe is the pipe', () => {
  const row = rowOf({
    'sm__warps_active.avg.pct_of_peak_sustained_active': 75,
    'sm__pipe_tensor_subpipe_hmma_cycles_active.avg.pct_of_peak_sustained_active': 20,
    'sm__pipe_tensor_cycles_active_v2.avg.pct_of_peak_sustained_active': 60,
  })
  expect(launchRatios(row)).toEqual({ 'achieved-occupancy': 0.75, 'tensor-pipe-active': 0.6 })
})

test('the smallest block limit names what limits occupancy; ties name all', () => {
  const limit = (by: string): string => `launch__occupancy_limit_${by}`
  const shape = launchShape(
    rowOf({ [limit('registers')]: 4, [limit('shared_mem')]: 4, [limit('warps')]: 8, launch__registers_per_thread: 168 }),
  )
  expect(shape).toMatchObject({ registersPerThread: 168, limiters: ['registers', 'shared_mem'], blockLimits: { warps: 8 } })
  expect(launchShape(rowOf({})).limiters).toEqual([])
})

test('shared memory: as recorded, else the sum of its parts', () => {
  const parts = {
    launch__shared_mem_per_block_static: 1,
    launch__shared_mem_per_block_dynamic: 20,
    launch__shared_mem_per_block_driver: 300,
  }
  expect(launchShape(rowOf(parts)).sharedMemoryPerBlockBytes).toBe(321)
  expect(launchShape(rowOf({ ...parts, launch__shared_mem_per_block: 9 })).sharedMemoryPerBlockBytes).toBe(9)
})

interface Timed {
  readonly durationNs?: number
  readonly ratio?: number
}

function meanOf(launches: readonly Timed[]): number | undefined {
  const weighted = new TimeWeighted()
  for (const { durationNs, ratio } of launches) weighted.add(durationNs, ratio)
  return weighted.mean()
}

test('trap D19: percentages over launches are weighted by time', () => {
  const launches: readonly Timed[] = [
    { durationNs: 10_000_000, ratio: 0.9 },
    { durationNs: 10_000, ratio: 0.1 },
  ]
  expect(meanOf(launches)).toBeCloseTo(0.8992, 4)
  expect(meanOf([...launches, { ratio: 0.5 }])).toBeCloseTo(0.8992, 4)
  expect(meanOf([{ ratio: 0.5 }])).toBeUndefined()
})

test('stalls: shares of cycles, the issuing warp is none of them; samples only where no cycles were collected', () => {
  const cycles = (reason: string): string => `smsp__average_warps_issue_stalled_${reason}_per_issue_active.ratio`
  const row = rowOf({
    [cycles('long_scoreboard')]: 6,
    [cycles('wait')]: 2,
    [cycles('selected')]: 1,
    smsp__pcsamp_warps_issue_stalled_wait: 999,
  })
  expect(topStalls(row)).toEqual([
    { reason: 'long_scoreboard', shareRatio: 0.75 },
    { reason: 'wait', shareRatio: 0.25 },
  ])
  const samples = rowOf({
    smsp__pcsamp_warps_issue_stalled_wait: 3,
    smsp__pcsamp_warps_issue_stalled_wait_not_issued: 3,
    smsp__pcsamp_warps_issue_stalled_barrier: 1,
  })
  expect(topStalls(samples)).toEqual([
    { reason: 'wait', shareRatio: 0.75 },
    { reason: 'barrier', shareRatio: 0.25 },
  ])
})
