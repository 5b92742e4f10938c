/** The capture doctor: which questions a capture can answer, why not, and what to capture so that it could. */
import { MAX_UNKNOWN_RATIO } from '#analysis/idle.ts'
import type { Claim, Coverage } from '#formats/coverage.ts'
import type { Answerable, GateResult } from '#formats/gates.ts'
import type { Capture } from '#model/capture.ts'
import type { CounterRole } from '#model/counter-role.ts'
import type { KernelCounters } from '#model/kernel-counters.ts'

interface Evidence {
  readonly capture: Capture
  readonly coverage: Coverage
  readonly outcome: (gate: string) => GateResult['outcome'] | undefined
  /** Whether a kernel of the capture moves data between devices; undefined when nobody looked. */
  readonly communicates: boolean | undefined
}

interface Question {
  readonly id: string
  readonly asks: string
  /** Asked only of captures that could hold it; absent = asked of all. */
  readonly applies?: (capture: Capture) => boolean
  readonly answer: (evidence: Evidence) => Claim
  readonly nextCapture: string
  /** Command that answers it, with FILE for the capture. */
  readonly command: string
}

const yes = (reason: string): Claim => ({ state: 'yes', reason })
const no = (reason: string): Claim => ({ state: 'no', reason })
const unknown = (reason: string): Claim => ({ state: 'unknown', reason })

/** In the order in which they are worth asking of a sound capture. */
const questions: readonly Question[] = [
  {
    id: 'client-view',
    asks: 'What did clients see: latency, throughput, and by which definition?',
    applies: ({ benchResult }) => benchResult !== undefined,
    answer: ({ capture }) => {
      const cells = capture.benchResult?.cells.length ?? 0
      return cells > 0 ? yes(`${cells} measured point${cells === 1 ? '' : 's'} of load`) : no('the result holds no measured point')
    },
    nextCapture: 'A run of the load generator that ends (vllm bench serve --save-result, aiperf profile)',
    command: 'sextant bench-result FILE',
  },
  {
    id: 'endpoint-view',
    asks: 'What did the server or its devices report of themselves?',
    applies: ({ metricSamples }) => metricSamples !== undefined,
    answer: ({ capture }) => yes(`${capture.metricSamples?.length ?? 0} samples; what happened during a run takes a second dump after it`),
    nextCapture: 'curl -s http://HOST:PORT/metrics before and after the run',
    command: 'sextant metrics FILE',
  },
  {
    id: 'kernel-counters',
    asks: 'What limits the kernels that were measured: occupancy, registers, stalls, bytes?',
    applies: ({ kernelCounters }) => kernelCounters !== undefined,
    answer: ({ capture }) => {
      const results = capture.kernelCounters?.results.length ?? 0
      return results > 0
        ? yes(`${results} launches measured one by one`)
        : no(capture.capabilities['kernel-counters']?.reason ?? 'no launch was measured')
    },
    nextCapture: 'ncu --set full on a kernel that takes time (sextant kernels names it)',
    command: 'sextant ncu FILE',
  },
  {
    id: 'step-budget',
    asks: 'Where does each decode step’s time go?',
    answer: ({ coverage, outcome, capture }) => {
      if (capture.timeline === undefined) return no('there is no timeline')
      if (coverage.kernels.count + coverage.graphRows === 0) return no('there is no device work')
      if (coverage.idleClaimable.state !== 'yes') return { ...coverage.idleClaimable }
      const pattern = outcome('repeating-decode-pattern')
      if (pattern === 'pass') return yes('a step repeats and the rows are complete')
      return pattern === 'fail'
        ? no('no decode step repeats')
        : unknown('whether a step repeats was not looked for: `gates --decode` looks')
    },
    nextCapture: 'One clean decode stream (tiny prompt, long generation, ignore_eos) for some seconds, with --cuda-graph-trace=node',
    command: 'sextant decode-budget FILE',
  },
  {
    id: 'kernel-time',
    asks: 'Which kernels take the device’s time?',
    answer: ({ capture, coverage }) => {
      const hasReport = capture.statistics?.some((entry) => entry.report === 'kernels' && entry.rows.length > 0) === true
      if (hasReport && coverage.kernels.count === 0) return yes('the tool’s kernel summary holds them')
      if ((capture.shares?.gpuFrames.length ?? 0) > 0)
        return unknown('samples say which kernels have which share of the GPU’s busy moments, not their time')
      if (capture.kernelCounters !== undefined) return no('kernels were replayed one by one: nothing of how often each runs')
      if (coverage.kernels.count === 0)
        return no(coverage.graphRows > 0 ? 'graph rows hold the time and hide the kernels' : 'no kernel was recorded')
      if (coverage.graphRows > 0)
        return no(`${coverage.graphRows} graph rows hide the kernels inside; only kernels outside graphs are known`)
      if (coverage.underRecorded.state === 'yes') return no(coverage.underRecorded.reason)
      return yes(`${coverage.kernels.count} kernels, each with its time`)
    },
    nextCapture: 'The same window with --cuda-graph-trace=node',
    command: 'sextant kernels FILE',
  },
  {
    id: 'busy-and-idle',
    asks: 'How much of the window did each device work, and how much did it wait?',
    answer: ({ capture, coverage }) => {
      if (capture.timeline === undefined) return no('there is no timeline')
      return coverage.idleClaimable.state === 'yes' ? { ...coverage.busyClaimable } : { ...coverage.idleClaimable }
    },
    nextCapture:
      'A shorter window with nsys (--trace=cuda,nvtx,osrt --cuda-graph-trace=node), so that buffers do not overflow and overhead stays small',
    command: 'sextant timeline FILE',
  },
  {
    id: 'idle-attribution',
    asks: 'Why did the device wait: launches, synchronisation, or the host elsewhere?',
    answer: ({ capture, coverage, outcome }) => {
      if (capture.timeline === undefined) return no('there is no timeline')
      if (outcome('host-rows-present') === 'fail') return no('the capture has no host calls that can be joined to device rows')
      if (coverage.joined.state !== 'yes') return unknown(coverage.joined.reason)
      const { count, launchUnknown } = coverage.kernels
      if (coverage.idleClaimable.state === 'yes' && launchUnknown > MAX_UNKNOWN_RATIO * count) {
        return unknown(
          `the launch call of ${launchUnknown} of ${count} kernels is not in the capture; \`timeline\` says how much idle time that leaves without a cause`,
        )
      }
      return { ...coverage.idleClaimable }
    },
    nextCapture: 'The same window with host tracing: --trace=cuda,nvtx,osrt',
    command: 'sextant timeline FILE',
  },
  {
    id: 'communication',
    asks: 'How much time goes to collectives, and how much of it is waiting for another rank?',
    answer: ({ capture, coverage, communicates }) => {
      if (capture.timeline === undefined) return no('there is no timeline')
      if (coverage.kernels.count === 0) return no('there are no resolved kernels among which collectives could be found')
      const several = capture.devices.length > 1 || (capture.worldSize ?? 1) > 1 || communicates === true
      if (!several && communicates === undefined) return unknown('one device, and whether its kernels communicate was not looked at')
      if (!several) return no('one device, no other rank named, and no kernel that communicates')
      if (capture.devices.length > 1) return yes('several devices are in the capture')
      return unknown('one rank’s capture shows exposed communication; floor and skew need the other ranks')
    },
    nextCapture: 'The same window on every rank, at the same time',
    command: 'sextant decode-budget FILE',
  },
  {
    id: 'range-attribution',
    asks: 'Which part of the program (NVTX or engine range) launched which kernels?',
    answer: ({ capture, coverage }) => {
      const ranges = capture.timeline?.ranges
      const capability = capture.capabilities.ranges
      if (ranges === undefined || ranges.length === 0) {
        const state = capability?.state === 'not-read' || capability?.state === 'unknown' ? 'unknown' : 'no'
        return { state, reason: capability?.reason ?? 'no range was recorded' }
      }
      return coverage.joined.state === 'yes' ? yes(`${ranges.length} ranges over joined launches`) : no(coverage.joined.reason)
    },
    nextCapture: 'The same window with --trace=cuda,nvtx,osrt and the engine’s annotations on (--profiler-config.profiler=cuda for vLLM)',
    command: 'sextant kernels FILE --by-nvtx',
  },
  {
    id: 'kernel-sol',
    asks: 'How close is a kernel to the hardware’s limits?',
    answer: ({ capture }) => countedWork(capture.kernelCounters),
    nextCapture: 'Nsight Compute of the dominant kernel (ncu --set full, a few launches) at the same shapes',
    command: 'sextant roofline FILE',
  },
]

/** Bytes and operations of one launch decide; a busy multiprocessor may spin (trap D9). */
function countedWork(counters: KernelCounters | undefined): Claim {
  if (counters === undefined) return no('it holds no bytes and no FLOPs of kernels: times and shares alone say nothing about limits')
  const has = (of: readonly CounterRole['of'][]): boolean => counters.metrics.some(({ role }) => role !== undefined && of.includes(role.of))
  const hasBytes = counters.metrics.some(({ role }) => role?.of === 'bytes' && role.level === 'dram')
  const hasWork = has(['scalar-instructions', 'tensor-operations'])
  if (hasBytes && hasWork) return yes('DRAM bytes and operations were counted; which kernels they decide for, the roofline says')
  const lacking = [...(hasBytes ? [] : ['DRAM bytes']), ...(hasWork ? [] : ['operations'])]
  return no(`${lacking.join(' and ')} were not counted (as with --set basic)`)
}

/**
 * Every question with its answer; order is that of worth. `gates` are the results of `runGates` on the same capture,
 * `communicationNames` holds 1 per kernel name that communicates.
 */
export function questionsAnswerable(
  capture: Capture,
  coverage: Coverage,
  gates: readonly GateResult[],
  communicationNames?: Uint8Array,
): Answerable[] {
  const communicates = communicationNames?.some((flag) => flag === 1)
  const outcome = (id: string): GateResult['outcome'] | undefined => gates.find((gate) => gate.id === id)?.outcome
  return questions
    .filter(({ applies }) => applies?.(capture) ?? true)
    .map(({ id, asks, answer, nextCapture }) => {
      const { state, reason } = answer({ capture, coverage, outcome, communicates })
      return { question: id, asks, answerable: state, reason, ...(state === 'yes' ? {} : { nextCapture }) }
    })
}

export interface NextQuestion {
  readonly question: string
  /** What to run, with FILE for the capture; or what to capture. */
  readonly next: string
  readonly reason: string
}

/** Gates without which no answer is worth having: a failure is mended before any question is asked. */
const BLOCKING = ['cupti-initialised', 'readable-and-untruncated', 'kernels-present', 'graph-nodes-resolved', 'not-under-recorded']

/** What is worth doing next with this capture: mend what blocks, else ask the first question that it can answer, else capture again. */
export function nextQuestion(answers: readonly Answerable[], gates: readonly GateResult[]): NextQuestion {
  const broken = gates.find(({ id, outcome }) => outcome === 'fail' && BLOCKING.includes(id))
  if (broken !== undefined) return { question: broken.id, next: broken.fix ?? '', reason: broken.reason ?? broken.title }
  const answer = answers.find(({ answerable }) => answerable === 'yes') ?? answers.find(({ answerable }) => answerable === 'unknown')
  if (answer === undefined) {
    const first = answers[0]
    return { question: first?.question ?? '', next: first?.nextCapture ?? '', reason: first?.reason ?? 'nothing can be answered' }
  }
  const command = questions.find(({ id }) => id === answer.question)?.command ?? ''
  return { question: answer.question, next: command, reason: answer.reason }
}
