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

/** @returns undefined where the trace has no step, or nothing in it looks like drafting. */
export function draftShareOf({ step, families, deployment }: Evidence, depth: number): DraftShare | undefined {
  if (step === undefined) return undefined
  let sure = 0
  let maybe = 0
  const cites: Cited[] = []
  for (const family of families) {
    if (family.role === 'communication' || family.role === 'copy') continue
    const part = family.role === 'speculation' ? { sure: 1, maybe: 0 } : draftPart(family, depth, deployment.model.layers)
    if (part.sure + part.maybe > 0) cites.push(family.stepShare)
    sure += part.sure * family.stepShare.value
    maybe += part.maybe * family.stepShare.value
  }
  if (sure + maybe === 0) return undefined
  const verify = Math.min(MAX_VERIFY_RATIO, (step.batch?.value ?? RIDGE_TOKENS) / RIDGE_TOKENS) * depth
  const high = Math.min(0.95, sure + maybe + verify)
  return {
    low: Math.min(sure, high),
    high,
    why: `kernels launched as often as tokens are drafted hold ${formatRatio(sure)} of the step, others that may hold ${formatRatio(maybe)}; verifying adds up to ${formatRatio(verify)}`,
    text: `${formatRatio(sure)} to ${formatRatio(high)} of the step grows with the number of drafted tokens`,
    cites,
  }
}

/** Parts of a family's time in kernels that surely, or perhaps, are the drafter's. */
function draftPart(family: FamilyEvidence, depth: number, layers: number | undefined): { readonly sure: number; readonly maybe: number } {
  let sure = 0
  let maybe = 0
  for (const { ofFamilyRatio, meanNs } of family.kernels) {
    if (meanNs === undefined || !(meanNs > 0)) continue
    const launches = (family.nsPerStep.value * ofFamilyRatio) / meanNs
    const whole = Math.round(launches)
    if (whole < 1 || Math.abs(launches - whole) > WHOLE_WITHIN * whole) continue
    // The model itself launches some kernels once (its head, its sampler), the drafter once a token.
    const drafted = whole % depth === 0 ? whole : (whole - 1) % depth === 0 ? whole - 1 : 0
    if (drafted === 0) continue
    const part = (ofFamilyRatio * drafted) / whole
    if (layers !== undefined && whole % layers !== 0) sure += part
    else maybe += part
  }
  return { sure, maybe }
}
