/**
 * Who did what: processes, threads, devices and lanes of a trace.
 *
 * In a trace the pid of a device row is the device's ordinal, not a process. A trace is of one process; traces merged by an engine prefix
 * every pid with the rank (`[TP03] 1234`), and then each prefix is a process with devices of its own. Devices come from events only:
 * `deviceProperties` lists every device of the host (traps C18), and rows with pid "Spans", "" or -1 are none (traps C13).
 */
import type { Device, Lane, Process, Thread } from '#model/timeline.ts'
import { NO_ID, TEXT_ID_BASE } from './event-parser.ts'

interface Group {
  readonly prefix: string
  /** Host calls by pid: the pid with most is the process that owns the group's lanes. */
  readonly hostCalls: Map<number, number>
  /** First pid seen on the host side without being a runtime call: the fallback. */
  fallbackPid: number
}

/** `[TP03] 1234` is pid 1234 of group `[TP03]`; text without a number is no process. */
const PREFIXED = /^(.*\D)(\d{1,15})$/s

export interface IdentityTables {
  readonly processes: Process[]
  readonly threads: Thread[]
  readonly devices: Device[]
  readonly lanes: Lane[]
}

export class Identities {
  readonly #idTexts: readonly string[]
  readonly #groups: Group[] = []
  readonly #groupOfPrefix = new Map<string, number>()
  readonly #textPids = new Map<number, { group: number; pid: number }>()
  readonly #lanes: { group: number; device: number; context: number; stream: number }[] = []
  readonly #laneOf = new Map<string, number>()
  readonly #fastLanes = new Map<number, Map<number, number>>()
  readonly #threads: { pid: number; tid: number }[] = []
  readonly #threadOf = new Map<number, Map<number, number>>()
  readonly processNames = new Map<number, string>()
  readonly threadNames = new Map<number, Map<number, string>>()

  constructor(idTexts: readonly string[]) {
    this.#idTexts = idTexts
    this.#group('')
  }

  /** Group of a raw pid code: 0 for plain numbers. */
  groupOf(pidCode: number): number {
    return pidCode < TEXT_ID_BASE ? 0 : this.#textPid(pidCode).group
  }

  /** The number in a raw pid code, -1 where there is none. */
  pidOf(pidCode: number): number {
    if (pidCode === NO_ID) return -1
    return pidCode < TEXT_ID_BASE ? pidCode : this.#textPid(pidCode).pid
  }

  /** Trailing number of a thread id (`stream 7`), -1 where there is none. */
  tidNumber(tidCode: number): number {
    if (tidCode === NO_ID) return -1
    if (tidCode < TEXT_ID_BASE) return tidCode
    return Number(PREFIXED.exec(this.#idTexts[tidCode - TEXT_ID_BASE] ?? '')?.[2] ?? -1)
  }

  countHostCall(pidCode: number): void {
    const { hostCalls } = this.#groups[this.groupOf(pidCode)] as Group
    hostCalls.set(pidCode, (hostCalls.get(pidCode) ?? 0) + 1)
  }

  seeHostPid(pidCode: number): void {
    const group = this.#groups[this.groupOf(pidCode)] as Group
    // 0 is what Python frames carry in some traces; -1 the profiler's own rows.
    if (group.fallbackPid === NO_ID && this.pidOf(pidCode) > 0) group.fallbackPid = pidCode
  }

  lane(group: number, device: number, context: number, stream: number): number {
    const isSmall = device < 4096 && group < 4096 && context >= -1 && context < 65536 && stream >= -1 && stream < 4294967295
    if (!isSmall) return this.#slowLane(group, device, context, stream)
    const outer = group * 4096 + device
    const inner = (context + 1) * 4294967296 + stream + 1
    let lanes = this.#fastLanes.get(outer)
    if (lanes === undefined) {
      lanes = new Map()
      this.#fastLanes.set(outer, lanes)
    }
    let lane = lanes.get(inner)
    if (lane === undefined) {
      lane = this.#slowLane(group, device, context, stream)
      lanes.set(inner, lane)
    }
    return lane
  }

  thread(pidCode: number, tidCode: number): number {
    let threads = this.#threadOf.get(pidCode)
    if (threads === undefined) {
      threads = new Map()
      this.#threadOf.set(pidCode, threads)
    }
    let thread = threads.get(tidCode)
    if (thread === undefined) {
      thread = this.#threads.push({ pid: pidCode, tid: tidCode }) - 1
      threads.set(tidCode, thread)
    }
    return thread
  }

  nameThread(pidCode: number, tidCode: number, name: string): void {
    const names = this.threadNames.get(pidCode) ?? new Map<number, string>()
    names.set(tidCode, name)
    this.threadNames.set(pidCode, names)
  }

  /** The tables, in order of first appearance; `describe` adds what `deviceProperties` says of an ordinal. */
  finish(rank: number | undefined, describe: (ordinal: number) => Partial<Device>): IdentityTables {
    const processes: Process[] = []
    const indexOfPid = new Map<number, number>()
    const processOf = (pidCode: number): number => {
      const key = pidCode < TEXT_ID_BASE ? Math.max(pidCode, -1) : pidCode
      let index = indexOfPid.get(key)
      if (index === undefined) {
        const name = this.processNames.get(pidCode)
        const pid = this.pidOf(pidCode)
        index =
          processes.push({
            pid,
            ...(name === undefined ? {} : { name }),
            ...(rank === undefined || this.#groups.length > 1 || pid < 0 ? {} : { rank }),
          }) - 1
        indexOfPid.set(key, index)
      }
      return index
    }
    const devices: Device[] = []
    const deviceOf = new Map<string, number>()
    const lanes = this.#lanes.map(({ group, device, context, stream }): Lane => {
      const process = processOf(this.#mainPid(group))
      const key = `${group}/${device}`
      let index = deviceOf.get(key)
      if (index === undefined) {
        index = devices.push({ ordinal: device, processes: [process], ...describe(device) }) - 1
        deviceOf.set(key, index)
      }
      return { process, device: index, context, stream }
    })
    const threads = this.#threads.map(({ pid, tid }): Thread => {
      const name = this.threadNames.get(pid)?.get(tid)
      return { process: processOf(pid), tid: this.tidNumber(tid), ...(name === undefined ? {} : { name }) }
    })
    return { processes, threads, devices, lanes }
  }

  #mainPid(group: number): number {
    const { hostCalls, fallbackPid } = this.#groups[group] as Group
    let main = fallbackPid
    let most = 0
    for (const [pid, calls] of hostCalls) {
      if (calls > most) {
        most = calls
        main = pid
      }
    }
    return main
  }

  #group(prefix: string): number {
    let group = this.#groupOfPrefix.get(prefix)
    if (group === undefined) {
      group = this.#groups.push({ prefix, hostCalls: new Map(), fallbackPid: NO_ID }) - 1
      this.#groupOfPrefix.set(prefix, group)
    }
    return group
  }

  #textPid(pidCode: number): { group: number; pid: number } {
    let known = this.#textPids.get(pidCode)
    if (known === undefined) {
      const match = PREFIXED.exec(this.#idTexts[pidCode - TEXT_ID_BASE] ?? '')
      known = match === null ? { group: 0, pid: -1 } : { group: this.#group(match[1] ?? ''), pid: Number(match[2]) }
      this.#textPids.set(pidCode, known)
    }
    return known
  }

  #slowLane(group: number, device: number, context: number, stream: number): number {
    const key = `${group}/${device}/${context}/${stream}`
    let lane = this.#laneOf.get(key)
    if (lane === undefined) {
      lane = this.#lanes.push({ group, device, context, stream }) - 1
      this.#laneOf.set(key, lane)
    }
    return lane
  }
}
