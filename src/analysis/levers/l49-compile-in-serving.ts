import { formatDuration, formatRatio } from '#base/units.ts'
import { hotFrames } from './hot-frames.ts'
import { type Lever, nothing } from './lever.ts'
import { vllmSource } from './sources.ts'
import { wanted } from './wanted-knob.ts'

const KNOB = 'deep-gemm-warmup'
const COMPILER =
  /nvrtc|ptxas|cuModuleLoad|cuLibraryLoad|triton[./].*compile|compile_kernel|autotun|jit.*build|deep_gemm.*(?:build|compile)|torch\._inductor/i
/** Less is a stray sample. */
const SOME = 0.01
/** Part of the tail above the median that compiling makes: a prior of this tool until trials replace it. */
const TAKES = { low: 0, high: 0.5 } as const

/** L49: kernels are compiled or tuned while requests are served. */
export const compileInServing: Lever = {
  id: 'L49',
  name: 'compile-in-serving',
  title: 'Compile and tune kernels before serving',
  type: 'config',
  class: 'host',
  engines: ['vllm'],
  cost: { hours: 1.5, why: 'one variable, a longer start and runs that are long enough for p99' },
  changesAccuracy: false,
  reference: vllmSource('config/observability.py'),
  check(evidence, deployment) {
    const frames = hotFrames(evidence, COMPILER)
    if (frames === undefined) return nothing('what the host does is not known: take CPU samples (zymtrace)')
    if (frames.share < SOME) return nothing('nothing is compiled while serving')
    const { itlP50Ns: median, itlP99Ns: tail } = evidence.serving ?? {}
    if (median === undefined || tail === undefined) return nothing('the tail of ITL is not measured', true)
    const above = tail.value > 0 ? Math.max(0, 1 - median.value / tail.value) : 0
    if (above < 0.05) return nothing('ITL has no tail')
    const open = wanted(deployment, KNOB, 'full')
    if ('none' in open) return open
    return {
      part: 'tail',
      ceilingRatio: above,
      effect: {
        by: 'formula',
        metric: 'itl-p99',
        text: '1 − (p99 − p50) ÷ p99 × part made by compiling',
        uncertain: [{ name: 'part made by compiling', ...TAKES, why: 'mixed steps make tails too: a prior of this tool' }],
        newOverOld: ([takes = 0]) => 1 - above * takes,
      },
      settings: [{ knob: KNOB, to: 'full' }],
      summary: `${frames.names[0] ?? 'a compiler'} runs while requests are served`,
      because: [
        `${frames.names.join(', ')} hold up to ${formatRatio(frames.share)} of the CPU’s samples`,
        `ITL is ${formatDuration(median.value)} at the median and ${formatDuration(tail.value)} at p99`,
      ],
      cites: [...frames.cites, median, tail],
      restsOn: ['serving', 'host'],
      preconditions: [open, { what: 'the window is past the warm-up', state: 'unknown', why: 'samples carry no order' }],
      risks: ['the start takes minutes longer'],
      falsifier: 'the longest step and p99.9 of ITL stay; median TPOT must stay',
    }
  },
}
