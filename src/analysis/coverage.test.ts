import { expect, test } from 'vitest'
import type { Capture } from '#model/capture.ts'
import { buildCapture, type CallRow, type CaptureRows, type KernelRow } from '../../tests/support/build-capture.ts'
import { computeCoverage } from './coverage.ts'

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index)
const graphCalls = (count: number, stepNs = 10_000): CallRow[] =>
  range(count).map((index) => ({ name: 'cudaGraphLaunch_v10000', start: index * stepNs, correlation: index + 1 }))
/** `count` replays of one graph of `nodes` kernels, every `keepOneOf`-th kept. */
const replayKernels = (count: number, nodes: number, keepOneOf = 1): KernelRow[] =>
  range(count)
    .filter((index) => index % keepOneOf === 0)
    .flatMap((index) =>
      range(nodes).map((node) => ({ start: index * 10_000 + 600 + node * 50, duration: 40, correlation: index + 1, graphNode: node + 1 })),
    )
const cover = (rows: CaptureRows, overrides: Partial<Capture> = {}) => computeCoverage(buildCapture(rows, overrides), [])

test('a complete node-mode capture: every launch left its kernels, idle and busy are claimable', () => {
  const coverage = cover({ kernels: replayKernels(40, 25), calls: graphCalls(40) })
  expect(coverage.graphLaunches).toMatchObject({ launches: 40, withNodeRows: 40, withGraphRow: 0, withoutRows: 0 })
  expect(coverage.replays).toEqual({
    graphs: 1,
    byNodeSet: true,
    replays: 40,
    medianKernelsPerReplay: 25,
    expectedKernels: 1000,
    presentKernels: 1000,
    presentRatio: 1,
  })
  expect(coverage.kernels).toEqual({ count: 1000, inGraphs: 1000, launchKnown: 1000, launchUnknown: 0, launchedBefore: 0 })
  expect([coverage.underRecorded.state, coverage.idleClaimable.state, coverage.busyClaimable.state]).toEqual(['no', 'yes', 'yes'])
})

test('trap B1: one of ten graph replays kept is under-recording, and idle is not claimable', () => {
  const coverage = cover({ kernels: replayKernels(400, 25, 10), calls: graphCalls(400) })
  expect(coverage.replays).toMatchObject({ replays: 40, expectedKernels: 9_775, presentKernels: 1000 })
  expect(coverage.graphLaunches).toMatchObject({ launches: 400, withNodeRows: 40, withoutRows: 351, inFlightAtEnd: 9 })
  expect(coverage.underRecorded).toMatchObject({
    state: 'yes',
    reason: expect.stringContaining('351 of 400 graph launches left no device row'),
  })
  expect(coverage.idleClaimable.state).toBe('no')
  expect(coverage.busyClaimable).toMatchObject({ state: 'no', reason: expect.stringContaining('lower bound') })
})

test('trap B1: 753 graph rows against 4,183 graph launches', () => {
  const graphs = range(4183)
    .filter((index) => index % 50 < 9)
    .map((index) => ({ start: index * 10_000 + 600, duration: 9_000, correlation: index + 1 }))
  expect(graphs.length).toBe(756)
  const coverage = cover({ graphs, calls: graphCalls(4183) })
  expect(coverage.graphLaunches).toMatchObject({ launches: 4183, graphRows: 756, withGraphRow: 756 })
  expect(coverage.idleClaimable).toMatchObject({ state: 'no', reason: expect.stringMatching(/of 4183 graph launches left no device row/) })
})

test('trap A7: graph rows for every launch are complete coverage, without a kernel', () => {
  const graphs = range(50).map((index) => ({ start: index * 10_000 + 600, duration: 9_000, correlation: index + 1 }))
  const coverage = cover({ graphs, calls: graphCalls(50) }, { graphMode: 'graph' })
  expect(coverage.graphLaunches).toMatchObject({ withGraphRow: 50, withNodeRows: 0, withoutRows: 0, graphRowsWithoutLaunch: 0 })
  expect(coverage.replays).toBeUndefined()
  expect([coverage.idleClaimable.state, coverage.busyClaimable.state]).toEqual(['yes', 'yes'])
})

test('trap B22: thousands of launches without a kernel are a capture bug, never an idle device', () => {
  const calls = range(3000).map((index) => ({ name: 'cudaLaunchKernel_v7000', start: index * 1000, correlation: index + 1 }))
  const coverage = cover({ calls })
  expect(coverage.launches).toMatchObject({ calls: 3000, withRows: 0 })
  expect(coverage.idleClaimable).toMatchObject({ state: 'no', reason: expect.stringContaining('capture bug, not an idle device') })
  expect(coverage.busyClaimable.state).toBe('no')
})

test('trap B3: kernels without a launch row are counted, and idle is unknown above one tenth', () => {
  const kernels = range(3442).map((index) => ({ start: index * 1000, duration: 500, correlation: index + 1 }))
  const calls = range(1632).map((index) => ({ start: index * 1000, correlation: index + 1 }))
  const coverage = cover({ kernels, calls })
  expect(coverage.kernels).toMatchObject({ count: 3442, launchKnown: 1632, launchUnknown: 1810 })
  expect(coverage.idleClaimable).toMatchObject({ state: 'unknown', reason: expect.stringContaining('52.6 %') })
})

test('trap C1: graph replays without node ids: every kernel counts to its launch, none is dropped', () => {
  const kernels = range(5).flatMap((replay) => range(85).map((node) => ({ start: replay * 10_000 + node * 100, correlation: replay + 1 })))
  const coverage = cover({
    kernels: [...kernels, { start: 60_000, correlation: 99 }],
    calls: [...graphCalls(5), { start: 59_000, correlation: 99 }],
    withoutGraphNodes: true,
  })
  expect(coverage.kernels).toMatchObject({ count: 426, inGraphs: 425, launchKnown: 426 })
  expect(coverage.replays).toMatchObject({ byNodeSet: false, replays: 5, expectedKernels: 425, presentKernels: 425 })
})

test('kernels lost inside replays show where node sets are known', () => {
  // Four of ten replays lost half of their kernels.
  const kernels = replayKernels(100, 20).filter((kernel) => (kernel.correlation ?? 0) % 10 > 3 || (kernel.graphNode ?? 0) <= 10)
  const coverage = cover({ kernels, calls: graphCalls(100) })
  expect(coverage.replays).toMatchObject({ byNodeSet: true, expectedKernels: 2000, presentKernels: 1600, presentRatio: 0.8 })
  expect(coverage.underRecorded.state).toBe('yes')
})

test('two graphs of different size have their own medians', () => {
  const small = replayKernels(30, 4)
  const large = replayKernels(30, 40).map((kernel) => ({
    ...kernel,
    correlation: (kernel.correlation ?? 0) + 30,
    graphNode: (kernel.graphNode ?? 0) + 100,
  }))
  const coverage = cover({ kernels: [...small, ...large], calls: graphCalls(60) })
  expect(coverage.replays).toMatchObject({ graphs: 2, expectedKernels: 30 * 44, presentKernels: 30 * 44 })
})

test('launches in flight when recording stopped are not missing; launches lost half-way are', () => {
  const calls = range(200).map((index) => ({ start: index * 1000, correlation: index + 1 }))
  const upTo = (count: number) => range(count).map((index) => ({ start: index * 1000 + 700, duration: 300, correlation: index + 1 }))
  const complete = cover({ calls, kernels: upTo(195) })
  expect(complete.launches).toMatchObject({ withRows: 195, withoutRows: 0, inFlightAtEnd: 5 })
  expect(complete.idleClaimable.state).toBe('yes')
  const half = cover({ calls, kernels: upTo(100) })
  expect(half.launches).toMatchObject({ withRows: 100, withoutRows: 100, inFlightAtEnd: 0 })
  expect(half.overTime?.silentRatio).toBeGreaterThan(0.45)
  expect(half.idleClaimable.state).toBe('no')
})

test('a host that runs ahead: kernels launched before the window and launches still queued behind it are the edges, not losses', () => {
  // Every kernel starts 500 launches after its own launch; the window was cut to launches 0..999.
  const calls = range(1000).map((index) => ({ start: index * 1000, duration: 200, correlation: index + 10_000 }))
  const kernels = range(1000).map((index) => ({ start: index * 1000 + 300, duration: 900, correlation: index + 9_500 }))
  const coverage = cover({ calls, kernels })
  expect(coverage.kernels).toMatchObject({ launchKnown: 500, launchUnknown: 500, launchedBefore: 500 })
  expect(coverage.launches).toMatchObject({ withRows: 500, withoutRows: 0, inFlightAtEnd: 500 })
  expect(coverage.idleClaimable.state).toBe('yes')
})

test('kernels before the host’s record are not vouched for', () => {
  const kernels = range(1000).map((index) => ({ start: index * 1000 + 300, duration: 900, correlation: index + 1 }))
  const calls = range(200).map((index) => ({ start: (800 + index) * 1000, duration: 200, correlation: 801 + index }))
  const coverage = cover({ calls, kernels })
  expect(coverage.kernels).toMatchObject({ launchUnknown: 800, launchedBefore: 50 })
  expect(coverage.idleClaimable.state).toBe('unknown')
})

test('launches recorded into a graph leave no kernel and are not missing', () => {
  const captured = range(300).map((index) => ({ start: 1000 + index * 10, duration: 5, correlation: index + 1000 }))
  const calls = [
    { name: 'cudaStreamBeginCapture_v10000', start: 900, correlation: 1 },
    ...captured,
    { name: 'cudaStreamEndCapture_v10000', start: 5000, correlation: 2 },
    ...range(20).map((index) => ({ name: 'cudaGraphLaunch_v10000', start: 10_000 + index * 1000, correlation: index + 10 })),
  ]
  const kernels = range(20).map((index) => ({ start: 10_700 + index * 1000, duration: 200, correlation: index + 10, graphNode: 1 }))
  const coverage = cover({ calls, kernels })
  expect(coverage.launches).toMatchObject({ calls: 0, captured: 300 })
  expect(coverage.idleClaimable.state).toBe('yes')
})

test('a driver call nested in a runtime call is one launch, whatever correlations they carry', () => {
  const calls = range(30).flatMap((index) => [
    { name: 'cudaGraphLaunch_v10000', start: index * 1000, duration: 400, correlation: 2 * index + 1 },
    { name: 'cuGraphLaunch', start: index * 1000 + 50, duration: 300, correlation: 2 * index + 2 },
  ])
  const kernels = range(30).map((index) => ({ start: index * 1000 + 500, duration: 100, correlation: 2 * index + 2, graphNode: 1 }))
  for (const order of [calls, calls.map((_, index) => calls[index ^ 1]).filter((call) => call !== undefined)]) {
    const coverage = cover({ calls: order, kernels })
    expect(coverage.graphLaunches).toMatchObject({ launches: 30, withNodeRows: 30, withoutRows: 0 })
    expect(coverage.replays).toMatchObject({ replays: 30, presentKernels: 30, presentRatio: 1 })
  }
})

test('without host calls nothing vouches for the device side: unknown, with the reason', () => {
  const coverage = cover({ kernels: replayKernels(10, 5) })
  expect(coverage.launches).toBeUndefined()
  expect(coverage.idleClaimable).toMatchObject({ state: 'unknown', reason: expect.stringContaining('no host calls') })
})

test('statements: device losses refuse the claim, other warnings are only shown', () => {
  const rows = { kernels: replayKernels(40, 25), calls: graphCalls(40) }
  const withText = (severity: 'info' | 'warning' | 'error', text: string) => cover(rows, { diagnostics: [{ severity, text }] })
  expect(withText('warning', 'Not all NVTX events might have been collected.')).toMatchObject({
    statements: [{ concerns: 'other', certainty: 'possible' }],
    idleClaimable: { state: 'yes' },
  })
  expect(withText('error', 'Unable to collect CPU kernel IP/backtrace samples.').idleClaimable.state).toBe('yes')
  expect(withText('info', 'Buffers holding CUDA trace data will be flushed on CudaProfilerStop() call').statements).toEqual([])
  const hedge = 'Not all CUDA events might have been collected.'
  // Every launch has its rows and every kernel its launch: the rows answer what the tool hedges about.
  expect(withText('warning', hedge).idleClaimable.state).toBe('yes')
  const { calls, kernels } = rows
  const diagnostics = [{ severity: 'warning' as const, text: hedge }]
  expect(cover({ calls: [...calls, { start: 5, correlation: 900 }], kernels }, { diagnostics }).idleClaimable.state).not.toBe('yes')
  expect(cover({ calls, kernels: [...kernels, { start: 5e6, correlation: 900 }] }, { diagnostics }).idleClaimable).toMatchObject({
    state: 'unknown',
    reason: expect.stringContaining(hedge),
  })
  expect(withText('warning', '1234 CUDA events were dropped: buffer overflow').idleClaimable.state).toBe('no')
  const lossy = computeCoverage(buildCapture(rows), [{ code: 'truncated', count: 1, what: 'the last page is missing' }])
  expect(lossy.underRecorded).toMatchObject({ state: 'yes', reason: 'the file ends early: the last page is missing' })
})

test('trap A16: a framework profiler’s busy share is not claimable even where idle gaps are', () => {
  const coverage = cover({ kernels: replayKernels(40, 25), calls: graphCalls(40) }, { kind: 'kineto' })
  expect([coverage.idleClaimable.state, coverage.busyClaimable.state]).toEqual(['yes', 'unknown'])
})

test('no timeline: everything is zero and nothing is claimable', () => {
  const { timeline: _, ...statisticsOnly } = buildCapture({})
  const coverage = computeCoverage(statisticsOnly, [])
  expect(coverage.joined).toEqual({ state: 'no', reason: 'the capture holds no timeline' })
  expect(coverage.idleClaimable.state).toBe('no')
})
