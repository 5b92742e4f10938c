import { expect, test } from 'vitest'
import { summarizeHostCalls } from '#analysis/host-side.ts'
import { timelineFromText } from '#model/from-text.ts'

const names = { L: 'cudaLaunchKernel_v7000', G: 'cudaGraphLaunch_v10000', S: 'cudaStreamSynchronize_v3020', M: 'cudaMemcpyAsync' }

test('calls by name and class, per process; suffixes stripped unless asked', () => {
  const timeline = timelineFromText('host process=1 : L-L...S---\nhost process=2 : M-G-', { names })
  const summary = summarizeHostCalls(timeline)
  expect(summary?.calls.map(({ name, count, totalNs }) => [name, count, totalNs])).toEqual([
    ['cudaStreamSynchronize', 1, 4],
    ['cudaLaunchKernel', 2, 3],
    ['cudaGraphLaunch', 1, 2],
    ['cudaMemcpyAsync', 1, 2],
  ])
  expect(summary?.calls[1]).toMatchObject({ minNs: 1, medianNs: 1.5, maxNs: 2 })
  expect(summary?.processes[0]?.byClass).toEqual({ launch: { count: 2, totalNs: 3 }, sync: { count: 1, totalNs: 4 } })
  expect(summary?.processes[1]?.byClass['graph-launch']?.count).toBe(1)
  expect(summarizeHostCalls(timeline, timeline.hostCalls, { rawNames: true, process: 1 })?.calls.map(({ name }) => name)).toEqual([
    'cudaGraphLaunch_v10000',
    'cudaMemcpyAsync',
  ])
})

test('no table is not zero calls', () => {
  expect(summarizeHostCalls(timelineFromText('kernels : K'))).toBeUndefined()
})
