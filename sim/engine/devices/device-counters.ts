/**
 * What a GPU's counters read while the engine served: averages over whole intervals of the exporter, as DCGM samples them.
 * A step's device time is spread evenly over the step. Activity ratios of a busy device are those of inference as it is commonly measured:
 * decoding reads memory and hardly uses tensor cores, prompts the other way round.
 */
import type { EngineOptions } from '#sim/engine/engine-options.ts'
import { medianParts } from '#sim/engine/time-model.ts'
import type { StepRecord } from '#sim/engine/truth-records.ts'

/** Ratios while the device computes. */
const decodeActivity = { tensor: 0.06, dram: 0.72 }
const prefillActivity = { tensor: 0.55, dram: 0.3 }
/** Watts of a B200 without work, and what computing and communicating add. */
const idleWatts = 145
const computeWatts = 520
const communicationWatts = 180
/** Bytes per second over NVLink, each way, while a collective runs; over PCIe always and while the device is busy. */
const nvlinkBytesPerS = 80e9
const pcieIdleBytesPerS = 120_000
const pcieBusyBytesPerS = 45_000_000

interface Sums {
  computeNs: number
  communicationNs: number
  /** Of `computeNs`, what prompts took. */
  prefillNs: number
}

/** Averages over one interval. */
export interface DeviceReading {
  readonly fromNs: number
  readonly toNs: number
  readonly busyRatio: number
  readonly tensorRatio: number
  readonly dramRatio: number
  readonly pcieTxBytesPerS: number
  readonly pcieRxBytesPerS: number
  /** Both directions summed. */
  readonly nvlinkBytesPerS: number
  readonly powerW: number
  /** Since the engine began, up to the end of the interval. */
  readonly energyMj: number
}

export class DeviceCounters {
  readonly #options: EngineOptions
  readonly #intervalNs: number
  readonly #sums = new Map<number, Sums>()
  /** Intervals read so far, and the energy up to them. */
  #closed = 0
  #energyMj = 0
  #last: DeviceReading | undefined

  constructor(options: EngineOptions) {
    this.#options = options
    this.#intervalNs = options.dcgmIntervalMs * 1e6
  }

  add(step: StepRecord): void {
    const { startNs, endNs, computeNs, communicationNs } = step
    const prefillNs = computeNs * this.#prefillShare(step)
    for (let index = Math.floor(startNs / this.#intervalNs); index * this.#intervalNs < endNs; index++) {
      const insideNs = Math.min(endNs, (index + 1) * this.#intervalNs) - Math.max(startNs, index * this.#intervalNs)
      const share = insideNs / (endNs - startNs)
      const sums = this.#sums.get(index) ?? { computeNs: 0, communicationNs: 0, prefillNs: 0 }
      sums.computeNs += computeNs * share
      sums.communicationNs += communicationNs * share
      sums.prefillNs += prefillNs * share
      this.#sums.set(index, sums)
    }
  }

  #prefillShare({ prefillTokens, decodeSequences }: StepRecord): number {
    if (prefillTokens === 0) return 0
    const work = { decodeSequences, decodeTokens: decodeSequences, contextTokens: 0, prefillSequences: 0, prefillTokens }
    const { computePerPrefillTokenNs } = this.#options.time
    return Math.min(1, (computePerPrefillTokenNs * prefillTokens) / medianParts(this.#options.time, work, 1).computeNs)
  }

  /** The newest interval that is over; absent before the first is. `openSinceNs`: start of the step that still runs, Infinity without one. */
  read(nowNs: number, openSinceNs: number): DeviceReading | undefined {
    const complete = Math.floor(Math.min(nowNs, openSinceNs) / this.#intervalNs)
    while (this.#closed < complete) this.#close(this.#closed++)
    return this.#last
  }

  #close(index: number): void {
    const { computeNs, communicationNs, prefillNs } = this.#sums.get(index) ?? { computeNs: 0, communicationNs: 0, prefillNs: 0 }
    this.#sums.delete(index)
    const all = this.#intervalNs
    const busy = (computeNs + communicationNs) / all
    const decodeNs = computeNs - prefillNs
    const powerW = idleWatts + (computeWatts * computeNs + communicationWatts * communicationNs) / all
    this.#energyMj += powerW * (all / 1e6)
    this.#last = {
      fromNs: index * all,
      toNs: (index + 1) * all,
      busyRatio: busy,
      tensorRatio: (decodeActivity.tensor * decodeNs + prefillActivity.tensor * prefillNs) / all,
      dramRatio: (decodeActivity.dram * decodeNs + prefillActivity.dram * prefillNs) / all,
      pcieTxBytesPerS: Math.round(pcieIdleBytesPerS + pcieBusyBytesPerS * busy),
      pcieRxBytesPerS: Math.round(pcieIdleBytesPerS + 2 * pcieBusyBytesPerS * busy),
      nvlinkBytesPerS: 2 * nvlinkBytesPerS * (communicationNs / all),
      powerW,
      energyMj: Math.round(this.#energyMj),
    }
  }
}
