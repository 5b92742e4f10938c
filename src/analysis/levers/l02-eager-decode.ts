import type { Deployment } from '#analysis/synthesis/deployment.ts'
import type { Cited, Evidence, HostEvidence } from '#analysis/synthesis/evidence.ts'
import { formatCount, formatRatio } from '#base/units.ts'
import { knobFlag, knobNumber, knobText, sayKnob } from './effective-knob.ts'
import { type KnobSetting, type Lever, type NoCandidate, nothing, type Precondition } from './lever.ts'
import { vllmSource } from './sources.ts'
import { belowTrial, NO_STEP, sayWithin, tokensOfStep, withinShare } from './step-time.ts'
import { engineOf } from './wanted-knob.ts'

/** With more of its kernels in graphs a step is launched by graphs; what is outside them is L03’s or L14’s. */
const MOST_IN_GRAPHS = 0.5

/** L02: decode steps whose kernels are launched one by one, though graphs could launch them at once. */
export const eagerDecode: Lever = {
  id: 'L02',
  name: 'cudagraph-eager-fallback',
  title: 'Run decode steps as CUDA graphs',
  type: 'config',
  class: 'host',
  engines: ['vllm', 'sglang', 'tensorrt-llm'],
  cost: { hours: 1, why: 'one flag, a restart with graph capture and three pairs, with a control below the limit' },
  changesAccuracy: false,
  reference: vllmSource('config/compilation.py'),
  check(evidence, deployment) {
    const { step, host } = evidence
    if (step === undefined) return nothing(NO_STEP)
    const eager = launchedOneByOne(host)
    if ('none' in eager) return eager
    const ceilingRatio = withinShare(step)
    const small = belowTrial('idle time between the kernels of a step', ceilingRatio)
    if (small !== undefined) return small
    const cause = causeOf(evidence, deployment)
    if ('none' in cause) return cause
    return {
      part: 'host-within',
      ceilingRatio,
      effect: {
        by: 'replay',
        changes: ['merge-launches'],
        assumptions: [
          'one launch of 10 to 30 us a step, its kernels 0.3 to 1 us apart (what-if, merge-launches)',
          'graphs for this size fit into memory',
        ],
      },
      settings: cause.settings,
      summary: `${engineOf(deployment)} launches the kernels of a decode step one by one: ${cause.text}`,
      because: [eager.text, sayWithin(step), cause.text],
      cites: [...eager.cites, step.hostWithinNs, step.cadenceNs, ...cause.cites],
      restsOn: ['step-time', 'host', 'device-busy'],
      preconditions: [cause.precondition],
      risks: ['graphs take memory from the KV cache and lengthen the start', 'a model that cannot be captured fails at start'],
      falsifier:
        'the sum of kernel times changes, or the gaps between kernels stay, or TPOT at this concurrency does not fall; a control below the limit must be null',
    }
  },
}

interface Said {
  readonly text: string
  readonly cites: readonly Cited[]
}

function launchedOneByOne(host: HostEvidence | undefined): Said | NoCandidate {
  const inGraphs = host?.inGraphRatio
  const { graphLaunchesPerStep: graphs, kernelLaunchesPerStep: launches, kernelsPerStep: kernels } = host ?? {}
  // In the capture’s graph mode kernels of graphs are not rows: the launches of graphs still are.
  if (graphs !== undefined && graphs.value >= 0.5 && inGraphs === undefined) return nothing('decode steps are launched as graphs')
  if (inGraphs === undefined) return nothing('whether kernels run inside graphs is not known: capture nsys with --cuda-graph-trace=node')
  if (inGraphs.value > MOST_IN_GRAPHS) return nothing(`${formatRatio(inGraphs.value)} of the kernels run inside graphs`)
  if (graphs !== undefined && kernels !== undefined && launches !== undefined && launches.value < 0.5 * kernels.value) {
    return nothing('most kernels have no launch of their own: graphs launch them')
  }
  const each = launches === undefined ? '' : `, ${formatCount(Math.round(launches.value))} launches a step`
  return {
    text: `${formatRatio(inGraphs.value)} of the kernels run inside graphs${each}`,
    cites: [inGraphs, ...(launches === undefined ? [] : [launches])],
  }
}

interface Cause extends Said {
  readonly settings: readonly KnobSetting[]
  readonly precondition: Precondition
}

/** Why the engine runs eagerly, by what is in force. */
function causeOf(evidence: Evidence, deployment: Deployment): Cause | NoCandidate {
  const what = 'the engine runs these steps without graphs'
  if (knobFlag(deployment, 'enforce-eager') === true) {
    const text = sayKnob(deployment, 'enforce-eager')
    return { text, cites: [], settings: [{ knob: 'enforce-eager', to: false }], precondition: { what, state: 'met', why: text } }
  }
  if (deployment.engine !== 'sglang' && knobText(deployment, 'cudagraph-mode') === 'none') {
    const text = sayKnob(deployment, 'cudagraph-mode')
    return {
      text,
      cites: [],
      settings: [{ knob: 'cudagraph-mode', to: 'FULL_AND_PIECEWISE' }],
      precondition: { what, state: 'met', why: text },
    }
  }
  return aboveLargest(evidence, deployment, what)
}

function aboveLargest(evidence: Evidence, deployment: Deployment, what: string): Cause | NoCandidate {
  const knob = 'max-cudagraph-capture-size'
  const state = deployment.knob(knob)
  if (state.state === 'absent') return nothing(state.why, true)
  // vLLM counts tokens, the others requests.
  const drafted = deployment.engine === 'vllm' ? (knobNumber(deployment, 'spec-tokens') ?? 0) : 0
  const size = tokensOfStep(evidence, drafted)
  const largest = knobNumber(deployment, knob)
  if (size === undefined)
    return nothing('the size of a decode step is not known, so whether it exceeds the largest graph is not either', true)
  if (largest !== undefined && size.tokens <= largest) {
    return nothing(
      `a step of ${size.tokens} is within the largest graph (${sayKnob(deployment, knob)}): graphs should run it, see the engine’s log`,
      true,
    )
  }
  const to = nextSize(Math.max(size.tokens, (knobNumber(deployment, 'max-num-seqs') ?? 0) * (1 + drafted)))
  const why = largest === undefined ? sayKnob(deployment, knob) : `a step of ${size.tokens} is above the largest graph, ${largest}`
  return {
    text: why,
    cites: size.cites,
    settings: [{ knob, to }],
    precondition: { what, state: largest === undefined ? 'unknown' : 'met', why },
  }
}

/** Captured sizes are multiples of 16 from 256 on, of 8 below (config/vllm.py:1879-2045). */
const nextSize = (tokens: number): number => Math.ceil(tokens / 16) * 16
