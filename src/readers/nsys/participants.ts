/** Processes, threads, lanes and devices of an export, from the interned ids that its rows used. */
import type { Device, Lane, Process, Thread } from '#model/timeline.ts'
import { readSmallTable } from './column-plan.ts'
import { type DeviceUse, identifyDevices } from './device-identity.ts'
import { hostOf, pidOf, tidOf } from './global-id.ts'
import { readGpuTargets } from './gpu-targets.ts'
import { NO_GLOBAL_ID, type ReadState } from './read-state.ts'

export interface Participants {
  readonly processes: readonly Process[]
  readonly threads: readonly Thread[]
  readonly lanes: readonly Lane[]
  readonly devices: readonly Device[]
  readonly identityUnknown: string | undefined
}

const halvesKey = (hi: number, lo: number): string => `${hi}:${lo}`

async function namesByGlobalId(
  state: ReadState,
  table: string,
  id: string,
  name: string,
  isStringId: boolean,
): Promise<Map<string, string | number>> {
  const rows = await readSmallTable(state.source, table, { [id]: 'id64', [name]: isStringId ? 'number' : 'text' })
  const found = new Map<string, string | number>()
  for (let row = 0; row < rows.rows; row++) {
    const global = rows.ids(id)[row]
    const value = isStringId ? rows.numbers(name)[row] : rows.texts(name)[row]
    if (global === undefined || value === undefined) continue
    const key = halvesKey(Number(BigInt.asIntN(32, global >> 32n)), Number(BigInt.asUintN(32, global)))
    found.set(key, value)
  }
  return found
}

/** Call before the strings are resolved: asks for the names of the threads that rows used. Returns string ids by thread index. */
export async function wantThreadNames(state: ReadState): Promise<Map<number, number>> {
  const names = new Map<number, number>()
  if (state.threads.size === 0) return names
  const known = await namesByGlobalId(state, 'ThreadNames', 'globalTid', 'nameId', true)
  for (let index = 0; index < state.threads.size; index++) {
    const id = known.get(halvesKey(state.threads.at(index, 0), state.threads.at(index, 1)))
    if (typeof id !== 'number') continue
    state.strings.want(id)
    names.set(index, id)
  }
  return names
}

/**
 * Rows without a global id belong to an unknown process (pid -1). Where every other row of the file belongs to one process,
 * hand-cut files without `globalPid` are joined to it: launches and kernels of a single-process capture belong together.
 */
function adoptUnknown(state: ReadState): number[] {
  const identified = Array.from({ length: state.processes.size }, (_, index) => index).filter(
    (index) => state.processes.at(index, 0) !== NO_GLOBAL_ID,
  )
  const kept = identified.length === 1 ? identified : Array.from({ length: state.processes.size }, (_, index) => index)
  return Array.from({ length: state.processes.size }, (_, index) => Math.max(0, kept.indexOf(index)))
}

export async function readParticipants(state: ReadState, threadNames: ReadonlyMap<number, number>): Promise<Participants> {
  const threadProcess = Array.from({ length: state.threads.size }, (_, index) =>
    state.process(state.threads.at(index, 0), state.threads.at(index, 1)),
  )
  const processOf = adoptUnknown(state)
  const processNames = await namesByGlobalId(state, 'PROCESSES', 'globalPid', 'name', false)
  const processes: Process[] = []
  const hosts: number[] = []
  for (let raw = 0; raw < state.processes.size; raw++) {
    const index = processOf[raw] ?? 0
    const hi = state.processes.at(raw, 0)
    if (hi === NO_GLOBAL_ID && processes[index] !== undefined) continue
    if (hi === NO_GLOBAL_ID && state.processes.size > 1 && Math.max(...processOf) === 0) continue
    const lo = state.processes.at(raw, 1)
    const name = processNames.get(halvesKey(hi, lo))
    processes[index] = { pid: hi === NO_GLOBAL_ID ? -1 : pidOf(hi, lo), ...(typeof name === 'string' ? { name } : {}) }
    hosts[index] = hi === NO_GLOBAL_ID ? -1 : hostOf(hi)
  }
  const severalHosts = new Set(hosts).size > 1
  const threads = threadProcess.map((process, index): Thread => {
    const name = state.strings.get(threadNames.get(index) ?? -1)
    const isUnknown = state.threads.at(index, 0) === NO_GLOBAL_ID
    return {
      process: processOf[process] ?? 0,
      tid: isUnknown ? -1 : tidOf(state.threads.at(index, 1)),
      ...(name === undefined ? {} : { name }),
    }
  })
  const knownHosts = [...new Set(hosts.filter((host) => host >= 0))]
  // A table cut without `globalPid` beside tables with it: there is one host that its devices can be of.
  const unknownHost = knownHosts.length === 1 ? (knownHosts[0] ?? -1) : -1
  const uses = Array.from({ length: state.lanes.size }, (_, index): DeviceUse => {
    const process = processOf[state.lanes.at(index, 0)] ?? 0
    const host = hosts[process] ?? -1
    return { process, host: host < 0 ? unknownHost : host, pid: processes[process]?.pid ?? -1, ordinal: state.lanes.at(index, 1) }
  })
  const { devices, deviceOf, unknownReason } = identifyDevices(uses, await readGpuTargets(state.source))
  const lanes = uses.map(
    (use, index): Lane => ({
      process: use.process,
      device: deviceOf[index] ?? 0,
      context: state.lanes.at(index, 2),
      stream: state.lanes.at(index, 3),
    }),
  )
  return {
    processes: severalHosts ? processes.map((process, index) => ({ ...process, host: `host-${hosts[index]}` })) : processes,
    threads,
    lanes,
    devices,
    identityUnknown: unknownReason,
  }
}
