/** Evidence for tests of levers: a decode step with what a test adds, over a deployment of plain knobs. */
import type { Deployment, KnobState, KnobValue } from '#analysis/synthesis/deployment.ts'
import type { Cited, CounterEvidence, Evidence, FamilyEvidence, StepEvidence } from '#analysis/synthesis/evidence.ts'
import type { KernelRole } from '#formats/kernel-families.ts'

/** A figure with a citation of its own name. */
export const cited = (value: number, citation = `c-${value}`): Cited => ({ value, citation })

export interface DeploymentParts extends Partial<Omit<Deployment, 'knob'>> {
  readonly knobs?: Readonly<Record<string, KnobValue | KnobState>>
  /** Knobs that this version does not have. */
  readonly without?: readonly string[]
}

/** vLLM on an H100, one GPU; a knob that is not given is not known. */
export function deploymentWith({ knobs = {}, without = [], ...parts }: DeploymentParts = {}): Deployment {
  return {
    engine: 'vllm',
    version: '0.27.1',
    model: { layers: 32, kvHeads: 8, latentAttention: false, weightType: 'bf16' },
    hardware: 'h100_sxm5',
    computeCapability: '9.0',
    tensorParallel: 1,
    dataParallel: 1,
    ...parts,
    knob(knob): KnobState {
      if (without.includes(knob)) return { state: 'absent', why: 'this version has no such setting' }
      const value = knobs[knob]
      if (value === undefined) return { state: 'unknown', why: 'not given' }
      return typeof value === 'object' ? value : { state: 'set', value, from: 'the launch arguments' }
    },
  }
}

export const stepWith = (parts: Partial<StepEvidence> = {}): StepEvidence => ({
  citation: 'c-step',
  from: 'nsys',
  overhead: 'low',
  class: 'kernel-bound',
  cadenceNs: cited(1e7, 'c-cadence'),
  hostShare: cited(0.05, 'c-host'),
  hostWithinNs: cited(1e5),
  hostBetweenNs: cited(4e5),
  kernelShare: cited(0.9, 'c-kernel'),
  communicationShare: cited(0.03),
  copyShare: cited(0.02),
  batch: cited(16, 'c-batch'),
  capture: 'profiles/nsys.sqlite',
  ...parts,
})

export interface FamilyParts {
  readonly family: string
  readonly role: KernelRole
  readonly share: number
  readonly kernels?: readonly { readonly name: string; readonly ofFamilyRatio?: number; readonly meanNs?: number }[]
  readonly counters?: Partial<CounterEvidence> | undefined
}

/** Of a step of 10 ms. */
export function familyWith({ family, role, share, kernels = [{ name: family }], counters }: FamilyParts): FamilyEvidence {
  return {
    family,
    role,
    stepShare: cited(share, `c-share-${family}`),
    nsPerStep: cited(share * 1e7, `c-ns-${family}`),
    kernels: kernels.map((kernel) => ({ ofFamilyRatio: 1 / kernels.length, ...kernel })),
    ...(counters === undefined ? {} : { counters: countersWith(counters) }),
  }
}

/** Memory-bound and decided, over the whole family. */
export const countersWith = (parts: Partial<CounterEvidence>): CounterEvidence => ({
  citation: 'c-counters',
  coveredRatio: 1,
  headroom: 'decidable',
  bound: 'memory',
  ...parts,
})

/** At this part of the memory roof. */
export const atRoof = (ratio: number, parts: Partial<CounterEvidence> = {}): Partial<CounterEvidence> => ({
  dramRatio: cited(ratio),
  roofRatio: cited(ratio, 'c-roof'),
  ...parts,
})

export function evidenceWith(parts: Partial<Evidence> & { readonly deployment?: Deployment }): Evidence {
  return {
    deployment: deploymentWith(),
    kinds: new Set(['nsys', 'ncu'] as const),
    classes: [],
    step: stepWith(),
    families: [],
    frames: [],
    disputed: new Set(),
    corroborated: new Set(),
    ...parts,
  }
}
