/** How long a step takes, by what is in it. */
import type { Random } from '#base/random.ts'
import type { TimeModel } from './engine-options.ts'

export interface StepWork {
  /** Sequences that decode, and the tokens that they compute: more than one each when speculating. */
  readonly decodeSequences: number
  readonly decodeTokens: number
  /** Tokens of context that the decoding sequences read, summed over them. */
  readonly contextTokens: number
  /** Sequences with prompt tokens in this step, and these tokens. */
  readonly prefillSequences: number
  readonly prefillTokens: number
}

/** Parts of a step's time, integer nanoseconds; they follow each other, so the step takes their sum. */
export interface StepParts {
  readonly hostNs: number
  readonly computeNs: number
  readonly communicationNs: number
}

export function durationOf(parts: StepParts): number {
  return parts.hostNs + parts.computeNs + parts.communicationNs
}

/** The parts without jitter: what queueing arithmetic in tests starts from. */
export function medianParts(model: TimeModel, work: StepWork, scale: number): StepParts {
  const sequences = work.decodeSequences + work.prefillSequences
  const host = model.hostNs + model.hostPerSequenceNs * sequences
  const compute =
    model.computeNs +
    model.computePerDecodeSequenceNs * work.decodeTokens +
    model.computePerContextTokenNs * work.contextTokens +
    model.computePerPrefillTokenNs * work.prefillTokens
  const communication = model.communicationNs + model.communicationPerTokenNs * (work.decodeTokens + work.prefillTokens)
  return { hostNs: Math.round(host * scale), computeNs: Math.round(compute * scale), communicationNs: Math.round(communication * scale) }
}

export function drawParts(model: TimeModel, work: StepWork, scale: number, random: Random): StepParts {
  const { hostNs, computeNs, communicationNs } = medianParts(model, work, scale)
  const device = random.lognormal(model.deviceJitter)
  return {
    hostNs: Math.round(hostNs * random.lognormal(model.hostJitter)),
    computeNs: Math.round(computeNs * device),
    communicationNs: Math.round(communicationNs * device),
  }
}
