/** What runs in big captures: kernels one after the other, drawn from a seed; fields hold the current one. */
import { Random } from '#base/random.ts'
import { type KernelRole, kernelNames } from './kernel-names.ts'

/** Times in nanoseconds since the session's start. */
export interface KernelDraw {
  readonly startNs: number
  readonly endNs: number
  readonly stream: number
  /** Index into the values of `kernelNames`. */
  readonly name: number
  readonly firstOfStep: boolean
  next(): void
}

const kernelsPerStep = 64
const mainStream = 7
const otherStream = 23
const FIRST_NS = 3_000_000_000

/** One process that repeats 64 kernels of all names. */
export class LoopStream implements KernelDraw {
  readonly #random: Random
  readonly #names: number
  #mainEndNs = FIRST_NS
  #otherEndNs = FIRST_NS
  #index = -1
  startNs = 0
  endNs = 0
  stream = 0
  name = 0
  firstOfStep = false

  constructor(seed: number, names: number) {
    this.#random = new Random(seed, 'big')
    this.#names = names
  }

  next(): void {
    this.#index += 1
    const position = this.#index % kernelsPerStep
    this.firstOfStep = position === 0
    const bits = this.#random.uint32()
    // Between steps the host takes 0.2 to 0.4 ms.
    if (position === 0) {
      this.#mainEndNs = Math.max(this.#mainEndNs, this.#otherEndNs) + 200_000 + (bits % 200_000)
      this.#otherEndNs = this.#mainEndNs
    }
    this.name = position % this.#names
    const durationNs = 1_500 + (bits & 0x3fff)
    // Every eighth kernel runs beside the next one; rows stay in order of start.
    if (position % 8 === 7) {
      this.stream = otherStream
      this.startNs = Math.max(this.#otherEndNs, this.#mainEndNs) + 150
      this.endNs = this.startNs + durationNs
      this.#otherEndNs = this.endNs
    } else {
      this.stream = mainStream
      this.startNs = this.#mainEndNs + 300
      if (position % 8 === 0 && position > 0) this.startNs = this.#mainEndNs + 700
      this.endNs = this.startNs + durationNs
      this.#mainEndNs = this.endNs
    }
  }
}

export interface OneOfRanks {
  readonly index: number
  readonly of: number
}

interface Activity {
  readonly name: number
  /** Nominal; a collective: from the arrival of its last member. */
  readonly durationNs: number
  readonly isCollective: boolean
}

const layer: readonly (readonly [KernelRole, number])[] = [
  ['norm', 2_500],
  ['qkv', 9_000],
  ['attention16', 14_000],
  ['output', 7_000],
  ['quantise', 2_000],
  ['customAllReduce', 9_000],
]
const LAYERS = 10
const head: readonly (readonly [KernelRole, number])[] = [
  ['head', 30_000],
  ['softmax', 6_000],
  ['sample', 4_000],
]
const roles = Object.keys(kernelNames)
const activities: readonly Activity[] = [
  ...([['embedding', 3_000]] as const),
  ...Array.from({ length: LAYERS }, () => layer).flat(),
  ...head,
].map(([role, durationNs]) => ({ name: roles.indexOf(role), durationNs, isCollective: role === 'customAllReduce' }))

const GAP_NS = 700
/** A kernel takes up to this much longer than nominal. */
const JITTER_NS = 0x3ff
/** Hosts launch a step this far apart at most. */
const HOST_SPREAD_NS = 20_000
/** Ranks see the end of a collective this far apart at most. */
const END_SPREAD_NS = 0x1ff
/** This rank computes so much longer than the others, which wait for it. */
export const LATE_RANK = 3
const STRAGGLER_EXTRA = 1 / 16

/**
 * One rank of a job that decodes: a step is 64 kernels with a collective after every layer. All ranks draw one schedule of when collectives
 * end; each reaches them by its own kernels, and waits.
 */
export class RankStream implements KernelDraw {
  readonly #shared: Random
  readonly #own: Random
  readonly #extra: number
  #index = -1
  /** When every rank is free again: the end of the last collective, or the latest end of the step. */
  #commonNs = FIRST_NS
  #ownNs = FIRST_NS
  startNs = 0
  endNs = 0
  stream = mainStream
  name = 0
  firstOfStep = false

  constructor(seed: number, { index }: OneOfRanks) {
    this.#shared = new Random(seed, 'big-job')
    this.#own = new Random(seed, `big-rank-${index}`)
    this.#extra = index === LATE_RANK ? STRAGGLER_EXTRA : 0
  }

  next(): void {
    this.#index += 1
    const position = this.#index % activities.length
    const { name, durationNs, isCollective } = activities[position] as Activity
    const bits = this.#own.uint32()
    this.firstOfStep = position === 0
    this.name = name
    if (position === 0) {
      // Between steps the hosts take 0.2 to 0.4 ms.
      this.#commonNs += 200_000 + (this.#shared.uint32() % 200_000)
      this.#ownNs = this.#commonNs + (this.#own.uint32() % HOST_SPREAD_NS)
      this.#commonNs += HOST_SPREAD_NS
    }
    this.startNs = this.#ownNs + GAP_NS
    const longestNs = Math.ceil(durationNs * (1 + STRAGGLER_EXTRA)) + JITTER_NS
    this.#commonNs += GAP_NS + longestNs
    if (isCollective) {
      this.#commonNs += this.#shared.uint32() & 0xfff
      this.endNs = this.#commonNs + (bits & END_SPREAD_NS)
      this.#commonNs += END_SPREAD_NS
    } else this.endNs = this.startNs + Math.floor(durationNs * (1 + this.#extra)) + (bits & JITTER_NS)
    this.#ownNs = this.endNs
  }
}
