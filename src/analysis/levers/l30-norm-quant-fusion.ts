import type { Deployment } from '#analysis/synthesis/deployment.ts'
import type { Evidence, FamilyEvidence } from '#analysis/synthesis/evidence.ts'
import { formatRatio } from '#base/units.ts'
import { absence, knobFlag, sayKnob } from './effective-knob.ts'
import { detectable, exclusiveShare, kernelWord, type Stays, tooSmall } from './kernel-headroom.ts'
import { type Lever, nothing, type Precondition } from './lever.ts'

/** One fusion: which kernels of a layer it takes into another, and what of their family stays. */
interface Fusion {
  readonly knob: string
  readonly family: string
  /** Launches per layer of the family from which on these kernels are surely among them. */
  readonly atLeastPerLayer: number
  /** Launches per layer that vanish. */
  readonly vanish: number
  readonly what: string
  /** Kernels that it cannot take in. */
  readonly except?: RegExp
  readonly needs: Precondition
}

const full = 'needs the whole model as one graph (splitting_ops=[] or inductor partition), which the configuration does not show'
/** A layer quantises before each of its four GEMMs: with fewer launches some are fused, and it is not known which. */
const ALL_QUANTS = 4
const fusions: readonly Fusion[] = [
  {
    knob: 'fuse-qk-norm-rope',
    family: 'rope',
    atLeastPerLayer: 1,
    vanish: 1,
    what: 'rope beside norms of query and key',
    needs: { what: 'the model normalises queries and keys', state: 'met', why: 'four norms a layer are launched' },
  },
  {
    knob: 'fuse-attn-quant',
    family: 'quantisation',
    atLeastPerLayer: ALL_QUANTS,
    vanish: 1,
    what: 'quantising the output of attention',
    // Attention can write with a scale that it knows before, not with one per token or group.
    except: /per_token|per_block|group/,
    needs: { what: 'static FP8 or NVFP4 scales, and attention inside one graph', state: 'unknown', why: full },
  },
  {
    knob: 'fuse-norm-quant',
    family: 'quantisation',
    atLeastPerLayer: ALL_QUANTS,
    vanish: 2,
    what: 'quantising after the two norms of a layer',
    needs: { what: 'norm and quantising run as custom operators', state: 'unknown', why: 'the default depends on custom_ops' },
  },
]

/** What a fused kernel still does of the work that it took over. A prior of this tool. */
const LEFT = 0.3
/** Norms of a layer with normalised queries and keys: two of the layer, one each of query and key. */
const NORMS_WITH_QK = 3.5

/** L30: small kernels of a layer fused into their neighbours. */
export const normQuantFusion: Lever = {
  id: 'L30',
  name: 'norm-quant-rope-fusion',
  title: 'Fuse rope, norms and quantising into their neighbours',
  type: 'config',
  class: 'attention',
  engines: ['vllm', 'sglang'],
  cost: { hours: 1.5, why: 'one flag, a restart and three pairs; greedy answers compared' },
  changesAccuracy: false,
  reference: { repo: 'vllm-project/vllm', commit: '6adad08767583f52eb4d2122111af0bf638ed5e6', file: 'docs/design/fusions.md' },
  check(evidence, deployment) {
    if (evidence.step === undefined) return nothing('no decode step is measured')
    const found = fusions.flatMap((fusion) => open(fusion, evidence, deployment)).sort((a, b) => b.ceilingRatio - a.ceilingRatio)
    const [best] = found
    if (best === undefined) return nothing('no small kernels that a fusion would take in, or their fusions are on')
    const { fusion, family, stays, ceilingRatio } = best
    if (!detectable(ceilingRatio)) return nothing(`${fusion.what}: ${tooSmall(ceilingRatio)}`, true)
    const perLayer = best.perLayer.toFixed(1)
    return {
      part: `kernels:${family.family}`,
      ceilingRatio,
      effect: {
        by: 'replay',
        changes: [kernelWord(family.family, stays)],
        assumptions: [`the fused kernel still spends up to ${formatRatio(LEFT)} of the time of what it takes in: a prior of this tool`],
      },
      settings: [{ knob: fusion.knob, to: true }],
      summary: `${fusion.what} runs as kernels of its own (${perLayer} launches of ${family.family} a layer)`,
      because: [
        `${family.family} takes ${formatRatio(family.stepShare.value)} of the decode step in ${perLayer} launches a layer`,
        sayKnob(deployment, fusion.knob),
      ],
      cites: [family.stepShare, ...(family.launchesPerStep === undefined ? [] : [family.launchesPerStep])],
      restsOn: ['step-time', 'kernel-shares'],
      preconditions: [fusion.needs],
      risks: ['numerics change in the last bits', 'a pass that does not match leaves everything as it was: look for the kernels'],
      falsifier: 'the kernels do not disappear from the trace, or TPOT does not fall',
    }
  },
}

interface Open {
  readonly fusion: Fusion
  readonly family: FamilyEvidence
  readonly perLayer: number
  readonly stays: Stays
  readonly ceilingRatio: number
}

/** Only fusions that are known to be off: their defaults depend on more than a configuration shows. */
function open(fusion: Fusion, { families, step }: Evidence, deployment: Deployment): readonly Open[] {
  const { layers } = deployment.model
  const family = families.find((each) => each.family === fusion.family)
  if (family?.launchesPerStep === undefined || layers === undefined || step === undefined) return []
  if (absence(deployment, fusion.knob) !== undefined || knobFlag(deployment, fusion.knob) !== false) return []
  const perLayer = family.launchesPerStep.value / layers
  if (perLayer < 0.9 * fusion.atLeastPerLayer) return []
  const { except } = fusion
  if (except !== undefined && family.kernels.some(({ name }) => except.test(name))) return []
  const norms = families.find((each) => each.family === 'norm')?.launchesPerStep
  if (fusion.knob === 'fuse-qk-norm-rope' && (norms === undefined || norms.value / layers < NORMS_WITH_QK)) return []
  const taken = Math.min(1, fusion.vanish / perLayer)
  const stays = { low: 1 - taken, high: 1 - taken * (1 - LEFT) }
  return [{ fusion, family, perLayer, stays, ceilingRatio: exclusiveShare(step, [family]) * taken }]
}
