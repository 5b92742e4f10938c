/**
 * What part of a decode step grows with the depth of speculation: drafting, token by token, and verifying one token more. A trace names
 * few of these kernels, but the drafter runs `depth` times a step and the model’s layers once each, so launches per step tell most apart.
 */
import type { Cited, Evidence, FamilyEvidence } from '#analysis/synthesis/evidence.ts'
import { formatRatio } from '#base/units.ts'

export interface DraftShare {
  readonly low: number
  readonly high: number
  readonly why: string
  readonly text: string
  readonly cites: readonly Cited[]
}

/** Launches per step are counted over whole steps: a name that is launched every step has nearly a whole number of them. */
const WHOLE_WITHIN = 0.03
/**
 * A token more to verify costs at most its own arithmetic, where reading weights hides none of it: one over the ridge of about 300 tokens
 * (H100 in bf16, facts/ceilings.md: 295 FLOP per byte) for each sequence; where reading hides all of it, nothing.
 */
const RIDGE_TOKENS = 300
const MAX_VERIFY_RATIO = 0.03

/** A drafter is a layer or a few with a head: a kernel of it runs a few times per drafted token. */
const MAX_PER_TOKEN = 4

/** @returns undefined where the trace has no step, or nothing in it looks like drafting. */
export function draftShareOf({ step, families, deployment }: Evidence, depth: number): DraftShare | undefined {
  if (step === undefined) return undefined
  const launched = families.flatMap((family) => launchedOf(family, depth, deployment.model.layers))
  let sure = 0
  let maybe = 0
  for (const { share, draftRatio, is } of assigned(launched)) {
    if (is === 'draft') sure += share * draftRatio
    if (is === 'either' || is === 'shared') maybe += share * draftRatio
  }
  if (sure + maybe === 0) return undefined
  const verify = Math.min(MAX_VERIFY_RATIO, (step.batch?.value ?? RIDGE_TOKENS) / RIDGE_TOKENS) * depth
  const high = Math.min(0.95, sure + maybe + verify)
  const drafting = new Set(launched.filter(({ is }) => is !== 'model').map(({ family }) => family))
  return {
    low: Math.min(sure, high),
    high,
    why: `kernels launched as often as tokens are drafted hold ${formatRatio(sure)} of the step, others that may hold ${formatRatio(maybe)}; verifying adds up to ${formatRatio(verify)}`,
    text: `${formatRatio(sure)} to ${formatRatio(high)} of the step grows with the number of drafted tokens`,
    cites: [...drafting].map(({ stepShare }): Cited => stepShare),
  }
}

interface Launched {
  readonly family: FamilyEvidence
  /** Of the step, and the part of it that the drafter's launches are of all of the kernel's. */
  readonly share: number
  readonly draftRatio: number
  /** shared: the model's, and under the same name the drafter's. */
  readonly is: 'draft' | 'model' | 'either' | 'shared'
}

/** The kernels of a family whose launches per step are whole, by whom they can be of. */
function launchedOf(family: FamilyEvidence, depth: number, layers: number | undefined): readonly Launched[] {
  if (family.role === 'communication' || family.role === 'copy') return []
  if (family.role === 'speculation') return [{ family, share: family.stepShare.value, draftRatio: 1, is: 'draft' }]
  return family.kernels.flatMap(({ ofFamilyRatio, meanNs }): Launched[] => {
    if (meanNs === undefined || !(meanNs > 0)) return []
    const launches = (family.nsPerStep.value * ofFamilyRatio) / meanNs
    const whole = Math.round(launches)
    if (whole < 1 || Math.abs(launches - whole) > WHOLE_WITHIN * whole) return []
    const share = family.stepShare.value * ofFamilyRatio
    const ofModel = layers !== undefined && whole % layers === 0
    const drafted = draftedOf(whole, depth)
    if (drafted > 0) return [{ family, share, draftRatio: drafted / whole, is: ofModel || layers === undefined ? 'either' : 'draft' }]
    if (ofModel) return [{ family, share, draftRatio: 0, is: 'model' }]
    // Of both: the model's layers and, under the same name, the drafter's.
    const beyond = layers === undefined || whole < layers ? 0 : draftedOf(whole % layers, depth)
    return beyond > 0 ? [{ family, share, draftRatio: beyond / whole, is: 'shared' }] : []
  })
}

/** Launches that drafting would make of `whole`: a few per token, beside one of the model's own (its head, its sampler); 0: none. */
function draftedOf(whole: number, depth: number): number {
  const drafted = whole % depth === 0 ? whole : (whole - 1) % depth === 0 ? whole - 1 : 0
  return drafted / depth <= MAX_PER_TOKEN ? drafted : 0
}

/** The model has kernels of every role that it shares with a drafter: where none is surely its own, one that can be is, at least the smallest. */
function assigned(launched: readonly Launched[]): readonly Launched[] {
  return launched.map((each) => {
    if (each.is !== 'either') return each
    const peers = launched.filter(({ family }) => family.role === each.family.role)
    const hasOwn = peers.some(({ is }) => is === 'model' || is === 'shared')
    const smallest = peers.filter(({ is }) => is === 'either').reduce((least, peer) => (peer.share < least.share ? peer : least))
    return !hasOwn && each === smallest ? { ...each, is: 'model' } : each
  })
}
