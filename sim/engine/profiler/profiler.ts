/** The engine's profiler: a window that is opened and closed, and the trace of the steps in it. */
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { EngineClock } from '#sim/engine/clock.ts'
import type { EngineOptions } from '#sim/engine/engine-options.ts'
import type { ProfileRecord, StepRecord } from '#sim/engine/truth-records.ts'
import { writeKineto } from '#sim/kineto/write-kineto.ts'
import { writeNsys } from '#sim/nsys/write-nsys.ts'
import type { Plan } from '#sim/plan.ts'
import { deviceTruth } from '#sim/truth.ts'
import { laySteps, planOriginNs } from './lay-steps.ts'

export interface WindowWishes {
  /** Else the engine's own. */
  readonly folder?: string
  readonly backEnd?: 'torch' | 'cuda'
  /** The window closes by itself after so many steps. */
  readonly steps?: number
}

interface OpenWindow {
  readonly fromNs: number
  readonly folder: string
  readonly backEnd: 'torch' | 'cuda'
  readonly mostSteps: number
  readonly steps: StepRecord[]
}

const pause = (ms: number): Promise<void> => new Promise((fulfil) => setTimeout(fulfil, ms))

/** Pieces in which a slow trace grows. */
const PIECES = 20

export class Profiler {
  readonly #options: EngineOptions
  readonly #clock: EngineClock
  readonly #onProfile: (record: ProfileRecord) => void
  #window: OpenWindow | undefined
  #writing: Promise<void> = Promise.resolve()
  #count = 0

  constructor(options: EngineOptions, clock: EngineClock, onProfile: (record: ProfileRecord) => void) {
    this.#options = options
    this.#clock = clock
    this.#onProfile = onProfile
  }

  get isRecording(): boolean {
    return this.#window !== undefined
  }

  /** Done when every trace asked for is written. */
  get writing(): Promise<void> {
    return this.#writing
  }

  /** False: a window is open already. */
  start({ folder, backEnd, steps }: WindowWishes): boolean {
    if (this.#window !== undefined) return false
    const { profiler } = this.#options
    this.#window = {
      fromNs: this.#clock.now(),
      folder: (profiler.clientNamesFolder ? folder : undefined) ?? profiler.folder,
      backEnd: backEnd ?? (profiler.backEnd === 'cuda' ? 'cuda' : 'torch'),
      mostSteps: steps ?? Number.POSITIVE_INFINITY,
      steps: [],
    }
    return true
  }

  /** A step that began inside the window has ended. */
  add(step: StepRecord): void {
    if (this.#window === undefined || !step.isProfiled) return
    this.#window.steps.push(step)
    if (this.#window.steps.length >= this.#window.mostSteps) void this.stop()
  }

  /** Closes the window and writes its trace; undefined where none is open. The promise is done when the file is whole. */
  stop(): Promise<void> | undefined {
    const window = this.#window
    if (window === undefined) return undefined
    this.#window = undefined
    const toNs = this.#clock.now()
    const number = this.#count++
    this.#writing = this.#writing.then(() => this.#write(window, toNs, number))
    return this.#writing
  }

  #name(window: OpenWindow, number: number): string {
    const { dialect, profiler } = this.#options
    const stamp = (this.#clock.originEpochNs + BigInt(window.fromNs)).toString()
    const gz = profiler.gzip ? '.gz' : ''
    if (window.backEnd === 'cuda') return `report${number + 1}.sqlite`
    return dialect === 'vllm'
      ? `dp0_pp0_tp0_dcp0_ep0_rank0.${stamp}.pt.trace.json${gz}`
      : `${stamp.slice(0, 10)}.${stamp.slice(10, 16)}-TP-0.trace.json${gz}`
  }

  async #write(window: OpenWindow, toNs: number, number: number): Promise<void> {
    const { profiler } = this.#options
    const plan = laySteps(this.#options, window.steps, window.fromNs, toNs)
    mkdirSync(window.folder, { recursive: true })
    const path = join(window.folder, this.#name(window, number))
    await pause(profiler.lateMs)
    const originNs = planOriginNs(this.#clock.originEpochNs, window.fromNs)
    // nsys and torch write under other names or in pieces: this one grows under its own name, the worst for who waits for it.
    const whole = join(window.folder, `.${basename(path)}.whole`)
    if (window.backEnd === 'cuda') writeNsys(whole, plan, plan.ranks, { schema: '3.24.0', startNs: originNs })
    else {
      await writeKineto(whole, plan, plan.ranks, { dialect: 'current', gzip: profiler.gzip, originNs })
      await this.#writeFrontEnd(window, plan, originNs)
    }
    await this.#grow(whole, path)
    rmSync(whole)
    this.#onProfile(this.#record(window, plan, toNs, basename(path)))
  }

  /** vLLM's API server writes a trace of its own, of its host thread only: a client has to find the worker's among the two. */
  async #writeFrontEnd(window: OpenWindow, plan: Plan, originNs: bigint): Promise<void> {
    const { dialect, profiler } = this.#options
    const [rank] = plan.ranks
    if (dialect !== 'vllm' || rank === undefined) return
    const name = `frontend_4100.async_llm.${originNs}.pt.trace.json${profiler.gzip ? '.gz' : ''}`
    const host = { ...rank, pid: 4_100, activities: [], calls: [], osCalls: [], ranges: [] }
    await writeKineto(join(window.folder, name), plan, [host], { dialect: 'current', gzip: profiler.gzip, originNs })
  }

  async #grow(from: string, to: string): Promise<void> {
    const all = readFileSync(from)
    const { backEnd, cut } = this.#options.profiler
    // A database has no last event to be cut in: its export was interrupted. A trace was written short already.
    const bytes = cut && backEnd === 'cuda' ? all.subarray(0, Math.floor(all.length * 0.7)) : all
    const pieces = this.#options.profiler.writeMs > 0 ? PIECES : 1
    const file = openSync(to, 'w')
    for (let piece = 0; piece < pieces; piece++) {
      const begin = Math.floor((bytes.length * piece) / pieces)
      const end = Math.floor((bytes.length * (piece + 1)) / pieces)
      for (let done = begin; done < end; ) done += writeSync(file, bytes, done, end - done)
      await pause(this.#options.profiler.writeMs / pieces)
    }
    closeSync(file)
  }

  #record(window: OpenWindow, plan: Plan, toNs: number, file: string): ProfileRecord {
    const [rank] = plan.ranks
    const truth = rank === undefined ? undefined : deviceTruth(rank, plan.steps, 0, true)
    const { decode } = truth ?? {}
    return {
      kind: 'profile',
      file,
      backEnd: window.backEnd,
      fromNs: window.fromNs,
      toNs,
      steps: window.steps.length,
      decodeSteps: plan.steps.filter(({ phase }) => phase === 'decode').length,
      ...(decode === undefined
        ? {}
        : { class: decode.class, shares: decode.shares, marginRatio: decode.margin, medianCadenceNs: decode.parts.cadenceNs.median }),
    }
  }
}
