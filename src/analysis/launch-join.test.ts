import { expect, test } from 'vitest'
import { buildTimeline, type CaptureRows } from '../../tests/support/build-capture.ts'
import { joinLaunches, type LaunchJoin } from './launch-join.ts'

function joined(rows: CaptureRows): LaunchJoin {
  const join = joinLaunches(buildTimeline(rows))
  if (join.state !== 'joined') throw new Error(join.reason)
  return join
}

test('joins by process and correlation: equal ids of two processes stay apart', () => {
  const join = joined({
    processes: [{ pid: 1 }, { pid: 2 }],
    kernels: [
      { start: 100, correlation: 5, process: 0 },
      { start: 100, correlation: 5, process: 1 },
      { start: 200, correlation: 6, process: 1 },
    ],
    calls: [
      { start: 0, correlation: 5, process: 1 },
      { start: 0, correlation: 5, process: 0 },
    ],
  })
  expect([...join.kernelLaunch]).toEqual([1, 0, -1])
  expect(join.matched.kernels).toBe(2)
})

test('correlation 0 means none, even where a call carries it', () => {
  expect([...joined({ kernels: [{ start: 10 }], calls: [{ start: 0, correlation: 0 }] }).kernelLaunch]).toEqual([-1])
})

test('the outermost of runtime and driver calls with one correlation wins, in either file order', () => {
  const runtime = { name: 'cudaLaunchKernel_v7000', start: 0, duration: 100, correlation: 9 }
  const driver = { name: 'cuLaunchKernel', start: 0, duration: 60, correlation: 9 }
  for (const calls of [
    [runtime, driver],
    [driver, runtime],
  ]) {
    const [row] = joined({ kernels: [{ start: 200, correlation: 9 }], calls }).kernelLaunch
    expect(calls[row ?? -1]).toBe(runtime)
  }
})

test('a launch beats an unknown call, and a synchronisation never launches', () => {
  const join = joined({
    kernels: [
      { start: 200, correlation: 1 },
      { start: 300, correlation: 2 },
      { start: 400, correlation: 3 },
    ],
    calls: [
      { name: 'somethingNew', start: 0, duration: 100, correlation: 1 },
      { name: 'cudaLaunchKernel', start: 10, duration: 20, correlation: 1 },
      { name: 'somethingNew', start: 110, duration: 100, correlation: 2 },
      { name: 'cudaStreamSynchronize', start: 220, duration: 100, correlation: 3 },
    ],
  })
  expect([...join.kernelLaunch]).toEqual([1, 2, -1])
})

test('sparse ids (up to 2^32 - 1) join as dense ones do', () => {
  const ids = [3, 70_000, 4_000_000_000, 4_294_967_295]
  const join = joined({
    kernels: [...ids, 5].map((correlation) => ({ start: 10, correlation })),
    calls: ids.map((correlation) => ({ start: 0, correlation })),
  })
  expect([...join.kernelLaunch]).toEqual([0, 1, 2, 3, -1])
})

test('device rows of an unknown process join the only process that made calls', () => {
  const rows: CaptureRows = {
    processes: [{ pid: -1 }, { pid: 77 }],
    kernels: [{ start: 10, correlation: 4, process: 0 }],
    calls: [{ start: 0, correlation: 4, process: 1 }],
  }
  expect([...joined(rows).kernelLaunch]).toEqual([0])
  expect([...joined({ ...rows, processes: [{ pid: 50 }, { pid: 77 }] }).kernelLaunch]).toEqual([-1])
})

test('every table joins, and a graph launch explains all kernels of its replay', () => {
  const join = joined({
    kernels: [1, 2, 3].map((start) => ({ start, correlation: 8, graphNode: start })),
    graphs: [{ start: 0, correlation: 10 }],
    memcpys: [{ start: 0, correlation: 11 }],
    memsets: [{ start: 0, correlation: 12 }],
    calls: [
      { name: 'cudaGraphLaunch_v10000', start: 0, correlation: 8 },
      { name: 'cudaGraphLaunch_v10000', start: 1, correlation: 10 },
      { name: 'cudaMemcpyAsync_v3020', start: 2, correlation: 11 },
      { name: 'cudaMemsetAsync_v3020', start: 3, correlation: 12 },
    ],
  })
  expect([[...join.kernelLaunch], [...join.graphLaunch], [...join.memcpyLaunch], [...join.memsetLaunch]]).toEqual([
    [0, 0, 0],
    [1],
    [2],
    [3],
  ])
})

test('says why nothing can be joined', () => {
  expect(joinLaunches(buildTimeline({ kernels: [{ start: 0, correlation: 1 }] }))).toMatchObject({ state: 'unavailable' })
  expect(joinLaunches(buildTimeline({ kernels: [{ start: 0 }], calls: [{ start: 0 }], withoutCorrelation: true }))).toMatchObject({
    state: 'unavailable',
    reason: 'host calls have no correlation ids',
  })
})
