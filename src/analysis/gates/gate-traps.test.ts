/** Situations of facts/traps.md at the gates. */
import { expect, test } from 'vitest'
import type { GateResult } from '#formats/gates.ts'
import { buildCapture } from '../../../tests/support/build-capture.ts'
import { gateContext, gateExamples, launches, range, stepsOf } from '../../../tests/support/gate-examples.ts'
import { nextQuestion, questionsAnswerable } from '../questions.ts'
import { cudaMajor } from './cupti-initialised.ts'
import type { GateContext } from './gate.ts'
import { runGates } from './run-gates.ts'

const outcome = (context: GateContext, id: string): GateResult => {
  const result = runGates(context).find((gate) => gate.id === id)
  if (result === undefined) throw new Error(`no gate ${id}`)
  return result
}
const graphCalls = launches(60, 10_000, 'cudaGraphLaunch_v10000')
const graphRows = (device = 0) =>
  range(60).map((index) => ({ start: index * 10_000 + 500, duration: 9_000, correlation: index + 1, device }))

test('trap A7: graph rows only: no Gate-0 hint, and the hidden kernels are said', () => {
  const context = gateContext(buildCapture({ graphs: graphRows(), calls: graphCalls }, { graphMode: 'graph' }))
  expect(runGates(context).filter((gate) => gate.outcome === 'fail')).toEqual([])
  expect(outcome(context, 'cupti-initialised').outcome).toBe('pass')
  expect(outcome(context, 'kernels-present')).toMatchObject({
    outcome: 'pass',
    reason: expect.stringContaining('kernels are not resolved'),
  })
  const questions = questionsAnswerable(context.capture, context.coverage, runGates(context))
  expect(questions.find(({ question }) => question === 'busy-and-idle')?.answerable).toBe('yes')
  expect(questions.find(({ question }) => question === 'kernel-time')).toMatchObject({
    answerable: 'no',
    nextCapture: expect.stringContaining('--cuda-graph-trace=node'),
  })
})

test('trap A8: kernels on device 0 and graph rows on device 1 are both device work', () => {
  const devices = [
    { ordinal: 0, processes: [0] },
    { ordinal: 1, processes: [0] },
  ]
  const kernels = range(60).map((index) => ({ start: index * 10_000, duration: 8_000, correlation: 1000 + index }))
  const calls = [...graphCalls, ...range(60).map((index) => ({ start: index * 10_000, correlation: 1000 + index }))]
  const context = gateContext(buildCapture({ devices, kernels, graphs: graphRows(1), calls }))
  expect(
    ['cupti-initialised', 'kernels-present', 'graph-nodes-resolved', 'not-under-recorded'].map((id) => outcome(context, id).outcome),
  ).toEqual(range(4).map(() => 'pass'))
  expect(context.coverage.graphLaunches).toMatchObject({ withGraphRow: 60, withoutRows: 0 })
})

test('trap B22: launches without a kernel fail as a capture bug with the Gate-0 hint, never as an idle device', () => {
  const context = gateContext(buildCapture({ calls: launches(18_400) }))
  const result = outcome(context, 'kernels-present')
  expect(result).toMatchObject({ outcome: 'fail', reason: '18400 launches and no kernel: a capture bug, not an idle device' })
  expect(result.fix).toContain('Gate 0')
  const questions = questionsAnswerable(context.capture, context.coverage, runGates(context))
  expect(questions.filter(({ answerable }) => answerable === 'yes')).toEqual([])
  expect(nextQuestion(questions, runGates(context)).question).toBe('kernels-present')
})

test('zero launches and zero kernels: the wrong process or no traffic, not CUPTI', () => {
  const context = gateContext(buildCapture({ calls: [{ name: 'cudaMalloc_v3020', start: 0 }] }))
  expect(outcome(context, 'cupti-initialised').outcome).toBe('cannot-tell')
  expect(outcome(context, 'kernels-present')).toMatchObject({
    outcome: 'fail',
    reason: expect.stringContaining('another process'),
    fix: expect.stringContaining('--trace-fork-before-exec'),
  })
})

test('Gate 0: a major-version split is named with its evidence, from facts, from the log line, and from the display driver', () => {
  const line = 'CUDA versions. CUPTI/Runtime/Driver: 12.9/12.9/13.0'
  const split = (overrides: Parameters<typeof buildCapture>[1]) =>
    outcome(gateContext(buildCapture({ calls: launches(100) }, overrides)), 'cupti-initialised')
  for (const result of [
    split({ facts: { 'cuda-runtime': '12090', 'cuda-driver': '13000' } }),
    split({ diagnostics: [{ severity: 'info', text: line }] }),
    split({ facts: { cupti: '12.9', 'driver-version': '580.65.06' } }),
  ]) {
    expect(result).toMatchObject({ outcome: 'fail', reason: expect.stringContaining('toolkit 12, driver 13') })
    expect(result.evidence?.length).toBeGreaterThan(0)
  }
  expect(split({ diagnostics: [{ severity: 'info', text: line }] }).evidence).toContain(line)
  expect(split({ diagnostics: [{ severity: 'error', text: 'injection: CUPTI_ERROR_INVALID_DEVICE' }] })).toMatchObject({
    outcome: 'fail',
    evidence: ['CUPTI_ERROR_INVALID_DEVICE'],
  })
  expect(split({ facts: { 'cuda-runtime': '12.8', 'cuda-driver': '12.9' } })).toMatchObject({
    outcome: 'cannot-tell',
    reason: expect.stringContaining('versions agree'),
  })
  // kineto's cupti_version is a release counter, not a CUDA version.
  expect(split({ facts: { cupti: '26', 'cuda-driver': '12.9' } }).outcome).toBe('cannot-tell')
})

test('a driver newer than the toolkit is normal where kernels were recorded', () => {
  const { capture } = gateExamples['kernels-present']?.passes ?? gateContext(buildCapture({}))
  expect(outcome(gateContext({ ...capture, facts: { 'cuda-runtime': '12.4', 'cuda-driver': '13.0' } }), 'cupti-initialised').outcome).toBe(
    'pass',
  )
})

test('cudaMajor reads CUDA versions, coded integers and display drivers', () => {
  expect(['12.9', '12090', '13000', '580.65.06', '570.86.15', '470.82', '', 'none', undefined].map(cudaMajor)).toEqual([
    12,
    12,
    13,
    13,
    12,
    11,
    undefined,
    undefined,
    undefined,
  ])
})

test('trap C3: a first collective of 17,456 ms among 14.3 µs ones is profiler-start skew', () => {
  const context = gateExamples['profiler-start-skew']?.fails ?? gateContext(buildCapture({}))
  expect(outcome(context, 'profiler-start-skew')).toMatchObject({
    outcome: 'fail',
    reason: expect.stringContaining('not work'),
    evidence: ['device 0: first collective 17.5 s, median of 63 others 0.0000143 s'],
  })
})

test('trap C3: a large first collective of another kind is no skew where its own kind is as long', () => {
  const rows = [
    ...range(8).map((index) => ({ start: index * 1e6, duration: 400_000, name: 'ncclDevKernel_AllGather' })),
    ...range(200).map((index) => ({ start: 10e6 + index * 1e5, duration: 10_000, name: 'ncclDevKernel_AllReduce' })),
  ]
  expect(
    outcome(gateContext(buildCapture({ kernels: rows, calls: [] }), { communicationNames: Uint8Array.of(1, 1) }), 'profiler-start-skew')
      .outcome,
  ).toBe('pass')
})

test('trap A12: a truncated file fails its gate and no idle claim stands on it', () => {
  const losses = [{ code: 'truncated-trace', count: 1, what: 'The trace ends before its own end.' }]
  const { capture } = gateExamples['kernels-present']?.passes ?? gateContext(buildCapture({}))
  const context = gateContext(capture, { losses })
  expect(outcome(context, 'readable-and-untruncated')).toMatchObject({
    outcome: 'fail',
    evidence: [expect.stringContaining('truncated-trace')],
  })
  expect(context.coverage.idleClaimable.state).toBe('no')
})

test('trap A13: prefill between decode steps fails; leading prefill does not', () => {
  const decode = range(20).map(() => 'decode' as const)
  const asked = (phases: Parameters<typeof stepsOf>[0]) =>
    outcome(
      gateContext(buildCapture({ kernels: [{ start: 0 }] }), { asks: 'decode', stepDetection: () => [stepsOf(phases)] }),
      'no-prefill-contamination',
    )
  expect(asked([...decode, 'mixed', ...decode])).toMatchObject({
    outcome: 'fail',
    evidence: ['device 0: 1 of 41 steps (2.4 % of step time) hold prefill'],
  })
  expect(asked(['prefill', 'prefill', ...decode])).toMatchObject({
    outcome: 'pass',
    reason: '2 prefill steps lie before the first decode step',
  })
})

test('trap A18: load and teardown around a short burst fail the traffic gate', () => {
  const calls = [
    { name: 'cudaMalloc_v3020', start: 0 },
    ...launches(200).map((call) => ({ ...call, start: call.start + 50_000_000 })),
    { name: 'cudaFree_v3020', start: 99_000_000 },
  ]
  const kernels = range(200).map((index) => ({ start: 50_000_300 + index * 1000, duration: 600, correlation: index + 1 }))
  expect(outcome(gateContext(buildCapture({ kernels, calls })), 'traffic-during-window')).toMatchObject({
    outcome: 'fail',
    reason: expect.stringMatching(/worked in 10\.0 %/),
  })
})

test('trap C8: counter ranges are not a kernel timeline', () => {
  const context = gateContext(buildCapture({ calls: [] }, { inventory: { cuda_profiler_range: 12 } }))
  expect(outcome(context, 'kernels-present')).toMatchObject({
    outcome: 'cannot-tell',
    reason: expect.stringContaining('counter ranges only'),
  })
})

test('trap B14: a skipped report is an abstention of the tool, not a capture without kernels', () => {
  const { timeline: _, ...bare } = buildCapture({})
  const statistics = [{ report: 'kernels', sourceName: 'cuda_gpu_kern_sum', skipped: 'does not contain CUDA kernel data', rows: [] }]
  expect(outcome(gateContext({ ...bare, statistics }), 'kernels-present')).toMatchObject({
    outcome: 'cannot-tell',
    reason: expect.stringContaining('skipped'),
  })
})
