/** Sizes at which all-reduce back ends change (facts/levers.md 2.5 and 2.8, vLLM 6adad087 all_reduce_utils.py:31-135, allreduce_rms_fusion.py:104-126). */
import type { Deployment } from '#analysis/synthesis/deployment.ts'
import type { Cited, Evidence } from '#analysis/synthesis/evidence.ts'
import { knobNumber } from './effective-knob.ts'
import { tokensOfStep } from './step-time.ts'

const KiB = 1024
const MiB = 1024 * KiB

type Sizes = Readonly<Record<number, number>>

/** Below this the engine’s own all-reduce runs; it never exceeds 8 MiB (custom_all_reduce.py:74,160). */
const customSizes: Readonly<Record<string, Sizes>> = {
  '9.0': { 2: 8 * MiB, 4: 8 * MiB, 6: 512 * KiB, 8: 256 * KiB },
  '10.0': { 2: 2 * MiB, 4: 2 * MiB, 6: MiB, 8: MiB },
  '10.3': { 2: 4 * MiB, 4: 4 * MiB, 6: 8 * MiB, 8: 4 * MiB },
}

/** Up to this the fused all-reduce and norm runs. */
const fusedSizes: Readonly<Record<string, Sizes>> = {
  '9.0': { 2: 64 * MiB, 4: 2 * MiB, 8: MiB / 2 },
  '10.0': { 2: 64 * MiB, 4: 32 * MiB, 8: MiB, 16: 64 * MiB },
  '10.3': { 2: 64 * MiB, 4: 64 * MiB, 8: 2 * MiB, 16: 64 * MiB },
}

export const sizeOf = (table: 'custom' | 'fused', { computeCapability, tensorParallel }: Deployment): number | undefined =>
  computeCapability === undefined || tensorParallel === undefined
    ? undefined
    : (table === 'custom' ? customSizes : fusedSizes)[computeCapability]?.[tensorParallel]

/** Activations are summed in 16 bits whatever the type of the weights. */
const ELEMENT_BYTES = 2

export interface Message {
  readonly bytes: number
  readonly cites: readonly Cited[]
}

/** Bytes of the all-reduce after each layer: tokens of the step × hidden size × 2. Undefined where either is not known. */
export function messageOf(evidence: Evidence, deployment: Deployment): Message | undefined {
  const size = tokensOfStep(evidence, knobNumber(deployment, 'spec-tokens') ?? 0)
  const { hiddenSize } = deployment.model
  return size === undefined || hiddenSize === undefined ? undefined : { bytes: size.tokens * hiddenSize * ELEMENT_BYTES, cites: size.cites }
}
