/** Work of several launches: sums over them, so that rates and intensity are of the whole, never averages of ratios. */

import type { Traffic } from './traffic.ts'
import { intensityOf, type KnownFlops, type LaunchWork, type TypedWork, type UnknownFlops } from './work.ts'

/** One launch of which something is unknown makes the sum of it unknown. */
export function combinedWork(launches: readonly LaunchWork[]): LaunchWork {
  const sum = new WorkSum()
  for (const launch of launches) sum.add(launch)
  return sum.work()
}

/** The same, launch by launch: none of them is kept. */
export class WorkSum {
  readonly #flops = new FlopsSum()
  readonly #dram = new TrafficSum()
  readonly #l2 = new TrafficSum()
  readonly #duration = new OptionalSum()
  readonly #integerOperations = new OptionalSum()
  readonly #integerInstructions = new OptionalSum()

  add({ flops, dram, l2, durationNs, integerOperations, integerInstructions }: LaunchWork): void {
    this.#flops.add(flops)
    this.#dram.add(dram)
    this.#l2.add(l2)
    this.#duration.add(durationNs)
    this.#integerOperations.add(integerOperations)
    this.#integerInstructions.add(integerInstructions)
  }

  work(): LaunchWork {
    const flops = this.#flops.value()
    const dram = this.#dram.value()
    const l2 = this.#l2.value()
    const durationNs = this.#duration.value()
    const integerOperations = this.#integerOperations.value()
    const integerInstructions = this.#integerInstructions.value()
    const intensity = intensityOf(flops, dram)
    return {
      ...(durationNs === undefined ? {} : { durationNs }),
      flops,
      ...(integerOperations === undefined ? {} : { integerOperations }),
      ...(integerInstructions === undefined ? {} : { integerInstructions }),
      ...(dram === undefined ? {} : { dram }),
      ...(l2 === undefined ? {} : { l2 }),
      ...(intensity === undefined ? {} : { intensity }),
    }
  }
}

/** Undefined where a part was, or where there was none. */
class OptionalSum {
  #sum = 0
  #isKnown = true
  #isEmpty = true

  add(part: number | undefined): void {
    this.#isEmpty = false
    if (part === undefined) this.#isKnown = false
    else this.#sum += part
  }

  value(): number | undefined {
    return this.#isKnown && !this.#isEmpty ? this.#sum : undefined
  }
}

class TrafficSum {
  readonly #total = new OptionalSum()
  readonly #read = new OptionalSum()
  readonly #write = new OptionalSum()
  #isLowerBound = false

  add(part: Traffic | undefined): void {
    this.#total.add(part?.totalBytes)
    this.#read.add(part?.readBytes)
    this.#write.add(part?.writeBytes)
    if (part?.isLowerBound === true) this.#isLowerBound = true
  }

  value(): Traffic | undefined {
    const totalBytes = this.#total.value()
    if (totalBytes === undefined) return undefined
    const readBytes = this.#read.value()
    const writeBytes = this.#write.value()
    return {
      totalBytes,
      ...(readBytes === undefined ? {} : { readBytes }),
      ...(writeBytes === undefined ? {} : { writeBytes }),
      isLowerBound: this.#isLowerBound,
    }
  }
}

type TypeSum = { -readonly [Key in keyof TypedWork]: TypedWork[Key] }

class FlopsSum {
  /** The first launch of which the work is unknown: then it is that of all. */
  #unknown: UnknownFlops | undefined
  #total = 0
  #most = 0
  /** A handful: looked through, not hashed. */
  readonly #types: TypeSum[] = []
  readonly #bounds = new Set<string>()
  readonly #assumptions = new Set<string>()

  add(flops: KnownFlops | UnknownFlops): void {
    if (this.#unknown !== undefined) return
    if (flops.state === 'unknown') {
      this.#unknown = flops
      return
    }
    this.#total += flops.total
    this.#most += flops.most
    for (const typed of flops.types) this.#addType(typed)
    if (flops.lowerBound !== undefined) this.#bounds.add(flops.lowerBound)
    if (flops.assumption !== undefined) this.#assumptions.add(flops.assumption)
  }

  #addType(typed: TypedWork): void {
    const known = this.#types.find(({ pipe, type }) => pipe === typed.pipe && type === typed.type)
    if (known === undefined) {
      this.#types.push({ ...typed })
      return
    }
    known.flops += typed.flops
    known.mostFlops += typed.mostFlops
    if (known.sparseFlops === undefined) return
    if (typed.sparseFlops === undefined) delete known.sparseFlops
    else known.sparseFlops += typed.sparseFlops
  }

  value(): KnownFlops | UnknownFlops {
    if (this.#unknown !== undefined) return this.#unknown
    return {
      state: 'known',
      total: this.#total,
      most: this.#most,
      types: this.#types.map((typed) => ({ ...typed })),
      ...(this.#bounds.size === 0 ? {} : { lowerBound: [...this.#bounds].join('; ') }),
      ...(this.#assumptions.size === 0 ? {} : { assumption: [...this.#assumptions].join('; ') }),
    }
  }
}
