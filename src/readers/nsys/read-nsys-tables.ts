/**
 * Tables of an nsys export -> Capture with a columnar timeline, whatever the container and version (schema "none" of 2020 to 3.25).
 * Facts: https://docs.nvidia.com/nsight-systems/UserGuide/index.html#sqlite-schema-reference; every table and column is optional here.
 * Not read: CPU samples, scheduling, network and GPU metrics (see gpu-metrics.ts), unified-memory page faults.
 */
import type { Capture, Diagnostic } from '#model/capture.ts'
import type { ReadOptions, ReadResult } from '#model/reader.ts'
import type { Timeline } from '#model/timeline.ts'
import { capabilitiesOf } from './capabilities.ts'
import { tableNamed } from './column-plan.ts'
import { readCopies, readMemsets, readSyncs } from './copies.ts'
import { readExportFacts } from './export-facts.ts'
import { HostCallNames, readHostCalls } from './host-calls.ts'
import { readGraphs, readKernels } from './kernels.ts'
import { readParticipants, wantThreadNames } from './participants.ts'
import { readRanges } from './ranges.ts'
import { ReadState } from './read-state.ts'
import type { TableSource } from './table-source.ts'
import { findTimeOrigin } from './time-origin.ts'

/** Tables small enough to count for the inventory although no question read them; larger ones are left out, not estimated. */
const COUNTED_ROWS = 20_000

export async function readNsysTables(
  source: TableSource,
  options: ReadOptions,
  kind: string = source.container === 'sqlite' ? 'nsys-sqlite' : 'nsys-parquetdir',
): Promise<ReadResult> {
  const facts = await readExportFacts(source)
  const state = new ReadState(source, options, await findTimeOrigin(source, facts.sessionStart))
  const kernels = await readKernels(state)
  const graphs = await readGraphs(state)
  const copies = await readCopies(state)
  const memsets = await readMemsets(state)
  const names = new HostCallNames(state)
  const hostCalls = state.needs('host-calls') ? await readHostCalls(state, names, 'CUPTI_ACTIVITY_KIND_RUNTIME') : undefined
  const osCalls = state.needs('os-calls') ? await readHostCalls(state, names, 'OSRT_API') : undefined
  const syncs = state.needs('syncs') ? await readSyncs(state) : undefined
  const openRanges = state.needs('ranges') ? await readRanges(state) : undefined
  const threadNames = await wantThreadNames(state)
  const strings = await state.strings.resolve(source, state.losses, options.limits.maxTextBytes)
  if (strings > 0) state.inventory.set('StringIds', strings)
  const ranges = openRanges?.finish()
  const participants = await readParticipants(state, threadNames)
  const timeline: Timeline = {
    processes: participants.processes,
    threads: participants.threads,
    devices: participants.devices,
    lanes: participants.lanes,
    kernelNames: kernels.names(),
    hostCallNames: names.resolved(),
    rangeTexts: ranges?.texts ?? [],
    geometries: kernels.geometries(),
    collectiveNames: [],
    communicatorNames: [],
    kernels: kernels.table,
    graphs: graphs.table,
    memcpys: copies.table,
    memsets: memsets.table,
    ...(hostCalls === undefined ? {} : { hostCalls }),
    ...(osCalls === undefined ? {} : { osCalls }),
    ...(ranges === undefined ? {} : { ranges: ranges.table }),
    ...(syncs === undefined ? {} : { syncs }),
  }
  await countSmallTables(state)
  const requested = (need: 'host-calls' | 'os-calls' | 'syncs' | 'ranges', table: string) => ({
    exists: tableNamed(source, table) !== undefined,
    read: state.needs(need),
  })
  const tables = {
    kernels: kernels.exists,
    graphNodeRows: kernels.graphNodeRows,
    hasGraphNodeColumn: kernels.table.graphNode !== undefined,
    graphTable: graphs.exists,
    copies: copies.exists || memsets.exists,
    hostCalls: requested('host-calls', 'CUPTI_ACTIVITY_KIND_RUNTIME'),
    ranges: requested('ranges', 'NVTX_EVENTS'),
    osCalls: requested('os-calls', 'OSRT_API'),
    syncs: requested('syncs', 'CUPTI_ACTIVITY_KIND_SYNCHRONIZATION'),
  }
  const hasEpoch = state.origin.isAbsolute || facts.sessionStart !== undefined
  const identity: Diagnostic[] =
    participants.identityUnknown === undefined ? [] : [{ severity: 'warning', text: participants.identityUnknown }]
  const capture: Capture = {
    kind,
    tool: facts.tool,
    clock: {
      originNs: String(state.origin.isAbsolute ? state.origin.offset : (facts.sessionStart ?? 0n) + state.origin.offset),
      epoch: hasEpoch ? 'utc' : 'unknown',
      resolutionNs: 1,
      note: state.origin.isAbsolute
        ? 'exported with --ts-normalize=true: rows were rebased exactly'
        : 'nanoseconds since the session start',
    },
    devices: participants.devices,
    capabilities: capabilitiesOf(tables, facts.graphMode, facts.captured, participants.identityUnknown, hasEpoch),
    timeline,
    graphMode: facts.graphMode,
    diagnostics: [...facts.diagnostics, ...identity],
    facts: facts.facts,
    inventory: Object.fromEntries([...state.inventory].sort(([a], [b]) => (a < b ? -1 : 1))),
  }
  return { capture, losses: state.losses.list() }
}

async function countSmallTables(state: ReadState): Promise<void> {
  for (const info of state.source.tables.values()) {
    const [column] = info.columns
    if (
      column === undefined ||
      state.inventory.has(info.name) ||
      info.rowCountHint > COUNTED_ROWS ||
      info.name.startsWith('ENUM_') ||
      info.name.startsWith('sqlite_')
    )
      continue
    const { rows } = await state.source.scan(info.name, [{ name: column, type: 'number' }], () => {})
    if (rows > 0) state.inventory.set(info.name, rows)
  }
}
