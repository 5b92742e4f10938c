import { formatCount, formatDuration } from '#base/units.ts'
import { kernelWord, sayFamily } from './kernel-headroom.ts'
import { type Lever, nothing } from './lever.ts'
import { vllmSource } from './sources.ts'
import { belowTrial, inRole, NO_STEP } from './step-time.ts'

/** Kernels longer than this do work of their own, which a fusion keeps. An empty kernel takes about 1 us. */
const SHORT_NS = 3000
/** What moves bytes stays, what is launch and tail goes: a prior of this tool until trials replace it. */
const STAYS = { low: 0.2, high: 0.7 } as const

/** L14: elementwise kernels of eager PyTorch between the real ones. */
export const eagerResidue: Lever = {
  id: 'L14',
  name: 'eager-residue',
  title: 'Fuse the small elementwise kernels of the step',
  type: 'vllm-src',
  class: 'host',
  engines: ['vllm', 'sglang'],
  cost: { hours: 24, why: 'finding which operators launch them, one fused operator or pass for each, and three pairs' },
  changesAccuracy: false,
  reference: vllmSource('compilation/passes/fusion/'),
  check(evidence) {
    const { step } = evidence
    if (step === undefined) return nothing(NO_STEP)
    const family = inRole(evidence, 'elementwise').find((each) => each.family === 'eager-elementwise')
    const launches = family?.launchesPerStep
    if (family === undefined) return nothing('no eager elementwise kernel runs')
    if (launches === undefined) return nothing('how often they run in a step is not known')
    const meanNs = launches.value > 0 ? family.nsPerStep.value / launches.value : 0
    if (meanNs >= SHORT_NS) return nothing(`elementwise kernels take ${formatDuration(meanNs)} each: they are work, not residue`)
    const ceilingRatio = Math.min(family.stepShare.value, step.kernelShare.value) * (1 - STAYS.low)
    const small = belowTrial('eager elementwise kernels', ceilingRatio)
    if (small !== undefined) return small
    const said = sayFamily(family)
    const many = `${formatCount(Math.round(launches.value))} of them a step, ${formatDuration(meanNs)} each`
    return {
      part: `kernels:${family.family}`,
      ceilingRatio,
      effect: {
        by: 'replay',
        changes: [kernelWord(family.family, STAYS)],
        assumptions: ['20 to 70 % of their time moves bytes that a fused kernel moves too: a prior of this tool'],
      },
      source: {
        file: 'vllm/compilation/passes/fusion/',
        symbol: 'VllmFusionPatternMatcherPass',
        sketch:
          'Find the operators by their NVTX or record_function ranges; match the chain in a pass beside the existing ones, or write one Triton operator, and replace the chain by it.',
      },
      summary: `elementwise kernels of eager PyTorch run inside the step: ${many}`,
      because: [said.text, many],
      cites: [...said.cites, launches],
      restsOn: ['step-time', 'kernel-shares'],
      preconditions: [{ what: 'the kernels follow one another', state: 'unknown', why: 'their order is not in the evidence' }],
      risks: ['code to maintain, and to redo for each model'],
      falsifier: 'kernels per step do not fall, or step time does not',
    }
  },
}
