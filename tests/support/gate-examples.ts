/** For every gate a situation in which it passes, one in which it fails and one in which it cannot tell. */
import { computeCoverage } from '#analysis/coverage.ts'
import type { DeviceSteps, GateContext, GatePhase } from '#analysis/gates/gate.ts'
import type { Capture, Loss } from '#model/capture.ts'
import { buildCapture, type CallRow, type CaptureRows, type KernelRow } from './build-capture.ts'

export const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index)

/** A context as the pipeline builds it; everything but the capture is optional. */
export function gateContext(capture: Capture, rest: Partial<Omit<GateContext, 'capture' | 'coverage'>> = {}): GateContext {
  const losses: readonly Loss[] = rest.losses ?? []
  return { capture, asks: 'any', ...rest, losses, coverage: computeCoverage(capture, losses) }
}

const contextOf = (rows: CaptureRows, overrides: Partial<Capture> = {}, rest: Partial<Omit<GateContext, 'capture' | 'coverage'>> = {}) =>
  gateContext(buildCapture(rows, overrides), rest)

export const launches = (count: number, stepNs = 1000, name = 'cudaLaunchKernel_v7000'): CallRow[] =>
  range(count).map((index) => ({ name, start: index * stepNs, duration: 200, correlation: index + 1 }))
export const launched = (count: number, stepNs = 1000, row: Partial<KernelRow> = {}): KernelRow[] =>
  range(count).map((index) => ({ start: index * stepNs + 300, duration: 600, correlation: index + 1, ...row }))

const sound: CaptureRows = { kernels: launched(400), calls: launches(400) }
const nothing: CaptureRows = { calls: [] }
const launchesOnly: CaptureRows = { calls: launches(500) }
const { timeline: _, ...statisticsOnly } = buildCapture({})

export function stepsOf(phases: readonly GatePhase[], device = 0): DeviceSteps {
  return { device, state: 'found', steps: phases.map((phase, index) => ({ startNs: index * 1000, endNs: index * 1000 + 900, phase })) }
}
const decode = (count: number): GatePhase[] => range(count).map(() => 'decode')
const withSteps = (...devices: DeviceSteps[]) => contextOf(sound, {}, { asks: 'decode', stepDetection: () => devices })

function collectives(firstNs: number, count: number): GateContext {
  const kernels = range(count).map((index) => ({
    start: index * 20_000_000,
    duration: index === 0 ? firstNs : 14_300,
    name: 'ncclDevKernel_AllReduce_Sum_bf16_RING_LL',
  }))
  return contextOf({ kernels, calls: [] }, {}, { communicationNames: Uint8Array.of(1) })
}

export interface GateExamples {
  readonly passes: GateContext
  readonly fails: GateContext
  readonly cannotTell: GateContext
}

const captureEdges: CallRow[] = [
  { name: 'cudaStreamBeginCapture_v10000', start: 0, tid: 2 },
  { name: 'cudaStreamEndCapture_v10000', start: 300_000, tid: 2 },
]

export const gateExamples: Readonly<Record<string, GateExamples>> = {
  'cupti-initialised': {
    passes: contextOf(sound),
    fails: contextOf(launchesOnly, { facts: { 'cuda-runtime': '12.9', 'cuda-driver': '13.0' } }),
    cannotTell: contextOf(launchesOnly),
  },
  'readable-and-untruncated': {
    passes: contextOf(sound),
    fails: contextOf(sound, {}, { losses: [{ code: 'truncated-trace', count: 1, what: 'The trace ends before its own end' }] }),
    cannotTell: gateContext(statisticsOnly),
  },
  'kernels-present': {
    passes: contextOf(sound),
    fails: contextOf(launchesOnly),
    cannotTell: contextOf(nothing, { capabilities: { kernels: { state: 'unknown', reason: 'the table may not have been exported' } } }),
  },
  'graph-nodes-resolved': {
    passes: contextOf({ kernels: launched(40, 1000, { graphNode: 1 }), calls: launches(40, 1000, 'cudaGraphLaunch_v10000') }),
    fails: contextOf({ kernels: [], calls: launches(40, 1000, 'cudaGraphLaunch_v10000') }),
    cannotTell: contextOf({ kernels: launched(400) }),
  },
  'not-under-recorded': {
    passes: contextOf(sound),
    fails: contextOf({ kernels: launched(400).filter((_row, index) => index % 10 === 0), calls: launches(400) }),
    cannotTell: contextOf({ kernels: launched(400) }),
  },
  'traffic-during-window': {
    passes: contextOf(sound),
    fails: contextOf({ kernels: launched(400), calls: [...launches(400), { name: 'cudaFree', start: 9_000_000, correlation: 5000 }] }),
    cannotTell: contextOf(launchesOnly),
  },
  'size-and-duration-plausible': {
    passes: contextOf(sound, {}, { declared: { durationS: 0.0004, concurrency: 1, requests: 10 } }),
    fails: contextOf(sound, {}, { declared: { durationS: 30, concurrency: 64 } }),
    cannotTell: contextOf(sound),
  },
  'steady-state': {
    passes: contextOf(sound),
    fails: contextOf({ kernels: range(400).map((index) => ({ start: Math.round(1000 * 1.03 ** index), duration: 100 })) }),
    cannotTell: contextOf({ kernels: launched(20), calls: launches(20) }),
  },
  'not-only-load-capture-or-teardown': {
    passes: contextOf(sound),
    fails: contextOf({ ...sound, calls: [...launches(400), ...captureEdges] }),
    cannotTell: contextOf({}),
  },
  'host-rows-present': {
    passes: contextOf(sound),
    fails: contextOf({ kernels: launched(400) }),
    cannotTell: contextOf(
      { kernels: launched(400) },
      { capabilities: { 'host-calls': { state: 'not-read', reason: 'host calls were not asked for' } } },
    ),
  },
  'profiler-start-skew': {
    passes: collectives(14_000, 64),
    fails: collectives(17_456_000_000, 64),
    cannotTell: collectives(14_000, 3),
  },
  'repeating-decode-pattern': {
    passes: withSteps(stepsOf(decode(30))),
    fails: withSteps({ device: 0, state: 'unknown', reason: 'fewer than 5 like segments' }),
    cannotTell: contextOf(sound, {}, { asks: 'decode' }),
  },
  'no-prefill-contamination': {
    passes: withSteps(stepsOf(['prefill', ...decode(30)])),
    fails: withSteps(stepsOf([...decode(10), 'prefill', ...decode(10)])),
    cannotTell: withSteps(stepsOf(range(20).map(() => 'unknown'))),
  },
}
