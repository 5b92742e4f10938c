import { formatRatio } from '#base/units.ts'
import { knobNumber, sayKnob } from './effective-knob.ts'
import { hotFrames } from './hot-frames.ts'
import { type Lever, nothing } from './lever.ts'
import { vllmSource } from './sources.ts'
import { belowTrial, betweenShare, NO_STEP, sayBetween } from './step-time.ts'

const KNOB = 'xgrammar-cache-mb'
const GRAMMAR = /xgrammar|grammar_bitmask|compile_grammar|grammar_matcher|outlines|llguidance/i
const CACHE_MB = 4096

/** L13: grammars are compiled, or their masks filled, while the device waits. */
export const structuredOutput: Lever = {
  id: 'L13',
  name: 'structured-output-tax',
  title: 'Keep compiled grammars',
  type: 'config',
  class: 'host',
  engines: ['vllm'],
  cost: { hours: 1, why: 'one variable, a restart and three pairs, with the same traffic without grammars as the bound' },
  changesAccuracy: false,
  reference: vllmSource('v1/worker/gpu/structured_outputs.py'),
  check(evidence, deployment) {
    const { step } = evidence
    if (step === undefined) return nothing(NO_STEP)
    const frames = hotFrames(evidence, GRAMMAR)
    if (frames === undefined) return nothing('what the host does is not known: take CPU samples (zymtrace)')
    if (frames.share === 0) return nothing('no grammar is hot on the CPU')
    const ceilingRatio = betweenShare(step) * frames.share
    const small = belowTrial('grammars between steps', ceilingRatio)
    if (small !== undefined) return small
    const state = deployment.knob(KNOB)
    if (state.state === 'absent') return nothing(state.why, true)
    const size = knobNumber(deployment, KNOB)
    if (size !== undefined && size >= CACHE_MB) return nothing(`already so: ${sayKnob(deployment, KNOB)}`, true)
    return {
      part: 'host-between',
      ceilingRatio,
      effect: {
        by: 'replay',
        changes: [`host=${(1 - frames.share).toFixed(3)}..1`],
        assumptions: [
          'at most the grammars’ share of CPU samples goes from the host’s work between steps; filling masks stays whatever is cached',
        ],
      },
      settings: [{ knob: KNOB, to: CACHE_MB }],
      summary: `grammars hold ${formatRatio(frames.share)} of the CPU’s samples while the device waits between steps`,
      because: [`${frames.names.join(', ')} hold up to ${formatRatio(frames.share)} of the CPU’s samples`, sayBetween(step)],
      cites: [...frames.cites, step.hostBetweenNs, step.cadenceNs],
      restsOn: ['step-time', 'host'],
      preconditions: [{ what: 'grammars repeat and do not fit the cache', state: 'unknown', why: 'requests are not in the evidence' }],
      risks: ['memory of the host'],
      falsifier: 'the same traffic without grammars has the same TPOT',
    }
  },
}
